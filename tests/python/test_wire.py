"""What no SDK sends on purpose: odd but legal HTTP, hostile input, and operations that are not there."""
import base64
import csv
import hashlib
import os
import re
import socket
import statistics
import threading
import time
import xml.etree.ElementTree as ElementTree
from email.utils import formatdate

import pytest

import clients
import signing
from clients import element
from localyun import REGION, SPEC

BODY = b'the object as it was'


@pytest.fixture
def demo(server):
    """A bucket with one object, and a check that nothing changed."""
    bucket = clients.bucket(server, 'demo')
    bucket.create_bucket()
    bucket.put_object('key', BODY)
    return bucket


def keys(bucket):
    return [o.key for o in bucket.list_objects(max_keys=1000).object_list]


def put(server, path='/demo/new', headers=None, length=None, body=BODY, target=None, host=None):
    """The bytes of a signed PUT."""
    signed = {'Host': host or server.address, **signing.v4_headers('PUT', path, headers=headers)}
    if length is not False:
        signed['Content-Length'] = str(len(body) if length is None else length)
    return signing.raw('PUT', target or signing.percent(path, '-_.~/'), signed, body)


def get(server, path='/demo/key', target=None, host=None, **more):
    return signing.raw('GET', target or signing.percent(path, '-_.~/'),
                       {'Host': host or server.address, **signing.v4_headers('GET', path, **more)})


# ------------------------------------------------------------------ addressing

def test_an_absolute_form_target(server, demo):
    for authority in (server.address, f'demo.oss-{REGION}.aliyuncs.com'):
        path = 'key' if authority.startswith('demo') else 'demo/key'
        answer = signing.talk(server, get(server, target=f'http://{authority}/{path}', host=authority))
        assert (answer.status, answer.content) == (200, BODY)


def test_a_request_has_one_host(server, demo):
    """https://www.rfc-editor.org/rfc/rfc9112#section-3.2: 400, whatever they say, and whoever would answer."""
    other = b'Host: ' + server.address.encode() + b'\r\n'
    targets = [None, f'http://{server.address}/demo/key', '/?Action=GetCallerIdentity&Version=2015-04-01',
               '/2023-03-30/functions', '/_localyun/health']
    for target in targets:
        line, headers = get(server, target=target).split(b'\r\n', 1)
        for twice in (other, b'HOST: x.example.com\r\n'):
            answer = signing.talk(server, line + b'\r\n' + twice + headers)
            assert answer.status == 400 and b'more than one Host' in answer.content, (target, twice)
        assert signing.talk(server, line + b'\r\n' + headers).status != 400, target


def test_the_absolute_form_wins_over_the_host_header(server, demo):
    answer = signing.talk(server, get(server, target=f'http://demo.oss-{REGION}.aliyuncs.com/key', host='other.example.com'))
    assert (answer.status, answer.content) == (200, BODY)


@pytest.mark.parametrize('host', ['127.0.0.1', 'localhost', 'LOCALHOST:80', 'http://127.0.0.1:4577'])
def test_a_bare_host_in_odd_spellings(server, demo, host):
    answer = signing.talk(server, get(server, host=host))
    assert (answer.status, answer.content) == (200, BODY)


@pytest.mark.parametrize('host', [f'demo.oss-{REGION}.aliyuncs.com', f'demo.oss-{REGION}-internal.aliyuncs.com', 'demo.localhost',
                                  f'demo.{REGION}.oss.aliyuncs.com', 'demo.localhost:8080', f'DEMO.OSS-{REGION.upper()}.ALIYUNCS.COM',
                                  f'demo.oss-{REGION}.aliyuncs.com:80'])
def test_a_bucket_in_the_host_name(server, demo, host):
    answer = signing.talk(server, get(server, target='/key', host=host))
    assert (answer.status, answer.content) == (200, BODY)
    stored = signing.talk(server, put(server, '/demo/_localyun/health', target='/_localyun/health', host=host))
    assert stored.status == 200, 'on a host of a bucket this is an object key like any other'
    assert '_localyun/health' in keys(demo)


