"""Functions at level strict: oss2 and curl reach the emulated OSS, and nothing else is there."""
import json
import socket

import pytest

from clients import Ram
from functions import EXAMPLE_2, PUT, TRUST_FC, Fc3
from localyun import Server, run, wait_until

SH = '''
import subprocess
def handler(event, context):
    return subprocess.run(['sh', '-c', event.decode()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
'''


@pytest.fixture(scope='module')
def server():
    server = Server.start('--sandbox', 'strict', '--bucket', 'strict-demo')
    yield server
    server.stop()


@pytest.fixture(scope='module')
def active(server):
    """Whether this machine allows all of the level. The server says so when the first function runs."""
    fc = Fc3(server)
    fc.create('first', 'def handler(event, context):\n    return "x"\n')
    assert fc.invoke('first')[1] == b'x'
    wait_until(lambda: 'functions are isolated' in server.log(), what='the line in the log')
    return 'level=strict' in server.log()


def test_oss2_puts_with_the_credentials_of_the_role(server, active):
    role = Ram(server).role('put', PUT, trusts=TRUST_FC)
    fc = Fc3(server)
    fc.create('put', EXAMPLE_2, role=role)
    event = {'endpoint': 'http://oss-cn-hangzhou-internal.aliyuncs.com', 'bucket': 'strict-demo', 'objectName': 'k', 'message': 'm'}
    assert fc.invoke('put', json.dumps(event).encode())[1] == b'success'


def test_curl_reaches_oss_without_a_proxy_and_no_other_port(server, active):
    if not active:
        return
    fc = Fc3(server)
    fc.create('sh', SH)
    line = 'env -i PATH=$PATH curl -sS --max-time 20 -o /dev/null -w %{http_code} http://strict-demo.oss-cn-hangzhou.aliyuncs.com/absent'
    assert fc.invoke('sh', line.encode())[1] == b'403'
    with socket.socket() as other:
        other.bind(('127.0.0.1', 0))
        other.listen()
        line = f'curl -sS --noproxy "*" --max-time 20 http://127.0.0.1:{other.getsockname()[1]}/'
        assert b'(7)' in fc.invoke('sh', line.encode())[1]


def test_a_contradiction_is_said():
    for command in (['start'], ['invoke', '.']):
        done = run(*command, '--sandbox', 'strict', '--allow-other-hosts')
        assert done.returncode == 2 and 'use --sandbox auto' in done.stderr


def test_an_unknown_level_is_refused():
    done = run('start', '--sandbox', 'tight')
    assert done.returncode == 2 and 'none, auto and strict' in done.stderr
