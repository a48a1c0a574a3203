"""Custom runtimes: servers in Python and Node.js, and programs that ask for their requests as Go programs do."""
import base64
import io
import json
import pathlib
import socket
import threading
import zipfile

import fc2
import pytest

import clients
import signing
from clients import refused
from functions import PUT, TRUST_FC, Fc3, Fc2016, fc3_models
from localyun import wait_until
from test_fc_host import canceled, leave
from test_fc_http import ask, host_of, trigger

MODULES = pathlib.Path(__file__).parents[1] / 'node' / 'node_modules'


def package(files):
    """A ZIP archive in which programs can be executed."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o644 if '.' in name else 0o755) << 16
            archive.writestr(entry, content)
    return whole.getvalue()


def location(files):
    return fc3_models.InputCodeLocation(zip_file=base64.b64encode(package(files)).decode())


@pytest.fixture
def fc(server):
    return Fc3(server)


def create(fc, name, files, command=None, runtime='custom.debian10', port=None, health=None, **settings):
    config = fc3_models.CustomRuntimeConfig(command=command, port=port, health_check_config=health)
    return fc.create(name, location(files), runtime=runtime, custom_runtime_config=config, **settings)


PYTHON = '''
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length']))
        print('FC Invoke Start RequestId:', self.headers['x-fc-request-id'], flush=True)
        status, extra = 200, {}
        if body == b'fail':
            status, extra, answer = 404, {'x-fc-status': '404'}, b'mock exception'
        elif body == b'status':
            status, answer = 500, b'lost'
        elif body == b'exit':
            os._exit(3)
        else:
            answer = json.dumps({'path': self.path, 'body': body.decode(), 'pid': os.getpid(),
                                 'headers': {k.lower(): v for k, v in self.headers.items()},
                                 'environment': dict(os.environ)}).encode()
        self.send_response(status)
        for name, value in {**extra, 'content-length': len(answer)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *args):
        pass

print('listening', flush=True)
ThreadingHTTPServer(('0.0.0.0', PORT), Handler).serve_forever()
'''


def python(port=9000):
    return {'server.py': PYTHON.replace('PORT', str(port))}


def test_a_python_server(fc):
    create(fc, 'f', python(), ['python3', 'server.py'])
    headers, body = fc.invoke('f', b'hello', x_fc_log_type='Tail')
    answer = json.loads(body)
    assert (answer['path'], answer['body']) == ('/invoke', 'hello')
    assert headers['content-type'] == 'application/octet-stream'
    log = base64.b64decode(headers['x-fc-log-result']).decode()
    assert 'listening' in log and f"FC Invoke Start RequestId: {headers['x-fc-request-id']}" in log
    seen = answer['headers']
    assert seen['content-type'] == 'application/octet-stream'
    assert seen['x-fc-request-id'] == headers['x-fc-request-id']
    assert seen['x-fc-control-path'] == '/invoke'
    assert seen['x-fc-function-name'] == 'f'
    assert (seen['x-fc-region'], seen['x-fc-account-id']) == ('cn-hangzhou', '1234567890123456')
    assert (seen['x-fc-function-memory'], seen['x-fc-function-timeout']) == ('512', '60')
    assert seen['x-fc-qualifier'] == 'LATEST' and seen['x-fc-retry-count'] == '0'
    assert answer['environment']['FC_FUNCTION_NAME'] == 'f'
    assert 'LOCALYUN_CONTROL' not in answer['environment']
    again = json.loads(fc.invoke('f', b'')[1])
    assert again['pid'] == answer['pid'], 'the server is warm'


def test_another_port(fc):
    create(fc, 'f', python(8080), ['python3', 'server.py'], port=8080)
    answer = json.loads(fc.invoke('f')[1])
    assert answer['environment']['FC_CUSTOM_LISTEN_PORT'] == '8080'


def test_two_servers_on_one_port(fc):
    create(fc, 'f', python(), ['python3', 'server.py'])
    create(fc, 'g', python(), ['python3', 'server.py'])
    names = [json.loads(fc.invoke(name)[1])['headers']['x-fc-function-name'] for name in 'fgfg']
    assert names == ['f', 'g', 'f', 'g']


def test_what_a_server_says_of_failures(fc):
    create(fc, 'f', python(), ['python3', 'server.py'])
    headers, body = fc.invoke('f', b'fail')
    assert (headers['x-fc-error-type'], body) == ('InvocationError', b'mock exception')
    headers, body = fc.invoke('f', b'status')
    assert 'x-fc-error-type' not in headers and body == b'lost', 'the status is lost'
    headers, body = fc.invoke('f', b'exit')
    assert headers['x-fc-error-type'] == 'UnhandledInvocationError'
    assert json.loads(body)['errorMessage'].startswith('Process exited unexpectedly before completing request')
    assert json.loads(fc.invoke('f', b'')[1])['body'] == '', 'there is a new instance'


def test_the_token_comes_in_a_header_up_to_debian_10(fc, ram):
    role = ram.role('put-role', PUT, trusts=TRUST_FC)
    for runtime, token in [('custom', True), ('custom.debian10', True), ('custom.debian11', False),
                           ('custom.debian12', False)]:
        name = runtime.replace('.', '-')
        create(fc, name, python(), ['python3', 'server.py'], runtime=runtime, role=role)
        answer = json.loads(fc.invoke(name)[1])
        assert answer['headers']['x-fc-access-key-id'].startswith('STS.')
        assert ('x-fc-security-token' in answer['headers']) == token
        assert answer['environment']['ALIBABA_CLOUD_SECURITY_TOKEN']


@pytest.mark.parametrize('disabled, environment, request_', [
    ('None', True, True), ('Env', False, True), ('Request', True, False), ('All', False, False)])
def test_where_keys_are_not_wanted(fc, ram, disabled, environment, request_):
    role = ram.role('put-role', PUT, trusts=TRUST_FC)
    create(fc, 'f', python(), ['python3', 'server.py'], role=role, disable_inject_credentials=disabled)
    answer = json.loads(fc.invoke('f')[1])
    for name in ('access-key-id', 'access-key-secret', 'security-token'):
        assert (f'x-fc-{name}' in answer['headers']) == request_
    for name in ('ACCESS_KEY_ID', 'ACCESS_KEY_SECRET', 'SECURITY_TOKEN'):
        assert (f'ALIBABA_CLOUD_{name}' in answer['environment']) == environment
    fc.update('f', disable_inject_credentials='None')
    assert 'x-fc-access-key-id' in json.loads(fc.invoke('f')[1])['headers']


BOOTSTRAP = '#!/usr/bin/env python3\n' + PYTHON.replace('PORT', "int(os.environ['FC_CUSTOM_LISTEN_PORT'])")


def test_bootstrap_is_what_starts(fc):
    create(fc, 'f', {'bootstrap': BOOTSTRAP})
    assert json.loads(fc.invoke('f', b'hello')[1])['body'] == 'hello'


SILENT = {'server.py': 'import sys\nprint("about to leave")\nsys.exit(2)\n'}


@pytest.mark.parametrize('files, command, code, said', [
    ({'index.py': ''}, None, 'CAFileNotFound', '/code/bootstrap is not exist'),
    ({'bootstrap.sh': ''}, ['/code/bootstrap.sh'], 'CAFilePermission', 'permission denied'),
    ({'index.py': ''}, ['/code/nothing'], 'CAExited',
     "Function instance exited unexpectedly(code 2, message:no such file or directory) with start command "
     "'/code/nothing'."),
    (SILENT, ['python3', 'server.py'], 'CAExited', 'about to leave'),
])
def test_programs_that_do_not_start(fc, files, command, code, said):
    create(fc, 'f', files, command)
    with refused(412, code, message=said):
        fc.invoke('f')


NODE = '''
const http = require('http')
const server = http.createServer((request, response) => {
  const parts = []
  request.on('data', part => parts.push(part))
  request.on('end', async () => {
    const text = Buffer.concat(parts).toString()
    if (text === 'ail') health = 500
    if (request.url === '/healthz') { response.statusCode = health; return response.end() }
    if (request.url === '/fit') { response.statusCode = initialized ? 200 : 503; return response.end() }
    if (request.url === '/initialize') { initialized = true; response.statusCode = INITIALIZED; return response.end() }
    if (request.url === '/hang') return
    console.log('handling', text)
    response.end(JSON.stringify({ body: text, initialized }))
  })
})
let initialized = false
let health = STATUS
server.keepAliveTimeout = 0
server.listen(9000, '0.0.0.0')
'''


def node(status=200, initialized=200):
    return {'server.js': NODE.replace('STATUS', str(status)).replace('INITIALIZED', str(initialized))}


def hooks(**stages):
    made = {name: fc3_models.LifecycleHook(handler='x', timeout=10) for name in stages}
    return fc3_models.InstanceLifecycleConfig(**made)


def test_a_node_server(fc):
    create(fc, 'f', node(), ['node', '/code/server.js'])
    headers, body = fc.invoke('f', b'hello', x_fc_log_type='Tail')
    assert json.loads(body) == {'body': 'hello', 'initialized': False}
    assert 'handling hello' in base64.b64decode(headers['x-fc-log-result']).decode()


def test_an_initializer(fc):
    create(fc, 'f', node(), ['node', 'server.js'], instance_lifecycle_config=hooks(initializer=True))
    assert json.loads(fc.invoke('f')[1])['initialized'] is True
    create(fc, 'g', node(initialized=404), ['node', 'server.js'], instance_lifecycle_config=hooks(initializer=True))
    headers, body = fc.invoke('g')
    assert headers['x-fc-error-type'] == 'InitializationError'
    assert '404' in json.loads(body)['errorMessage']


@pytest.mark.parametrize('settings, stays', [
    ({}, False), ({'instance_concurrency': 2}, True),
    ({'health': fc3_models.CustomHealthCheckConfig(http_get_url='/healthz')}, True),
])
def test_a_client_that_goes(server, fc, settings, stays):
    """https://help.aliyun.com/zh/functioncompute/fc/why-does-a-function-instance-restart-after-a-client-499"""
    create(fc, 'f', node(), ['node', 'server.js'], timeout=600, **settings)
    instance = fc.invoke('f')[0]['x-fc-instance-id']
    leave(server, host_of(trigger(fc, 'f')), 'close')
    canceled(server, 'f')
    assert (fc.invoke('f')[0]['x-fc-instance-id'] == instance) == stays


