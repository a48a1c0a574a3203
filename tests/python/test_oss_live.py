"""Live channels: what can be configured, and that nothing is ever live."""
import oss2
import pytest
from oss2.models import LiveChannelInfo, LiveChannelInfoTarget

from clients import refused


def channel(**target):
    return LiveChannelInfo(description='a channel', target=LiveChannelInfoTarget(**target))


def test_a_channels_life(bucket):
    made = bucket.create_live_channel('ch', channel(playlist_name='test.m3u8', frag_count=7))
    assert made.publish_url.startswith('rtmp://') and made.publish_url.endswith('/live/ch')
    assert made.play_url.startswith('http://') and made.play_url.endswith('/ch/test.m3u8')
    got = bucket.get_live_channel('ch')
    assert (got.description, got.status, got.target.frag_count, got.target.frag_duration) == ('a channel', 'enabled', '7', '5')
    assert bucket.get_live_channel_stat('ch').status == 'Idle'
    bucket.put_live_channel_status('ch', 'disabled')
    assert bucket.get_live_channel_stat('ch').status == 'Disabled'
    assert bucket.get_live_channel_history('ch').records == []
    bucket.delete_live_channel('ch')
    with refused(404, 'NoSuchLiveChannel'):
        bucket.get_live_channel('ch')


def test_listing_channels(bucket):
    names = [f'ch-{n}' for n in range(5)]
    for name in names:
        bucket.create_live_channel(name, channel())
    assert [c.name for c in oss2.LiveChannelIterator(bucket, max_keys=2)] == names
    page = bucket.list_live_channel(prefix='ch-', marker='ch-2', max_keys=1)
    assert [c.name for c in page.channels] == ['ch-3'] and page.is_truncated and page.next_marker == 'ch-3'


def test_a_bucket_with_channels_stays(bucket):
    bucket.create_live_channel('ch', channel())
    with refused(409, 'BucketNotEmpty'):
        bucket.delete_bucket()


@pytest.mark.parametrize('target', [{'frag_duration': 0}, {'frag_count': 101}, {'playlist_name': 'list.txt'}])
def test_bad_configurations(bucket, target):
    with refused(400, 'InvalidArgument'):
        bucket.create_live_channel('ch', channel(**target))
    with refused(404, 'NoSuchLiveChannel'):
        bucket.get_live_channel('ch')
