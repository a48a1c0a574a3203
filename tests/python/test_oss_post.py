"""PostObject: forms as browsers, requests and ali-oss send them, signed by hand."""
import base64
import datetime
import hashlib
import html
import http.client
import json
import time

import oss2
import pytest

import clients
import localyun
import signing
from clients import allow

BODY = b'hello'
ETAG = '"5D41402ABC4B2A76B9719D911017C592"'


@pytest.fixture
def bucket(server):
    bucket = clients.bucket(server, 'demo')
    bucket.create_bucket()
    return bucket


def encoded(conditions, expiration=None):
    until = expiration or (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=10)).strftime('%Y-%m-%dT%H:%M:%S.000Z')
    return base64.b64encode(json.dumps({'expiration': until, 'conditions': conditions}).encode()).decode()


def v1(conditions=(), key=clients.ADMIN, **more):
    policy = encoded(list(conditions), **more)
    fields = {'OSSAccessKeyId': key[0], 'policy': policy, 'Signature': signing.sha1(key[1], policy)}
    return {**fields, 'x-oss-security-token': key[2]} if len(key) > 2 else fields


def v4(conditions=(), key=clients.ADMIN, region=localyun.REGION, **more):
    date = time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())
    named = {'x-oss-signature-version': 'OSS4-HMAC-SHA256', 'x-oss-date': date,
             'x-oss-credential': f'{key[0]}/{date[:8]}/{region}/oss/aliyun_v4_request'}
    if len(key) > 2:
        named['x-oss-security-token'] = key[2]
    policy = encoded([*conditions, *({k: v} for k, v in named.items())], **more)
    signer = 'aliyun_v4' + key[1]
    for part in (date[:8], region, 'oss', 'aliyun_v4_request'):
        signer = signing.sha256(signer, part)
    return {**named, 'policy': policy, 'x-oss-signature': signing.sha256(signer, policy).hex()}


@pytest.fixture(params=[v1, v4], ids=['v1', 'v4'])
def sign(request):
    return request.param


def post(server, fields, file=('a.txt', BODY, 'text/plain'), url=None, **kwargs):
    """requests puts the fields before the file, which is where they belong."""
    return server.http.post(url or f'{server.url}/demo', data=fields, files={'file': file}, allow_redirects=False, **kwargs)


def refusal(answer):
    return answer.status_code, clients.element(answer.content, 'Code'), answer.headers.get('x-oss-ec')


def test_a_form(server, bucket, sign):
    fields = {'key': 'dir/${filename}', 'x-oss-meta-color': 'blue', 'Cache-Control': 'no-cache', 'success_action_status': '200'}
    conditions = [{'bucket': 'demo'}, ['starts-with', '$key', 'dir/'], ['content-length-range', 1, 10],
                  ['in', '$content-type', ['text/plain']], ['eq', '$success_action_status', '200']]
    answer = post(server, {**fields, **sign(conditions)})
    assert (answer.status_code, answer.content, answer.headers['ETag']) == (200, b'', ETAG)
    got = bucket.get_object('dir/a.txt')
    assert got.read() == BODY
    assert got.headers['x-oss-meta-color'] == 'blue' and got.headers['Cache-Control'] == 'no-cache'
    assert got.headers['Content-Type'] == 'text/plain' and got.headers['x-oss-object-type'] == 'Normal'


def test_the_answer_is_the_forms_choice(server, bucket, sign):
    fields = {'key': '中 a', **sign()}
    assert post(server, fields).status_code == 204
    made = post(server, {**fields, 'success_action_status': '201'})
    assert made.status_code == 201 and made.headers['Content-Type'] == 'application/xml'
    location = f'{server.url}/demo/%E4%B8%AD%20a'
    found = [clients.element(made.content, name) for name in ('Bucket', 'Key', 'Location')]
    assert found == ['demo', '中 a', location] and made.headers['Location'] == location
    sent = post(server, {**fields, 'success_action_redirect': 'http://example.test/done'})
    assert sent.status_code == 303
    assert sent.headers['Location'] == ('http://example.test/done?bucket=demo&etag=%225D41402ABC4B2A76B9719D911017C592%22'
                                        '&key=%E4%B8%AD%20a')


def test_a_session_that_may_put_there(server, ram, bucket, sign):
    key = clients.assume_acs3(server, ram.role('writer', allow('oss:PutObject', 'acs:oss:*:*:demo/in/*')))
    assert post(server, {'key': 'in/a', **sign(key=key)}).status_code == 204
    denied = post(server, {'key': 'out/a', **sign(key=key)})
    assert refusal(denied)[:2] == (403, 'AccessDenied') and clients.element(denied.content, 'AuthAction') == 'oss:PutObject'
    acl = post(server, {'key': 'in/a', 'x-oss-object-acl': 'public-read', **sign(key=key)})
    assert clients.element(acl.content, 'AuthAction') == 'oss:PutObjectAcl'
    fields = {'key': 'in/b', **sign(key=key)}
    del fields['x-oss-security-token']
    assert refusal(post(server, fields)) == (403, 'InvalidAccessKeyId', '0002-00000003')
    assert [o.key for o in bucket.list_objects().object_list] == ['in/a']


