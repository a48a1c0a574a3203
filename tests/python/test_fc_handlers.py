"""What a handler gets and gives, as clients see it: docs/handlers.md names the test of each row."""
import base64
import json
import re

import pytest
from alibabacloud_fc20230330.models import InstanceLifecycleConfig
from fc2.fc_exceptions import FcError

from functions import Fc3, Fc2016, TRUST_FC

HANDLER = 'def handler(event, context):\n    return '


@pytest.fixture
def fc(server):
    return Fc3(server)


def run(fc, code, event=b'', name='row', **settings):
    """Makes a function anew and invokes it."""
    if name in [f['functionName'] for f in fc.list(limit=100)['functions']]:
        fc.api.delete_function(name)
    fc.create(name, code, **settings)
    return fc.invoke(name, event, x_fc_log_type='Tail')


@pytest.mark.parametrize('expression, body', [
    ("'value'", b'value'),
    ("'\\u676d\\u5dde'", '杭州'.encode()),
    (r"b'\x00\xff\n'", b'\x00\xff\n'),
    ('None', b'null'),
    ('3', b'3'),
    ('2.5', b'2.5'),
    ('True', b'true'),
    ("(1, 'a')", b'[\n    1,\n    "a"\n]'),
    ("{'b': 1, 'a': []}", b'{\n    "a": [],\n    "b": 1\n}'),
    ("__import__('decimal').Decimal('1.5')", b'1.5'),
    ("__import__('datetime').date(2026, 11, 22)", b'"2026-11-22"'),
    ("type('Point', (), {'to_json': lambda self: {'x': 1}})()", b'{\n    "x": 1\n}'),
    ('event', b'\x00{\xff'),
    ("type(event).__name__", b'bytes'),
])
def test_what_is_returned(fc, expression, body):
    headers, answer = run(fc, HANDLER + expression, b'\x00{\xff')
    assert answer == body
    assert headers['content-type'] == 'application/octet-stream' and 'x-fc-error-type' not in headers


def test_no_event(fc):
    assert run(fc, HANDLER + 'repr(event)')[1] == b"b''"


EXITED = r'Process exited unexpectedly before completing request \(duration: \d+ms, maxMemoryUsage: \d+\.\d\dMB\)'


@pytest.mark.parametrize('code, settings, kind, message', [
    ('def handler(event, context):\n    raise KeyError("k")', {}, 'KeyError', "'k'"),
    (HANDLER + '{1, 2}', {}, 'TypeError', 'Object of type set is not JSON serializable'),
    ('import absent', {}, 'ImportModuleError', "Unable to import module 'index'"),
    (HANDLER + '1', {'handler': 'other.handler'}, 'ImportModuleError', "Unable to import module 'other'"),
    ('x = = 1', {}, 'UserCodeSyntaxError', "Syntax error in module 'index'"),
    ('1 / 0', {}, 'UserCodeError', 'Module initialization error: division by zero'),
    (HANDLER + '1', {'handler': 'index.foo'}, 'HandlerNotFound', "Handler 'foo' is missing on module 'index'"),
    ('import os\ndef handler(event, context):\n    os._exit(0)', {}, None, EXITED),
    ('import sys\ndef handler(event, context):\n    sys.exit(0)', {}, None, EXITED),
    ('import os\ndef handler(event, context):\n    os.kill(os.getpid(), 11)', {}, None, EXITED),
    ('import time\ndef handler(event, context):\n    time.sleep(600)', {'timeout': 1}, None,
     r'Function timed out after 1 seconds \(maxMemoryUsage: \d+\.\d\dMB\)'),
])
def test_how_a_function_fails(fc, code, settings, kind, message):
    """The answer is 200 for the client: the header and the body tell."""
    headers, body = run(fc, code, **settings)
    assert headers['x-fc-error-type'] == 'UnhandledInvocationError'
    error = json.loads(body)
    if kind is None:
        assert list(error) == ['errorMessage'] and re.fullmatch(message, error['errorMessage']), error
    else:
        assert (error['errorType'], error['errorMessage']) == (kind, message)
    log = base64.b64decode(headers['x-fc-log-result']).decode()
    assert re.search(rf'^FC Invoke End RequestId: {headers["x-fc-request-id"]}, Error: ', log, re.M), log


def test_an_initializer_that_fails(fc):
    code = 'def start(context):\n    raise OSError("no database")\n' + HANDLER + '1'
    hook = {'initializer': {'handler': 'index.start', 'timeout': 10}}
    headers, body = run(fc, code, instance_lifecycle_config=InstanceLifecycleConfig().from_map(hook))
    assert headers['x-fc-error-type'] == 'InitializationError'
    assert json.loads(body)['errorMessage'] == 'no database'


