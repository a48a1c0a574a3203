"""Signatures of OSS beyond the daily ones: V2, and signed URLs of every version, by the clients that make them."""
import datetime
import time
import urllib.parse

import alibabacloud_oss_v2 as oss_v2
import oss2
import pytest

import clients
import localyun
from clients import allow

BODY = b'hello'


@pytest.fixture(params=['v1', 'v2', 'v4'])
def auth(request):
    return request.param


@pytest.fixture
def writer(server, ram, bucket):
    """The session of a role that may put and get."""
    arn = ram.role('writer', allow(['oss:PutObject', 'oss:GetObject'], 'acs:oss:*:*:demo/*'))
    return clients.assume_acs3(server, arn)


def refusal(answer):
    return answer.status_code, clients.element(answer.content, 'Code')


DENIED = (403, 'SignatureDoesNotMatch')


# ------------------------------------------------------------------ V2 in the header

@pytest.fixture
def v2(server):
    bucket = clients.bucket(server, 'demo', 'v2')
    bucket.create_bucket()
    return bucket


def test_v2_does_what_the_other_versions_do(server, v2):
    key = 'dir/中文 a+b~*.txt'
    put = v2.put_object(key, BODY, headers={'Content-Type': 'text/plain', 'x-oss-meta-color': 'blue'})
    assert put.etag == '5D41402ABC4B2A76B9719D911017C592'
    assert v2.get_object(key, byte_range=(1, 3)).read() == b'ell'
    assert v2.get_object(key, headers={'If-Modified-Since': oss2.http_date(0)}).read() == BODY
    assert v2.head_object(key).headers['x-oss-meta-color'] == 'blue'
    v2.put_object_acl(key, oss2.OBJECT_ACL_PUBLIC_READ)
    assert v2.get_object_acl(key).acl == oss2.OBJECT_ACL_PUBLIC_READ
    assert v2.get_object(key, params={'response-content-type': 'a b/c'}).headers['Content-Type'] == 'a b/c'
    assert [o.key for o in v2.list_objects_v2(prefix='dir/', delimiter='').object_list] == [key]
    assert v2.batch_delete_objects([key]).deleted_keys == [key]
    names = [b.name for b in clients.service(server, 'v2').list_buckets(prefix='de').buckets]
    assert names == ['demo']


def test_v2_of_a_session(server, v2, ram):
    arn = ram.role('reader', allow('oss:GetObject', 'acs:oss:*:*:demo/*'))
    v2.put_object('key', BODY)
    mine = clients.bucket(server, 'demo', 'v2', clients.assume_acs3(server, arn))
    assert mine.get_object('key').read() == BODY
    with pytest.raises(oss2.exceptions.AccessDenied):
        mine.put_object('key', b'other')


def test_v2_with_a_wrong_secret(server, v2):
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch) as refused:
        clients.bucket(server, 'demo', 'v2', ('localyun', 'wrong')).get_object('key')
    assert refused.value.ec == '0002-00000101'


# ------------------------------------------------------------------ signed URLs by oss2

@pytest.mark.parametrize('slash_safe', [True, False])
def test_every_method_and_a_subresource(server, bucket, slash_safe):
    def send(method, key='dir/a b+中', **kwargs):
        headers = kwargs.pop('headers', None)
        url = bucket.sign_url(method, key, 60, slash_safe=slash_safe, headers=headers, **kwargs)
        return server.http.request(method, url, headers=headers, data=BODY if method == 'PUT' and not kwargs else None)

    assert send('PUT').status_code == 200
    assert send('GET').content == BODY
    assert send('HEAD').headers['Content-Length'] == '5'
    acl = {'x-oss-object-acl': 'public-read'}
    assert send('PUT', params={'acl': ''}, headers=acl).status_code == 200
    assert b'public-read' in send('GET', params={'acl': ''}).content
    assert send('DELETE').status_code == 204


def test_an_upload_in_parts_by_urls_alone(server, bucket):
    upload = bucket.init_multipart_upload('key').upload_id
    parts = [b'a' * (100 << 10), b'end']
    for number, body in enumerate(parts, 1):
        params = {'partNumber': str(number), 'uploadId': upload}
        url = bucket.sign_url('PUT', 'key', 60, params=params)
        assert server.http.put(url, data=body).status_code == 200
        assert refusal(server.http.put(url.replace(f'partNumber={number}', 'partNumber=9'), data=b'x')) == DENIED
    listing = server.http.get(bucket.sign_url('GET', 'key', 60, params={'uploadId': upload}))
    assert listing.status_code == 200 and listing.content.count(b'<PartNumber>') == 2
    headers = {'x-oss-complete-all': 'yes'}
    url = bucket.sign_url('POST', 'key', 60, params={'uploadId': upload}, headers=headers)
    assert refusal(server.http.post(url)) == DENIED
    done = server.http.post(url, headers=headers)
    assert done.status_code == 200, done.text
    assert bucket.get_object('key').read() == b''.join(parts)


