"""Function Compute 3.0 (API 2023-03-30) with its own SDK."""
import base64
import json

import pytest

import clients
from clients import refused
from functions import EXAMPLE_1, EXAMPLE_2, EXAMPLE_3, PUT, TRUST_FC, Fc3, fc3_models, packed, zip_file


@pytest.fixture
def fc(server):
    return Fc3(server)


def test_a_functions_life(fc):
    made = fc.create('demo', description='first', environment_variables={'A': 'b'})
    assert made['functionArn'] == 'acs:fc:cn-hangzhou:1234567890123456:functions/demo'
    assert (made['state'], made['lastUpdateStatus']) == ('Active', 'Successful')
    assert (made['memorySize'], made['cpu'], made['diskSize']) == (512, 0.35, 512)
    assert fc.get('demo') == made
    assert [f['functionName'] for f in fc.list()['functions']] == ['demo']
    updated = fc.update('demo', description='second')
    assert (updated['description'], updated['codeChecksum']) == ('second', made['codeChecksum'])
    fc.api.delete_function('demo')
    with refused(404, 'FunctionNotFound'):
        fc.get('demo')


def test_example_1_of_the_guide(fc):
    fc.create('example-1', EXAMPLE_1)
    headers, body = fc.invoke('example-1', b'{"key": "value"}')
    assert body == b'value'
    assert 'x-fc-error-type' not in headers
    assert headers['content-type'] == 'application/octet-stream'
    assert headers['x-fc-request-id'].startswith('1-')


def put_event(bucket):
    return json.dumps({'endpoint': 'http://oss-cn-hangzhou-internal.aliyuncs.com', 'bucket': bucket,
                       'objectName': 'oss-test-object', 'message': 'oss-test-content'}).encode()


def test_example_2_of_the_guide(server, ram, fc):
    role = ram.role('put-role', PUT, trusts=TRUST_FC)
    bucket = clients.bucket(server, 'oss-demo')
    bucket.create_bucket()
    fc.create('example-2', EXAMPLE_2, role=role)
    assert fc.invoke('example-2', put_event('oss-demo'))[1] == b'success'
    assert bucket.get_object('oss-test-object').read() == b'oss-test-content'

    ram('DetachPolicyFromRole', role_name='put-role', policy_name='put-role-policy', policy_type='Custom')
    headers, body = fc.invoke('example-2', put_event('oss-demo'))
    error = json.loads(body)
    assert headers['x-fc-error-type'] == 'UnhandledInvocationError'
    assert error['errorType'] == 'AccessDenied'
    assert '0003-00000202' in error['errorMessage'], 'no statement allows it, as OSS says'
    assert ':example-2' in error['errorMessage'], 'the session is named after the function'
    assert error['stackTrace'][0][0] == 'File "/code/index.py"'


def test_example_3_of_the_guide(fc):
    fc.create('example-3', EXAMPLE_3)
    body = fc.invoke('example-3')[1].decode()
    assert body.startswith('total') and 'index.py' in body


# ------------------------------------------------------------------ what is refused

HANDLER = 'def handler(event, context):\n    return "ok"\n'


@pytest.mark.parametrize('settings, said', [
    ({'runtime': 'python9'}, 'runtime'), ({'runtime': None}, 'runtime'), ({'handler': None}, 'handler'),
    ({'timeout': 0}, 'timeout'), ({'timeout': 86401}, 'timeout'), ({'memory_size': 100}, 'memorySize'),
    ({'memory_size': 32832}, 'memorySize'), ({'cpu': 0.07}, 'cpu'), ({'cpu': 1, 'memory_size': 512}, '1:1 and 1:4'),
    ({'disk_size': 1024}, 'diskSize'), ({'instance_concurrency': 2}, 'instanceConcurrency'),
    ({'environment_variables': {'FC_X': '1'}}, 'FC_'), ({'environment_variables': {'1A': '1'}}, '1A'),
    ({'environment_variables': {'A': 'x' * 4096}}, '4096'), ({'description': 'x' * 257}, 'description'),
    ({'role': 'fc-role'}, 'role'),
    ({'instance_lifecycle_config': fc3_models.InstanceLifecycleConfig(
        initializer=fc3_models.LifecycleHook(handler='index.init', timeout=301))}, 'initializer'),
])
def test_settings_that_cannot_be(fc, settings, said):
    with refused(400, 'InvalidArgument', message=said):
        fc.create('f', HANDLER, **settings)
    assert fc.list()['functions'] == [], 'nothing is half made'


