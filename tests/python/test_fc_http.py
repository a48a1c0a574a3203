"""Functions that browsers and other clients of HTTP reach through triggers."""
import base64
import http.client
import json
import time

import pytest
import requests

from clients import refused
from functions import Fc3, fc3_models, zip_file

ECHO = '''import json
def handler(event, context):
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": event.decode()}
'''
METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS']
OPEN = {'authType': 'anonymous', 'methods': METHODS}


def trigger(fc, function, config=OPEN, **more):
    """The trigger's answer."""
    return fc.api.create_trigger(function, fc3_models.CreateTriggerRequest(body=fc3_models.CreateTriggerInput(
        trigger_name=more.pop('name', 'web'), trigger_type='http', trigger_config=json.dumps(config), **more,
    ))).body.to_map()


def host_of(answer, inside=False):
    """The host of a trigger's address."""
    url = answer['httpTrigger']['urlIntranet' if inside else 'urlInternet']
    assert url.startswith('https://')
    return url[len('https://'):]


def ask(server, host, path='/', method='GET', body=None, headers=(), **more):
    """Asks as a client would that is led here by the name."""
    headers = {'Host': host, **dict(headers)}
    return requests.request(method, server.url + path, data=body, headers=headers, allow_redirects=False, **more)


@pytest.fixture
def fc(server):
    return Fc3(server)


@pytest.fixture
def echo(fc):
    """The host of a function that answers with the event that it got."""
    fc.create('echo', ECHO)
    return host_of(trigger(fc, 'echo'))


def returning(fc, expression, name='f', config=OPEN, **settings):
    """The host of a function whose handler returns this."""
    fc.create(name, f'import os, sys, time\ndef handler(event, context):\n    return {expression}\n', **settings)
    return host_of(trigger(fc, name, config))


def test_the_event_of_a_get(server, echo):
    headers = {'User-Agent': 'tests', 'X-Own-thing': 'ä'.encode()}
    answer = ask(server, echo, '/a%20b/c?k=1&k=2&x=%C3%A4&bare', headers=headers)
    assert answer.status_code == 200, answer.text
    event = answer.json()
    context = event.pop('requestContext')
    headers = event.pop('headers')
    assert event == {
        'version': 'v1', 'rawPath': '/a%20b/c', 'queryParameters': {'k': '1,2', 'x': 'ä', 'bare': ''}, 'body': '',
        'isBase64Encoded': True}
    assert headers['User-Agent'] == 'tests' and headers['X-Own-Thing'] == 'ä' and 'Host' not in headers
    assert abs(time.time() - int(context.pop('timeEpoch')) / 1000) < 60
    assert context.pop('time').endswith('Z')
    assert context == {
        'accountId': '1234567890123456', 'domainName': echo, 'domainPrefix': echo.split('.')[0],
        'requestId': answer.headers['x-fc-request-id'], 'http': {
            'method': 'GET', 'path': '/a b/c', 'protocol': 'HTTP/1.1', 'sourceIp': '127.0.0.1', 'userAgent': 'tests'}}


@pytest.mark.parametrize('kind, sent, seen', [
    ('text/plain', b'Hello fc3.0', 'Hello fc3.0'), ('application/json; charset=utf-8', b'{"a": 1}', '{"a": 1}'),
    ('application/x-www-form-urlencoded', b'a=1', None), ('image/png', bytes(range(256)), None),
])
def test_the_event_of_a_post(server, echo, kind, sent, seen):
    event = ask(server, echo, method='POST', body=sent, headers={'Content-Type': kind}).json()
    assert event['requestContext']['http']['method'] == 'POST'
    assert event['headers']['Content-Length'] == str(len(sent))
    assert event['isBase64Encoded'] is (seen is None)
    assert event['body'] == seen if seen else base64.b64decode(event['body']) == sent


def test_every_method_and_repeated_headers(server, echo):
    for method in METHODS:
        answer = ask(server, echo, method=method)
        assert answer.status_code == 200, method
        if method == 'HEAD':
            assert answer.content == b'' and int(answer.headers['content-length']) > 0
        else:
            assert answer.json()['requestContext']['http']['method'] == method
    connection = http.client.HTTPConnection(*server.url[len('http://'):].split(':'))
    connection.putrequest('GET', '/', skip_host=True)
    for name, value in [('Host', echo), ('X-Many', '1'), ('X-Many', '2'), ('X-Fc-Forged', 'x'), ('Keep-Alive', '5')]:
        connection.putheader(name, value)
    connection.endheaders()
    headers = json.load(connection.getresponse())['headers']
    connection.close()
    assert headers['X-Many'] == '1,2'
    assert not [name for name in headers if name.lower().startswith(('x-fc-', 'keep-alive', 'connection'))]


