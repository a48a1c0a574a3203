"""Buckets: names, life, settings, and what they tell about themselves."""
import time
import xml.etree.ElementTree as ElementTree

import oss2
import pytest

import clients
import signing
from clients import allow, deny, refused
from localyun import ACCOUNT, REGION, Server

ACLS = ['private', 'public-read', 'public-read-write']


def test_a_buckets_life(server, auth):
    bucket = clients.bucket(server, 'demo', auth)
    with refused(404, 'NoSuchBucket', ec='0015-00000101'):
        bucket.get_bucket_info()
    assert bucket.create_bucket().status == 200
    assert [b.name for b in clients.service(server, auth).list_buckets().buckets] == ['demo']
    assert bucket.delete_bucket().status == 204
    with refused(404, 'NoSuchBucket', ec='0015-00000101'):
        bucket.delete_bucket()
    assert clients.service(server, auth).list_buckets().buckets == []


def test_creating_it_again_changes_nothing(bucket):
    bucket.put_object('key', b'x')
    assert bucket.create_bucket().status == 200
    assert bucket.get_object('key').read() == b'x'


def test_a_bucket_with_objects_stays(bucket):
    bucket.put_object('key', b'x')
    with refused(409, 'BucketNotEmpty', ec='0015-00000301', message='The bucket has objects. Please delete them first.') as got:
        bucket.delete_bucket()
    assert got.error.details.get('BucketName') == 'demo'
    assert bucket.get_object('key').read() == b'x'
    bucket.delete_object('key')
    assert bucket.delete_bucket().status == 204


def test_a_bucket_that_comes_back_is_empty(bucket):
    bucket.put_object('key', b'x')
    bucket.delete_object('key')
    bucket.put_bucket_acl('public-read')
    bucket.delete_bucket()
    bucket.create_bucket()
    assert bucket.list_objects().object_list == []
    assert bucket.get_bucket_acl().acl == 'private'


@pytest.mark.parametrize('name', ['abc', 'a' * 63, 'a-b', '1-2', '2016-08-15', '2023-03-30', 'health'])
def test_good_names(server, auth, name):
    bucket = clients.bucket(server, name, auth)
    assert bucket.create_bucket().status == 200
    bucket.put_object('key', b'x')
    assert bucket.get_object('key').read() == b'x'


@pytest.mark.parametrize('name', ['ab', 'a' * 64, 'Demo', 'de_mo', '-demo', 'demo-', 'de.mo', 'de mo', 'dem%6f!', '中文中文'])
def test_bad_names(server, name):
    answer = signing.oss(server, 'PUT', f'/{name}/')
    assert (answer.status, clients.element(answer.content, 'Code')) == (400, 'InvalidBucketName')
    assert clients.service(server).list_buckets().buckets == []


@pytest.mark.parametrize('target', ['/demo', '/demo/'])
def test_a_path_with_and_without_its_slash(server, bucket, target):
    headers = signing.v4_headers('GET', '/demo/', {'acl': ''})
    answer = signing.send(server, 'GET', f'{target}?acl', headers)
    assert answer.status == 200 and clients.element(answer.content, 'Grant') == 'private'
    headers = signing.v1_headers('GET', '/demo/?acl')
    assert signing.send(server, 'GET', f'{target}?acl', headers).status == 200


# ------------------------------------------------------------------ what a bucket tells

def test_bucket_info(server, bucket):
    info = bucket.get_bucket_info()
    assert (info.name, info.location, info.storage_class) == ('demo', f'oss-{REGION}', 'Standard')
    assert info.extranet_endpoint == f'oss-{REGION}.aliyuncs.com'
    assert info.intranet_endpoint == f'oss-{REGION}-internal.aliyuncs.com'
    assert info.owner.id == ACCOUNT and info.acl.grant == 'private'
    assert info.data_redundancy_type == 'LRS'
    text = signing.oss(server, 'GET', '/demo/', {'bucketInfo': ''}).content
    assert ElementTree.fromstring(text).tag == 'BucketInfo'
    assert clients.element(text, 'CreationDate').endswith('.000Z')
    assert clients.element(text, 'SSEAlgorithm') == 'None'


def test_bucket_location(server, bucket):
    assert bucket.get_bucket_location().location == f'oss-{REGION}'
    text = signing.oss(server, 'GET', '/demo/', {'location': ''}).content
    assert ElementTree.fromstring(text).tag == 'LocationConstraint'


def test_bucket_stat(bucket):
    assert bucket.get_bucket_stat().object_count == 0
    bucket.put_object('a', b'x' * 1000)
    bucket.put_object('b', b'x' * 24)
    bucket.put_object('b', b'x' * 25)
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (2, 1025)
    assert (stat.multi_part_upload_count, stat.live_channel_count) == (0, 0)
    bucket.delete_object('a')
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (1, 25)