def test_health_checks(fc):
    check = fc3_models.CustomHealthCheckConfig(http_get_url='/healthz', period_seconds=1)
    create(fc, 'f', node(), ['node', 'server.js'], health=check)
    assert json.loads(fc.invoke('f', b'x')[1])['body'] == 'x'
    create(fc, 'g', node(status=500), ['node', 'server.js'], health=check)
    with refused(412, 'FunctionNotStarted',
                 message='The function http server cannot be started. check function health failed with status code: 500'):
        fc.invoke('g')


def test_the_first_health_check_comes_after_the_initializer(fc):
    check = fc3_models.CustomHealthCheckConfig(http_get_url='/fit')
    create(fc, 'f', node(), ['node', 'server.js'], health=check, instance_lifecycle_config=hooks(initializer=True))
    assert json.loads(fc.invoke('f')[1])['initialized'] is True
    create(fc, 'g', node(), ['node', 'server.js'], health=check)
    with refused(412, 'FunctionNotStarted', message='health failed with status code: 503'):
        fc.invoke('g')


def test_an_instance_that_is_ill_gets_no_more_requests(server, fc):
    check = fc3_models.CustomHealthCheckConfig(http_get_url='/healthz', period_seconds=1, failure_threshold=2)
    create(fc, 'f', node(), ['node', 'server.js'], health=check, instance_concurrency=10, timeout=600)
    host = host_of(trigger(fc, 'f'))
    where = lambda event=b'': fc.invoke('f', event)[0]['x-fc-instance-id']
    with socket.create_connection((server.host, server.port), timeout=20) as held:
        held.sendall(signing.raw('POST', '/hang', {'Host': host, 'Content-Length': '0'}))
        ill = where(b'ail')  # beside the one that keeps it from being frozen
        wait_until(lambda: where() != ill, what='another instance')
    assert where() != ill