def test_the_host_id_is_the_host_that_was_addressed(server, demo):
    for host in (server.address, f'demo.oss-{REGION}.aliyuncs.com', 'demo.localhost:8080'):
        target = '/demo/gone' if host == server.address else '/gone'
        answer = signing.talk(server, get(server, '/demo/gone', target=target, host=host))
        assert (answer.status, element(answer.content, 'HostId')) == (404, host)


@pytest.mark.parametrize('host', ['', 'a' * 5000, 'demo..localhost', '.', '\x7f', 'demo.localhost:99999999', '[::1', 'demo.oss-nowhere-1.aliyuncs.com'])
def test_a_host_that_is_none(server, demo, host):
    answer = signing.talk(server, get(server, target='/key', host=host))
    assert answer is None or answer.status >= 400
    assert answer is None or BODY not in answer.content


def test_several_requests_on_one_connection(server, demo):
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        for number in range(5):
            connection.sendall(get(server) if number % 2 else put(server, f'/demo/{number}'))
            assert signing.read_response(connection).status == 200


# ------------------------------------------------------------------ framing

def chunked(*parts):
    return b''.join(b'%x\r\n%s\r\n' % (len(p), p) for p in parts) + b'0\r\n\r\n'


@pytest.mark.parametrize('both', [False, True])
def test_a_chunked_body_with_and_without_a_length(server, demo, both):
    """Some SDKs send Transfer-Encoding: chunked together with Content-Length."""
    body = chunked(b'one ', b'two ', b'three')
    head = put(server, headers={'transfer-encoding': 'chunked'}, length=13 if both else False, body=b'')
    answer = signing.talk(server, head + body)
    assert answer.status == 200, answer.content
    assert demo.get_object('new').read() == b'one two three'


def test_expect_100_continue(server, demo):
    head = put(server, headers={'expect': '100-continue'}, length=len(BODY), body=b'')
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(head)
        assert connection.recv(100).startswith(b'HTTP/1.1 100')
        connection.sendall(BODY)
        assert signing.read_response(connection).status == 200
    assert demo.get_object('new').read() == BODY


def test_expect_100_continue_may_be_refused_at_once(server, demo):
    signed = signing.v4_headers('PUT', '/demo/new', headers={'expect': '100-continue'}, key=('localyun', 'wrong'))
    head = signing.raw('PUT', '/demo/new', {'Host': server.address, 'Content-Length': '20', **signed})
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(head)
        first = connection.recv(100)
        if first.startswith(b'HTTP/1.1 100'):
            connection.sendall(BODY)
            first = connection.recv(100)
        assert b' 403 ' in first.split(b'\r\n')[0]
    assert keys(demo) == ['key']


def test_a_body_that_ends_too_early_is_not_stored(server, demo):
    for key in ('new', 'key'):
        answer = signing.talk(server, put(server, f'/demo/{key}', length=len(BODY) + 100), hang_up=True)
        assert answer is None or (answer.status == 400 and element(answer.content, 'Code') in ('IncompleteBody', 'RequestTimeout'))
    assert keys(demo) == ['key'] and demo.get_object('key').read() == BODY


def test_a_chunked_body_that_ends_too_early_is_not_stored(server, demo):
    head = put(server, headers={'transfer-encoding': 'chunked'}, length=False, body=b'')
    for rest in (b'5\r\nhello', b'5\r\nhello\r\n', b'zz\r\nhello\r\n0\r\n\r\n', b'ffffffffffffffffff\r\nhello'):
        answer = signing.talk(server, head + rest, hang_up=True)
        assert answer is None or answer.status == 400
    assert keys(demo) == ['key']


def test_a_read_that_announces_a_body_and_sends_none(server, demo):
    """As oss2 does when it is given the headers of a PUT: what follows is the next request, not that body."""
    request = get(server).replace(b'\r\n\r\n', b'\r\nContent-Length: 9\r\n\r\n')
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(request)
        assert signing.read_response(connection).status == 200
        assert connection.recv(1) == b'', 'the connection must end instead of misreading what comes next'


