"""The built-in Node.js runtimes: handlers, their context, their errors and their logs."""
import base64
import json
import re

import pytest

import clients
from functions import PUT, TRUST_FC, Fc3
from localyun import Server
from test_fc_custom import create, hooks, modules


@pytest.fixture
def fc(server):
    return Fc3(server)


def node(fc, name, source, runtime='nodejs20', file='index.js', more=None, **settings):
    return create(fc, name, {file: source, **(more or {})}, runtime=runtime, **settings)


def invoke(fc, name, event=b''):
    headers, body = fc.invoke(name, event, x_fc_log_type='Tail')
    return headers, body, base64.b64decode(headers['x-fc-log-result']).decode()


@pytest.mark.parametrize('source, file, event, expected', [
    ('exports.handler = (event, context, callback) => callback(null, event)', 'index.js', b'\x00\xff', b'\x00\xff'),
    ('exports.handler = (event, context, callback) => callback(null, "te\\u0308xt")', 'index.js', b'',
     'te\u0308xt'.encode()),
    ('exports.handler = async event => JSON.parse(event).key', 'index.js', b'{"key": "value"}', b'value'),
    ('exports.handler = async () => ({ b: 1, a: [null, true] })', 'index.js', b'', b'{"b":1,"a":[null,true]}'),
    ('exports.handler = async event => Buffer.isBuffer(event) && event.length', 'index.js', b'', b'0'),
    ('export const handler = async event => `esm ${event}`', 'index.mjs', b'x', b'esm x'),
    ('exports.handler = (event, context, callback) => setTimeout(callback, 10, null, "later")', 'index.js', b'', b'later'),
])
def test_what_handlers_return(fc, source, file, event, expected):
    node(fc, 'f', source, file=file)
    headers, body = fc.invoke('f', event)
    assert (body, headers.get('x-fc-error-type')) == (expected, None)


def test_modules_of_a_package_that_says_so(fc):
    node(fc, 'f', 'export const handler = async () => "esm"', more={'package.json': '{"type": "module"}'})
    assert fc.invoke('f')[1] == b'esm'


def test_the_module_is_loaded_once(fc):
    node(fc, 'f', 'let count = 0\nexports.handler = async () => ++count')
    assert [fc.invoke('f')[1] for _ in range(3)] == [b'1', b'2', b'3']


def test_the_context(fc, ram):
    role = ram.role('put-role', PUT, trusts=TRUST_FC)
    source = '''exports.handler = async (event, context) => ({
      context, environment: process.env, cwd: process.cwd(), file: __filename, logger: typeof context.logger.info })'''
    node(fc, 'f', source, role=role, environment_variables={'OWN': 'x'})
    headers, body = fc.invoke('f')
    found = json.loads(body)
    context = found['context']
    assert context['requestId'] == headers['x-fc-request-id']
    assert context['credentials']['accessKeyId'].startswith('STS.') and context['credentials']['securityToken']
    assert context['function'] == {'name': 'f', 'handler': 'index.handler', 'memory': 512, 'timeout': 60}
    assert (context['region'], context['accountId']) == ('cn-hangzhou', '1234567890123456')
    assert context['service']['qualifier'] == 'LATEST'
    assert found['logger'] == 'function'
    environment = found['environment']
    assert (environment['OWN'], environment['FC_FUNCTION_NAME']) == ('x', 'f')
    assert 'FC_RUNTIME_API' not in environment
    assert found['cwd'] == environment['FC_FUNC_CODE_PATH'] and found['file'] == found['cwd'] + '/index.js'


OOPS = 'new Error("oops")'


@pytest.mark.parametrize('source, kind, message, error', [
    (f'exports.handler = async () => {{ throw {OOPS} }}', 'UnhandledInvocationError', 'oops', 'Error'),
    ('exports.handler = () => { throw new TypeError("oops") }', 'UnhandledInvocationError', 'oops', 'TypeError'),
    (f'exports.handler = (event, context, callback) => setImmediate(() => {{ throw {OOPS} }})', 'UnhandledInvocationError',
     'oops', 'Error'),
    (f'exports.handler = (event, context, callback) => {{ Promise.reject({OOPS}) }}', 'UnhandledInvocationError', 'oops',
     'Error'),
    (f'exports.handler = (event, context, callback) => callback({OOPS})', 'HandledInvocationError', 'oops', 'Error'),
    ('exports.handler = (event, context, callback) => callback("oops")', 'HandledInvocationError', 'oops', None),
    ('exports.handler = async () => { const a = {}; throw Object.assign(a, { a }) }', 'UnhandledInvocationError', 'Circular',
     None),
    ('exports.handler = (event, context, callback) => callback(10n)', 'HandledInvocationError', '10n', None),
    ('exports.other = 1', 'UnhandledInvocationError', "Handler 'handler' is missing on module 'index'", 'HandlerNotFound'),
    ('exports.handler = (', 'UnhandledInvocationError', 'Unexpected', 'SyntaxError'),
    ('exports.handler = async () => "x".repeat((32 << 20) + 1)', 'UnhandledInvocationError', 'more than 32 MiB', None),
    ('require("nowhere")', 'UnhandledInvocationError', "Cannot find module 'nowhere'", 'Error'),
])
def test_errors(fc, source, kind, message, error):
    node(fc, 'f', source)
    headers, body, log = invoke(fc, 'f')
    said = json.loads(body)
    assert headers['x-fc-error-type'] == kind
    assert message in said['errorMessage'] and said.get('errorType') == error
    assert (error in (None, 'HandlerNotFound')) or any('/code/index.js' in line for line in said['stackTrace'])
    assert re.search(r'\[error\] \{"errorMessage"', log)
    assert f"FC Invoke End RequestId: {headers['x-fc-request-id']}, Error: " in log


