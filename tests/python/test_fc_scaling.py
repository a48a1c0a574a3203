"""How many requests and instances a function may have, which it has, and functions that are switched off."""
import pytest

from clients import refused
from functions import Fc3, Fc2016, Fc2021, fc2_models, fc3_models
from localyun import ACCOUNT, wait_until
from test_fc_async import publish
from test_fc_tasks import WORKS, comes_to, configure, course, create, start, stop, task

HOME = f'acs:fc:cn-hangzhou:{ACCOUNT}'
# Hangs when it is told to, and answers at once else.
MAY_HANG = 'import time\ndef handler(event, context):\n    time.sleep(600 if event == b"hang" else 0)\n    return b"done"\n'


@pytest.fixture
def fc(server):
    return Fc3(server)


def reserve(fc, limit, name='f'):
    return fc.api.put_concurrency_config(name, fc3_models.PutConcurrencyConfigRequest(
        body=fc3_models.PutConcurrencyInput(reserved_concurrency=limit))).body.to_map()


def instances(fc, name='f', **query):
    return fc.api.list_instances(name, fc3_models.ListInstancesRequest(**query)).body.to_map()['instances']


def hang(fc, *ids):
    """Tasks that run until they are stopped. They are said to run a moment before they are counted, so each has an instance."""
    for id in ids:
        start(fc, id, b'hang')
        comes_to(fc, id, 'Running')
    wait_until(lambda: len(instances(fc)) >= len(ids), what='their instances')


# ------------------------------------------------------------------ reserved concurrency

def test_the_life_of_a_concurrency_config(fc):
    with refused(404, 'FunctionNotFound'):
        reserve(fc, 1)
    fc.create('f', WORKS)
    with refused(404, 'OnDemandConfigNotFound'):
        fc.api.get_concurrency_config('f')
    made = reserve(fc, 3)
    assert made == {'functionArn': f'{HOME}:functions/f', 'reservedConcurrency': 3}
    assert fc.api.get_concurrency_config('f').body.to_map() == made
    assert reserve(fc, 2)['reservedConcurrency'] == 2
    fc.create('g', WORKS)
    reserve(fc, 7, 'g')

    def listed(**query):
        return fc.api.list_concurrency_configs(fc3_models.ListConcurrencyConfigsRequest(**query)).body.to_map()
    assert [c['reservedConcurrency'] for c in listed()['configs']] == [2, 7]
    assert [c['reservedConcurrency'] for c in listed(function_name='g')['configs']] == [7]
    page = listed(limit=1)
    assert [c['reservedConcurrency'] for c in listed(limit=1, next_token=page['nextToken'])['configs']] == [7]
    fc.api.delete_concurrency_config('f')
    with refused(404, 'OnDemandConfigNotFound'):
        fc.api.delete_concurrency_config('f')
    with refused(400, 'InvalidArgument', message='reservedConcurrency'):
        reserve(fc, -1)


def test_no_more_requests_than_are_reserved_run_at_a_time(fc):
    create(fc, MAY_HANG)
    publish(fc)
    reserve(fc, 2)
    hang(fc, 'one', 'two')
    for qualifier in (None, '1'):
        said = "function 'f' has a reservedConcurrency of 2, and as many requests run"
        with refused(429, 'ResourceExhausted', message=said):
            fc.invoke('f', qualifier=qualifier)
    # Others have their own, and who does not wait for an answer waits for room.
    fc.create('g', WORKS)
    assert fc.invoke('g')[1]
    start(fc, 'three')
    wait_until(lambda: 'Enqueued' in course(task(fc, 'three'))[1:], what='the way back into the queue')
    stop(fc, 'one')
    comes_to(fc, 'three', 'Succeeded')
    assert fc.invoke('f')[1] == b'done'
    reserve(fc, 0)
    with refused(429, 'ResourceExhausted'):
        fc.invoke('f')
    fc.api.delete_concurrency_config('f')
    assert fc.invoke('f')[1] == b'done'
    stop(fc, 'two')


# ------------------------------------------------------------------ instances on demand (FC 2.0)

