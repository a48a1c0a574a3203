"""What a function and the programs that it starts reach, with curl and with Python."""
import json
import os
import re
import subprocess
import sys

import pytest

import clients
import sources
from clients import allow
from functions import TRUST_FC, Fc3
from localyun import ROOT, Server, clean_environment, run

# Runs what the event says in a child, with the variables that children inherit.
CHILD = '''
import json, subprocess
def handler(event, context):
    done = subprocess.run(json.loads(event), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=50)
    return done.stdout
'''
# Asks in the handler's own process.
OWN = '''
import json, urllib.error, urllib.request
def handler(event, context):
    evt = json.loads(event)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        return opener.open(urllib.request.Request(evt['url'], headers=evt.get('headers', {})), timeout=20).read()
    except urllib.error.HTTPError as refused:
        return '%d %s' % (refused.code, refused.read().decode())
    except OSError as error:
        return str(error)
'''
FROM_PYTHON = '''
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode())
except urllib.error.HTTPError as refused:
    print(refused.code, refused.read().decode())
except OSError as error:
    print(error)
'''
# Leaves its group and its parent before it asks.
RUNS_AWAY = '''
import os, sys, urllib.error, urllib.request
ours, theirs = os.pipe()
if os.fork():
    os.close(theirs)
    print(os.fdopen(ours).read())
    sys.exit()
os.setsid()
if os.fork():
    os._exit(0)
try:
    urllib.request.urlopen(sys.argv[1], timeout=20)
except urllib.error.HTTPError as refused:
    os.write(theirs, b'%d %s' % (refused.code, refused.read()))
'''
ADMIN = 'the admin API does not answer to functions'
NO_METADATA = 'a function has no metadata service'


class Functions:
    """A child and a handler's own process, and a role that both of them could have by the metadata service."""

    def __init__(self, server):
        self.server, self.fc = server, Fc3(server)
        self.fc.create('child', CHILD)
        self.fc.create('own', OWN)
        sources.ecs_role(server)

    def curl(self, *args):
        return self.shell('curl -sS --max-time 20 ' + ' '.join(f"'{arg}'" if '$' not in arg else arg for arg in args))

    def shell(self, line):
        return self.run('sh', '-c', line)

    def run(self, *command):
        return self.fc.invoke('child', json.dumps(command).encode())[1].decode()

    def python(self, url, source=FROM_PYTHON):
        return self.run(sys.executable, '-c', source, url)

    def own(self, url, **headers):
        return self.fc.invoke('own', json.dumps({'url': url, 'headers': headers}).encode())[1].decode()


@pytest.fixture(scope='module', params=['auto', 'none', 'strict'])
def network_server(request):
    flags = ['--sandbox', request.param, '--metadata', '127.0.0.1:0', '--credentials', 'app:a-secret-of-16-letters']
    with Server.start('--python', sys.executable, *flags) as server:
        yield server


@pytest.fixture
def functions(network_server):
    network_server.reset()
    yield Functions(network_server)
    assert network_server.health()['status'] == 'ok', 'others are let in while functions live'


# ------------------------------------------------------------------ what is not for functions

def test_the_metadata_service_is_not_for_functions(functions):
    page = '/latest/meta-data/ram/security-credentials/app'
    listener = functions.server.health()['metadata']['url']
    said = [
        functions.curl(f'http://100.100.100.200{page}'),
        functions.curl('-H', 'Host: 100.100.100.200', f'http://oss-cn-hangzhou.aliyuncs.com{page}'),
        functions.curl('-H', 'Host: 100.100.100.200', f'{functions.server.url}{page}'),
        functions.curl('-x', '$http_proxy', '--noproxy', '""', '-H', 'Host: 100.100.100.200', f'{functions.server.url}{page}'),
        functions.curl('-x', functions.server.url, f'http://100.100.100.200{page}'),
        functions.curl(f'{listener}{page}'),
        functions.python(f'http://100.100.100.200{page}'),
        functions.python(f'{listener}{page}'),
        functions.own(f'http://100.100.100.200{page}'),
        functions.own(f'{functions.server.url}{page}', Host='100.100.100.200'),
        functions.own(f'{listener}{page}'),
    ]
    # A target in full counts more than a Host that says something else, so this one asks OSS.
    assert '<Code>' in said.pop(1)
    assert '<Code>' in said.pop(2)
    unreachable = ("Couldn't connect", 'Connection refused')  # in a network of its own
    for text in said:
        assert any(refusal in text for refusal in (NO_METADATA, *unreachable)) and 'STS.' not in text, said
    answer = functions.server.http.get(f'{listener}{page}', timeout=10)
    assert answer.json()['Code'] == 'Success', 'it is there for others'


@pytest.mark.parametrize('page', ['clock', 'health', 'requests', 'credentials/app', 'credentials/app/a-secret-of-16-letters'])
def test_the_admin_api_is_not_for_functions(functions, page):
    url = f'{functions.server.url}/_localyun/{page}'
    said = [
        functions.curl(url),
        functions.curl('-x', '$http_proxy', '--noproxy', '""', url),
        functions.curl('-H', 'Host: localhost', f'$http_proxy/_localyun/{page}'),
        functions.python(url),
        functions.own(url),
        functions.own(url.replace('127.0.0.1', 'localhost')),
    ]
    for text in said:
        assert ADMIN in text, said
    assert ADMIN not in functions.server.http.get(url, timeout=10).text, 'it is there for others'


