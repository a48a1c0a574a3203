"""Tags of objects."""
import oss2
import pytest
from oss2.headers import OSS_OBJECT_TAGGING, OSS_OBJECT_TAGGING_COPY_DIRECTIVE
from oss2.models import Tagging, TaggingRule

import clients
from clients import refused


def tagging(**tags):
    rule = TaggingRule()
    for key, value in tags.items():
        rule.add(key, value)
    return Tagging(rule)


def tags(bucket, key):
    return bucket.get_object_tagging(key).tag_set.tagging_rule


def test_tags_live(bucket):
    bucket.put_object('key', b'x', headers={OSS_OBJECT_TAGGING: 'a=1&%E4%B8%AD=%20%2B'})
    assert tags(bucket, 'key') == {'a': '1', '中': ' +'}
    assert bucket.head_object('key').headers['x-oss-tagging-count'] == '2'
    modified = bucket.head_object('key').last_modified
    assert bucket.put_object_tagging('key', tagging(b='2')).status == 200
    assert tags(bucket, 'key') == {'b': '2'}
    assert bucket.delete_object_tagging('key').status == 204
    assert tags(bucket, 'key') == {}
    head = bucket.head_object('key')
    assert 'x-oss-tagging-count' not in head.headers and head.last_modified == modified
    assert bucket.get_object('key').read() == b'x'


def test_a_copy_takes_tags_along(bucket):
    bucket.put_object('key', b'x', headers={OSS_OBJECT_TAGGING: 'a=1'})
    bucket.copy_object('demo', 'key', 'copy')
    assert tags(bucket, 'copy') == {'a': '1'}
    replace = {OSS_OBJECT_TAGGING_COPY_DIRECTIVE: 'Replace', OSS_OBJECT_TAGGING: 'b=2'}
    bucket.copy_object('demo', 'key', 'copy', headers=replace)
    assert tags(bucket, 'copy') == {'b': '2'}


def test_bad_tags(bucket):
    bucket.put_object('key', b'x', headers={OSS_OBJECT_TAGGING: 'a=1'})
    many = tagging(**{f'k{n}': 'v' for n in range(11)})
    with refused(400, 'TooManyTags', '0010-00000218'):
        bucket.put_object_tagging('key', many)
    with refused(400, 'InvalidTag', '0010-00000217'):
        bucket.put_object_tagging('key', tagging(k='%'))
    with refused(400, 'InvalidArgument', '0010-00000219'):
        bucket.put_object('key', b'y', headers={OSS_OBJECT_TAGGING: 'a=b=c'})
    assert tags(bucket, 'key') == {'a': '1'} and bucket.get_object('key').read() == b'x'


def test_tags_need_their_own_permission(server, ram, bucket, auth):
    key = ram.user('writer', clients.allow('oss:PutObject'))
    writer = clients.bucket(server, 'demo', auth, key)
    writer.put_object('key', b'x')
    with refused(403, 'AccessDenied', '0003-00000905'):
        writer.put_object('key', b'y', headers={OSS_OBJECT_TAGGING: 'a=1'})
    assert bucket.get_object('key').read() == b'x'


def test_a_policy_that_asks_for_tags(server, ram, bucket, auth):
    for color in ('red', 'blue'):
        bucket.put_object(color, b'x', headers={OSS_OBJECT_TAGGING: f'color={color}'})
    condition = {'StringEquals': {'oss:ExistingObjectTag/color': 'red'}}
    key = ram.user('reader', clients.allow('oss:GetObject', Condition=condition))
    reader = clients.bucket(server, 'demo', auth, key)
    assert reader.get_object('red').read() == b'x'
    with pytest.raises(oss2.exceptions.AccessDenied):
        reader.get_object('blue')


def test_a_resumable_upload_has_the_tags_of_its_headers(bucket, tmp_path):
    """oss2 sends them when it lists the parts, too."""
    path = tmp_path / 'file'
    path.write_bytes(b'x' * (300 << 10))
    oss2.resumable_upload(bucket, 'key', str(path), store=oss2.ResumableStore(str(tmp_path)), num_threads=2,
                          multipart_threshold=200 << 10, part_size=100 << 10, headers={OSS_OBJECT_TAGGING: 'a=1'})
    assert tags(bucket, 'key') == {'a': '1'} and bucket.get_object('key').read() == b'x' * (300 << 10)
