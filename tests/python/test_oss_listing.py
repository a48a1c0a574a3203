"""Listing objects, in both versions: what is listed, in which order, page by page."""
import time
import xml.etree.ElementTree as ElementTree

import oss2
import pytest

import clients
import signing
from clients import refused
from localyun import ACCOUNT

KEYS = sorted(['a', 'a/b', 'a/b/c', 'a/b/d', 'a/c', 'b', '中文', '中文/字', 'a b+c', '%2e%2e/..', 'x' * 1023, 'A', 'a!', 'a~', '&<>"\'', '😀'],
              key=str.encode)


@pytest.fixture
def filled(bucket):
    for key in reversed(KEYS):
        bucket.put_object(key, key.encode())
    return bucket


def expected(keys, prefix='', delimiter='', after=''):
    """The rule itself: keys and common prefixes in byte order, behind `after`."""
    found = []
    for key in keys:
        if not key.startswith(prefix):
            continue
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        entry = key if cut < 0 else key[:cut + len(delimiter)]
        if entry not in found and entry.encode() > after.encode():
            found.append(entry)
    return found


def entries(page):
    return sorted([o.key for o in page.object_list] + list(page.prefix_list), key=str.encode)


def pages(bucket, version, size, **params):
    """Every page of a listing of version 1 or 2."""
    token = {}
    while True:
        listing = bucket.list_objects if version == 1 else bucket.list_objects_v2
        page = listing(max_keys=size, **params, **token)
        yield page
        if not page.is_truncated:
            return
        follow = page.next_marker if version == 1 else page.next_continuation_token
        assert follow, 'a truncated page must say where the next one begins'
        token = {'marker' if version == 1 else 'continuation_token': follow}


SHAPES = [('', ''), ('a', ''), ('a/', ''), ('', '/'), ('a', '/'), ('a/', '/'), ('a/b', '/'), ('中', ''), ('中文', '/'), ('', 'b'), ('', '/b'),
          ('missing', '/'), ('%2e', '/'), ('😀', '')]


@pytest.mark.parametrize('version', [1, 2])
@pytest.mark.parametrize('prefix, delimiter', SHAPES)
def test_prefix_and_delimiter(filled, version, prefix, delimiter):
    page, = pages(filled, version, 1000, prefix=prefix, delimiter=delimiter)
    assert entries(page) == expected(KEYS, prefix, delimiter)
    listed = [o.key for o in page.object_list]
    assert listed == sorted(listed, key=str.encode) and set(listed) <= set(KEYS)


@pytest.mark.parametrize('version', [1, 2])
@pytest.mark.parametrize('size', [1, 2, 5])
@pytest.mark.parametrize('prefix, delimiter', [('', ''), ('a', ''), ('', '/'), ('a', '/'), ('', 'b')])
def test_pages(filled, version, size, prefix, delimiter):
    found = []
    for page in pages(filled, version, size, prefix=prefix, delimiter=delimiter):
        assert len(page.object_list) + len(page.prefix_list) <= size
        found += entries(page)
    assert found == expected(KEYS, prefix, delimiter)


@pytest.mark.parametrize('version', [1, 2])
@pytest.mark.parametrize('delimiter, after', [('', 'a'), ('', 'a/'), ('', 'a/b'), ('', 'a/zzz'), ('', '中文'), ('', '~'),
                                              ('/', 'a'), ('/', 'a/'), ('/', '中文'), ('/', 'A'), ('/', '~')])
def test_where_to_begin(filled, version, after, delimiter):
    name = 'marker' if version == 1 else 'start_after'
    listing = filled.list_objects if version == 1 else filled.list_objects_v2
    assert entries(listing(delimiter=delimiter, max_keys=1000, **{name: after})) == expected(KEYS, '', delimiter, after)


def test_the_iterators_see_every_key(filled):
    assert [o.key for o in oss2.ObjectIterator(filled, max_keys=3)] == KEYS
    assert [o.key for o in oss2.ObjectIteratorV2(filled, max_keys=3)] == KEYS


def test_a_hundred_is_the_default_page(server, bucket):
    names = [f'{n:03}' for n in range(103)]
    for name in names:
        bucket.put_object(name, b'')
    for params in ({}, {'list-type': '2'}):
        root = ElementTree.fromstring(signing.oss(server, 'GET', '/demo/', params).content)
        assert [e.text for e in root.findall('Contents/Key')] == names[:100]
        assert (root.findtext('MaxKeys'), root.findtext('IsTruncated')) == ('100', 'true')


def test_an_empty_bucket(server, bucket):
    for version in 1, 2:
        page, = pages(bucket, version, 10)
        assert (page.object_list, page.prefix_list, page.is_truncated) == ([], [], False)


