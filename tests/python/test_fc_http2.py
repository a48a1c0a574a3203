"""HTTP triggers of FC 2.0: handlers are WSGI applications, reached under a path of the API or under a host of their own."""
import json

import pytest
import requests

from clients import ADMIN, allow, refused
from functions import EXAMPLE_1, Fc2016, Fc2021, fc2_models
from test_fc_http import METHODS, OPEN

APP = '''import json
def handler(environ, start_response):
    context = environ['fc.context']
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    told['body'] = environ['wsgi.input'].read().decode('latin-1')
    told['request_id'] = context.request_id
    write = start_response('201 Created', [('Content-Type', 'application/json'), ('X-Own', 'a'), ('X-Own', 'b')])
    return [json.dumps(told).encode()]
'''
SIGNED = {**OPEN, 'authType': 'function'}


@pytest.fixture
def fc(server):
    fc = Fc2016(server)
    fc.create_service('svc')
    return fc


def make(fc, code, config=OPEN, name='f', qualifier=''):
    fc.create('svc', name, code)
    return fc.api.create_trigger('svc', name, 'web', 'http', config, '', '', qualifier=qualifier).data


def body(code):
    """A function whose body this is."""
    lines = ''.join(f'    {line}\n' for line in code.split('\n'))
    return f'import os, sys, time\ndef handler(environ, start_response):\n{lines}'


def test_the_environment(server, fc):
    make(fc, APP)
    url = f'{server.url}/2016-08-15/proxy/svc/f/a%20b/%C3%A4?x=1&y=%20'
    answer = requests.post(url, b'\x00body', headers={'X-Many': '1', 'Content-Type': 'image/png', 'X-Fc-Forged': 'x', 'X_Fc_Forged': 'x'})
    assert answer.status_code == 201 and answer.headers['x-own'] == 'a, b'
    assert answer.headers['content-disposition'] == 'attachment'
    told = answer.json()
    assert told.pop('request_id') == answer.headers['x-fc-request-id']
    expected = {
        'PATH_INFO': '/a b/ä'.encode().decode('latin-1'), 'QUERY_STRING': 'x=1&y=%20', 'REQUEST_METHOD': 'POST',
        'CONTENT_TYPE': 'image/png', 'CONTENT_LENGTH': '5', 'REMOTE_ADDR': '127.0.0.1', 'HTTP_X_MANY': '1',
        'SCRIPT_NAME': '', 'SERVER_NAME': 'FCRUNTIME', 'SERVER_SOFTWARE': 'FCRUNTIME', 'SERVER_PORT': '9000',
        'SERVER_PROTOCOL': 'HTTP/1.1', 'wsgi.url_scheme': 'http', 'FC_FUNCTION_NAME': 'f', 'body': '\x00body',
        'fc.request_uri': '/2016-08-15/proxy/svc/f/a%20b/%C3%A4?x=1&y=%20', 'HTTP_HOST': server.address}
    assert {name: told.get(name) for name in expected} == expected
    assert 'HTTP_X_FC_FORGED' not in told
    for name in ['x-fc-code-checksum', 'x-fc-instance-id', 'x-fc-invocation-duration', 'x-fc-max-memory-usage']:
        assert answer.headers[name], name
    assert answer.headers['x-fc-invocation-service-version'] == 'LATEST'
    assert 'x-fc-request-id' in answer.headers['access-control-expose-headers']


def test_every_method(server, fc):
    make(fc, APP)
    for method in METHODS:
        answer = requests.request(method, f'{server.url}/2021-04-06/proxy/svc/f/')
        assert answer.status_code == 201, method
        assert method == 'HEAD' or answer.json()['REQUEST_METHOD'] == method


@pytest.mark.parametrize('code, expected', [
    ('start_response("200 OK", [])\nreturn b"whole"', b'whole'),
    ('start_response("200 OK", [])\nreturn [b"a", b"b"]', b'ab'),
    ('start_response("200 OK", [])\nreturn (bytes([c]) for c in b"abc")', b'abc'),
    ('write = start_response("200 OK", [])\nwrite(b"first ")\nreturn [b"second"]', b'first second'),
    ('start_response("500 No", [])\nstart_response("200 OK", [], (None, None, None))\nreturn []', b''),
])
def test_bodies(server, fc, code, expected):
    make(fc, body(code))
    answer = requests.get(f'{server.url}/2016-08-15/proxy/svc/f/')
    assert (answer.status_code, answer.content) == (200, expected)


def test_an_application_is_closed(server, fc):
    make(fc, 'class App:\n    closed = 0\n    def __iter__(self):\n        return iter([b"%d" % App.closed])\n'
             '    def close(self):\n        App.closed += 1\n'
             'def handler(environ, start_response):\n    start_response("200 OK", [])\n    return App()\n')
    assert [requests.get(f'{server.url}/2016-08-15/proxy/svc/f/').content for _ in range(2)] == [b'0', b'1']


