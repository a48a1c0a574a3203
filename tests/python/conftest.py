"""One server for the session, an empty state for every test, and the real RAM SDK to fill it."""
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import clients
from localyun import Server


@pytest.fixture(scope='session')
def session_server():
    # The interpreter of these tests has oss2, so that nothing is installed for a function.
    server = Server.start('--python', sys.executable)
    yield server
    assert server.stop() == 0, 'the server did not end cleanly after SIGTERM'


@pytest.fixture
def server(session_server):
    session_server.reset()
    yield session_server
    assert session_server.health()['status'], 'the server is not healthy after this test'


@pytest.fixture
def ram(server):
    return clients.Ram(server)


@pytest.fixture
def ims(server):
    return clients.Ims(server)


@pytest.fixture
def sts(server):
    return clients.sts(server)


@pytest.fixture(params=['v1', 'v4'])
def auth(request):
    """The signature version that oss2 uses."""
    return request.param


@pytest.fixture
def bucket(server, auth):
    """An empty private bucket `demo`, reached as the administrator."""
    bucket = clients.bucket(server, 'demo', auth)
    bucket.create_bucket()
    return bucket


@pytest.fixture(scope='session')
def node():
    """Run a script of tests/node and give back what it prints."""
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'node')

    def run(script, *args):
        done = subprocess.run(['node', script, *args], cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