@pytest.mark.parametrize('expression, status, kind, body', [
    ('"Hello World!"', 200, 'application/json', b'Hello World!'),
    ('{"message": "Hi"}', 200, 'application/json', b'{\n    "message": "Hi"\n}'),
    ('b"\\x00\\xff"', 200, 'application/json', b'\x00\xff'),
    ('{"statusCode": 201, "body": {"a": 1}}', 201, 'application/json', b'{"a":1}'),
    ('{"statusCode": 404, "headers": {"content-type": "text/html"}, "body": "<p>"}', 404, 'text/html', b'<p>'),
    ('{"statusCode": 200, "isBase64Encoded": True, "body": "AP8="}', 200, 'application/json', b'\x00\xff'),
    ('{"statusCode": 204}', 204, 'application/json', b''),
    ('{"statusCode": 304, "body": "x"}', 304, 'application/json', b''),
])
def test_answers(server, fc, expression, status, kind, body):
    answer = ask(server, returning(fc, expression))
    assert (answer.status_code, answer.headers['content-type'], answer.content) == (status, kind, body)
    assert answer.headers['x-fc-request-id'].startswith('1-')
    assert answer.headers['content-disposition'] == 'attachment'


def test_reserved_headers_of_an_answer(server, fc):
    forged = {'Date': 'today', 'Server': 'mine', 'X-Fc-Request-Id': 'mine', 'Content-Length': '1', 'X-Own': 'yes',
              'Content-Disposition': 'inline'}
    answer = ask(server, returning(fc, {'statusCode': 200, 'headers': forged, 'body': 'hello'}))
    assert answer.content == b'hello' and answer.headers['x-own'] == 'yes'
    assert answer.headers['content-disposition'] == 'attachment' and 'server' not in answer.headers
    assert answer.headers['x-fc-request-id'] != 'mine' and answer.headers['date'] != 'today'


@pytest.mark.parametrize('expression, kind', [
    ('1 / 0', 'UnhandledInvocationError'), ('sys.exit(1)', 'UnhandledInvocationError'),
    ('time.sleep(60)', 'UnhandledInvocationError'), ('[0] * 10**9', 'UnhandledInvocationError'),
])
def test_what_fails_is_hidden(server, fc, expression, kind):
    answer = ask(server, returning(fc, expression, timeout=1, memory_size=128, cpu=0.05, disk_size=512))
    assert (answer.status_code, answer.content) == (502, b'Internal Server Error')
    assert answer.headers['content-type'] == 'application/json' and answer.headers['x-fc-error-type'] == kind


@pytest.mark.parametrize('expression', [
    '{"statusCode": 42}', '{"statusCode": "x"}', '{"statusCode": 200, "headers": {"a": "b\\nc"}}',
    '{"statusCode": 200, "headers": {"a": "b" * 9000}}',
])
def test_answers_that_cannot_be(server, fc, expression):
    answer = ask(server, returning(fc, expression))
    assert answer.status_code == 502 and answer.json()['Code'] == 'BadResponse'


def said(answer):
    """The status and code of a refusal."""
    assert answer.headers['x-fc-error-type'] == 'FCCommonError'
    assert answer.json()['RequestId'] == answer.headers['x-fc-request-id']
    return answer.status_code, answer.json()['Code']


def test_what_is_refused(server, fc, echo):
    assert said(ask(server, 'no-such.cn-hangzhou.fcapp.run')) == (404, 'DomainNameNotFound')
    assert said(ask(server, echo, '/' + 'x' * 4096)) == (400, 'InvalidArgument')
    assert said(ask(server, echo, headers={'X-Long': 'x' * 8192})) == (400, 'InvalidArgument')
    assert said(ask(server, echo, method='POST', body=b'x' * (32 * 1024 * 1024 + 1))) == (400, 'InvalidArgument')
    assert said(ask(server, echo, headers={'X-Fc-Invocation-Type': 'Later'})) == (400, 'InvalidArgument')
    host = returning(fc, '1', 'get', {**OPEN, 'methods': ['GET']})
    assert ask(server, host).status_code == 200
    for method in ['POST', 'HEAD', 'OPTIONS']:
        assert ask(server, host, method=method).status_code == 403
    assert said(ask(server, host, method='POST')) == (403, 'AccessDenied')