def test_a_put_without_any_length(server, demo):
    answer = signing.talk(server, put(server, length=False, body=b''))
    assert (answer.status, element(answer.content, 'Code')) == (411, 'MissingContentLength')
    assert element(answer.content, 'Message') == 'You must provide the Content-Length HTTP header.'
    assert keys(demo) == ['key']


@pytest.mark.parametrize('length', ['-1', 'many', '1e3', '99999999999999999999999', '5, 6'])
def test_a_length_that_is_none(server, demo, length):
    answer = signing.talk(server, put(server, length=length), hang_up=True)
    assert answer is None or answer.status >= 400
    assert keys(demo) == ['key']


def test_a_length_beyond_5_gib_is_refused_before_the_body(server, demo):
    answer = signing.talk(server, put(server, length=5 * 1024 ** 3 + 1, body=b''))
    assert answer.status == 400 and element(answer.content, 'Code') in ('EntityTooLarge', 'InvalidArgument')
    assert keys(demo) == ['key']


@pytest.mark.parametrize('header', [('x-oss-meta-big', 'x' * 100_000), ('X-Junk', 'y' * 1_000_000)])
def test_oversized_headers(server, demo, header):
    try:
        answer = signing.talk(server, put(server, headers=dict([header])))
    except (ConnectionResetError, BrokenPipeError):
        answer = None
    assert answer is None or 400 <= answer.status < 500
    assert keys(demo) == ['key']


def test_too_many_headers(server, demo):
    many = {f'x-junk-{n}': 'x' for n in range(5000)}
    try:
        answer = signing.talk(server, get(server, target='/demo/key').replace(b'\r\n\r\n', b'\r\n' + b''.join(
            f'{k}: {v}\r\n'.encode() for k, v in many.items()) + b'\r\n'))
    except (ConnectionResetError, BrokenPipeError):
        answer = None
    assert answer is None or 400 <= answer.status < 500


@pytest.mark.parametrize('data', [b'nonsense\r\n\r\n', b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'\x00\x01\x02\x03\r\n\r\n', b'\r\n' * 50,
                                  b'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', b'GET / HTTP/1.1\r\nno colon\r\n\r\n',
                                  b'GET http:// HTTP/1.1\r\nHost: x\r\n\r\n', b'G' * 100_000, b'PRI * HTTP/2.0\r\n\r\nnot h2\r\n\r\n'])
def test_bytes_that_are_no_request(server, demo, data):
    try:
        answer = signing.talk(server, data, hang_up=True)
    except (ConnectionResetError, BrokenPipeError):
        answer = None
    assert answer is None or answer.status >= 400
    assert demo.get_object('key').read() == BODY


def test_slow_and_idle_connections_harm_nobody(server, demo):
    idle = [socket.create_connection((server.host, server.port), timeout=20) for _ in range(50)]
    try:
        for number, connection in enumerate(idle):
            connection.sendall(put(server, length=1000)[:10 * number])
        assert demo.get_object('key').read() == BODY
    finally:
        for connection in idle:
            connection.close()
    assert keys(demo) == ['key']


# ------------------------------------------------------------------ paths

@pytest.mark.parametrize('key', ['.', '..', '../key', '../../demo/key', 'a/../key', 'a/./b', 'a//b', 'a/', '//', '%2e%2e/key', '%00', 'a\x00b', 'a\nb',
                                 '?x', '#y', 'a;b', 'a+b', ' ', '~', '*'])
def test_a_path_is_decoded_once_and_never_normalised(server, demo, key):
    path = f'/demo/{key}'
    if key.startswith('/'):
        answer = signing.talk(server, put(server, path))
        assert (answer.status, element(answer.content, 'Code')) == (400, 'InvalidObjectName')
        return
    answer = signing.talk(server, put(server, path, body=b'odd'))
    if '\x00' in key and answer.status == 400:
        assert element(answer.content, 'Code') == 'InvalidObjectName' and keys(demo) == ['key']
        return
    assert answer.status == 200, answer.content
    assert sorted(keys(demo)) == sorted(['key', key])
    assert signing.talk(server, get(server, path)).content == b'odd'
    assert demo.get_object('key').read() == BODY