CONTEXT = '''
import json
def handler(event, context):
    c = context
    return {
        'id': c.request_id == c.requestId, 'keys': [c.credentials.access_key_id, c.credentials.access_key_secret,
                                                    c.credentials.security_token],
        'function': [c.function.name, c.function.handler, c.function.memory, c.function.timeout],
        'service': [c.service.name, c.service.qualifier, c.service.version_id, c.service.log_project, c.service.log_store],
        'place': [c.region, c.account_id], 'retry': c.retry_count,
        'tracing': [c.tracing.span_context, c.tracing.jaeger_endpoint, c.tracing.span_baggages],
        'json': sorted(c.to_json()), 'logger': [type(c.getLogger()).__name__, c.logger is c.getLogger()],
    }
'''


def test_the_context(server, ram):
    fc = Fc3(server)
    fc.create('f', CONTEXT, role=ram.role('worker', trusts=TRUST_FC), memory_size=512, timeout=30)
    told = json.loads(fc.invoke('f')[1])
    keys = told.pop('keys')
    assert keys[0].startswith('STS.') and keys[1] and keys[2]
    assert told == {
        'id': True, 'function': ['f', 'index.handler', 512, 30], 'service': ['', 'LATEST', '', '', ''],
        'place': ['cn-hangzhou', '1234567890123456'], 'retry': 0, 'tracing': ['', '', {}],
        'json': ['accountId', 'credentials', 'function', 'region', 'requestId', 'retryCount', 'service', 'tracing'],
        'logger': ['RootLogger', True],
    }


def test_the_context_of_the_older_generation(server):
    fc = Fc2016(server)
    fc.create_service('svc')
    fc.create('svc', 'f', HANDLER + '[context.service.name, context.service.qualifier, '
              '__import__("os").environ["FC_SERVICE_NAME"], __import__("os").environ["FC_QUALIFIER"]]')
    assert json.loads(fc.invoke('svc', 'f')[1]) == ['svc', 'LATEST', 'svc', 'LATEST']


def test_the_reduced_context(fc):
    code = HANDLER + '[n for n in dir(context) if n[0] != "_"]'
    names = json.loads(run(fc, code, runtime='python3.12')[1])
    assert names == ['account_id', 'function', 'log_project', 'log_store', 'logger', 'region', 'request_id']


def test_forms_of_request_ids(server, fc):
    newer = run(fc, HANDLER + 'context.request_id')
    assert newer[0]['x-fc-request-id'] == newer[1].decode()
    assert re.fullmatch(r'1-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12}', newer[1].decode())
    assert re.fullmatch(r'c-[0-9a-f]{8}-.+', newer[0]['x-fc-instance-id'])
    older = Fc2016(server)
    older.create_service('svc')
    older.create('svc', 'f', HANDLER + 'context.request_id')
    assert re.fullmatch(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', older.invoke('svc', 'f')[1].decode())


LOGS = '''
import logging, sys
logging.getLogger().info('while it is imported')
mine = logging.getLogger('mine')
def handler(event, context):
    print('printed')
    mine.info('from mine')
    context.getLogger().warning('from the context')
    logging.debug('not shown')
    sys.stderr.write('to stderr\\n')
'''


def test_the_log(fc):
    headers, _ = run(fc, LOGS)
    request = headers['x-fc-request-id']
    log = base64.b64decode(headers['x-fc-log-result']).decode()
    stamp = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ' + request
    expected = '\n'.join([
        r'FunctionCompute python3\.10 runtime inited\.',
        f'FC Invoke Start RequestId: {request}',
        r'\S+ .*\[INFO\] while it is imported',
        'printed',
        stamp + r' \[INFO\] from mine',
        stamp + r' \[WARNING\] from the context',
        'to stderr',
        f'FC Invoke End RequestId: {request}',
        '',
        r'Duration: [\d.]+ ms, Billed Duration: \d+ ms, Memory Size: 512 MB, Max Memory Used: [\d.]+ MB',
    ])
    assert re.fullmatch(expected, log), log


def test_the_tail_is_of_4_kb(fc):
    headers, _ = run(fc, 'def handler(event, context):\n    for n in range(2000):\n        print("line", n)\n')
    log = base64.b64decode(headers['x-fc-log-result'])
    assert 3 << 10 < len(log) <= 4 << 10
    assert b'line 1999\n' in log and b'line 100\n' not in log and b'Billed Duration: ' in log


def test_billed_time_is_rounded_up(fc):
    headers, _ = run(fc, HANDLER + '1')
    log = base64.b64decode(headers['x-fc-log-result']).decode()
    took, billed = re.search(r'Duration: ([\d.]+) ms, Billed Duration: (\d+) ms', log).groups()
    # What is shown of the time is rounded to hundredths.
    assert 0 <= int(billed) - float(took) <= 1


def test_a_failure_is_an_error_of_the_older_client(server):
    fc = Fc2016(server)
    fc.create_service('svc')
    fc.create('svc', 'f', 'def handler(event, context):\n    raise ValueError("no")\n')
    with pytest.raises(FcError) as failed:
        fc.invoke('svc', 'f')
    assert json.loads(failed.value.message)['errorType'] == 'ValueError'
