"""Symbolic links."""
import oss2
import pytest

import clients
from clients import refused

BODY = b'hello'


def test_a_links_life(bucket):
    bucket.put_symlink('目标/a b', 'link', headers={'x-oss-meta-a': '1'})
    assert bucket.get_symlink('link').target_key == '目标/a b'
    with refused(404, 'SymlinkTargetNotExist', '0026-00000012'):
        bucket.get_object('link')
    put = bucket.put_object('目标/a b', BODY)
    got = bucket.get_object('link')
    assert got.read() == BODY and got.etag == put.etag and got.object_type == 'Symlink'
    head = bucket.head_object('link')
    assert head.content_length == len(BODY) and head.headers['x-oss-meta-a'] == '1'
    assert [(o.key, o.type) for o in bucket.list_objects(prefix='link').object_list] == [('link', 'Symlink')]
    bucket.delete_object('link')
    assert not bucket.object_exists('link') and bucket.get_object('目标/a b').read() == BODY


def test_a_link_to_a_link(bucket):
    bucket.put_object('object', BODY)
    bucket.put_symlink('object', 'link')
    bucket.put_symlink('link', 'other')
    with refused(400, 'InvalidTargetType', '0026-00000011'):
        bucket.get_object('other')
    with refused(400, 'NotSymlink'):
        bucket.get_symlink('object')


def test_the_target_is_guarded(server, ram, bucket, auth):
    bucket.put_object('secret', BODY)
    bucket.put_symlink('secret', 'link', headers={'x-oss-object-acl': 'public-read'})
    key = ram.user('reader', clients.allow('oss:GetObject', 'acs:oss:*:*:demo/link'))
    with refused(403, 'AccessDenied'):
        clients.bucket(server, 'demo', auth, key).get_object('link')
    anonymous = oss2.Bucket(oss2.AnonymousAuth(), server.url, 'demo')
    with pytest.raises(oss2.exceptions.AccessDenied):
        anonymous.get_object('link')
