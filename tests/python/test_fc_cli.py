"""`localyun fc`: deploy, invoke, list, remove and watch from the command line."""
import json
import os
import signal
import subprocess

import pytest

import clients
from clients import allow
from functions import Fc3, TRUST_FC
from localyun import BINARY, ROOT, clean_environment, run, wait_until

EXAMPLES = os.path.join(ROOT, 'examples')
ECHO = 'def handler(event, context):\n    return event\n'
OSS_EVENT = {'endpoint': 'http://oss-cn-hangzhou-internal.aliyuncs.com', 'bucket': 'oss-demo',
             'objectName': 'oss-test-object', 'message': 'oss-test-content'}


@pytest.fixture
def cli(server):
    """Run `localyun fc …` against the server."""
    def call(*args, **kwargs):
        return run('fc', *args, '--endpoint', server.url, **kwargs)
    return call


@pytest.fixture
def done(cli):
    """The same, where it must succeed."""
    def call(*args, **kwargs):
        finished = cli(*args, **kwargs)
        assert finished.returncode == 0, finished.stderr
        return finished
    return call


@pytest.fixture
def code(tmp_path):
    def write(source, name='index.py'):
        folder = tmp_path / 'code'
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(source)
        return str(folder)
    return write


# ------------------------------------------------------------------ the guide's examples

def test_example_1_of_the_guide(done):
    made = done('deploy', f'{EXAMPLES}/parse_event', '--name', 'parse')
    assert made.stdout == 'acs:fc:cn-hangzhou:1234567890123456:functions/parse\n'
    assert 'created the function `parse` in cn-hangzhou (python3.10, index.handler)' in made.stderr
    invoked = done('invoke', 'parse', '--event', '{"key": "value"}')
    assert invoked.stdout == 'value', 'byte for byte'
    assert 'FC Invoke End RequestId' in invoked.stderr and 'Billed Duration' in invoked.stderr


def test_example_2_of_the_guide(server, cli, done):
    bucket = clients.bucket(server, 'oss-demo')
    bucket.create_bucket()
    done('deploy', f'{EXAMPLES}/access_oss', '--name', 'put', '--timeout', '60',
         '--role-policy', f'{EXAMPLES}/access_oss/put-only.json')
    assert Fc3(server).get('put')['role'] == 'acs:ram::1234567890123456:role/localyun-fc-put'
    assert done('invoke', 'put', '--event', json.dumps(OSS_EVENT)).stdout == 'success'
    assert bucket.get_object('oss-test-object').read() == b'oss-test-content'

    clients.bucket(server, 'other').create_bucket()
    failed = cli('invoke', 'put', '--event', json.dumps({**OSS_EVENT, 'bucket': 'other'}))
    assert failed.returncode == 1
    assert json.loads(failed.stdout)['errorType'] == 'AccessDenied'


def test_example_3_of_the_guide(done):
    done('deploy', f'{EXAMPLES}/run_command', '--name', 'list')
    listing = done('invoke', 'list').stdout
    assert listing.startswith('total') and 'index.py' in listing


# ------------------------------------------------------------------ deploying

def test_what_is_given_changes_and_the_rest_stays(server, done, code, ram):
    role = ram.role('worker', trusts=TRUST_FC)
    folder = code(ECHO, 'app.py')
    done('deploy', folder, '--name', 'f', '--handler', 'app.handler', '--runtime', 'python3.9', '--role', 'worker',
         '--env', 'A=1', '--env', 'B=x=y', '--timeout', '20', '--memory', '1024')
    before = Fc3(server).get('f')
    assert (before['handler'], before['runtime'], before['role']) == ('app.handler', 'python3.9', role)
    assert (before['timeout'], before['memorySize']) == (20, 1024)
    assert before['environmentVariables'] == {'A': '1', 'B': 'x=y'}

    code(ECHO.replace('return event', 'return event + b"!"'), 'app.py')
    again = done('deploy', folder, '--name', 'f', '--timeout', '30')
    assert 'updated the function `f`' in again.stderr
    after = Fc3(server).get('f')
    assert after['codeChecksum'] != before['codeChecksum'] and after['timeout'] == 30
    assert [after[k] for k in ('handler', 'runtime', 'role', 'memorySize', 'environmentVariables')] == \
        [before[k] for k in ('handler', 'runtime', 'role', 'memorySize', 'environmentVariables')]
    assert done('invoke', 'f', '--event', 'hello').stdout == 'hello!'