def test_the_life_of_an_on_demand_config(server):
    fc, old = Fc2021(server), Fc2016(server)
    for service in ('s', 't'):
        fc.create_service(service)
        fc.create(service, 'f', WORKS)
    old.api.publish_version('s')
    with refused(404, 'OnDemandConfigNotFound'):
        old.api.get_on_demand_config('s', 'LATEST', 'f')

    def put21(**request):
        return fc.api.put_function_on_demand_config(
            't', 'f', fc2_models.PutFunctionOnDemandConfigRequest(**request)).body.to_map()

    made = old.api.put_on_demand_config('s', '1', 'f', 5)
    assert made.data == {'resource': 'services/s.1/functions/f', 'maximumInstanceCount': 5}
    assert put21(maximum_instance_count=7) == {'resource': 'services/t.LATEST/functions/f', 'maximumInstanceCount': 7}
    got = old.api.get_on_demand_config('s', '1', 'f')
    assert got.data == made.data and got.headers['etag'] == made.headers['etag']
    with refused(412, 'PreconditionFailed'):
        old.api.put_on_demand_config('s', '1', 'f', 6, headers={'if-match': 'another'})
    old.api.put_on_demand_config('s', 'LATEST', 'f', 6)
    assert [c['maximumInstanceCount'] for c in old.api.list_on_demand_config().data['configs']] == [5, 6, 7]
    assert [c['maximumInstanceCount'] for c in old.api.list_on_demand_config(prefix='services/s.L').data['configs']] == [6]
    page = old.api.list_on_demand_config(limit=2).data
    rest = old.api.list_on_demand_config(limit=2, nextToken=page['nextToken']).data
    assert [c['maximumInstanceCount'] for c in page['configs'] + rest['configs']] == [5, 6, 7]
    assert fc.api.list_on_demand_configs(
        fc2_models.ListOnDemandConfigsRequest(start_key='services/t')).body.to_map()['configs'] == [
            {'resource': 'services/t.LATEST/functions/f', 'maximumInstanceCount': 7}]
    old.api.delete_on_demand_config('s', '1', 'f')
    assert fc.api.get_function_on_demand_config(
        't', 'f', fc2_models.GetFunctionOnDemandConfigRequest()).body.maximum_instance_count == 7
    fc.api.delete_function_on_demand_config('t', 'f', fc2_models.DeleteFunctionOnDemandConfigRequest())
    with refused(404, 'OnDemandConfigNotFound'):
        fc.api.get_function_on_demand_config('t', 'f', fc2_models.GetFunctionOnDemandConfigRequest())


def test_no_more_instances_than_may_be_run(server):
    old = Fc2016(server)
    old.create_service('s')
    old.create('s', 'f', MAY_HANG, timeout=600)
    old.api.publish_version('s')
    old.api.put_on_demand_config('s', 'LATEST', 'f', 1)
    old.api.put_function_async_invoke_config('s', 'LATEST', 'f', {'statefulInvocation': True})
    old.invoke('s', 'f', b'hang', headers={'x-fc-invocation-type': 'Async', 'x-fc-stateful-async-invocation-id': 'one'})
    fc = Fc2021(server)

    def status():
        return fc.api.get_stateful_async_invocation(
            's', 'f', 'one', fc2_models.GetStatefulAsyncInvocationRequest()).body.status
    wait_until(lambda: status() == 'Running', what='the task')
    wait_until(lambda: old.api.list_instances('s', 'LATEST', 'f').data['instances'], what='the instance of the task')
    with refused(429, 'ResourceExhausted', message="function 'f' has a maximumInstanceCount of 1"):
        old.invoke('s', 'f')
    assert old.invoke('s', 'f', qualifier='1')[1] == b'done', 'it holds for one qualifier'
    fc.api.stop_stateful_async_invocation('s', 'f', 'one', fc2_models.StopStatefulAsyncInvocationRequest())
    wait_until(lambda: status() == 'Stopped', what='the end of the task')
    assert old.invoke('s', 'f')[1] == b'done'


