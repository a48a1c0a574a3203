"""Function Compute 2.0 through both of its doors: aliyun-fc2 (2016-08-15) and alibabacloud_fc_open20210406."""
import base64
import json

import pytest
from fc2.fc_exceptions import FcError

import clients
from clients import refused
from functions import EXAMPLE_1, EXAMPLE_2, EXAMPLE_3, PUT, TRUST_FC, Fc3, Fc2016, Fc2021
from test_fc3 import put_event


@pytest.fixture(params=[Fc2016, Fc2021])
def fc(server, request):
    return request.param(server)


def test_a_services_life(server):
    api = Fc2016(server).api
    made = api.create_service('svc', description='first')
    assert made.data['serviceName'] == 'svc' and made.data['internetAccess'] is True
    assert api.get_service('svc').data == made.data
    updated = api.update_service('svc', description='second', headers={'if-match': made.headers['etag']})
    assert updated.data['description'] == 'second'
    with refused(412, 'PreconditionFailed'):
        api.update_service('svc', description='third', headers={'if-match': made.headers['etag']})
    api.create_service('another')
    assert [s['serviceName'] for s in api.list_services().data['services']] == ['another', 'svc']
    page = api.list_services(limit=1).data
    assert [s['serviceName'] for s in page['services']] == ['another']
    page = api.list_services(limit=1, nextToken=page['nextToken']).data
    assert [s['serviceName'] for s in page['services']] == ['svc'] and 'nextToken' not in page
    api.delete_service('svc')
    with refused(404, 'ServiceNotFound', message="service 'svc' does not exist"):
        api.get_service('svc')


def test_what_a_service_refuses(fc):
    fc.create_service('svc')
    with refused(409, 'ServiceAlreadyExists'):
        fc.create_service('svc')
    with refused(400, 'InvalidArgument'):
        fc.create_service('a.b')
    with refused(404, 'ServiceNotFound'):
        fc.create('nowhere', 'f', EXAMPLE_1)
    fc.create('svc', 'f', EXAMPLE_1)
    with refused(409, 'FunctionAlreadyExists'):
        fc.create('svc', 'f', EXAMPLE_1)
    with refused(409, 'ServiceNotEmpty', message="service 'svc' has active 'functions'."):
        fc.api.delete_service('svc')
    with refused(404, 'FunctionNotFound'):
        fc.api.delete_function('svc', 'g')
    fc.api.delete_function('svc', 'f')
    fc.api.delete_service('svc')


def test_a_functions_life(server):
    fc = Fc2016(server)
    fc.create_service('svc')
    made = fc.create('svc', 'f', EXAMPLE_1, description='first', memorySize=128)
    assert made['memorySize'] == 128 and made['timeout'] == 60
    got = fc.api.get_function('svc', 'f')
    assert got.data == made and 'functionArn' not in made
    updated = fc.api.update_function('svc', 'f', description='second', headers={'if-match': got.headers['etag']})
    assert updated.data['description'] == 'second'
    with refused(412, 'PreconditionFailed'):
        fc.api.delete_function('svc', 'f', headers={'if-match': got.headers['etag']})
    assert [f['functionName'] for f in fc.api.list_functions('svc').data['functions']] == ['f']
    fc.api.delete_function('svc', 'f')
    assert fc.api.list_functions('svc').data['functions'] == []


def test_functions_of_the_generations_are_apart(server):
    old, new = Fc2016(server), Fc3(server)
    old.create_service('svc')
    old.create('svc', 'demo', EXAMPLE_1)
    with refused(404, 'FunctionNotFound'):
        new.get('demo')
    new.create('demo', EXAMPLE_1)
    assert [f['functionName'] for f in new.list()['functions']] == ['demo']


def test_example_1_of_the_guide(fc):
    fc.create_service('svc')
    fc.create('svc', 'example-1', EXAMPLE_1)
    headers, body = fc.invoke('svc', 'example-1', b'{"key": "value"}')
    assert body == b'value'
    assert headers['x-fc-invocation-service-version'] == 'LATEST'
    assert len(headers['x-fc-request-id']) == 36


def test_example_2_of_the_guide(server, ram, fc):
    role = ram.role('put-role', PUT, trusts=TRUST_FC)
    bucket = clients.bucket(server, 'oss-demo')
    bucket.create_bucket()
    fc.create_service('svc', role=role)
    fc.create('svc', 'example-2', EXAMPLE_2)
    assert fc.invoke('svc', 'example-2', put_event('oss-demo'))[1] == b'success'
    assert bucket.get_object('oss-test-object').read() == b'oss-test-content'


def test_example_3_of_the_guide(fc):
    fc.create_service('svc')
    fc.create('svc', 'example-3', EXAMPLE_3)
    assert 'index.py' in fc.invoke('svc', 'example-3')[1].decode()


def test_a_failing_function_is_an_error_of_the_older_client(server, ram):
    fc = Fc2016(server)
    fc.create_service('svc', role=ram.role('idle-role', trusts=TRUST_FC))
    fc.create('svc', 'example-2', EXAMPLE_2)
    clients.bucket(server, 'oss-demo').create_bucket()
    with pytest.raises(FcError) as failed:
        fc.invoke('svc', 'example-2', put_event('oss-demo'))
    assert json.loads(failed.value.message)['errorType'] == 'AccessDenied'


def test_the_tail_of_the_log(fc):
    fc.create_service('svc')
    fc.create('svc', 'f', 'def handler(event, context):\n    print("hello")\n')
    headers, body = fc.invoke('svc', 'f', headers={'x-fc-log-type': 'Tail'})
    log = base64.b64decode(headers['x-fc-log-result']).decode()
    assert body == b'null'
    assert 'FC Invoke Start RequestId: ' + headers['x-fc-request-id'] in log and 'hello\n' in log
    assert log.split('\n\n')[-1].startswith('Duration: ') and 'Memory Size: ' in log


def test_a_published_version_is_not_reached_as_a_service(server):
    old, new = Fc2016(server), Fc2021(server)
    old.create_service('svc')
    old.create('svc', 'f', EXAMPLE_1)
    old.api.publish_version('svc')
    for name in ('svc.1', '.1'):
        with refused(400, 'InvalidArgument', message='serviceName'):
            new.api.delete_function(name, 'f')
    assert old.invoke('svc', 'f', b'{"key": "value"}', qualifier='1')[1] == b'value'
