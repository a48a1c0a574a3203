"""The command line: start, health, env, invoke, and what the log must never tell."""
import json
import os
import re
import shlex
import signal
import socket
import subprocess

import pytest
import requests

import clients
import signing
from clients import allow, deny
from localyun import BINARY, ROOT, Server, clean_environment, run, wait_until

VENV = os.path.join(ROOT, 'target', 'venv', 'bin')
OSS_EVENT = {'endpoint': 'http://oss-cn-shenzhen-internal.aliyuncs.com', 'bucket': 'oss-demo', 'objectName': 'oss-test-object',
             'message': 'oss-test-content'}


# ------------------------------------------------------------------ start and stop

@pytest.mark.parametrize('flags', [['--no-such-flag'], ['--listen', 'nowhere'], ['--listen', '127.0.0.1:99999'], ['--auth', 'maybe'],
                                   ['--bucket', 'Bad_Name'], ['--bucket', 'demo@nowhere'], ['--key', 'no-secret'], ['stray']],
                         ids=' '.join)
def test_a_flag_or_value_that_is_wrong_stops_the_start(flags):
    done = run('start', '--listen', '127.0.0.1:0', *flags, seconds=20)
    assert done.returncode not in (0, 101)
    assert 'panicked' not in done.stderr and done.stderr.strip()


def test_a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        done = run('start', '--listen', '127.0.0.1:%d' % taken.getsockname()[1], seconds=20)
    assert done.returncode not in (0, 101) and 'panicked' not in done.stderr


def test_it_listens_on_more_than_one_address():
    with Server.start('--listen', '127.0.0.2:0', '--bucket', 'demo') as server:
        also = re.search(r'also on +(127\.0\.0\.2:\d+)', server.log()).group(1)
        for address in server.address, also:
            assert requests.get(f'http://{address}/_localyun/health', timeout=20).json()['status'] == 'ok'


def test_one_address_that_others_reach_closes_the_admin_api():
    with Server.start('--listen', '0.0.0.0:0') as server:
        assert requests.get(f'{server.url}/_localyun/accounts', timeout=20).status_code == 403
        assert 'EVERYBODY WHO REACHES' in server.log()


def test_an_empty_admin_token_stops_the_start():
    done = run('start', '--listen', '127.0.0.1:0', seconds=20, LOCALYUN_ADMIN_TOKEN='')
    assert done.returncode == 2 and 'it is empty' in done.stderr