@pytest.mark.parametrize('config, said', [
    ({'port': 0}, 'customRuntimeConfig.port'), ({'port': 65536}, 'customRuntimeConfig.port'),
    ({'health_check_config': fc3_models.CustomHealthCheckConfig(http_get_url='healthz')}, 'httpGetUrl'),
    ({'health_check_config': fc3_models.CustomHealthCheckConfig(timeout_seconds=4)}, 'timeoutSeconds'),
    ({'health_check_config': fc3_models.CustomHealthCheckConfig(initial_delay_seconds=121)}, 'initialDelaySeconds'),
])
def test_settings_that_cannot_be(fc, config, said):
    with refused(400, 'InvalidArgument', message=said):
        fc.create('f', location(python()), runtime='custom', custom_runtime_config=fc3_models.CustomRuntimeConfig(**config))
    assert fc.list()['functions'] == []


GATHERING = '''
import os, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
together = threading.Barrier(5)
class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        self.rfile.read(int(self.headers['content-length']))
        together.wait(30)
        answer = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header('content-length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
ThreadingHTTPServer(('0.0.0.0', 9000), Handler).serve_forever()
'''


def test_requests_at_once_share_an_instance(server, fc):
    create(fc, 'f', {'server.py': GATHERING}, ['python3', 'server.py'], instance_concurrency=5)
    answers = []
    calls = [threading.Thread(target=lambda: answers.append(Fc3(server).invoke('f', x_fc_log_type='Tail')))
             for _ in range(5)]
    for call in calls:
        call.start()
    for call in calls:
        call.join(60)
    assert len({body for _, body in answers}) == 1 and len(answers) == 5
    assert len({headers['x-fc-instance-id'] for headers, _ in answers}) == 1
    assert not any('x-fc-log-result' in headers for headers, _ in answers)


