"""What surrounds functions in a server: what health tells of it, hooks of instances, and the end."""
import io
import json
import re
import signal
import socket
import struct
import sys
import threading

import pytest
from alibabacloud_tea_util.models import RuntimeOptions

import clients
import signing
from clients import allow
from functions import TRUST_FC, Fc3, Fc2021, fc2_models, fc3_models
from localyun import Server, run, wait_until
from test_fc_http import host_of, trigger

# What hooks and handlers have in common: a bucket to leave word in.
BUCKET = '''
import os, time
import oss2
def bucket(context):
    c = context.credentials
    auth = oss2.StsAuth(c.access_key_id, c.access_key_secret, c.security_token)
    return oss2.Bucket(auth, 'http://oss-cn-hangzhou-internal.aliyuncs.com', 'words')
def handler(event, context):
    return 'done'
'''
# Says in a file that it has begun, and goes on when another file is there.
WAITS = BUCKET + '''
def waits(event, context):
    path = event.decode()
    words = bucket(context)
    position = words.head_object('tries').content_length if words.object_exists('tries') else 0
    words.append_object('tries', position, context.request_id + '\\n')
    open(path + '.begun', 'w').close()
    while not os.path.exists(path + '.go'):
        time.sleep(0.01)
    words.put_object('late', b'put while the server stops')
    return 'finished'
'''
STOPS = BUCKET + '''
def stop(context):
    bucket(context).put_object('stopped-' + context.function.name, context.request_id)
def hang(context):
    while True:
        time.sleep(1)
'''
FREEZES = BUCKET + '''
def freeze(context):
    words = bucket(context)
    position = words.head_object('frozen').content_length if words.object_exists('frozen') else 0
    words.append_object('frozen', position, context.request_id + '\\n')
def fail(context):
    raise ValueError('no')
def stop(context):
    bucket(context).put_object('stopped', context.request_id)
'''


def furnish(server):
    """A bucket `words`, and a role that may write in it."""
    words = clients.bucket(server, 'words')
    words.create_bucket()
    role = clients.Ram(server).role('worker', allow(['oss:PutObject', 'oss:GetObject']), trusts=TRUST_FC)
    return words, role


def hook(name, timeout=10):
    return fc3_models.InstanceLifecycleConfig(pre_stop=fc3_models.LifecycleHook(handler=f'index.{name}', timeout=timeout))


@pytest.fixture
def flags(tmp_path):
    return ['--data', str(tmp_path / 'data'), '--python', sys.executable]


# ------------------------------------------------------------------ health

@pytest.mark.parametrize('level', ['auto', 'none'])
def test_health_tells_what_is_active_and_how_many_there_are(level):
    with Server.start('--python', sys.executable, '--sandbox', level) as server:
        sandbox = server.health()['functions']['sandbox']
        assert (sandbox['wanted'], sandbox['active'], sandbox['reason']) == (level, level, None)
        assert sandbox['memory'] in ('cgroup v2', 'cgroup v1', 'polling') and sandbox['processes'] in (True, False)
        wait_until(lambda: 'functions are isolated' in server.log(), what='the line in the log')
        fc = Fc3(server)
        fc.create('f', 'def handler(event, context):\n    return 1\n')
        fc.invoke('f')
        functions = wait_until(lambda: idle(server, 1), what='an idle instance')
        assert functions['instances'] == 1


def test_a_reset_leaves_no_instances(server):
    fc = Fc3(server)
    fc.create('f', 'def handler(event, context):\n    return 1\n')
    fc.invoke('f')
    wait_until(lambda: idle(server, 1), what='an idle instance')
    server.reset()
    wait_until(lambda: server.health()['functions']['instances'] == 0, what='their end')


def idle(server, count):
    functions = server.health()['functions']
    return functions if functions['idle'] == count else None


# ------------------------------------------------------------------ hooks