@pytest.mark.parametrize('by', [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_cleanly(by):
    server = Server.start()
    assert server.stop(by) == 0


def test_it_finishes_what_it_began_before_it_ends():
    with Server.start('--bucket', 'demo') as server:
        body = b'slow body'
        head = signing.raw('PUT', '/demo/slow', {'Host': server.address, 'Content-Length': str(len(body)), 'Expect': '100-continue',
                                                 **signing.v4_headers('PUT', '/demo/slow')})
        with socket.create_connection((server.host, server.port), timeout=20) as slow:
            slow.sendall(head)
            assert slow.recv(100) == b'HTTP/1.1 100 Continue\r\n\r\n', 'it waits for the body'
            slow.sendall(body[:4])
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: not accepts(server), what='the end of the listener')
            assert server.process.poll() is None, 'it ended in the middle of a request'
            slow.sendall(body[4:])
            assert signing.read_response(slow).status == 200
        assert server.process.wait(20) == 0


def accepts(server):
    try:
        socket.create_connection((server.host, server.port), timeout=1).close()
        return True
    except OSError:
        return False


def test_keys_and_hosts_of_the_command_line():
    with Server.start('--key', 'mine:my-secret', '--host', 'oss.test', '--bucket', 'demo') as server:
        mine = clients.bucket(server, 'demo', 'v4', ('mine', 'my-secret'))
        mine.put_object('key', b'x')
        answer = signing.talk(server, signing.raw('GET', '/key', {'Host': 'demo.oss.test', **signing.v4_headers(
            'GET', '/demo/key', key=('mine', 'my-secret'))}))
        assert (answer.status, answer.content) == (200, b'x')
        with clients.refused(403, 'SignatureDoesNotMatch'):
            clients.bucket(server, 'demo', 'v4', ('mine', 'localyun')).get_object('key')


def test_a_flag_from_the_environment():
    with Server.start(LOCALYUN_BUCKET='demo') as server:
        assert [b.name for b in clients.service(server).list_buckets().buckets] == ['demo']


def test_help_and_version():
    for args in (['--help'], ['start', '--help'], ['invoke', '--help'], ['--version']):
        done = run(*args)
        assert done.returncode == 0 and 'localyun' in done.stdout.lower()
    for flag in ('--listen', '--host', '--key', '--bucket', '--auth', '--url-file'):
        assert flag in run('start', '--help').stdout


@pytest.mark.parametrize('mode', ['audit', 'off'])
def test_the_mode_is_shown(mode):
    with Server.start('--auth', mode, '--bucket', 'demo') as server:
        assert mode in json.dumps(server.health())
        assert mode in server.log()


# ------------------------------------------------------------------ health and env

def test_health(server):
    done = run('health', '--endpoint', server.url)
    assert done.returncode == 0 and done.stdout.strip()
    assert run('health', LOCALYUN_ENDPOINT=server.url).returncode == 0


def test_health_of_nobody():
    with socket.socket() as closed:
        closed.bind(('127.0.0.1', 0))
        done = run('health', '--endpoint', 'http://127.0.0.1:%d' % closed.getsockname()[1], seconds=20)
    assert done.returncode not in (0, 101) and 'panicked' not in done.stderr


def test_nobody_reads_the_error():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with socket.socket() as closed:
            closed.bind(('127.0.0.1', 0))
            nobody = 'http://127.0.0.1:%d' % closed.getsockname()[1]
            done = subprocess.run([BINARY, 'health', '--endpoint', nobody], stderr=writing, timeout=20, env=clean_environment())
        assert done.returncode == 1
    finally:
        os.close(writing)


def env_of(server, form):
    done = run('env', '--format', form, '--endpoint', server.url)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_env(server):
    env = json.loads(env_of(server, 'json'))
    assert all(isinstance(value, str) for value in env.values())
    assert env['LOCALYUN_ENDPOINT'].rstrip('/') == server.url
    for prefix in ('OSS_ACCESS_KEY_', 'ALIBABA_CLOUD_ACCESS_KEY_'):
        assert (env[f'{prefix}ID'], env[f'{prefix}SECRET']) == clients.ADMIN
    dotenv = dict(line.split('=', 1) for line in env_of(server, 'dotenv').splitlines() if line and not line.startswith('#'))
    assert {k: shlex.split(v)[0] if v else '' for k, v in dotenv.items()} == env
    shell = subprocess.run(['sh', '-c', env_of(server, 'sh') + '\nenv -0'], capture_output=True, text=True, timeout=20, env={'PATH': os.defpath})
    seen = dict(entry.split('=', 1) for entry in shell.stdout.split('\0') if entry)
    assert {k: seen.get(k) for k in env} == env


def test_a_format_that_does_not_exist(server):
    assert run('env', '--format', 'yaml', '--endpoint', server.url).returncode not in (0, 101)


# ------------------------------------------------------------------ the log

@pytest.mark.parametrize('level', [None, 'debug'])
def test_secrets_never_reach_the_log(level):
    secret = 'quite-secret-Value-4711'
    with Server.start('--key', f'auditor:{secret}', '--bucket', 'demo', **({'RUST_LOG': level} if level else {})) as server:
        key = ('auditor', secret)
        ram = clients.Ram(server, key)
        user = ram.user('alice', allow('*'))
        session = clients.assume_rpc(server, ram.role('worker', allow('oss:*')), key=key, method='GET')
        hidden = [secret, user[1], *session[1:]]
        for version in ('v1', 'v4'):
            mine = clients.bucket(server, 'demo', version, session)
            mine.put_object('key', b'the content of an object', headers={'x-oss-meta-note': 'x'})
            url = mine.sign_url('GET', 'key', 60)
            assert server.http.get(url).status_code == 200
            query = dict(signing.urllib.parse.parse_qsl(url.partition('?')[2]))
            hidden.append(query.get('Signature') or query['x-oss-signature'])
            with clients.refused(403, 'SignatureDoesNotMatch'):
                clients.bucket(server, 'demo', version, ('auditor', f'{secret}!')).get_object('key')
            with clients.refused(403, 'InvalidSecurityToken'):
                clients.bucket(server, 'demo', version, (*session[:2], session[2][:-5])).get_object('key')
        signing.rpc(server, 'GetCallerIdentity', '2015-04-01', session)
        assert server.stop() == 0
        log = server.log()
    assert 'PutObject' in log and 'GetCallerIdentity' in log, 'one line a request'
    for text in (*hidden, session[2][:40], 'the content of an object'):
        assert text not in log and signing.percent(text) not in log


# ------------------------------------------------------------------ invoke

@pytest.fixture
def handler(tmp_path):
    def write(source, name='index.py'):
        (tmp_path / name).write_text(source)
        return str(tmp_path)
    return write


def invoke(path, event, *flags, seconds=120, stdin=None, **env):
    """Run a handler with an interpreter that has oss2 (the one that tests/setup made)."""
    event = event if isinstance(event, str) else json.dumps(event)
    return run('invoke', path, '--handler', 'index.handler', '--event', event, *flags, seconds=seconds, stdin=stdin,
               PATH=VENV + os.pathsep + os.environ['PATH'], **env)


PARSES_JSON = 'import json\n\ndef handler(event, context):\n    return json.loads(event)["key"]\n'
LISTS_FILES = 'import subprocess\n\ndef handler(event, context):\n    return subprocess.check_output(["ls", "-l"])\n'
USES_OSS = '''
import json
import oss2


def handler(event, context):
    evt = json.loads(event)
    creds = context.credentials
    auth = oss2.StsAuth(creds.access_key_id, creds.access_key_secret, creds.security_token)
    bucket = oss2.Bucket(auth, evt['endpoint'], evt['bucket'])
    bucket.put_object(evt['objectName'], evt['message'])
    return 'success'
'''


def policy_file(tmp_path, *statements):
    path = tmp_path / 'policy.json'
    path.write_text(clients.policy(*statements))
    return str(path)


def test_an_event_of_json(handler):
    done = invoke(handler(PARSES_JSON), {'key': 'value'})
    assert (done.returncode, done.stdout.strip()) == (0, 'value'), done.stderr


def test_an_event_from_a_file_and_from_standard_input(handler, tmp_path):
    event = tmp_path / 'event.json'
    event.write_text('{"key": "from a file 中"}')
    assert invoke(handler(PARSES_JSON), f'@{event}').stdout.strip() == 'from a file 中'
    assert invoke(handler(PARSES_JSON), '-', stdin='{"key": "typed"}').stdout.strip() == 'typed'


def test_a_handler_that_runs_a_command(handler):
    done = invoke(handler(LISTS_FILES), '')
    assert done.returncode == 0 and 'index.py' in done.stdout, done.stderr


def test_a_handler_that_puts_an_object(handler, tmp_path):
    policy = policy_file(tmp_path, allow('oss:PutObject', 'acs:oss:*:*:oss-demo/*'))
    done = invoke(handler(USES_OSS), OSS_EVENT, '--role-policy', policy, '--bucket', 'oss-demo@cn-shenzhen')
    assert (done.returncode, done.stdout.strip()) == (0, 'success'), done.stderr


@pytest.mark.parametrize('statements', [(allow('oss:GetObject'),), (allow('oss:PutObject', 'acs:oss:*:*:another/*'),),
                                        (allow('oss:*'), deny('oss:PutObject'))], ids=['another action', 'another bucket', 'denied'])
def test_a_role_that_may_not_put(handler, tmp_path, statements):
    done = invoke(handler(USES_OSS), OSS_EVENT, '--role-policy', policy_file(tmp_path, *statements), '--bucket', 'oss-demo@cn-shenzhen')
    assert done.returncode == 1
    assert 'AccessDenied' in done.stdout + done.stderr and 'success' not in done.stdout


def test_a_bucket_in_another_region(handler, tmp_path):
    done = invoke(handler(USES_OSS), OSS_EVENT, '--role-policy', policy_file(tmp_path, allow('oss:*')), '--bucket', 'oss-demo@cn-beijing')
    assert done.returncode == 1 and 'must be addressed using the specified endpoint' in done.stdout + done.stderr


def test_the_example_of_the_repository(tmp_path):
    policy = policy_file(tmp_path, allow('oss:PutObject', 'acs:oss:*:*:oss-demo/*'))
    done = invoke(os.path.join(ROOT, 'examples', 'access_oss'), OSS_EVENT, '--role-policy', policy, '--bucket', 'oss-demo@cn-shenzhen')
    assert (done.returncode, done.stdout.strip()) == (0, 'success'), done.stderr


def test_the_object_lands_in_the_server_that_was_named(handler, server, ram):
    ram.role('fc-role', allow('oss:PutObject'), trusts=clients.trust(Service=['fc.aliyuncs.com']))
    bucket = clients.bucket(server, 'oss-demo')
    bucket.create_bucket()
    event = {**OSS_EVENT, 'endpoint': 'http://oss-cn-hangzhou-internal.aliyuncs.com'}
    done = invoke(handler(USES_OSS), event, '--role', 'fc-role', '--endpoint', server.url)
    assert (done.returncode, done.stdout.strip()) == (0, 'success'), done.stderr
    assert bucket.get_object('oss-test-object').read() == b'oss-test-content'


SHOWS_CREDENTIALS = (
    'import json\n\ndef handler(event, context):\n    c = context.credentials\n'
    '    return json.dumps([type(event).__name__, c.access_key_id[:4], bool(c.access_key_secret), bool(c.security_token),'
    ' bool(context.request_id)])\n')


def test_what_a_handler_sees(handler, tmp_path):
    done = invoke(handler(SHOWS_CREDENTIALS), 'any', '--role-policy', policy_file(tmp_path, allow('oss:GetObject')))
    assert json.loads(done.stdout) == ['bytes', 'STS.', True, True, True], done.stderr


def test_a_handler_without_a_role_has_no_keys(handler):
    done = invoke(handler(SHOWS_CREDENTIALS), 'any')
    assert json.loads(done.stdout) == ['bytes', '', False, False, True], done.stderr


def test_a_handler_inherits_no_secrets(handler):
    source = 'import json, os\n\ndef handler(event, context):\n    return json.dumps(dict(os.environ))\n'
    done = invoke(handler(source), '', AWS_SECRET_ACCESS_KEY='never-pass-this-on', SOME_TOKEN='nor-this')
    assert done.returncode == 0, done.stderr
    assert 'never-pass-this-on' not in done.stdout and 'nor-this' not in done.stdout


@pytest.mark.parametrize('source, told', [
    ('def handler(event, context):\n    raise ValueError("on purpose")\n', 'on purpose'),
    ('def handler(event, context):\n    import sys\n    sys.exit(3)\n', ''),
    ('import no_such_module\n\ndef handler(event, context):\n    return 1\n', 'no_such_module'),
    ('def other(event, context):\n    return 1\n', 'handler'),
    ('def handler(event, context)\n    return 1\n', 'SyntaxError'),
], ids=['raises', 'exits', 'import', 'no handler', 'syntax'])
def test_a_handler_that_fails(handler, source, told):
    done = invoke(handler(source), '')
    assert done.returncode == 1
    assert told in done.stdout + done.stderr and 'panicked' not in done.stderr


def test_prints_go_to_the_log_and_the_result_to_standard_output(handler):
    source = 'def handler(event, context):\n    print("a log line")\n    return b"\\x00\\x01 raw"\n'
    done = invoke(handler(source), '')
    assert done.stdout.rstrip('\n') == '\x00\x01 raw' and 'a log line' in done.stderr


@pytest.mark.parametrize('sandbox', ['auto', 'none'])
def test_a_handlers_children_die_with_it(handler, sandbox):
    mark = f'child-{os.getpid()}-{sandbox}'
    source = ('import subprocess\n\ndef handler(event, context):\n    subprocess.Popen(["sleep", "600"])\n'
              '    return "left one behind"\n')
    done = invoke(handler(source), '', '--env', f'MARK={mark}', '--sandbox', sandbox)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: not marked(mark), what='the death of the child')


