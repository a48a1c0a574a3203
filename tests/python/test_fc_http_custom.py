"""Requests over HTTP that functions answer themselves: custom runtimes, and what is answered later."""
import json

import oss2
import pytest
import requests

from clients import bucket
from functions import PUT, TRUST_FC, Fc3, Fc2016
from localyun import wait_until
from test_fc_custom import create, package
from test_fc_http import OPEN, ask, host_of, said, trigger

SERVER = '''
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get('content-length') or 0))
        told = {'line': self.requestline, 'body': body.decode('latin-1'), 'headers': [list(h) for h in self.headers.items()]}
        status = int(self.headers.get('x-status') or 200)
        answer = b'' if self.command == 'HEAD' else json.dumps(told).encode()
        self.send_response(status)
        for name in ('set-cookie', 'set-cookie', 'x-fc-forged', 'x-own'):
            self.send_header(name, 'a=b')
        if status == 418:
            self.send_header('x-fc-status', '404')
        if status == 302:
            self.send_header('location', 'https://example.com/')
        if status == 201:
            self.send_header('x-long', 'x' * 9000)
        self.send_header('content-type', 'text/html')
        self.send_header('content-length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = do_GET
    def log_message(self, *args):
        pass

ThreadingHTTPServer(('0.0.0.0', 9000), Handler).serve_forever()
'''


@pytest.fixture
def fc(server):
    return Fc3(server)


@pytest.fixture
def served(fc):
    """The trigger of a function that is a server."""
    create(fc, 'served', {'server.py': SERVER}, ['python3', 'server.py'])
    return trigger(fc, 'served')


def test_requests_are_passed_on_as_they_are(server, served):
    host = host_of(served)
    answer = ask(server, host, '/a%20b?x=1&x=2', 'PUT', b'\x00body', {'X-Many': '1, 2', 'X-Fc-Security-Token': 'forged'})
    told = answer.json()
    assert told['line'] == 'PUT /a%20b?x=1&x=2 HTTP/1.1' and told['body'] == '\x00body'
    headers = {name.lower(): value for name, value in told['headers']}
    assert headers['x-many'] == '1, 2' and headers['host'] == host
    assert headers['x-fc-request-id'] == answer.headers['x-fc-request-id']
    assert headers['x-fc-control-path'] == '/http-invoke' and 'forged' not in str(headers)
    assert answer.headers['content-type'] == 'text/html' and answer.headers['content-disposition'] == 'attachment'
    assert answer.headers['x-own'] == 'a=b' and 'x-fc-forged' not in answer.headers
    assert answer.raw.headers.getlist('set-cookie') == ['a=b', 'a=b']
    assert answer.headers['access-control-expose-headers'] == 'Date,x-fc-request-id'
    assert ask(server, host, method='HEAD').content == b''


def test_answers_of_a_server(server, served):
    host = host_of(served)
    ask_for = lambda status: ask(server, host, headers={'X-Status': str(status)})
    assert [ask_for(status).status_code for status in (200, 404, 500)] == [200, 404, 500]
    assert said(ask_for(302)) == (400, 'ExternalRedirectForbidden')
    assert said(ask_for(201)) == (502, 'BadResponse')
    failed = ask_for(418)
    assert failed.status_code == 418 and failed.headers['x-fc-error-type'] == 'InvocationError'
    inside = ask(server, host_of(served, inside=True), headers={'X-Status': '302'})
    assert inside.status_code == 302 and inside.headers['location'] == 'https://example.com/'


LATER = '''import json, oss2
def handler(environ, start_response):
    keys = environ['fc.context'].credentials
    auth = oss2.StsAuth(keys.access_key_id, keys.access_key_secret, keys.security_token)
    told = [environ['REQUEST_METHOD'], environ['PATH_INFO'], environ['QUERY_STRING'], environ['HTTP_X_OWN'],
            environ['wsgi.input'].read().decode()]
    oss2.Bucket(auth, 'http://oss-cn-hangzhou.aliyuncs.com', 'later').put_object('told', json.dumps(told))
    start_response('200 OK', [])
    return []
'''