def test_the_same_code_has_the_same_checksum(server, done, code):
    folder = code(ECHO)
    os.mkdir(f'{folder}/__pycache__')
    done('deploy', folder, '--name', 'f')
    first = Fc3(server).get('f')['codeChecksum']
    os.utime(f'{folder}/index.py', (1, 1))
    open(f'{folder}/__pycache__/index.pyc', 'w').close()
    done('deploy', folder, '--name', 'f')
    assert Fc3(server).get('f')['codeChecksum'] == first


def test_links_and_programs_are_deployed(done, code):
    folder = code('import subprocess\n\ndef handler(event, context):\n    return subprocess.check_output(["./link"])\n')
    with open(f'{folder}/program', 'w') as program:
        program.write('#!/bin/sh\necho it runs\n')
    os.chmod(f'{folder}/program', 0o755)
    os.symlink('program', f'{folder}/link')
    done('deploy', folder, '--name', 'f')
    assert done('invoke', 'f').stdout == 'it runs\n'


# ------------------------------------------------------------------ invoking

def test_events(done, code, tmp_path):
    done('deploy', code(ECHO), '--name', 'f')
    event = tmp_path / 'event'
    event.write_text('from a file 中')
    assert done('invoke', 'f', '--event', f'@{event}').stdout == 'from a file 中'
    assert done('invoke', 'f', '--event', '-', stdin='typed').stdout == 'typed'
    assert done('invoke', 'f').stdout == ''


def test_a_function_that_fails(cli, done, code):
    done('deploy', code('def handler(event, context):\n    print("before")\n    raise ValueError("no")\n'), '--name', 'f')
    failed = cli('invoke', 'f')
    assert failed.returncode == 1
    assert json.loads(failed.stdout)['errorType'] == 'ValueError'
    assert 'before' in failed.stderr and 'ValueError' in failed.stderr


# ------------------------------------------------------------------ logs

LOGS = 'import logging\n\ndef handler(event, context):\n    logging.info("got %s", event.decode())\n    {}\n'


def test_logs_of_the_last_invocations(server, cli, done, code):
    nothing = done('logs', 'f')
    assert nothing.stdout == '' and 'localyun fc invoke f' in nothing.stderr
    done('deploy', code(LOGS.format('return 1 / int(event)')), '--name', 'f')
    done('deploy', code(LOGS.format('return event')), '--name', 'g')
    for event in ('1', '0'):
        cli('invoke', 'f', '--event', event)
    Fc3(server).invoke('g', b'of the SDK')
    log = done('logs', 'f').stdout
    assert log.index('got 1') < log.index('got 0') < log.index('ZeroDivisionError')
    assert 'of the SDK' not in log and 'got of the SDK' in done('logs', 'g').stdout
    assert done('logs', 'f', '--region', 'cn-beijing').stdout == ''
    assert done('logs', 'f', '--account', '2222222222222222').stdout == ''
    told = server.admin('GET', 'function-logs?function=f')
    assert [(i['error'], i['request_id'][:2]) for i in told['invocations']] == [(None, '1-'), ('UnhandledInvocationError', '1-')]
    server.reset()
    assert done('logs', 'f').stdout == ''


def test_logs_that_go_on(server, done, code, tmp_path):
    done('deploy', code(LOGS.format('return event')), '--name', 'f')
    done('invoke', 'f', '--event', 'first')
    log = tmp_path / 'log'
    with open(log, 'wb') as out:
        follow = subprocess.Popen([BINARY, 'fc', 'logs', '-f', 'f', '--endpoint', server.url], stdout=out, stderr=out,
                                  env=clean_environment())
    try:
        wait_until(lambda: 'got first' in log.read_text(), what='what is kept')
        done('invoke', 'f', '--event', 'second')
        wait_until(lambda: 'got second' in log.read_text(), what='what is new')
        assert log.read_text().count('got first') == 1
    finally:
        follow.kill()
        follow.wait()


# ------------------------------------------------------------------ listing, removing

def test_list_and_remove(cli, done, code):
    nothing = done('list')
    assert nothing.stdout == '' and 'localyun fc deploy' in nothing.stderr
    folder = code(ECHO)
    for name in ('a', 'b'):
        done('deploy', folder, '--name', name)
    assert [line.split()[:3] for line in done('list').stdout.splitlines()] == \
        [[name, 'python3.10', 'index.handler'] for name in ('a', 'b')]
    done('remove', 'a')
    assert [line.split()[0] for line in done('list').stdout.splitlines()] == ['b']
    gone = cli('remove', 'a')
    assert gone.returncode == 1 and 'FunctionNotFound' in gone.stderr and 'localyun fc list' in gone.stderr