def test_a_form_without_a_signature(server, bucket):
    assert refusal(post(server, {'key': 'a'})) == (403, 'AccessDenied', '0003-00000001')
    header = signing.v1_headers('POST', '/demo/')
    assert refusal(post(server, {'key': 'a'}, headers=header))[:2] == (403, 'AccessDenied')
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ_WRITE)
    assert post(server, {'key': 'a'}).status_code == 204
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    assert refusal(post(server, {'key': 'b'}))[:2] == (403, 'AccessDenied')
    assert not bucket.object_exists('b')


@pytest.mark.parametrize('conditions, message', [
    ([{'bucket': 'other'}], '["eq", "$bucket", "other"]'),
    ([['eq', '$key', 'b']], '["eq", "$key", "b"]'),
    ([['starts-with', '$x-oss-meta-a', '']], '["starts-with", "$x-oss-meta-a", ""]'),
    ([['not-in', '$content-type', ['text/plain']]], '["not-in", "$content-type", ["text/plain"]]'),
])
def test_a_condition_that_does_not_hold(server, bucket, sign, conditions, message):
    answer = post(server, {'key': 'a', **sign(conditions)})
    assert refusal(answer) == (403, 'AccessDenied', '0006-00000227')
    assert html.unescape(clients.element(answer.content, 'Message')) == f'Invalid according to Policy: Policy Condition failed: {message}'
    assert not bucket.object_exists('a')


def test_the_size_that_the_policy_wants(server, bucket, sign):
    fields = {'key': 'a', **sign([['content-length-range', 4, 6]])}
    for size, expected in ((3, (400, 'EntityTooSmall', '0006-00000004')), (7, (400, 'EntityTooLarge', '0006-00000003'))):
        assert refusal(post(server, fields, ('a', b'x' * size))) == expected
        assert not bucket.object_exists('a')
    for size in (4, 6):
        assert post(server, fields, ('a', b'x' * size)).status_code == 204
    large = {'key': 'a', **sign([['content-length-range', 0, 1000000]])}
    assert refusal(post(server, large, ('a', bytes(5 << 20))))[1] == 'EntityTooLarge'


def test_a_policy_ends(server, bucket, sign):
    fields = {'key': 'a', **sign()}
    assert post(server, fields).status_code == 204
    server.advance(601)
    late = post(server, fields)
    assert refusal(late) == (403, 'AccessDenied', '0006-00000213')
    assert clients.element(late.content, 'Message') == 'Invalid according to Policy: Policy expired.'


def test_a_server_that_checks_nothing(sign):
    with localyun.Server.start('--auth', 'off', '--bucket', 'demo') as server:
        fields = {'key': 'a', **sign([{'bucket': 'other'}], key=('nobody', 'wrong'), expiration='2000-01-01T00:00:00Z')}
        assert post(server, fields).status_code == 204
        assert server.http.get(f'{server.url}/demo/a').content == BODY


def test_a_wrong_signature(server, bucket, sign):
    fields = {'key': 'a', **sign(key=('localyun', 'wrong'))}
    answer = post(server, fields)
    assert refusal(answer) == (403, 'SignatureDoesNotMatch', '0002-00000705')
    assert clients.element(answer.content, 'StringToSign') == fields['policy']


def test_version_2(server, bucket):
    policy = encoded([])
    signature = base64.b64encode(signing.sha256('localyun', policy)).decode()
    fields = {'key': 'a', 'policy': policy, 'x-oss-signature-version': 'OSS2', 'x-oss-access-key-id': 'localyun'}
    assert post(server, {**fields, 'x-oss-signature': signature}).status_code == 204
    assert refusal(post(server, {**fields, 'x-oss-signature': 'x'}))[1] == 'SignatureDoesNotMatch'


def raw(server, fields, before='', after='', file=True, boundary='----WebKitFormBoundaryW0DET1iaBMeAOBg3', **headers):
    """A form as a browser writes it. `before` and `after` stand around the file."""
    part = '--{}\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    text = ''.join(part.format(boundary, k, v) for k, v in fields.items()) + before
    if file:
        text += (f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
                 f'Content-Type: text/plain\r\n\r\nhello\r\n')
    text += after or f'--{boundary}--\r\n'
    headers = {'Content-Type': f'multipart/form-data; boundary={boundary}', 'Cache-Control': 'max-age=0',
               'Origin': 'null', 'Upgrade-Insecure-Requests': '1', **headers}
    return server.http.post(f'{server.url}/demo/', data=text.encode(), headers=headers)


def test_the_form_of_a_browser(server, bucket, sign):
    fields = {'name': 'a.txt', 'key': '${filename}', **sign(), 'submit': 'Upload'}
    assert raw(server, fields).status_code == 204
    head = bucket.head_object('a.txt').headers
    assert 'Cache-Control' not in head and head['Content-Type'] == 'text/plain'