def test_a_file_that_is_not_there(fc):
    node(fc, 'f', '', file='other.js')
    headers, body = fc.invoke('f')
    assert json.loads(body) == {'errorMessage': "Cannot find module '/code/index.js'", 'errorType': 'ImportModuleError'}


def test_an_exit_and_the_next_request(fc):
    node(fc, 'f', 'exports.handler = async event => event.length ? process.exit(1) : "alive"')
    headers, body = fc.invoke('f', b'x')
    assert json.loads(body)['errorMessage'].startswith('Process exited unexpectedly before completing request')
    assert fc.invoke('f')[1] == b'alive'


def test_a_timeout(fc):
    node(fc, 'f', 'exports.handler = () => new Promise(() => {})', timeout=1)
    headers, body = fc.invoke('f')
    assert 'Function timed out after 1 seconds' in json.loads(body)['errorMessage']


LOGS = '''exports.handler = async (event, context) => {
  process.stdout.write('as it is\\n')
  console.log('hello, %s', 'world')
  context.logger.warn('careful')
  console.debug('a detail')
}'''


def test_logs(fc):
    node(fc, 'f', LOGS)
    headers, _, log = invoke(fc, 'f')
    id = headers['x-fc-request-id']
    assert 'FunctionCompute nodejs20 runtime inited.' in log
    assert f'FC Invoke Start RequestId: {id}\nas it is\n' in log and f'FC Invoke End RequestId: {id}\n' in log
    stamp = r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}'
    assert re.search(rf'^{stamp} {id} \[info\] hello, world$', log, re.M), log
    assert re.search(rf'^{stamp} {id} \[warn\] careful$', log, re.M), log
    node(fc, 'g', LOGS, environment_variables={'ALIYUN_FC_LOG_LEVEL': 'warn'})
    log = invoke(fc, 'g')[2]
    assert 'careful' in log and 'as it is' in log and 'hello' not in log and 'a detail' not in log
    node(fc, 'h', LOGS, runtime='nodejs16')
    headers, _, log = invoke(fc, 'h')
    assert re.search(rf"^\d{{4}}-\d\d-\d\dT[\d:.]+Z {headers['x-fc-request-id']} \[silly\] hello, world$", log, re.M), log


def test_an_initializer(fc):
    source = '''let ready = 'no'
exports.x = async context => { ready = context.function.name }
exports.handler = async () => ready'''
    life = hooks(initializer=True)
    life.initializer.handler = 'index.x'
    node(fc, 'f', source, instance_lifecycle_config=life)
    assert fc.invoke('f')[1] == b'f'
    life.initializer.handler = 'index.nothing'
    node(fc, 'g', source, instance_lifecycle_config=life)
    headers, body = fc.invoke('g')
    assert headers['x-fc-error-type'] == 'InitializationError'
    assert json.loads(body)['errorType'] == 'HandlerNotFound'


OSS = '''const OSS = require('ali-oss')
exports.handler = async (event, { credentials }) => {
  const client = new OSS({
    endpoint: 'http://oss-cn-hangzhou-internal.aliyuncs.com', bucket: 'oss-demo', accessKeyId: credentials.accessKeyId,
    accessKeySecret: credentials.accessKeySecret, stsToken: credentials.securityToken })
  await client.put('from-node', event)
  const answer = await fetch('http://oss-demo.oss-cn-hangzhou.aliyuncs.com/from-node')
  return `put, and read without a key: ${answer.status}`
}'''


@pytest.mark.parametrize('sandbox', ['auto', 'none'])
def test_ali_oss_reaches_the_emulated_oss(sandbox):
    with Server.start('--sandbox', sandbox) as server:
        check_oss(server)


def check_oss(server):
    ram = clients.Ram(server)
    role = ram.role('put-role', PUT, trusts=TRUST_FC)
    bucket = clients.bucket(server, 'oss-demo')
    bucket.create_bucket()
    fc = Fc3(server)
    node(fc, 'f', OSS, more=modules(), role=role)
    assert fc.invoke('f', b'content')[1] == b'put, and read without a key: 403'
    assert bucket.get_object('from-node').read() == b'content'


def test_https_and_other_ports_are_refused_in_words_without_a_network():
    with Server.start('--sandbox', 'none') as server:
        fc = Fc3(server)
        node(fc, 'f', '''exports.handler = async event => {
          try { await fetch(String(event)) } catch (error) { return error.cause.message }
        }''')
        said = fc.invoke('f', b'https://oss-cn-hangzhou.aliyuncs.com/')[1].decode()
    assert said == 'localyun: oss-cn-hangzhou.aliyuncs.com:443 is refused: name the endpoint with http://, and no port'