class Old:
    """A function of FC 2.0 with hooks."""

    def __init__(self, server, **hooks):
        self.words, role = furnish(server)
        self.fc = Fc2021(server)
        self.fc.create_service('svc', role=role)
        hooks = {stage: fc2_models.LifecycleHook(handler=f'index.{name}', timeout=10) for stage, name in hooks.items()}
        self.fc.create('svc', 'f', FREEZES, timeout=60, instance_lifecycle_config=fc2_models.InstanceLifecycleConfig(**hooks))

    def invoke(self):
        headers, body = self.fc.invoke('svc', 'f')
        assert body == b'done'
        return headers['x-fc-request-id'], headers['x-fc-instance-id']

    def frozen(self):
        return self.words.get_object('frozen').read().decode().split() if self.words.object_exists('frozen') else []


def test_pre_freeze_runs_after_each_request(server):
    old = Old(server, pre_freeze='freeze')
    first, instance = old.invoke()
    wait_until(lambda: idle(server, 1), what='the freezing')
    assert old.frozen() == [first]
    second, again = old.invoke()
    assert again == instance
    wait_until(lambda: idle(server, 1), what='the freezing')
    assert old.frozen() == [first, second]


def test_an_instance_whose_pre_freeze_fails_is_not_used_again(server):
    old = Old(server, pre_freeze='fail')
    _, instance = old.invoke()
    wait_until(lambda: 'a hook failed' in server.log() and instance in server.log(), what='the failure')
    wait_until(lambda: server.health()['functions']['instances'] == 0, what='the end of the instance')
    assert old.invoke()[1] != instance


def test_pre_stop_runs_when_a_function_is_changed(server):
    old = Old(server, pre_freeze='freeze', pre_stop='stop')
    request, _ = old.invoke()
    wait_until(lambda: idle(server, 1), what='the freezing')
    old.fc.api.update_function('svc', 'f', fc2_models.UpdateFunctionRequest(description='changed'))
    wait_until(lambda: old.words.object_exists('stopped'), what='the last word')
    assert is_of_its_own(old.words.get_object('stopped').read().decode(), request)


def test_what_pre_stop_prints_is_in_the_log_of_the_function(server):
    fc = Fc3(server)
    for name, end in [('f', ''), ('g', '    raise ValueError("no")\n')]:
        code = 'def handler(event, context):\n    return ""\n' \
               f'def stop(context):\n    print("last word under", context.request_id)\n{end}'
        fc.create(name, code, instance_lifecycle_config=hook('stop'))
        request = fc.invoke(name)[0]['x-fc-request-id']
        fc.update(name, description='changed')
        pages = lambda: server.admin('GET', f'function-logs?function={name}')['invocations']
        wait_until(lambda: len(pages()) == 2, what='the log of the hook')
        last = pages()[-1]
        words, id = last['text'], last['request_id']
        assert is_of_its_own(id, request)
        assert words.startswith(f'FC PreStop Start RequestId: {id}\nlast word under {id}\n')
        assert f'FC PreStop End RequestId: {id}' in words
        assert ('[ERROR]' in words and 'ValueError' in words) == bool(end)
        assert words in run('fc', 'logs', name, '--endpoint', server.url).stdout


def is_of_its_own(id, request):
    """https://help.aliyun.com/zh/functioncompute/fc/user-guide/lifecycle-hooks-for-function-instances-1 shows one."""
    return bool(re.fullmatch('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', id)) and id != request


# ------------------------------------------------------------------ clients that go

HANGS = '''import time
def handler(event, context):
    while b'hang' in event:
        time.sleep(0.1)
    return ''
'''
CANCELED = r'FC Invoke End RequestId: (\S+), Error: Invocation canceled by client ' \
           r'\(duration: \d+ms, maxMemoryUsage: \d+\.\d\dMB\)\n'


def leave(server, host, by):
    """Asks a function under this host for what never comes, and goes."""
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(signing.raw('POST', '/hang', {'Host': host, 'Content-Length': '4'}, b'hang'))
        if by == 'reset':
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))


def canceled(server, name):
    """The id of the request whose client has gone, once the log of the function says so."""
    pages = lambda: [page['text'] for page in server.admin('GET', f'function-logs?function={name}')['invocations']]
    return wait_until(lambda: re.search(CANCELED, ''.join(pages())), what='the end in the log')[1]