@pytest.mark.parametrize('code', [
    'return [b"no start"]', 'start_response("200 OK", [])\nreturn ["text"]', 'start_response("200 OK", [])',
    'start_response("no number", [])\nreturn []', 'start_response("100 Continue", [])\nreturn []',
    'start_response("200 OK", [("a b", "c")])\nreturn []', 'start_response("200 OK", [("a", "b\\nc")])\nreturn []',
    'start_response("200 OK", [])\nstart_response("200 OK", [])\nreturn []', 'raise ValueError("x")', 'os._exit(1)',
    'start_response("200 OK", [("a", "b" * 20000)])\nreturn []',
])
def test_what_fails(server, fc, code):
    make(fc, body(code) + 'import index\n')
    answer = requests.get(f'{server.url}/2016-08-15/proxy/svc/f/')
    assert answer.status_code == 502 and answer.headers['x-fc-error-type'] == 'UnhandledInvocationError'
    assert answer.content == b'Internal Server Error'


def test_headers_that_are_too_long(server, fc):
    make(fc, body('start_response("200 OK", [("a", "b" * 9000)])\nreturn []'))
    answer = requests.get(f'{server.url}/2016-08-15/proxy/svc/f/')
    assert answer.status_code == 502 and answer.json()['ErrorCode'] == 'BadResponse'


def test_signed_by_the_sdk(server, ram, fc):
    make(fc, APP, SIGNED)
    answer = fc.api.do_http_request('POST', 'svc', 'f', '/a b', headers={'X-Own': '1'}, params={'k': ['2', '1'], 'x': ' y'},
                                    body=b'hello')
    assert answer.status_code == 201, answer.text
    assert answer.json()['PATH_INFO'] == '/a b' and answer.json()['body'] == 'hello'
    wrong = Fc2016(server, ('localyun', 'wrong'))
    assert said(wrong.api.do_http_request('GET', 'svc', 'f', '/')) == (403, 'SignatureNotMatch')
    assert said(requests.get(f'{server.url}/2016-08-15/proxy/svc/f/')) == (400, 'MissingRequiredHeader')
    resource = 'acs:fc:cn-hangzhou:1234567890123456:services/svc/functions'
    some = Fc2016(server, ram.user('some', allow('fc:InvokeFunction', f'{resource}/f')))
    none = Fc2016(server, ram.user('none', allow('fc:InvokeFunction', f'{resource}/g')))
    assert some.api.do_http_request('GET', 'svc', 'f', '/').status_code == 201
    refusal = none.api.do_http_request('GET', 'svc', 'f', '/')
    assert said(refusal) == (403, 'AccessDenied') and f'{resource}/f' in refusal.json()['ErrorMessage']


def said(answer):
    """The status and code of a refusal."""
    assert answer.headers['x-fc-error-type'] == 'FCCommonError'
    return answer.status_code, answer.json()['ErrorCode']


def test_what_is_not_there(server, fc):
    fc.create('svc', 'event', EXAMPLE_1)
    refusal = fc.api.do_http_request('GET', 'svc', 'event', '/')
    assert said(refusal) == (404, 'TriggerNotFound')
    assert said(fc.api.do_http_request('GET', 'svc', 'no-such', '/')) == (404, 'FunctionNotFound')
    assert said(requests.get(f'{server.url}/2016-08-15/proxy/svc/event/')) == (400, 'MissingRequiredHeader')
    make(fc, APP, {**OPEN, 'methods': ['GET']})
    assert said(requests.post(f'{server.url}/2016-08-15/proxy/svc/f/')) == (403, 'AccessDenied')


def test_versions(server, fc):
    fc.create('svc', 'f', body('start_response("200 OK", [])\nreturn b"one"'))
    fc.api.publish_version('svc')
    fc.api.create_alias('svc', 'prod', '1')
    for name, qualifier in [('old', '1'), ('prod', 'prod'), ('new', 'LATEST')]:
        fc.api.create_trigger('svc', 'f', name, 'http', OPEN, '', '', qualifier=qualifier)
    fc.api.update_function('svc', 'f', codeZipFile=None, environmentVariables={'A': 'B'})
    for service, expected in [('svc.1', b'one'), ('svc.prod', b'one'), ('svc', b'one'), ('svc.LATEST', b'one')]:
        answer = requests.get(f'{server.url}/2016-08-15/proxy/{service}/f/')
        assert (answer.status_code, answer.content) == (200, expected), service
    assert answer.headers['x-fc-invocation-service-version'] == 'LATEST'
    assert requests.get(f'{server.url}/2016-08-15/proxy/svc.1/f/').headers['x-fc-invocation-service-version'] == '1'


def test_the_host_of_a_trigger(server, fc):
    make(fc, APP)
    url = Fc2021(server).api.get_trigger('svc', 'f', 'web').body.url_internet
    host = url[len('https://'):]
    assert host.startswith('f-svc-') and host.endswith('.cn-hangzhou.fcapp.run')
    told = requests.get(f'{server.url}/a?b=c', headers={'Host': host}).json()
    assert (told['PATH_INFO'], told['fc.request_uri'], told['HTTP_HOST']) == ('/a', '/a?b=c', host)


def test_one_kind_of_trigger_a_function(server, fc):
    make(fc, APP)
    with refused(400, 'InvalidArgument', message='HTTP trigger'):
        fc.api.create_trigger('svc', 'f', 'clock', 'timer', {'cronExpression': '@every 5m', 'enable': True, 'payload': ''}, '', '')
