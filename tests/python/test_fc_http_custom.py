"""Requests over HTTP that functions answer themselves: custom runtimes, and what is answered later."""
import json

import oss2
import pytest
import requests

from clients import bucket
from functions import PUT, TRUST_FC, Fc3, Fc2016, packed
from localyun import wait_until
from test_fc_custom import create
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


def test_node_of_fc2_has_no_requests(server, tmp_path):
    fc = Fc2016(server)
    fc.create_service('svc')
    archive = tmp_path / 'code.zip'
    archive.write_bytes(packed({'index.js': NODE}))
    fc.api.create_function('svc', 'f', 'nodejs16', 'index.handler', codeZipFile=str(archive))
    fc.api.create_trigger('svc', 'f', 'web', 'http', OPEN, '', '')
    answer = requests.get(f'{server.url}/2016-08-15/proxy/svc/f/')
    assert answer.status_code == 400 and 'nodejs16' in answer.json()['ErrorMessage']
