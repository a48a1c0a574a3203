"""Function Compute 3.0 (API 2023-03-30) with its own SDK."""
import base64
import json

import pytest

import clients
from clients import refused
from functions import EXAMPLE_1, EXAMPLE_2, EXAMPLE_3, PUT, Fc3, fc3_models, make_role, packed, zip_file


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
    role = make_role(ram, 'put-role', PUT)
    bucket = clients.bucket(server, 'oss-demo')
    bucket.create_bucket()
    fc.create('example-2', EXAMPLE_2, role=role)
    assert fc.invoke('example-2', put_event('oss-demo'))[1] == b'success'
    assert bucket.get_object('oss-test-object').read() == b'oss-test-content'

    ram('DetachPolicyFromRole', role_name='put-role', policy_name='put-role', policy_type='Custom')
    headers, body = fc.invoke('example-2', put_event('oss-demo'))
    error = json.loads(body)
    assert headers['x-fc-error-type'] == 'UnhandledInvocationError'
    assert error['errorType'] == 'AccessDenied'
    assert '0003-00000202' in error['errorMessage'], 'no statement allows it, as OSS says'
    assert 'put-role:example-2' in error['errorMessage'], 'the session is named after the function'
    assert error['stackTrace'][0][0] == 'File "/code/index.py"'


def test_example_3_of_the_guide(fc):
    fc.create('example-3', EXAMPLE_3)
    body = fc.invoke('example-3')[1].decode()
    assert body.startswith('total') and 'index.py' in body