@pytest.mark.parametrize('name', ['1f', '-f', 'a.b', 'a b', 'ä', 'x' * 65, ''])
def test_names_that_cannot_be(fc, name):
    with refused(400, 'InvalidArgument', message='functionName'):
        fc.create(name, HANDLER)


def location(**fields):
    return fc3_models.InputCodeLocation(**fields)


@pytest.mark.parametrize('code, said', [
    (location(), 'zipFile'), (location(zip_file='?'), 'Base64'), (location(zip_file='aGVsbG8='), 'ZIP'),
    (location(zip_file=zip_file({'../evil.py': 'x'})), 'leads out'),
    (location(zip_file=zip_file({'/etc/evil': 'x'})), 'leads out'),
    (location(zip_file=zip_file({'a': 'x', 'a/b': 'y'})), 'no folder'),
    (location(zip_file=zip_file(HANDLER), checksum='1'), 'checksum'),
    (location(oss_bucket_name='nowhere', oss_object_name='x'), 'does not exist'),
    (location(zip_file=zip_file(HANDLER), oss_bucket_name='b', oss_object_name='x'), 'zipFile'),
])
def test_code_that_cannot_be(fc, code, said):
    with refused(400, 'InvalidArgument', message=said):
        fc.create('f', code)
    assert fc.list()['functions'] == []


def test_code_from_a_bucket(server, ram, fc):
    bucket = clients.bucket(server, 'code')
    bucket.create_bucket()
    package = packed(HANDLER)
    checksum = str(bucket.put_object('f.zip', package).crc)
    made = fc.create('f', location(oss_bucket_name='code', oss_object_name='f.zip', checksum=checksum))
    assert (made['codeChecksum'], made['codeSize']) == (checksum, len(package))
    assert fc.invoke('f')[1] == b'ok'

    # Whoever gives the code must be allowed to read it.
    key = ram.user('dev', clients.allow(['fc:CreateFunction']))
    with refused(403, 'AccessDenied', message="'oss:GetObject' on resource 'acs:oss:*:1234567890123456:code/f.zip'"):
        Fc3(server, key).create('g', location(oss_bucket_name='code', oss_object_name='f.zip'))


def test_large_code_is_kept_and_replaced(fc):
    import random
    filler = random.Random(1).randbytes(200_000)
    first = fc.create('f', {'index.py': HANDLER, 'filler': filler})
    assert first['codeSize'] > 200_000 and fc.invoke('f')[1] == b'ok'
    second = fc.update('f', code=location(zip_file=zip_file(HANDLER.replace('ok', 'new'))))
    assert second['codeSize'] < 1000
    assert fc.invoke('f')[1] == b'new'
    third = fc.update('f', code=location(zip_file=zip_file({'index.py': HANDLER, 'filler': filler})))
    assert third['codeChecksum'] == first['codeChecksum']
    assert fc.invoke('f')[1] == b'ok'


def test_two_functions_of_one_name(fc):
    fc.create('f', HANDLER)
    with refused(409, 'FunctionAlreadyExists', message="function 'f' already exists"):
        fc.create('f', HANDLER)


def test_what_is_not_there(fc):
    for call in (lambda: fc.get('f'), lambda: fc.update('f', timeout=5), lambda: fc.invoke('f'),
                 lambda: fc.api.delete_function('f')):
        with refused(404, 'FunctionNotFound', message="function 'f' does not exist"):
            call()
    fc.create('f', HANDLER)
    with refused(404, 'VersionNotFound'):
        fc.get('f', qualifier='1')
    with refused(404, 'AliasNotFound'):
        fc.invoke('f', qualifier='prod')


def test_pages(fc):
    for name in ('a1', 'a2', 'a3', 'b1'):
        fc.create(name, HANDLER)
    names, token = [], None
    while True:
        page = fc.list(prefix='a', limit=2, next_token=token)
        names.append([f['functionName'] for f in page['functions']])
        token = page.get('nextToken')
        if not token:
            break
    assert names == [['a1', 'a2'], ['a3']]
    for query in ({'limit': 0}, {'limit': 101}, {'next_token': '?'}):
        with refused(400, 'InvalidArgument'):
            fc.list(**query)