# ------------------------------------------------------------------ functions that are switched off

def test_a_function_that_is_switched_off(fc):
    create(fc, WORKS)
    publish(fc)
    start(fc, 'later', delay=60)
    assert 'invocationRestriction' not in fc.get('f')
    answer = fc.api.disable_function_invocation('f', fc3_models.DisableFunctionInvocationRequest(reason='a rest'))
    assert answer.body.success is True
    told = fc.get('f')['invocationRestriction']
    assert (told['disable'], told['reason']) == (True, 'a rest') and told['lastModifiedTime']
    said = "the invocation of function 'f' is disabled"
    for qualifier in (None, '1'):
        with refused(403, 'FunctionInvocationDisabled', message=said):
            fc.invoke('f', qualifier=qualifier)
    with refused(403, 'FunctionInvocationDisabled'):
        start(fc, 'job')
    assert fc.api.enable_function_invocation('f').body.success is True
    assert fc.invoke('f')[1]
    assert 'invocationRestriction' not in fc.get('f')
    with refused(404, 'FunctionNotFound'):
        fc.api.disable_function_invocation('g', fc3_models.DisableFunctionInvocationRequest())


def test_a_function_is_switched_off_with_what_it_does(fc):
    create(fc, MAY_HANG)
    hang(fc, 'one')
    fc.api.disable_function_invocation('f', fc3_models.DisableFunctionInvocationRequest())
    assert task(fc, 'one')['status'] == 'Running', 'what runs goes on'
    fc.api.disable_function_invocation('f', fc3_models.DisableFunctionInvocationRequest(abort_ongoing_request=True))
    assert comes_to(fc, 'one', 'Invalid')['taskErrorMessage'] == "the invocation of function 'f' is disabled"
    wait_until(lambda: instances(fc) == [], what='the end of the instance')


# ------------------------------------------------------------------ instances

def test_the_instances_of_a_function(fc):
    with refused(404, 'FunctionNotFound'):
        instances(fc)
    create(fc, MAY_HANG)
    publish(fc, alias='prod')
    configure(fc, qualifier='prod')
    assert instances(fc) == []
    first = fc.invoke('f')[0]['x-fc-instance-id']
    [one] = instances(fc)
    assert (one['instanceId'], one['versionId'], one['qualifier'], one['status']) == (first, '0', 'LATEST', 'Running')
    assert isinstance(one['createdTimeMs'], int)
    second = fc.invoke('f', qualifier='prod')[0]['x-fc-instance-id']
    assert [(i['instanceId'], i['versionId']) for i in instances(fc, qualifier='prod')] == [(second, '1')]
    assert instances(fc, qualifier='1') == [], 'they are those of an alias'
    hang(fc, 'a', 'b')
    two = wait_until(lambda: len(i := instances(fc)) == 2 and i, what='the second instance')
    assert two[0]['instanceId'] == first, 'it was free'
    assert [i['instanceId'] for i in instances(fc, limit='1')] == [first]
    assert [i['instanceId'] for i in instances(fc, instance_ids=[first, 'other'])] == [first]
    assert instances(fc, instance_status=['Destroyed']) == []
    assert len(instances(fc, with_all_active=True, start_time_ms=1)) == 2 and instances(fc, end_time_ms=1) == []
    for id in ('a', 'b'):
        stop(fc, id)
    wait_until(lambda: instances(fc) == [], what='the end of those that were stopped')
    with refused(404, 'AliasNotFound'):
        instances(fc, qualifier='nobody')


def test_the_instances_in_a_service(server):
    fc, old = Fc2021(server), Fc2016(server)
    fc.create_service('s')
    fc.create('s', 'f', WORKS)
    id = fc.invoke('s', 'f')[0]['x-fc-instance-id']
    expected = [{'instanceId': id, 'versionId': '0'}]
    assert old.api.list_instances('s', 'LATEST', 'f').data['instances'] == expected
    assert fc.api.list_instances(
        's', 'f', fc2_models.ListInstancesRequest(instance_ids=[id, 'other'])).body.to_map()['instances'] == expected