@pytest.mark.parametrize('target', ['/demo/../other/key', '/demo/../../key', '/demo/%2e%2e/other/key', '/demo/..%2fother%2fkey'])
def test_a_path_never_climbs_into_another_bucket(server, demo, target):
    other = clients.bucket(server, 'other')
    other.create_bucket()
    other.put_object('key', b'secret of the other bucket')
    other.put_bucket_acl('public-read')
    answer = signing.talk(server, signing.raw('GET', target, {'Host': server.address}))
    assert answer.status >= 400 and b'secret' not in answer.content


@pytest.mark.parametrize('target', ['/demo/%ff', '/demo/%c0%ae', '/demo/%ed%a0%80', '/demo/%', '/demo/%zz', '/demo/%e4%b8', '/%ff/key'])
def test_a_path_that_is_not_utf_8(server, demo, target):
    for method in ('GET', 'PUT', 'DELETE'):
        signed = signing.v1_headers(method, signing.urllib.parse.unquote(target))
        body = {'Content-Length': '1'} if method == 'PUT' else {}
        answer = signing.talk(server, signing.raw(method, target, {'Host': server.address, **signed, **body}, b'x' if body else b''))
        assert 400 <= answer.status < 500
    assert keys(demo) == ['key']


def test_raw_bytes_in_a_path(server, demo):
    request = get(server).replace(b'/demo/key', b'/demo/\xff\xfe key', 1)
    answer = signing.talk(server, request)
    assert answer is None or 400 <= answer.status < 500


@pytest.mark.parametrize('length, status', [(1023, 200), (1024, 400), (8000, 400)])
def test_long_keys(server, demo, length, status):
    answer = signing.talk(server, put(server, '/demo/' + 'k' * length))
    assert answer.status == status
    assert len(keys(demo)) == (2 if status == 200 else 1)


# ------------------------------------------------------------------ malformed authorization

@pytest.mark.parametrize('value', [
    '', 'OSS', 'OSS ', 'OSS localyun', 'OSS localyun:', 'OSS :x', 'OSS a:b:c', 'OSS localyun:not base64!', 'Basic bG9jYWx5dW46bG9jYWx5dW4=',
    'Bearer x', 'OSS4-HMAC-SHA256', 'OSS4-HMAC-SHA256 ', 'OSS4-HMAC-SHA256 Credential=', 'OSS4-HMAC-SHA256 Credential=localyun',
    'OSS4-HMAC-SHA256 Credential=localyun/x/y/z/w,Signature=0', f'OSS4-HMAC-SHA256 Credential=localyun/20200101/{REGION}/oss/aliyun_v4_request',
    f'OSS4-HMAC-SHA256 Credential=localyun/20200101/{REGION}/oss/aliyun_v4_request,Signature=xyz', 'OSS4-HMAC-SHA256 Signature=0',
    'OSS4-HMAC-SHA256 Credential=////,Signature=0', 'OSS2 AccessKeyId:localyun', 'OSS9 x:y', 'oss localyun:x', 'OSS localyun:' + 'x' * 5000, ':::',
])
@pytest.mark.parametrize('public', [False, True])
def test_a_malformed_authorization_never_counts_as_anonymous(server, demo, value, public):
    if public:
        demo.put_bucket_acl('public-read-write')
    base = {'Host': server.address, 'Date': formatdate(usegmt=True), 'Authorization': value}
    read = signing.talk(server, signing.raw('GET', '/demo/key', base))
    write = signing.talk(server, signing.raw('PUT', '/demo/new', {**base, 'Content-Length': '1'}, b'x'))
    for answer in (read, write):
        assert answer.status in (400, 403), answer.content
        assert element(answer.content, 'Code') in ('InvalidArgument', 'AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed')
    assert keys(demo) == ['key']