def test_tags_and_encryption_are_fields_too(server, ram, bucket, sign):
    fields = {'key': 'in/a', 'x-oss-tagging': 'color=blue', 'x-oss-server-side-encryption': 'AES256'}
    answer = post(server, {**fields, **sign()})
    assert (answer.status_code, answer.headers['x-oss-server-side-encryption']) == (204, 'AES256')
    assert bucket.get_object_tagging('in/a').tag_set.tagging_rule == {'color': 'blue'}
    key = clients.assume_acs3(server, ram.role('writer', allow('oss:PutObject', 'acs:oss:*:*:demo/in/*')))
    denied = post(server, {**fields, **sign(key=key)})
    assert (denied.status_code, clients.element(denied.content, 'AuthAction')) == (403, 'oss:PutObjectTagging')


def test_a_page_of_another_origin(server, bucket, sign):
    rule = oss2.models.CorsRule(allowed_origins=['http://page.test'], allowed_methods=['POST'])
    bucket.put_bucket_cors(oss2.models.BucketCors([rule]))
    fields = {'key': 'a', **sign()}
    answer = post(server, fields, headers={'Origin': 'http://page.test'})
    assert (answer.status_code, answer.headers['Access-Control-Allow-Origin']) == (204, 'http://page.test')
    assert 'Access-Control-Allow-Origin' not in post(server, fields, headers={'Origin': 'http://other.test'}).headers
    preflight = {'Origin': 'http://page.test', 'Access-Control-Request-Method': 'POST'}
    assert server.http.options(f'{server.url}/demo/', headers=preflight).status_code == 200


def test_the_md5_of_the_form(server, bucket, sign):
    fields = {'key': 'a', **sign()}
    boundary = 'b'
    sent = raw(server, fields, boundary=boundary).request.body
    digest = base64.b64encode(hashlib.md5(sent).digest()).decode()
    assert raw(server, fields, boundary=boundary, **{'Content-MD5': digest}).status_code == 204
    other = raw(server, {**fields, 'key': 'b'}, boundary=boundary, **{'Content-MD5': digest})
    assert refusal(other)[:2] == (400, 'InvalidDigest') and not bucket.object_exists('b')


def test_forms_that_are_none(server, bucket):
    fields = {'key': 'a', **v1()}
    assert refusal(raw(server, fields, file=False)) == (400, 'IncorrectNumberOfFilesInPOSTRequest', '0006-00000107')
    assert refusal(raw(server, fields, after='--')) == (400, 'MalformedPOSTRequest', '0006-00000104')
    assert refusal(raw(server, fields, **{'Content-Type': 'multipart/form-data'}))[1] == 'MalformedPOSTRequest'
    assert refusal(server.http.post(f'{server.url}/demo', data={'key': 'a'}))[1] == 'RequestIsNotMultiPartContent'
    assert refusal(post(server, fields, url=f'{server.url}/demo/a'))[:2] == (405, 'MethodNotAllowed')
    assert refusal(post(server, v1()))[1] == 'InvalidArgument'
    assert refusal(post(server, {**fields, 'callback': 'e30='}))[1] == 'NotImplemented'
    assert refusal(post(server, {**fields, 'n' * 9000: ''}))[1] == 'FieldItemTooLong'
    assert list(oss2.ObjectIterator(bucket)) == []


def test_a_form_that_breaks_off(server, bucket):
    fields = ''.join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in {'key': 'a', **v1()}.items())
    start = f'{fields}--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nhello'
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    connection.putrequest('POST', '/demo/')
    connection.putheader('Content-Type', 'multipart/form-data; boundary=b')
    connection.putheader('Content-Length', str(len(start) + 100000))
    connection.endheaders(start.encode())
    connection.close()
    assert server.health()['status']
    assert not bucket.object_exists('a')


def test_forms_that_ali_oss_signs(server, bucket, node):
    made = json.loads(node('post-policy.js', json.dumps({'expiration': '2999-01-01T00:00:00.000Z', 'conditions': [{'bucket': 'demo'}]})))
    assert post(server, {'key': 'a', **made['v1']}).status_code == 204
    assert post(server, {'key': 'b', **made['v4']}).status_code == 204
    assert sorted(o.key for o in oss2.ObjectIterator(bucket)) == ['a', 'b']


def test_a_large_file_takes_little_memory(server, bucket, sign):
    def resident():
        with open(f'/proc/{server.process.pid}/status', encoding='ascii') as status:
            return next(int(line.split()[1]) for line in status if line.startswith('VmHWM')) >> 10

    before = resident()
    size = 64 << 20
    fields = {'key': 'large', **sign([['content-length-range', 0, 1000]])}
    assert refusal(post(server, fields, ('a', bytes(size))))[1] == 'EntityTooLarge'
    assert resident() - before < 48, 'a file that is refused must not be kept in memory'
