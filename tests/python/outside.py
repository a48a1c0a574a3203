"""Functions that may reach other hosts. test_fc_network.py runs this in a network where 198.51.100.7 stands for them."""
import http.server
import os
import sys
import threading

import pytest

from localyun import Server
from test_fc_network import ADMIN, NO_METADATA, Functions

ELSEWHERE = '198.51.100.7'


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what it got, in chunks and without saying how much."""
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length'] or 0))
        told = f'{self.command} {self.path} {self.headers["Host"]} {self.headers["Proxy-Connection"]} {body.decode()}'
        self.send_response(200)
        self.send_header('Transfer-Encoding', 'chunked')
        self.send_header('X-Echo', '1')
        self.end_headers()
        for piece in told.encode(), b'':
            self.wfile.write(b'%x\r\n%s\r\n' % (len(piece), piece))

    do_GET = do_POST

    def log_message(self, *_):
        pass


@pytest.fixture(scope='module')
def elsewhere():
    """A host of the Internet."""
    with http.server.ThreadingHTTPServer((ELSEWHERE, 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'{ELSEWHERE}:{server.server_port}'
        server.shutdown()


@pytest.fixture(scope='module', params=['auto', 'none'])
def functions(request):
    flags = ['--allow-other-hosts', '--metadata', '100.100.100.200:80', '--sandbox', request.param]
    with Server.start('--python', sys.executable, *flags) as server:
        yield Functions(server)


def test_what_is_asked_is_passed_on(functions, elsewhere):
    said = functions.curl('-i', '-d', 'x=1', f'http://{elsewhere}/a/b?c=%20d')
    assert said.startswith('HTTP/1.1 200') and 'X-Echo: 1' in said or 'x-echo: 1' in said
    assert said.endswith(f'POST /a/b?c=%20d {elsewhere} None x=1')
    assert functions.python(f'http://{elsewhere}/k').strip() == f'GET /k {elsewhere} None'
    assert functions.own(f'http://{elsewhere}/k').strip() == f'GET /k {elsewhere} None'


def test_a_tunnel_is_joined(functions, elsewhere):
    said = functions.curl('--proxytunnel', '-d', 'y', f'http://{elsewhere}/t')
    assert said == f'POST /t {elsewhere} None y'


def test_a_host_that_does_not_answer(functions):
    assert f'cannot ask `{ELSEWHERE}:1`' in functions.curl(f'http://{ELSEWHERE}:1/')


@pytest.mark.parametrize('url', ['http://100.100.100.200/latest/meta-data/instance-id', 'https://100.100.100.200/'])
def test_the_metadata_service_is_not_for_functions(functions, url):
    refusals = (NO_METADATA, 'https is not served yet')
    for text in (functions.curl('-i', url), functions.python(url), functions.own(url)):
        assert any(refusal in text for refusal in refusals), text


def test_the_metadata_service_is_not_reached_past_the_proxy(functions):
    url = 'http://100.100.100.200/latest/meta-data/instance-id'
    assert NO_METADATA in functions.curl('--noproxy', '*', url)
    assert functions.server.http.get(url, timeout=10).status_code == 200, 'it is there for others'


def test_no_tunnel_leads_back_to_this_machine(functions):
    server = functions.server
    for target in (server.address, f'localhost:{server.port}', '127.0.0.1:1', '169.254.169.254:80'):
        said = functions.shell(f'curl -sSi --max-time 20 --noproxy "" --proxytunnel -x $http_proxy http://{target}/_localyun/clock')
        assert 'is on this machine' in said or 'https is not served yet' in said, said
    assert ADMIN in functions.curl(f'{server.url}/_localyun/clock')


def test_the_real_cloud_is_not_reached(functions):
    for url in ('https://ecs.aliyuncs.com/', 'https://oss-cn-hangzhou.aliyuncs.com/'):
        assert 'https is not served yet' in functions.curl('-i', url)
    assert 'is not part of the emulated cloud' in functions.curl('http://ecs.aliyuncs.com/')