@pytest.mark.parametrize('change, status, ec', [
    ({'region': 'cn-atlantis'}, 400, '0002-00000226'), ({'product': 'ecs'}, 400, '0002-00000227'), ({'suffix': 'aws4_request'}, 400, '0002-00000213'),
    ({'date': 'today'}, 400, '0002-00000212'),
])
def test_the_scope_of_a_v4_signature(server, demo, change, status, ec):
    headers = signing.v4_headers('GET', '/demo/key')
    scope = {'date': headers['x-oss-date'][:8], 'region': REGION, 'product': 'oss', 'suffix': 'aliyun_v4_request', **change}
    headers['authorization'] = re.sub(r'Credential=[^,]*', 'Credential=localyun/' + '/'.join(scope.values()), headers['authorization'])
    answer = signing.send(server, 'GET', '/demo/key', headers)
    assert (answer.status, element(answer.content, 'Code'), answer.getheader('x-oss-ec')) == (status, 'InvalidArgument', ec)


def test_the_forms_in_which_sdks_write_a_v4_authorization(server, demo):
    signed = signing.v4_headers('GET', '/demo/key', headers={'range': 'bytes=0-2'}, additional=('range',))
    value = signed['authorization']
    scheme, _, rest = value.partition(' ')
    parts = rest.split(',')
    for form in (','.join(parts), ', '.join(parts), ', '.join([parts[0], parts[2], parts[1]]), ' , '.join(parts)):
        answer = signing.send(server, 'GET', '/demo/key', {**signed, 'authorization': f'{scheme} {form}'})
        assert (answer.status, answer.content) == (206, BODY[:3]), form


def test_an_additional_header_is_part_of_the_signature(server, demo):
    signed = signing.v4_headers('GET', '/demo/key', headers={'range': 'bytes=0-2'}, additional=('range',))
    answer = signing.send(server, 'GET', '/demo/key', {**signed, 'range': 'bytes=0-9'})
    assert (answer.status, element(answer.content, 'Code')) == (403, 'SignatureDoesNotMatch')