OSS_IN_NODE = '''
const http = require('http')
const OSS = require('ali-oss')
http.createServer((request, response) => {
  request.resume().on('end', async () => {
    try {
      const client = new OSS({
        endpoint: 'http://oss-cn-hangzhou-internal.aliyuncs.com', bucket: 'oss-demo',
        accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
        accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
        stsToken: process.env.ALIBABA_CLOUD_SECURITY_TOKEN })
      await client.put('from-node', Buffer.from('content'))
      response.end('put')
    } catch (error) {
      response.setHeader('x-fc-status', '404')
      response.end(`${error.code}: ${error.message}`)
    }
  })
}).listen(9000)
'''


def modules():
    """ali-oss and all that it needs."""
    files = (path for path in MODULES.rglob('*') if path.is_file() and '@alicloud' not in path.parts)
    return {str(path.relative_to(MODULES.parent)): path.read_bytes() for path in files}


def test_ali_oss_in_a_node_server(server, ram, fc):
    role = ram.role('put-role', PUT, trusts=TRUST_FC)
    bucket = clients.bucket(server, 'oss-demo')
    bucket.create_bucket()
    create(fc, 'f', {'server.js': OSS_IN_NODE, **modules()}, ['node', 'server.js'], role=role)
    headers, body = fc.invoke('f')
    assert body == b'put', body
    assert bucket.get_object('from-node').read() == b'content'

    ram('DetachPolicyFromRole', role_name='put-role', policy_name='put-role-policy', policy_type='Custom')
    headers, body = fc.invoke('f')
    assert headers['x-fc-error-type'] == 'InvocationError' and body.startswith(b'AccessDenied'), body


def test_custom_runtimes_of_fc2(server, tmp_path):
    fc = Fc2016(server)
    fc.create_service('svc')
    archive = tmp_path / 'code.zip'
    archive.write_bytes(package({'bootstrap': BOOTSTRAP}))
    fc.api.create_function('svc', 'f', 'custom', 'index.handler', codeZipFile=str(archive), caPort=8080,
                           initializer='index.init', initializationTimeout=20)
    answer = json.loads(fc.invoke('svc', 'f', b'hello')[1])
    seen = answer['headers']
    assert seen['x-fc-service-name'] == 'svc'
    assert (seen['x-fc-function-initializer'], seen['x-fc-initialization-timeout']) == ('index.init', '20')
    assert (answer['environment']['FC_SERVICE_NAME'], answer['environment']['FC_QUALIFIER']) == ('svc', 'LATEST')
    assert (answer['body'], answer['environment']['FC_CUSTOM_LISTEN_PORT']) == ('hello', '8080')
    with pytest.raises(fc2.fc_exceptions.FcError, match='mock exception'):
        fc.invoke('svc', 'f', b'fail')


# ------------------------------------------------------------------ programs that ask, as fc-runtime-go-sdk does

ASKING = '''#!/usr/bin/env python3
import json, os, sys
from urllib.request import ProxyHandler, Request, build_opener
opener = build_opener(ProxyHandler({}))
base = 'http://' + os.environ['FC_RUNTIME_API'] + '/2020-11-11/runtime/invocation/'
def post(path, body):
    with opener.open(Request(base + path, body, {'Content-Type': 'application/json'})) as answer:
        assert answer.status == 200
initialized = False
while True:
    with opener.open(base + 'next') as request:
        event, headers = request.read(), request.headers
    id = headers['x-fc-request-id']
    print('FC Invoke Start RequestId: ' + id, flush=True)
    assert int(headers['x-fc-function-deadline']) > 0 and int(headers['x-fc-function-timeout']) == 60
    if headers['x-fc-function-type'] == '1':
        initialized = True
        post(id + '/response', b'')
    elif event == b'fail':
        post(id + '/error', json.dumps({'errorMessage': 'no', 'errorType': 'errorString'}).encode())
    elif event == b'exit':
        sys.exit(1)
    elif event == b'large':
        try:
            post(id + '/response', bytes((32 << 20) + 1))
        except OSError:
            pass
    else:
        post(id + '/response', json.dumps({'event': event.decode(), 'initialized': initialized, 'pid': os.getpid(),
             'name': headers['x-fc-function-name'], 'type': headers['x-fc-function-type']}).encode())
'''