def test_a_parameter_that_is_added_changes_no_meaning(server, bucket, auth):
    """V1 signs the sub-resources alone, the others everything. None of them lets a stranger choose the operation."""
    bucket.put_object('key', BODY)
    url = bucket.sign_url('GET', 'key', 60)
    for more in ('acl', 'tagging', 'response-content-type=text/html', 'x-oss-process=a'):
        assert server.http.get(f'{url}&{more}').status_code in (400, 403), more
    plain = server.http.get(f'{url}&color=blue')
    assert plain.content == BODY if auth == 'v1' else refusal(plain) == DENIED


def test_of_repeated_parameters_the_first_counts(server, bucket, auth):
    bucket.put_object('key', BODY)
    bucket.put_object('other', BODY)
    url = bucket.sign_url('GET', 'key', 60, params={'response-content-type': 'text/html'})
    late = server.http.get(f'{url}&response-content-type=text/css')
    if auth == 'v1':
        assert late.headers['Content-Type'] == 'text/html'
    else:
        assert refusal(late) == DENIED
    path, _, query = url.partition('?')
    early = server.http.get(f'{path}?response-content-type=text/css&{query}')
    assert refusal(early) == DENIED


def test_the_token_is_in_the_url(server, bucket, auth, writer):
    mine = clients.bucket(server, 'demo', auth, writer)
    url = mine.sign_url('PUT', 'key', 60)
    assert server.http.put(url, data=BODY).status_code == 200
    assert refusal(server.http.delete(mine.sign_url('DELETE', 'key', 60))) == (403, 'AccessDenied')
    name = 'x-oss-security-token' if auth == 'v4' else 'security-token'
    path, _, query = url.partition('?')
    parts = urllib.parse.parse_qsl(query, keep_blank_values=True)
    assert name in dict(parts)
    without = urllib.parse.urlencode([(k, v) for k, v in parts if k != name])
    token = {'x-oss-security-token': writer[2]}
    assert refusal(server.http.put(f'{path}?{without}', data=b'x'))[0] == 403
    moved = server.http.put(f'{path}?{without}', data=b'x', headers=token)
    assert refusal(moved) == (400, 'InvalidRequest')
    twice = server.http.put(url, data=b'x', headers=token)
    assert refusal(twice) == (400, 'InvalidArgument') and twice.headers['x-oss-ec'] == '0002-00000010'
    assert bucket.get_object('key').read() == BODY


def test_the_end_comes_with_the_virtual_clock(server, bucket):
    bucket.put_object('key', BODY)
    url = bucket.sign_url('GET', 'key', 600)
    signed = int(time.time())
    localyun.wait_until(lambda: int(time.time()) > signed, what='the next second')
    server.advance(590)
    assert server.http.get(url).content == BODY
    server.advance(20)
    over = server.http.get(url)
    assert refusal(over) == (403, 'AccessDenied')
    assert clients.element(over.content, 'Message') == 'Request has expired.'
    # Before the signature is looked at.
    other = server.http.get(url.replace('/key', '/other'))
    assert clients.element(other.content, 'Message') == 'Request has expired.'


def test_seven_days_are_the_limit_of_v4_alone(server, bucket, auth):
    bucket.put_object('key', BODY)
    assert server.http.get(bucket.sign_url('GET', 'key', 604800)).content == BODY
    over = server.http.get(bucket.sign_url('GET', 'key', 604801))
    if auth == 'v4':
        assert refusal(over) == (403, 'AccessDenied') and over.headers['x-oss-ec'] == '0002-00000232'
    else:
        assert over.content == BODY