def marked(mark):
    """The processes with this text in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/environ', 'rb') as environ:
                if b'MARK=' + mark.encode() + b'\0' in environ.read():
                    found.append(pid)
        except OSError:
            pass
    return found


def test_a_function_that_takes_too_much_memory_is_ended(handler):
    source = 'def handler(event, context):\n    return len([bytearray(8 << 20) for _ in range(10000)])\n'
    done = invoke(handler(source), '', '--memory', '128')
    assert done.returncode == 1
    assert 'Process exited unexpectedly before completing request' in done.stdout + done.stderr or 'MemoryError' in done.stderr


@pytest.mark.parametrize('sandbox', ['auto', 'none'])
def test_nothing_is_left_in_the_temporary_directory(handler, tmp_path_factory, sandbox):
    place = tmp_path_factory.mktemp('temporary')
    done = invoke(handler(PARSES_JSON), {'key': 'value'}, '--sandbox', sandbox, TMPDIR=str(place))
    assert done.stdout.strip() == 'value'
    assert os.listdir(place) == []


def test_an_unknown_sandbox_is_refused(handler):
    done = invoke(handler(PARSES_JSON), '', '--sandbox', 'tight')
    assert done.returncode == 2 and all(level in done.stderr for level in ('tight', 'none', 'auto', 'strict'))


@pytest.mark.parametrize('flags', [['--role', 'missing'], ['--role-policy', '/no/such/file'], ['--runtime', 'cobol']], ids=' '.join)
def test_what_is_missing_is_named(handler, flags):
    done = invoke(handler(PARSES_JSON), {'key': 'value'}, *flags, seconds=60)
    assert done.returncode not in (0, 101) and 'panicked' not in done.stderr
    assert flags[1] in done.stdout + done.stderr


def test_a_path_or_handler_that_is_not_there(handler):
    assert invoke('/no/such/folder', '').returncode not in (0, 101)
    done = run('invoke', handler(PARSES_JSON), '--handler', 'other.handler', '--event', '{}')
    assert done.returncode == 1 and 'other' in done.stdout + done.stderr