def test_a_child_that_runs_away_is_still_of_its_function(functions):
    """Behind walls there is nowhere to go; without them its control group knows it."""
    said = functions.python(f'{functions.server.url}/_localyun/clock', RUNS_AWAY)
    assert ADMIN in said


def test_a_thread_s_child_is_of_its_function(functions):
    code = '''
import concurrent.futures, subprocess
def handler(event, context):
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        return threads.submit(subprocess.check_output, ['curl', '-sS', event.decode()]).result()
'''
    functions.fc.create('threads', code)
    assert ADMIN in functions.fc.invoke('threads', f'{functions.server.url}/_localyun/clock'.encode())[1].decode()


# ------------------------------------------------------------------ the emulated cloud

def test_names_of_the_cloud_lead_to_the_emulator(functions):
    bucket = clients.bucket(functions.server, 'demo')
    bucket.create_bucket('public-read')
    bucket.put_object('k', b'hello')
    real = 'http://demo.oss-cn-hangzhou-internal.aliyuncs.com/k'
    port = functions.server.port
    assert functions.curl(real) == functions.curl(f'{functions.server.url}/demo/k') == 'hello'
    assert functions.python(real).strip() == functions.own(real) == functions.own(f'{functions.server.url}/demo/k') == 'hello'
    assert functions.own(real.replace('.com/', f'.com:{port}/')) == 'hello', 'the port of everybody else is understood'
    assert '<Code>NoSuchBucket' in functions.curl('http://nowhere.oss-cn-hangzhou.aliyuncs.com/k')


def test_a_child_uses_the_keys_of_the_role(functions):
    role = clients.Ram(functions.server).role('worker', allow('oss:PutObject'), trusts=TRUST_FC)
    bucket = clients.bucket(functions.server, 'demo')
    bucket.create_bucket()
    functions.fc.create('keys', CHILD, role=role)
    source = '''
import os, oss2
auth = oss2.StsAuth(*(os.environ['ALIBABA_CLOUD_' + name] for name in ('ACCESS_KEY_ID', 'ACCESS_KEY_SECRET', 'SECURITY_TOKEN')))
oss2.Bucket(auth, 'http://oss-cn-hangzhou.aliyuncs.com', 'demo').put_object('k', b'by a child')
'''
    said = functions.fc.invoke('keys', json.dumps([sys.executable, '-c', source]).encode())[1].decode()
    assert said == '' and bucket.get_object('k').read() == b'by a child'


# ------------------------------------------------------------------ everything else

@pytest.mark.parametrize('host', ['example.com', 'aliyuncs.com.example.com', '192.0.2.1', '[2001:db8::1]:8080'])
def test_other_hosts_are_refused_with_a_way_out(functions, host):
    for text in (functions.curl(f'http://{host}/'), functions.python(f'http://{host}/'), functions.curl('-i', f'https://{host}/')):
        assert f'{host.split(":443")[0]}' in text and 'is not part of the emulated cloud' in text, text
        assert '--allow-other-hosts' in text


def test_services_that_are_not_emulated_are_refused(functions):
    said = functions.curl('http://ecs.aliyuncs.com/')
    assert '`ecs.aliyuncs.com` is not part of the emulated cloud' in said


def test_https_says_that_it_is_not_served(functions):
    for url in ('https://demo.oss-cn-hangzhou.aliyuncs.com/k', 'https://100.100.100.200/latest/'):
        for text in (functions.curl('-i', url), functions.python(url)):
            assert 'https is not served yet' in text and 'http://' in text, text


def test_this_machine_is_asked_directly(functions):
    said = functions.curl('-x', '$http_proxy', '--noproxy', '""', 'http://127.0.0.1:1/')
    assert 'is on this machine, which functions ask without a proxy' in said


# ------------------------------------------------------------------ localyun invoke

def test_a_handler_that_is_run_once_comes_in_by_the_door_for_functions(network_server, tmp_path):
    (tmp_path / 'index.py').write_text(CHILD)
    url = f'http://{network_server.address}/_localyun/clock'
    for endpoint in ([], ['--endpoint', network_server.url]):
        for line in ("curl -sS -x $http_proxy --noproxy '' http://$proxied/_localyun/clock", 'curl -sS http://example.com/'):
            line = line.replace('$proxied', '${http_proxy#http://}')
            done = run('invoke', str(tmp_path), '--python', sys.executable, '--event', json.dumps(['sh', '-c', line]), *endpoint)
            assert ADMIN in done.stdout or '`example.com` is not part of the emulated cloud' in done.stdout, done.stdout + done.stderr
    (tmp_path / 'index.py').write_text(OWN)
    done = run('invoke', str(tmp_path), '--python', sys.executable, '--event', json.dumps({'url': url}), '--endpoint', network_server.url)
    assert ADMIN in done.stdout, done.stdout + done.stderr


# ------------------------------------------------------------------ the way out

def test_other_hosts_where_they_are_allowed():
    """All of outside.py, in a network that has a host which is not of the cloud."""
    inside = [os.path.join(ROOT, 'tests', 'namespace'), sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
              os.path.join(ROOT, 'tests', 'python', 'outside.py')]
    done = subprocess.run(inside, capture_output=True, text=True, timeout=300, env=clean_environment(LOCALYUN_BIN=os.environ.get('LOCALYUN_BIN', '')))
    assert done.returncode == 0, f'{done.stdout}\n{done.stderr}'
    assert re.search(r'\d+ passed', done.stdout) and 'skipped' not in done.stdout