@pytest.mark.parametrize('auth', ['v2', 'v4'], indirect=True)
def test_additional_headers_have_to_come_as_they_were_signed(server, bucket):
    bucket.put_object('key', BODY)
    headers = {'Range': 'bytes=1-2', 'host': server.address}
    url = bucket.sign_url('GET', 'key', 60, headers=headers, additional_headers=['Range', 'host'])
    [names] = urllib.parse.parse_qs(url)['x-oss-additional-headers']
    assert sorted(names.split(';')) == ['host', 'range']
    assert server.http.get(url, headers={'Range': 'bytes=1-2'}).content == b'el'
    assert refusal(server.http.get(url)) == DENIED
    assert refusal(server.http.get(url, headers={'Range': 'bytes=1-3'})) == DENIED
    fewer = server.http.get(url.replace(urllib.parse.quote(names, safe=''), 'host'), headers={'Range': 'bytes=1-3'})
    assert refusal(fewer) == DENIED


def test_a_url_for_some_addresses_only(server, bucket, auth):
    bucket.put_object('key', BODY)

    def get(address, mask, keep=False, **more):
        params = {'x-oss-ac-source-ip': address, 'x-oss-ac-subnet-mask': mask}
        url = bucket.sign_url('GET', 'key', 60, params=params)
        return server.http.get(url if keep else url.replace(f'x-oss-ac-source-ip={address}&', ''), **more)

    assert get('127.0.0.1', '32').content == get('127.0.0.1', '32', keep=True).content == BODY
    assert get('127.0.0.0', '8').content == BODY
    forwarded = {'X-Forwarded-For': '10.1.2.3'}
    for refused in (get('10.1.2.3', '32'), get('10.1.2.3', '32', keep=True), get('10.1.2.3', '32', headers=forwarded)):
        assert refusal(refused) == DENIED
        assert refused.headers['x-oss-ec'] == {'v1': '0002-00000602', 'v2': '0002-00000119', 'v4': '0002-00000201'}[auth]
    assert get('127.0.0.1', '65536').headers['x-oss-ec'] == '0002-00000601'


@pytest.mark.parametrize('parameter', ['OSSAccessKeyId', 'Expires', 'Signature'])
def test_no_part_of_the_trio_may_be_missing(server, parameter):
    bucket = clients.bucket(server, 'demo', 'v1')
    bucket.create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    bucket.put_object('key', BODY)
    path, _, query = bucket.sign_url('GET', 'key', 60).partition('?')
    parts = [(k, v) for k, v in urllib.parse.parse_qsl(query) if k != parameter]
    answer = server.http.get(f'{path}?{urllib.parse.urlencode(parts)}')
    assert refusal(answer) == (403, 'AccessDenied') and BODY not in answer.content


def test_a_header_next_to_a_signed_url(server, bucket):
    bucket.put_object('key', BODY)
    url = bucket.sign_url('GET', 'key', 60)
    for value in ('OSS a:b', 'OSS2 AccessKeyId:a,Signature:b', 'OSS4-HMAC-SHA256 Credential=a'):
        assert refusal(server.http.get(url, headers={'Authorization': value})) == (400, 'InvalidArgument')


# ------------------------------------------------------------------ signed URLs by alibabacloud-oss-v2

@pytest.fixture(params=['v1', 'v4'])
def modern(request, server, bucket):
    def client(key=clients.ADMIN):
        provider = oss_v2.credentials.StaticCredentialsProvider(*key)
        config = oss_v2.config.Config(region=localyun.REGION, endpoint=server.url, credentials_provider=provider,
                                      signature_version=request.param, use_path_style=True)
        return oss_v2.Client(config)

    return client


@pytest.mark.parametrize('auth', ['v4'], indirect=True)
def test_urls_of_the_second_python_client(server, bucket, modern, writer):
    for key in (clients.ADMIN, writer):
        client = modern(key)
        put = client.presign(oss_v2.PutObjectRequest(bucket='demo', key='dir/a b', content_type='text/plain',
                                                     metadata={'color': 'blue'}), expires=datetime.timedelta(minutes=5))
        assert put.method == 'PUT' and put.signed_headers
        sent = server.http.put(put.url, data=BODY, headers=put.signed_headers)
        assert sent.status_code == 200, sent.text
        bare = server.http.put(put.url, data=b'other')
        assert refusal(bare) == DENIED
        get = client.presign(oss_v2.GetObjectRequest(bucket='demo', key='dir/a b', range_header='bytes=0-1',
                                                     response_content_type='text/html'))
        got = server.http.get(get.url, headers={'Range': 'bytes=0-1'})
        assert (got.content, got.headers['Content-Type']) == (b'he', 'text/html')
        head = client.presign(oss_v2.HeadObjectRequest(bucket='demo', key='dir/a b'))
        assert server.http.head(head.url).headers['x-oss-meta-color'] == 'blue'