def test_requests_that_are_answered_later(server, ram):
    fc = Fc2016(server)
    later = bucket(server, 'later')
    later.create_bucket()
    fc.create_service('svc', role=ram.role('writer', PUT, trusts=TRUST_FC))
    fc.create('svc', 'f', LATER, timeout=60)
    fc.api.create_trigger('svc', 'f', 'web', 'http', OPEN, '', '')
    answer = requests.put(f'{server.url}/2016-08-15/proxy/svc/f/a%20b?c=d', b'hello',
                          headers={'X-Fc-Invocation-Type': 'Async', 'X-Own': 'mine'})
    assert (answer.status_code, answer.content) == (202, b'')

    def told():
        try:
            return json.loads(later.get_object('told').read())
        except oss2.exceptions.NoSuchKey:
            return None

    assert wait_until(told, what='the object of the function') == ['PUT', '/a b', 'c=d', 'mine', 'hello']


NODE = '''exports.handler = async (event, context) => {
  const told = JSON.parse(event);
  return { statusCode: 201, headers: { 'x-own': told.requestContext.http.method }, body: { path: told.rawPath } };
};
'''


def test_node_gets_the_event(server, fc):
    fc.create('node', {'index.js': NODE}, runtime='nodejs20')
    answer = ask(server, host_of(trigger(fc, 'node')), '/a%20b', 'POST', b'x')
    assert (answer.status_code, answer.json(), answer.headers['x-own']) == (201, {'path': '/a%20b'}, 'POST')


@pytest.fixture
def served_in_fc2(server, tmp_path):
    """Makes a function of FC 2.0 whose handlers get requests; its address."""
    fc = Fc2016(server)
    fc.create_service('svc')

    def serve(files, runtime='nodejs16', handler='index.handler', config=OPEN):
        archive = tmp_path / 'code.zip'
        archive.write_bytes(package(files))
        fc.api.create_function('svc', 'f', runtime, handler, codeZipFile=str(archive), timeout=10)
        fc.api.create_trigger('svc', 'f', 'web', 'http', config, '', '')
        return f'{server.url}/2016-08-15/proxy/svc/f'

    serve.api = fc.api
    return serve


TOLD = '''exports.handler = (req, resp, context) => {
  const parts = []
  req.on('data', part => parts.push(part))
  req.on('end', () => {
    const { path, queries, headers, method, clientIP, url, body } = req
    resp.setStatusCode(201)
    resp.setHeader('Content-Type', 'application/json')
    resp.setHeader('x-gone', '1')
    resp.deleteHeader('X-Gone')
    resp.setHeader('Set-Cookie', ['a=b', 'c=d'])
    resp.setHeader('x-fc-forged', '1')
    resp.send(JSON.stringify({ path, queries, headers, method, clientIP, url, body: body.toString('latin1'),
      read: Buffer.concat(parts).toString('latin1'), id: context.requestId }))
  })
}
'''


def test_node_gets_requests_in_fc2(served_in_fc2):
    url = served_in_fc2({'index.js': TOLD})
    answer = requests.put(f'{url}/a%20b?k=1&k=2&x=%C3%A4&bare', b'\x00\xff', headers={'X-Own': 'mine', 'X-Fc-Forged': '1'})
    assert answer.status_code == 201 and answer.headers['content-type'] == 'application/json'
    assert answer.raw.headers.getlist('set-cookie') == ['a=b', 'c=d']
    assert 'x-gone' not in answer.headers and 'x-fc-forged' not in answer.headers
    assert answer.headers['content-disposition'] == 'attachment'
    told = answer.json()
    headers = told.pop('headers')
    assert (headers['x-own'], headers['content-length'], headers['host']) == ('mine', '2', url.split('/')[2])
    assert 'x-fc-forged' not in headers
    assert told == {
        'path': '/a b', 'queries': {'k': ['1', '2'], 'x': 'ä', 'bare': ''}, 'method': 'PUT', 'clientIP': '127.0.0.1',
        'url': '/2016-08-15/proxy/svc/f/a%20b?k=1&k=2&x=%C3%A4&bare', 'body': '\x00ÿ', 'read': '\x00ÿ',
        'id': answer.headers['x-fc-request-id']}