@pytest.mark.parametrize('acl', ACLS)
def test_bucket_acls(server, auth, acl):
    bucket = clients.bucket(server, 'demo', auth)
    bucket.create_bucket(acl)
    assert bucket.get_bucket_acl().acl == acl
    assert clients.element(signing.oss(server, 'GET', '/demo/', {'acl': ''}).content, 'ID') == ACCOUNT
    for other in ACLS:
        bucket.put_bucket_acl(other)
        assert bucket.get_bucket_acl().acl == other == bucket.get_bucket_info().acl.grant


@pytest.mark.parametrize('acl', ['secret', 'default', 'PRIVATE'])
def test_a_bucket_acl_that_does_not_exist(server, bucket, acl, auth):
    with refused(400, 'InvalidArgument'):
        bucket.put_bucket_acl(acl)
    assert bucket.get_bucket_acl().acl == 'private'
    with refused(400, 'InvalidArgument'):
        clients.bucket(server, 'another', auth).create_bucket(acl)


@pytest.mark.parametrize('storage_class', ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'])
def test_a_buckets_storage_class(server, auth, storage_class):
    bucket = clients.bucket(server, 'demo', auth)
    bucket.create_bucket(input=oss2.models.BucketCreateConfig(storage_class))
    assert bucket.get_bucket_info().storage_class == storage_class
    bucket.put_object('key', b'x')
    assert bucket.head_object('key').headers['x-oss-storage-class'] == storage_class


@pytest.mark.parametrize('body', ['<CreateBucketConfiguration>', '<Other></Other>', 'nonsense'])
def test_a_malformed_create_configuration(server, body):
    answer = signing.oss(server, 'PUT', '/demo/', body=body.encode())
    assert (answer.status, clients.element(answer.content, 'Code')) == (400, 'MalformedXML')
    assert clients.service(server).list_buckets().buckets == []


def test_a_storage_class_that_does_not_exist(server):
    body = b'<CreateBucketConfiguration><StorageClass>Golden</StorageClass></CreateBucketConfiguration>'
    answer = signing.oss(server, 'PUT', '/demo/', body=body)
    assert (answer.status, clients.element(answer.content, 'Code')) == (400, 'InvalidArgument')
    assert clients.service(server).list_buckets().buckets == []


# ------------------------------------------------------------------ listing buckets

def test_listing_buckets_by_pages(server, auth):
    names = ['alpha', 'beta-1', 'beta-2', 'gamma']
    for name in reversed(names):
        clients.bucket(server, name, auth).create_bucket()
    service = clients.service(server, auth)
    assert [b.name for b in service.list_buckets().buckets] == names
    found, marker = [], ''
    while True:
        page = service.list_buckets(marker=marker, max_keys=1)
        assert len(page.buckets) == 1
        found += [b.name for b in page.buckets]
        if not page.is_truncated:
            break
        marker = page.next_marker
    assert found == names
    assert [b.name for b in service.list_buckets(prefix='beta').buckets] == ['beta-1', 'beta-2']
    assert [b.name for b in oss2.BucketIterator(service, max_keys=2)] == names


def test_what_the_list_of_buckets_tells(server, bucket, auth):
    listed = clients.service(server, auth).list_buckets()
    assert listed.owner.id == ACCOUNT
    one = listed.buckets[0]
    assert (one.name, one.location, one.storage_class) == ('demo', f'oss-{REGION}', 'Standard')
    assert one.extranet_endpoint == f'oss-{REGION}.aliyuncs.com'
    assert abs(one.creation_date - time.time()) < 300


@pytest.mark.parametrize('value', ['0', '-1', '1001', 'many'])
def test_max_keys_of_the_list_of_buckets(server, value):
    answer = signing.oss(server, 'GET', '/', {'max-keys': value})
    assert (answer.status, clients.element(answer.content, 'Code')) == (400, 'InvalidArgument')
    assert answer.getheader('x-oss-ec') == '0017-00000289'
    assert clients.element(answer.content, 'Message') == 'Argument max-keys must be an integer between 1 and 1000.'


def test_an_anonymous_caller_lists_no_buckets(server):
    answer = server.http.get(server.url + '/')
    assert (answer.status_code, clients.element(answer.content, 'Code')) == (403, 'AccessDenied')
    assert answer.headers['x-oss-ec'] == '0003-00001201'
    assert clients.element(answer.content, 'Message') == 'Anonymous access is forbidden for this operation.'


@pytest.mark.parametrize('query', ['?acl', '?bucketInfo', '?location', '?stat', ''])
def test_an_anonymous_caller_learns_nothing_about_a_private_bucket(server, bucket, query):
    bucket.put_object('key', b'x')
    answer = server.http.get(f'{server.url}/demo/{query}')
    assert (answer.status_code, clients.element(answer.content, 'Code')) == (403, 'AccessDenied')
    assert b'key' not in answer.content
    for method in ('PUT', 'DELETE'):
        assert server.http.request(method, f'{server.url}/demo/{query}').status_code in (403, 405)
    assert bucket.get_bucket_acl().acl == 'private'


def test_an_anonymous_caller_may_use_the_objects_of_a_public_bucket_and_nothing_else(server, bucket):
    """Operations on buckets, listing them included, never go on to the ACL (identity.md §4.7)."""
    bucket.put_object('key', b'x')
    bucket.put_bucket_acl('public-read-write')
    assert server.http.get(f'{server.url}/demo/key').content == b'x'
    for query in ('', 'list-type=2', 'acl', 'bucketInfo', 'stat'):
        answer = server.http.get(f'{server.url}/demo/?{query}')
        assert (answer.status_code, clients.element(answer.content, 'Code')) == (403, 'AccessDenied')
        assert b'<Key>' not in answer.content
    assert server.http.put(f'{server.url}/demo/?acl', headers={'x-oss-acl': 'private'}).status_code == 403
    assert server.http.delete(f'{server.url}/demo/').status_code == 403


def test_who_may_list_buckets(server, ram, auth, bucket):
    anyone = clients.service(server, auth, ram.user('anyone', allow('oss:*'), deny('oss:ListBuckets')))
    with refused(403, 'AccessDenied'):
        anyone.list_buckets()
    lister = clients.service(server, auth, ram.user('lister', allow('oss:ListBuckets')))
    assert [b.name for b in lister.list_buckets().buckets] == ['demo']


def test_the_accounts_own_key_owns_its_buckets(server, auth, bucket):
    bucket.put_object('key', b'x')
    own = clients.bucket(server, 'demo', auth, clients.ROOT_KEY)
    assert own.get_object('key').read() == b'x'
    assert own.get_bucket_acl().acl == 'private'
    own.delete_object('key')
    assert own.delete_bucket().status == 204


# ------------------------------------------------------------------ regions

def test_buckets_of_the_command_line_live_in_their_region():
    with Server.start('--bucket', 'here', '--bucket', 'there@cn-shenzhen') as server:
        for name, region in (('here', REGION), ('there', 'cn-shenzhen')):
            bucket = clients.bucket(server, name, 'v4', region=region)
            assert bucket.get_bucket_location().location == f'oss-{region}'
            bucket.put_object('key', b'x')
            assert bucket.get_object('key').read() == b'x'
        assert [b.name for b in clients.service(server).list_buckets().buckets] == ['here', 'there']


def test_the_region_of_a_signature_must_be_real(server, bucket):
    wrong = clients.bucket(server, 'demo', 'v4', region='cn-hangzhou-test-1')
    with refused(400, 'InvalidArgument', ec='0002-00000226', message='Invalid signing region in Authorization header.'):
        wrong.head_object('key')


def as_real_host(server, method, host, target, path, region=REGION, **more):
    headers = signing.v4_headers(method, path, region=region, **more)
    return signing.send(server, method, target, {**headers, 'Host': host})


def test_the_endpoint_of_another_region(server, bucket):
    bucket.put_object('key', b'x')
    right = as_real_host(server, 'GET', f'demo.oss-{REGION}.aliyuncs.com', '/key', '/demo/key')
    assert right.content == b'x'
    wrong = as_real_host(server, 'GET', 'demo.oss-cn-beijing.aliyuncs.com', '/key', '/demo/key', region='cn-beijing')
    assert (wrong.status, clients.element(wrong.content, 'Code')) == (403, 'AccessDenied')
    assert wrong.getheader('x-oss-ec') == '0003-00001403'
    assert clients.element(wrong.content, 'Bucket') == 'demo'
    assert clients.element(wrong.content, 'Endpoint') == f'oss-{REGION}.aliyuncs.com'
    assert 'must be addressed using the specified endpoint' in clients.element(wrong.content, 'Message')


def test_path_style_on_a_real_host_name(server, bucket):
    bucket.put_object('key', b'x')
    answer = as_real_host(server, 'GET', f'oss-{REGION}.aliyuncs.com', '/demo/key', '/demo/key')
    assert (answer.status, clients.element(answer.content, 'Code')) == (403, 'SecondLevelDomainForbidden')