def test_v4_signed_with_the_date_header_alone(server, demo):
    """The first Go SDK sends no x-oss-date: its timestamp line is the Date header itself."""
    date = formatdate(usegmt=True)
    headers = {'x-oss-content-sha256': 'UNSIGNED-PAYLOAD'}
    stamp = signing.v4_stamp()
    request = '\n'.join(['GET', '/demo/key', '', 'x-oss-content-sha256:UNSIGNED-PAYLOAD\n', '', 'UNSIGNED-PAYLOAD'])
    scope = f'{stamp[:8]}/{REGION}/oss/aliyun_v4_request'
    to_sign = '\n'.join(['OSS4-HMAC-SHA256', date, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = 'aliyun_v4localyun'
    for part in scope.split('/'):
        key = signing.sha256(key, part)
    headers.update(date=date, authorization=f'OSS4-HMAC-SHA256 Credential=localyun/{scope},Signature={signing.sha256(key, to_sign).hex()}')
    assert signing.send(server, 'GET', '/demo/key', headers).content == BODY


@pytest.mark.parametrize('form', [lambda: formatdate(usegmt=True), signing.v4_stamp], ids=['RFC 1123', 'ISO basic'])
def test_v1_with_x_oss_date(server, demo, form):
    headers = signing.v1_headers('GET', '/demo/key', {'x-oss-date': form()})
    assert signing.send(server, 'GET', '/demo/key', headers).content == BODY
    headers.pop('date')
    assert signing.send(server, 'GET', '/demo/key', headers).content == BODY


@pytest.mark.parametrize('query, signed', [('acl', 'acl'), ('acl=', 'acl'), ('acl=', 'acl='), ('acl&response-content-type=a%20b', 'acl&response-content-type=a b'),
                                           ('prefix=x&acl', 'acl')])
def test_v1_spellings_of_an_empty_value(server, demo, query, signed):
    answer = signing.send(server, 'GET', f'/demo/?{query}', signing.v1_headers('GET', f'/demo/?{signed}'))
    assert answer.status == 200, answer.content
    assert element(answer.content, 'Grant') == 'private'


@pytest.mark.parametrize('skew', [-16 * 60, 16 * 60, -86400, 86400])
def test_a_clock_that_is_wrong(server, demo, skew):
    v1 = signing.v1_headers('GET', '/demo/key', date=formatdate(time.time() + skew, usegmt=True))
    v4 = signing.v4_headers('GET', '/demo/key', skew=skew)
    for headers in (v1, v4):
        answer = signing.send(server, 'GET', '/demo/key', headers)
        assert (answer.status, element(answer.content, 'Code')) == (403, 'RequestTimeTooSkewed')
        assert answer.getheader('x-oss-ec') == '0002-00000504'
        assert element(answer.content, 'MaxAllowedSkewMilliseconds') == '900000'
        assert element(answer.content, 'ServerTime') and element(answer.content, 'RequestTime')


@pytest.mark.parametrize('skew', [-14 * 60, 14 * 60])
def test_a_clock_that_is_nearly_right(server, demo, skew):
    assert signing.send(server, 'GET', '/demo/key', signing.v4_headers('GET', '/demo/key', skew=skew)).status == 200


def test_the_virtual_clock_leaves_signatures_and_the_date_header_alone(server, demo):
    server.advance(365 * 86400)
    answer = signing.oss(server, 'GET', '/demo/key')
    assert answer.content == BODY
    shown = clients.oss2.utils.http_to_unixtime(answer.getheader('Date'))
    assert abs(shown - time.time()) < 60


@pytest.mark.parametrize('date', ['', 'yesterday', '2026-01-01', 'Mon, 99 Jan 2026 00:00:00 GMT'])
def test_a_date_that_is_none(server, demo, date):
    headers = signing.v1_headers('GET', '/demo/key')
    headers['date'] = date
    answer = signing.send(server, 'GET', '/demo/key', headers)
    assert answer.status == 403 and element(answer.content, 'Code') == 'AccessDenied'
    assert element(answer.content, 'Message') == 'OSS authentication requires a valid Date.'


def test_no_date_at_all(server, demo):
    headers = signing.v1_headers('GET', '/demo/key')
    headers.pop('date')
    answer = signing.send(server, 'GET', '/demo/key', headers)
    assert (answer.status, answer.getheader('x-oss-ec')) == (403, '0002-00000503')


# ------------------------------------------------------------------ error bodies

def test_the_shape_of_an_error(server, demo):
    answer = signing.oss(server, 'GET', '/demo/gone')
    assert answer.getheader('Content-Type') == 'application/xml'
    root = ElementTree.fromstring(answer.content)
    assert [child.tag for child in root] == ['Code', 'Message', 'RequestId', 'HostId', 'Key', 'EC', 'RecommendDoc']
    assert root.tag == 'Error'
    assert root.findtext('RequestId') == answer.getheader('x-oss-request-id')
    assert root.findtext('EC') == answer.getheader('x-oss-ec') == '0026-00000001'
    assert root.findtext('RecommendDoc') == 'https://api.aliyun.com/troubleshoot?q=0026-00000001'


def test_an_error_of_head_travels_in_a_header(server, demo):
    answer = signing.oss(server, 'HEAD', '/demo/gone')
    assert (answer.status, answer.content) == (404, b'')
    root = ElementTree.fromstring(base64.b64decode(answer.getheader('x-oss-err')))
    assert root.findtext('Code') == 'NoSuchKey' and root.findtext('EC') == answer.getheader('x-oss-ec')


def test_a_wrong_signature_shows_what_the_server_signed(server, demo):
    headers = signing.v1_headers('GET', '/demo/key', {'x-oss-meta-a': 'b'}, key=('localyun', 'wrong'))
    answer = signing.send(server, 'GET', '/demo/key', headers)
    root = ElementTree.fromstring(answer.content)
    to_sign = f"GET\n\n\n{headers['date']}\nx-oss-meta-a:b\n/demo/key"
    assert root.findtext('StringToSign') == to_sign
    assert root.findtext('StringToSignBytes') == ''.join(f'{b:02X} ' for b in to_sign.encode())
    assert root.findtext('SignatureProvided') == headers['authorization'].rpartition(':')[2]
    assert root.findtext('OSSAccessKeyId') == 'localyun'
    assert b'wrong' not in answer.content


def test_hostile_text_in_an_error_is_escaped(server, demo):
    answer = signing.oss(server, 'GET', '/demo/<b>&"\'</b>')
    assert ElementTree.fromstring(answer.content).findtext('Key') == '<b>&"\'</b>'


# ------------------------------------------------------------------ methods and operations that are not there

@pytest.mark.parametrize('method', ['PATCH', 'TRACE', 'FOO', 'PROPFIND', 'get'])
@pytest.mark.parametrize('path', ['/demo/key', '/demo/', '/'])
def test_a_method_that_does_not_exist(server, demo, method, path):
    answer = signing.oss(server, method, path)
    assert (answer.status, element(answer.content, 'Code')) == (405, 'MethodNotAllowed')
    assert set(answer.getheader('Allow').split()) == {'GET', 'DELETE', 'HEAD', 'PUT', 'POST', 'OPTIONS'}
    assert demo.get_object('key').read() == BODY


def test_post_on_an_object(server, demo):
    answer = signing.oss(server, 'POST', '/demo/key', body=b'x')
    assert (answer.status, element(answer.content, 'Code'), answer.getheader('x-oss-ec')) == (405, 'MethodNotAllowed', '0017-00000001')
    assert (element(answer.content, 'Method'), element(answer.content, 'ResourceType')) == ('POST', 'Object')
    assert demo.get_object('key').read() == BODY


@pytest.mark.parametrize('method', ['PUT', 'POST', 'DELETE'])
@pytest.mark.parametrize('name', ['foo', 'ACL', 'taggings', 'acls', 'x-oss-foo', 'uploadid', 'partnumber', 'Append'])
@pytest.mark.parametrize('path', ['/demo/key', '/demo/', '/empty/', '/unborn/'])
def test_a_sub_resource_that_does_not_exist_is_refused(server, demo, method, name, path):
    clients.bucket(server, 'empty').create_bucket()
    answer = signing.oss(server, method, path, {name: ''}, b'overwritten' if method != 'DELETE' else b'')
    assert 400 <= answer.status < 600 and element(answer.content, 'Code'), answer.content
    unchanged(server, demo)


def unchanged(server, demo):
    assert demo.get_object('key').read() == BODY and keys(demo) == ['key']
    assert [b.name for b in clients.service(server).list_buckets().buckets] == ['demo', 'empty']


def operations():
    """The sub-resource operations of the specification that change something, with what they cannot be called without."""
    plain = {'PutObject', 'CopyObject', 'DeleteObject', 'PutBucket', 'DeleteBucket', 'PostObject', 'DeleteMultipleObjects'}
    with open(os.path.join(SPEC, 'oss-operations.csv'), encoding='utf-8', newline='') as table:
        for row in csv.DictReader(table):
            parts = [p.strip() for p in row['subresource_query'].split('&')]
            names = [p for p in parts if p and not p.endswith('?')]
            known = row['scope'] in ('bucket', 'object') and all(re.fullmatch(r'[\w-]+(=[\w-]+)?', n) for n in names)
            if known and names and row['operation'] not in plain and row['method'] in ('PUT', 'POST', 'DELETE'):
                yield pytest.param(row['method'], row['scope'], dict((n.split('=') + [''])[:2] for n in names), id=row['operation'])


OPERATIONS = list(operations())


def test_the_specification_was_read():
    assert len(OPERATIONS) > 80


@pytest.mark.parametrize('method, scope, params', OPERATIONS)
@pytest.mark.parametrize('body', [b'', b'overwritten'], ids=['empty', 'junk'])
def test_no_operation_falls_through_to_another(server, demo, method, scope, params, body):
    """Supported or not: an operation on a sub-resource never stores, overwrites or deletes the object or the bucket itself."""
    clients.bucket(server, 'empty').create_bucket()
    before = demo.head_object('key').headers
    paths = ['/demo/key'] if scope == 'object' else ['/demo/', '/empty/', '/unborn/']
    for path in paths:
        answer = signing.oss(server, method, path, params, body if method != 'DELETE' else b'')
        if path == '/unborn/':
            assert 400 <= answer.status < 600, answer.content
        assert BODY not in answer.content
    after = demo.head_object('key').headers
    assert (after['ETag'], after['Content-Type'], after['Last-Modified']) == (before['ETag'], before['Content-Type'], before['Last-Modified'])
    unchanged(server, demo)


@pytest.mark.parametrize('name', ['acl', 'tagging', 'symlink', 'uploadId', 'restore', 'append', 'legalHold', 'retention', 'objectMeta', 'qos', 'live'])
def test_reading_a_sub_resource_never_returns_the_object(server, demo, name):
    answer = signing.oss(server, 'GET', '/demo/key', {name: ''})
    assert BODY not in answer.content


@pytest.mark.parametrize('params', [{'acl': '', 'tagging': ''}, {'acl': '', 'uploads': ''}, {'delete': '', 'acl': ''}, {'partNumber': '1'},
                                    {'uploadId': 'X' * 32}, {'append': ''}, {'position': '0'}, {'uploads': '', 'uploadId': 'x'}])
@pytest.mark.parametrize('method', ['PUT', 'POST', 'DELETE'])
def test_combinations_that_make_no_sense(server, demo, method, params):
    clients.bucket(server, 'empty').create_bucket()
    answer = signing.oss(server, method, '/demo/key', params, b'overwritten' if method != 'DELETE' else b'')
    assert answer.status >= 400, answer.content
    unchanged(server, demo)


# ------------------------------------------------------------------ the server itself

def test_the_admin_api_refuses_other_origins_and_hosts(server, demo):
    for headers in ({'Origin': 'http://evil.example.com'}, {'Host': 'evil.example.com'}, {'Host': 'evil.localhost.example.com'}):
        answer = server.http.post(f'{server.url}/_localyun/reset', headers=headers)
        assert answer.status_code >= 400
    assert demo.get_object('key').read() == BODY


def test_health_is_told(server):
    health = server.health()
    assert {'status', 'version', 'services'} <= set(health)


@pytest.mark.parametrize('body', [b'', b'{', b'[]', b'{"advance_seconds":"many"}', b'{"set":"tomorrow"}', b'{"advance_seconds":1e400}', b'{"other":1}'])
def test_a_malformed_clock_request_moves_nothing(server, body):
    before = server.clock()['offset_seconds']
    answer = server.http.post(f'{server.url}/_localyun/clock', data=body, headers={'Content-Type': 'application/json'})
    assert 400 <= answer.status_code < 500
    assert abs(server.clock()['offset_seconds'] - before) < 2


def test_many_clients_at_once(server, demo):
    """Concurrent writers of one key: the object is always one of the bodies, whole."""
    bodies = [bytes([65 + n]) * 50_000 for n in range(8)]
    errors = []

    def work(body):
        try:
            mine = clients.bucket(server, 'demo')
            for _ in range(10):
                mine.put_object('contended', body)
                assert mine.get_object('contended').read() in bodies
        except BaseException as error:  # handed to the main thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors and demo.get_object('contended').read() in bodies


def test_a_body_does_not_wait_for_its_head_to_be_acknowledged(server, demo):
    """Clients behind a proxy send head and body apart, with Nagle's algorithm on; the kernel would let them wait."""
    took = {True: [], False: []}
    connections = {nodelay: socket.create_connection((server.host, server.port), timeout=20) for nodelay in took}
    for nodelay, connection in connections.items():
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, nodelay)
    for _ in range(15):
        for nodelay, connection in connections.items():
            headers = signing.v1_headers('PUT', '/demo/nagle')
            headers.update({'Host': server.address, 'Content-Length': '4'})
            begun = time.monotonic()
            connection.sendall(signing.raw('PUT', '/demo/nagle', headers))
            connection.sendall(b'body')
            assert signing.read_response(connection, 'PUT').status == 200
            took[nodelay].append(time.monotonic() - begun)
    for connection in connections.values():
        connection.close()
    waiting, prompt = (statistics.median(took[nodelay]) for nodelay in (False, True))
    assert waiting < 10 * prompt, f'{waiting * 1000:.1f} ms with Nagle, {prompt * 1000:.1f} ms without'