def test_regions(done, cli, code):
    made = done('deploy', code('def handler(event, context):\n    return context.region\n'), '--name', 'f', '--region', 'cn-beijing')
    assert made.stdout == 'acs:fc:cn-beijing:1234567890123456:functions/f\n'
    assert done('list').stdout == '' and done('list', '--region', 'cn-beijing').stdout.startswith('f ')
    assert done('invoke', 'f', '--region', 'cn-beijing').stdout == 'cn-beijing'
    missed = cli('invoke', 'f')
    assert missed.returncode == 1 and '--region names another region' in missed.stderr


def test_a_list_of_several_pages(server, done):
    fc = Fc3(server)
    names = [f'f{n:03}' for n in range(101)]
    for name in names:
        fc.create(name)
    assert [line.split()[0] for line in done('list').stdout.splitlines()] == names


# ------------------------------------------------------------------ what goes wrong

@pytest.mark.parametrize('flags, said', [
    (['--role', 'nobody'], ['No permission to assume the role', '--role-policy FILE', 'fc.aliyuncs.com']),
    (['--runtime', 'python9'], ['runtime', 'python3.10']),
    (['--timeout', '0'], ['timeout']), (['--memory', '100'], ['memorySize', '64']),
    (['--key', 'nobody:x'], ['InvalidAccessKeyID', '--key ID:SECRET']),
    (['--key', 'localyun:wrong'], ['SignatureNotMatch', '--key ID:SECRET']),
    (['--region', 'nowhere'], ['nowhere']), (['--env', 'FC_X=1'], ['FC_']),
])
def test_refusals_say_what_to_do(server, cli, code, flags, said):
    refused = cli('deploy', code(ECHO), '--name', 'f', *flags)
    assert refused.returncode in (1, 2) and refused.stdout == ''
    for text in said:
        assert text in refused.stderr, refused.stderr
    assert Fc3(server).list()['functions'] == []


def test_a_key_without_permission(server, cli, code, ram):
    key = ram.user('dev', allow('fc:UpdateFunction'))
    refused = cli('deploy', code(ECHO), '--name', 'f', '--key', ':'.join(key))
    assert refused.returncode == 1 and "'fc:CreateFunction'" in refused.stderr
    request_id = refused.stderr.split('localyun explain ')[1].split('`')[0]
    explained = run('explain', request_id, '--endpoint', server.url)
    assert explained.returncode == 0 and 'fc:CreateFunction' in explained.stdout


def test_folders_that_cannot_be(cli, tmp_path):
    for folder, said in ((tmp_path, 'no file'), (tmp_path / 'nowhere', 'no such folder')):
        refused = cli('deploy', str(folder), '--name', 'f')
        assert refused.returncode == 1 and said in refused.stderr


def test_a_handler_that_will_not_be_found_is_told_at_once(cli, done, code):
    made = done('deploy', code(ECHO, 'app.py'), '--name', 'f')
    assert 'there is no index.py' in made.stderr and '--handler' in made.stderr
    assert json.loads(cli('invoke', 'f').stdout)['errorType'] == 'ImportModuleError'


def test_no_server():
    refused = run('fc', 'list', '--endpoint', 'http://127.0.0.1:1')
    assert refused.returncode == 1 and 'localyun start' in refused.stderr


def test_help():
    for step in ([], ['deploy'], ['invoke'], ['logs'], ['list'], ['remove'], ['watch']):
        told = run('fc', *step, '--help')
        assert told.returncode == 0 and '--help' in told.stdout


# ------------------------------------------------------------------ watching

def test_what_is_saved_is_deployed(server, cli, done, code, tmp_path):
    folder, log = code(ECHO), tmp_path / 'log'
    with open(log, 'wb') as out:
        watch = subprocess.Popen([BINARY, 'fc', 'watch', folder, '--name', 'f', '--endpoint', server.url], stdout=out,
                                 stderr=out, env=clean_environment())
    try:
        wait_until(lambda: 'watching' in log.read_text(), what='the watch')
        assert done('invoke', 'f', '--event', 'x').stdout == 'x'
        code(ECHO.replace('return event', 'return "second"'))
        wait_until(lambda: cli('invoke', 'f').stdout == 'second', what='the second version')
        code('def handler(event, context):\n    return more()\n')
        code('def more():\n    return "third"\n', 'more.py')
        code('from more import more\n\n\ndef handler(event, context):\n    return more()\n')
        wait_until(lambda: cli('invoke', 'f').stdout == 'third', what='the third version')
        # A failure is told, and does not end it.
        os.remove(f'{folder}/index.py')
        os.remove(f'{folder}/more.py')
        wait_until(lambda: 'no file' in log.read_text(), what='the failure')
        code(ECHO.replace('return event', 'return "fourth"'))
        wait_until(lambda: cli('invoke', 'f').stdout == 'fourth', what='the fourth version')
    finally:
        watch.send_signal(signal.SIGTERM)
    assert watch.wait(20) == 0