@pytest.mark.parametrize('by', ['close', 'reset'])
def test_a_client_that_goes_ends_the_invocation(server, by):
    fc = Fc3(server)
    fc.create('f', HANGS, timeout=600)
    host = host_of(trigger(fc, 'f'))
    instance = fc.invoke('f')[0]['x-fc-instance-id']
    leave(server, host, by)
    request = canceled(server, 'f')
    lines = lambda: [line for line in server.log().splitlines() if request in line and 'ClientClosedRequest' in line]
    wait_until(lambda: lines() and '499' in lines()[0], what='the record')
    assert fc.invoke('f')[0]['x-fc-instance-id'] != instance, 'it is not used again'


def test_a_client_of_the_api_that_has_no_time(server):
    fc = Fc3(server)
    fc.create('f', HANGS, timeout=600)
    instance = fc.invoke('f')[0]['x-fc-instance-id']
    with pytest.raises(Exception, match='(?i)timed out'):
        fc.api.invoke_function_with_options(
            'f', fc3_models.InvokeFunctionRequest(body=io.BytesIO(b'hang')), fc3_models.InvokeFunctionHeaders(),
            RuntimeOptions(read_timeout=500, autoretry=False))
    canceled(server, 'f')
    assert fc.invoke('f')[0]['x-fc-instance-id'] != instance


# ------------------------------------------------------------------ the end

def test_instances_that_wait_say_their_last_word(flags):
    server = Server.start(*flags)
    try:
        words, role = furnish(server)
        fc, last = Fc3(server), {}
        for name in ('one', 'two'):
            fc.create(name, STOPS, role=role, instance_lifecycle_config=hook('stop'))
            last[name] = fc.invoke(name)[0]['x-fc-request-id']
    finally:
        assert server.stop() == 0
    with Server.start(*flags) as server:
        words = clients.bucket(server, 'words')
        for name, request in last.items():
            assert is_of_its_own(words.get_object(f'stopped-{name}').read().decode(), request)


def test_invocations_in_the_middle_finish(flags, tmp_path):
    """A synchronous one gets its answer, and an asynchronous one is not run again after the next start."""
    server = Server.start(*flags, '--sandbox', 'none')
    answers = []
    try:
        _, role = furnish(server)
        fc = Fc3(server)
        fc.create('f', WAITS, handler='index.waits', role=role)
        waiting = threading.Thread(target=lambda: answers.append(fc.invoke('f', str(tmp_path / 'sync').encode())))
        waiting.start()
        wait_until((tmp_path / 'sync.begun').exists, what='the synchronous one')
        accepted, _ = fc.invoke('f', str(tmp_path / 'async').encode(), x_fc_invocation_type='Async')
        wait_until((tmp_path / 'async.begun').exists, what='the asynchronous one')
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: 'stopping' in server.log(), what='the signal')
        for name in ('sync', 'async'):
            (tmp_path / f'{name}.go').touch()
        waiting.join(20)
    finally:
        assert server.stop() == 0
    assert answers[0][1] == b'finished'
    with Server.start(*flags) as server:
        words = clients.bucket(server, 'words')
        assert words.get_object('late').read() == b'put while the server stops'
        fc = Fc3(server)
        headers, _ = fc.invoke('f', str(tmp_path / 'sync').encode(), x_fc_invocation_type='Async')
        expected = [answers[0][0]['x-fc-request-id'], accepted['x-fc-request-id'], headers['x-fc-request-id']]
        wait_until(lambda: words.get_object('tries').read().decode().split() == expected, what='one more try, and only one')


def test_a_last_word_has_an_end(flags):
    server = Server.start(*flags)
    try:
        fc = Fc3(server)
        fc.create('f', STOPS, instance_lifecycle_config=hook('hang', timeout=90))
        fc.invoke('f')
    finally:
        assert server.stop() == 0
    assert 'stopped with requests or instances still under way after 10 s' in server.log()