def test_what_an_entry_tells(bucket):
    bucket.put_object('key', b'hello')
    first = bucket.list_objects().object_list[0]
    assert (first.key, first.size, first.type, first.storage_class) == ('key', 5, 'Normal', 'Standard')
    assert first.etag == bucket.head_object('key').etag
    assert abs(first.last_modified - time.time()) < 300
    assert first.last_modified == bucket.head_object('key').last_modified
    assert first.owner.id == ACCOUNT
    second = bucket.list_objects_v2().object_list[0]
    assert second.owner is None and second.etag == first.etag
    assert bucket.list_objects_v2(fetch_owner=True).object_list[0].owner.id == ACCOUNT


def tags(answer):
    return [child.tag for child in ElementTree.fromstring(answer.content)]


def test_the_order_of_the_elements(server, filled):
    answer = signing.oss(server, 'GET', '/demo/', {'max-keys': '2', 'delimiter': '/', 'encoding-type': 'url', 'prefix': 'a', 'marker': 'a'})
    root = ElementTree.fromstring(answer.content)
    assert root.tag == 'ListBucketResult'
    head = [t for t in tags(answer) if t not in ('Contents', 'CommonPrefixes')]
    assert head == ['Name', 'Prefix', 'Marker', 'MaxKeys', 'Delimiter', 'EncodingType', 'IsTruncated', 'NextMarker']
    assert [c.tag for c in root.find('Contents')] == ['Key', 'LastModified', 'ETag', 'Type', 'Size', 'StorageClass', 'Owner']
    assert root.find('Contents').findtext('LastModified').endswith('.000Z')
    assert root.find('Contents').findtext('ETag').startswith('"')


def test_the_second_version_counts_and_echoes(server, filled):
    answer = signing.oss(server, 'GET', '/demo/', {'list-type': '2', 'max-keys': '3', 'delimiter': '/', 'start-after': 'A'})
    root = ElementTree.fromstring(answer.content)
    assert root.findtext('KeyCount') == '3' and root.findtext('StartAfter') == 'A' and root.findtext('IsTruncated') == 'true'
    token = root.findtext('NextContinuationToken')
    assert token and '=' not in token
    again = ElementTree.fromstring(signing.oss(server, 'GET', '/demo/', {'list-type': '2', 'continuation-token': token}).content)
    assert again.findtext('ContinuationToken') == token


@pytest.mark.parametrize('spelling', ['url', 'URL'])
def test_url_encoding(server, filled, spelling):
    params = {'encoding-type': spelling, 'prefix': 'a b', 'delimiter': '+', 'marker': 'a '}
    root = ElementTree.fromstring(signing.oss(server, 'GET', '/demo/', params).content)
    assert root.findtext('Prefix') == 'a%20b' and root.findtext('Delimiter') == '%2B' and root.findtext('Marker') == 'a%20'
    assert root.findtext('CommonPrefixes/Prefix') == 'a%20b%2B'
    root = ElementTree.fromstring(signing.oss(server, 'GET', '/demo/', {'encoding-type': spelling, 'prefix': '中'}).content)
    assert signing.urllib.parse.unquote(root.findtext('Contents/Key')) == '中文' != root.findtext('Contents/Key')


def test_without_encoding_keys_come_as_they_are(server, filled):
    root = ElementTree.fromstring(signing.oss(server, 'GET', '/demo/', {'max-keys': '1000'}).content)
    assert [e.text for e in root.findall('Contents/Key')] == KEYS
    assert root.find('EncodingType') is None


@pytest.mark.parametrize('params', [
    {'max-keys': '0'}, {'max-keys': '-1'}, {'max-keys': '1001'}, {'max-keys': 'many'}, {'max-keys': '99999999999999999999'},
    {'encoding-type': 'base64'}, {'prefix': 'x' * 1025}, {'marker': 'x' * 1025}, {'delimiter': 'x' * 1025},
    {'list-type': '2', 'continuation-token': '!!!'}, {'list-type': '3'}, {'list-type': '2', 'max-keys': 'many'},
], ids=lambda p: str(p)[:60])
def test_malformed_parameters(server, filled, params):
    answer = signing.oss(server, 'GET', '/demo/', params)
    assert (answer.status, clients.element(answer.content, 'Code')) == (400, 'InvalidArgument')
    assert b'<Key>' not in answer.content


def test_a_listing_is_consistent_with_deletes(filled):
    filled.delete_object('a/b')
    filled.batch_delete_objects(['a', 'b'])
    rest = [key for key in KEYS if key not in ('a', 'a/b', 'b')]
    for version in 1, 2:
        page, = pages(filled, version, 1000)
        assert entries(page) == rest


def test_who_may_list_below_a_prefix(server, ram, filled, auth):
    home = clients.allow('oss:ListObjects', 'acs:oss:*:*:demo', Condition={'StringLike': {'oss:Prefix': ['a/*']}})
    limited = clients.bucket(server, 'demo', auth, ram.user('limited', home))
    assert entries(limited.list_objects(prefix='a/')) == expected(KEYS, 'a/')
    for prefix in ('', 'a', 'b'):
        with refused(403, 'AccessDenied', ec='0003-00000202'):
            limited.list_objects(prefix=prefix)