def test_redirects(server, fc):
    found = {'statusCode': 302, 'headers': {'Location': 'https://example.com/'}}
    fc.create('f', f'def handler(event, context):\n    return {found}\n')
    made = trigger(fc, 'f')
    assert said(ask(server, host_of(made))) == (400, 'ExternalRedirectForbidden')
    answer = ask(server, host_of(made, inside=True))
    assert (answer.status_code, answer.headers['location']) == (302, 'https://example.com/')
    assert 'content-disposition' not in answer.headers


def test_an_address_that_is_closed(server, fc):
    fc.create('echo', ECHO)
    made = trigger(fc, 'echo', {**OPEN, 'disableURLInternet': True})
    answer = ask(server, host_of(made))
    assert said(answer) == (403, 'AccessDenied')
    assert answer.json()['Message'] == 'access denied due to function internet URL is disabled'
    inside = host_of(made, inside=True)
    assert ask(server, inside).json()['requestContext']['domainName'] == inside


def test_the_name_on_a_laptop(server, echo):
    port = server.url.rsplit(':', 1)[1]
    for host in [f'{echo}.localhost:{port}', echo.upper(), f'{echo}:80']:
        event = ask(server, host, '/_localyun/health').json()
        assert event['rawPath'] == '/_localyun/health', 'it is the function that answers under its name'
        assert event['requestContext']['domainName'] == echo
    # Nothing but functions answers under such names.
    assert said(ask(server, f'x.cn-hangzhou.fcapp.run.localhost:{port}', '/2023-03-30/functions'))[0] == 404


def test_versions_and_the_life_of_an_address(server, fc):
    fc.create('f', 'def handler(event, context):\n    return "one"\n')
    fc.api.publish_function_version('f', fc3_models.PublishFunctionVersionRequest(
        body=fc3_models.PublishVersionInput()))
    old, new = trigger(fc, 'f', name='old', qualifier='1'), trigger(fc, 'f', name='new')
    with refused(400, 'InvalidArgument', message='HTTP trigger'):
        trigger(fc, 'f', name='latest', qualifier='LATEST')
    fc.update('f', handler='index.handler', code=fc3_models.InputCodeLocation(
        zip_file=zip_file('def handler(event, context):\n    return "two"\n')))
    assert [ask(server, host_of(made)).content for made in (old, new)] == [b'one', b'two']
    assert fc.api.get_trigger('f', 'old').body.to_map()['httpTrigger'] == old['httpTrigger']
    fc.api.update_trigger('f', 'new', fc3_models.UpdateTriggerRequest(body=fc3_models.UpdateTriggerInput(
        trigger_config=json.dumps({**OPEN, 'methods': ['POST']}))))
    assert ask(server, host_of(new)).status_code == 403
    for name in ['old', 'new']:
        fc.api.delete_trigger('f', name)
    assert said(ask(server, host_of(old))) == (404, 'DomainNameNotFound')
    fc.api.delete_function_version('f', '1')
    fc.api.delete_function('f')


def test_the_log_and_later(server, fc):
    host = returning(fc, 'print("seen") or "x"')
    answer = ask(server, host, headers={'X-Fc-Log-Type': 'Tail'})
    assert b'seen' in base64.b64decode(answer.headers['x-fc-log-result'])
    answer = ask(server, host, headers={'X-Fc-Invocation-Type': 'Async'})
    assert (answer.status_code, answer.content) == (202, b'')
    assert ask(server, host, method='POST', body=b'x' * (128 * 1024 + 1),
               headers={'X-Fc-Invocation-Type': 'Async'}).status_code == 400


def test_a_function_calls_another(server, fc, echo):
    host = returning(fc, f'''__import__("urllib.request").request.urlopen("http://{echo}/from?a=b").read()''')
    event = ask(server, host).json()
    assert event['rawPath'] == '/from' and event['requestContext']['domainName'] == echo