def test_roles_have_to_be_passed_and_to_trust(server, ram, fc):
    with refused(403, 'AccessDenied', message='No permission to assume the role'):
        fc.create('f', HANDLER, role=clients.role_arn('nobody'))
    stranger = ram.role('stranger')
    with refused(403, 'AccessDenied', message=f"No permission to assume the role '{stranger}' for you"):
        fc.create('f', HANDLER, role=stranger)
    role = ram.role('worker', trusts=TRUST_FC)
    key = ram.user('dev', clients.allow(['fc:CreateFunction', 'fc:UpdateFunction']))
    dev = Fc3(server, key)
    with refused(403, 'AccessDenied', message="'ram:PassRole' on resource 'acs:ram:*:1234567890123456:role/worker'"):
        dev.create('f', HANDLER, role=role)
    dev.create('f', HANDLER)
    with refused(403, 'AccessDenied', message='ram:PassRole'):
        dev.update('f', role=role)
    assert fc.update('f', role=role)['role'] == role


def test_credentials_are_of_the_role_and_fresh(server, ram, fc):
    code = '''
import json
def handler(event, context):
    c = context.credentials
    return json.dumps([c.access_key_id, c.access_key_secret, c.security_token])
'''
    fc.create('bare', code)
    assert json.loads(fc.invoke('bare')[1]) == ['', '', '']
    fc.create('f', code, role=ram.role('worker', trusts=TRUST_FC))
    first, second = (json.loads(fc.invoke('f')[1]) for _ in range(2))
    assert first[0].startswith('STS.') and first[0] != second[0]
    identity = clients.sts(server, tuple(second)).get_caller_identity().body.to_map()
    assert identity['Arn'] == 'acs:ram::1234567890123456:assumed-role/worker/f-'  # two characters at least
    server.advance(35 * 3600)
    assert clients.sts(server, tuple(second)).get_caller_identity().body.arn == identity['Arn'], 'keys of functions live 36 hours'


def test_a_role_that_stops_to_trust(ram, fc):
    fc.create('f', HANDLER, role=ram.role('worker', trusts=TRUST_FC))
    ram('UpdateRole', role_name='worker', new_assume_role_policy_document=clients.trust())
    with refused(403, 'AccessDenied', message='No permission to assume the role'):
        fc.invoke('f')


def test_the_answers_headers(fc):
    made = fc.create('f', HANDLER)
    headers, _ = fc.invoke('f', x_fc_log_type='Tail')
    assert headers['x-fc-code-checksum'] == made['codeChecksum']
    assert headers['x-fc-instance-id'].startswith('c-')
    assert float(headers['x-fc-invocation-duration']) > 0 and float(headers['x-fc-max-memory-usage']) > 1
    log = base64.b64decode(headers['x-fc-log-result']).decode()
    assert f'FC Invoke End RequestId: {headers["x-fc-request-id"]}' in log
    assert 'x-fc-log-result' not in fc.invoke('f')[0]
    for bad in ({'x_fc_log_type': 'All'}, {'x_fc_invocation_type': 'Later'}):
        with refused(400, 'InvalidArgument'):
            fc.invoke('f', **bad)


def test_a_function_that_fails(fc):
    fc.create('f', 'def handler(event, context):\n    raise ValueError("no")\n')
    headers, body = fc.invoke('f')
    error = json.loads(body)
    assert headers['x-fc-error-type'] == 'UnhandledInvocationError'
    assert (error['errorType'], error['errorMessage']) == ('ValueError', 'no')
    assert error['stackTrace'][-1][:3] == ['File "/code/index.py"', 'line 2', 'in handler']


def test_keys_and_signatures(server):
    with refused(403, 'InvalidAccessKeyID', message="invalid access key ID 'nobody'"):
        Fc3(server, ('nobody', 'x')).list()
    with refused(403, 'SignatureNotMatch'):
        Fc3(server, ('localyun', 'wrong')).list()


def test_no_permission(server, ram):
    key = ram.user('dev')
    said = "the caller is not authorized to perform 'fc:ListFunctions' on resource " \
           "'acs:fc:cn-hangzhou:1234567890123456:functions/*'"
    with refused(403, 'AccessDenied', message=said):
        Fc3(server, key).list()


def test_a_path_that_is_not_there(server):
    with refused(400, 'PathNotSupported', message="'GET' against '/2023-03-30/custom-domains' is not supported"):
        Fc3(server).api.list_custom_domains(fc3_models.ListCustomDomainsRequest())