@pytest.mark.parametrize('statement, status, content', [
    ('resp.send("text ä")', 200, 'text ä'.encode()), ('resp.send(Buffer.from([0, 255]))', 200, b'\x00\xff'),
    ('resp.send(require("stream").Readable.from(["a", "b"]))', 200, b'ab'), ('resp.send()', 200, b''),
    ('setTimeout(() => resp.send("later"), 10)', 200, b'later'),
    ('resp.setStatusCode(404); resp.send("no"); resp.send("again")', 404, b'no'),
    ('return Promise.resolve().then(() => setTimeout(() => resp.send("after"), 10))', 200, b'after'),
])
def test_what_node_sends_in_fc2(served_in_fc2, statement, status, content):
    answer = requests.get(served_in_fc2({'index.js': f'exports.handler = (req, resp, context) => {{ {statement} }}'}))
    assert (answer.status_code, answer.content) == (status, content)


@pytest.mark.parametrize('statement', [
    'throw new Error("oops")', 'return Promise.reject(new Error("oops"))', 'setImmediate(() => { throw new Error("oops") })',
    'resp.send({ a: 1 })', 'resp.setStatusCode(99)', 'resp.setHeader("a b", "c")', 'resp.setHeader("a", "b\\n")',
    'resp.setHeader("a", "b".repeat(300000)); resp.send("")', 'process.exit(0)',
    'resp.send(new (require("stream").Readable)({ read () { this.destroy(new Error("oops")) } }))',
])
def test_what_fails_in_node_of_fc2(served_in_fc2, statement):
    answer = requests.get(served_in_fc2({'index.js': f'exports.handler = (req, resp, context) => {{ {statement} }}'}))
    assert (answer.status_code, answer.content) == (502, b'Internal Server Error')
    assert answer.headers['x-fc-error-type'] == 'UnhandledInvocationError'


def test_requests_at_their_limits_reach_node_in_fc2(served_in_fc2):
    url = served_in_fc2({'index.js': 'exports.handler = (req, resp) => resp.send(String(req.headers["x-long"].length))'})
    answer = requests.get(f'{url}/{"%01" * 600}?{"&".join(f"k{n}=%01" for n in range(200))}', headers={'X-Long': 'a' * 7500})
    assert (answer.status_code, answer.content) == (200, b'7500')


# As fc-runtime-go-sdk does after fc.StartHttp.
GO = '''#!/usr/bin/env python3
import base64, json, os
from urllib.request import ProxyHandler, Request, build_opener
opener = build_opener(ProxyHandler({}))
base = 'http://' + os.environ['FC_RUNTIME_API'] + '/2020-11-11/runtime/invocation/'
while True:
    with opener.open(base + 'next') as request:
        event, headers = request.read(), request.headers
    told = json.loads(base64.b64decode(headers['x-fc-http-params']))
    params = base64.b64encode(json.dumps({'status': 203, 'headersMap': {'X-Own': ['1', '2']}}).encode()).decode()
    body = base64.b64encode(json.dumps([told['path'], told['headersMap']['X-Mine'], event.decode()]).encode()).decode()
    answer = {'headers': {'X-Own': '1, 2', 'x-fc-http-params': params}, 'body': body, 'isBase64Encoded': True}
    answer = {'plain': 1} if event == b'plain' else answer
    opener.open(Request(base + headers['x-fc-request-id'] + '/response', json.dumps(answer).encode())).close()
'''


def test_go_gets_requests_in_fc2(served_in_fc2):
    url = served_in_fc2({'main': GO}, runtime='go1', handler='main')
    answer = requests.post(f'{url}/x', b'body', headers={'X-Mine': 'm'})
    assert (answer.status_code, answer.json()) == (203, ['/x', ['m'], 'body'])
    assert answer.raw.headers.getlist('x-own') == ['1', '2']
    assert requests.post(f'{url}/x', b'plain', headers={'X-Mine': 'm'}).status_code == 502