@pytest.mark.parametrize('runtime, files, settings', [
    ('go1', {'main': ASKING}, {'handler': 'main'}),
    ('custom.debian10', {'bootstrap': ASKING}, {}),
])
def test_programs_that_ask(fc, runtime, files, settings):
    create(fc, 'f', files, runtime=runtime, instance_lifecycle_config=hooks(initializer=True), **settings)
    headers, body = fc.invoke('f', b'hello', x_fc_log_type='Tail')
    answer = json.loads(body)
    assert (answer['event'], answer['initialized'], answer['name'], answer['type']) == ('hello', True, 'f', '0')
    assert f"FC Invoke Start RequestId: {headers['x-fc-request-id']}" in base64.b64decode(headers['x-fc-log-result']).decode()
    assert json.loads(fc.invoke('f')[1])['pid'] == answer['pid']
    headers, body = fc.invoke('f', b'fail')
    assert headers['x-fc-error-type'] == 'UnhandledInvocationError'
    assert json.loads(body) == {'errorMessage': 'no', 'errorType': 'errorString'}
    headers, body = fc.invoke('f', b'large')
    assert json.loads(body)['errorMessage'].startswith('The function returned more than 32 MiB')
    headers, body = fc.invoke('f', b'exit')
    assert 'Process exited unexpectedly' in json.loads(body)['errorMessage']
    assert json.loads(fc.invoke('f', b'again')[1])['event'] == 'again'


def test_a_runtime_that_is_not_here(fc):
    create(fc, 'f', {'Main.class': ''}, runtime='java11')
    with refused(400, 'InvalidArgument', message='java11'):
        fc.invoke('f')


# ------------------------------------------------------------------ requests over HTTP

WEB = '''
const http = require('http')
const server = http.createServer((request, response) => {
  const parts = []
  request.on('data', part => parts.push(part))
  request.on('end', () => {
    const url = new URL(request.url, 'http://x')
    if (url.pathname === '/teapot') { response.writeHead(418, { 'x-own': 'yes' }); return response.end('short and stout') }
    if (url.pathname === '/fail') { response.writeHead(404, { 'x-fc-status': '404' }); return response.end('mock exception') }
    if (url.pathname === '/exit') process.exit(1)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers,
      body: Buffer.concat(parts).toString('base64') }))
  })
})
server.keepAliveTimeout = 0
server.listen(9000)
'''


@pytest.fixture
def web(fc):
    """The host of a server in Node.js that has an HTTP trigger."""
    create(fc, 'web', {'server.js': WEB}, ['node', 'server.js'])
    return host_of(trigger(fc, 'web'))


@pytest.mark.parametrize('method', ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
def test_requests_over_http_are_passed_through(server, web, method):
    body = b'\x00\xff' if method in ('POST', 'PUT', 'PATCH') else None
    answer = ask(server, web, '/a%20b/c?d=%2F&e', method, body, {'X-Own': '1', 'Content-Type': 'image/png'})
    assert answer.status_code == 200 and answer.headers['x-fc-request-id'].startswith('1-')
    seen = answer.json()
    assert (seen['method'], seen['url']) == (method, '/a%20b/c?d=%2F&e')
    assert base64.b64decode(seen['body']) == (body or b'')
    headers = seen['headers']
    assert (headers['x-own'], headers['content-type'], headers['host']) == ('1', 'image/png', web)
    assert headers['x-fc-control-path'] == '/http-invoke'
    assert headers['x-fc-request-id'] == answer.headers['x-fc-request-id']


def test_what_a_server_answers_over_http(server, web):
    answer = ask(server, web, '/teapot')
    assert (answer.status_code, answer.headers['x-own'], answer.text) == (418, 'yes', 'short and stout')
    answer = ask(server, web, '/fail')
    assert (answer.status_code, answer.text, answer.headers['x-fc-error-type']) == (404, 'mock exception', 'InvocationError')
    assert 'x-fc-status' not in answer.headers
    answer = ask(server, web, '/exit')
    assert (answer.status_code, answer.text) == (502, 'Internal Server Error')
    answer = ask(server, web, '/', 'HEAD')
    assert (answer.status_code, answer.text) == (200, '')


def test_a_server_that_does_not_start_over_http(server, fc):
    create(fc, 'f', SILENT, ['python3', 'server.py'])
    answer = ask(server, host_of(trigger(fc, 'f')))
    assert answer.status_code == 412 and answer.json()['Code'] == 'CAExited'
