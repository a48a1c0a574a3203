"""Instances that are kept ready: PutProvisionConfig, and minInstances of PutScalingConfig."""
import sys

import pytest

from clients import refused
from functions import Fc3, Fc2016, Fc2021, fc2_models, fc3_models, zip_file
from localyun import ACCOUNT, Server, wait_until
from test_fc_async import publish
from test_fc_scaling import instances
from test_fc_tasks import WORKS

HOME = f'acs:fc:cn-hangzhou:{ACCOUNT}'
# Says whether its initializer has run, and ends its instance if it is told to.
CODE = '''
import os
ready = []
def initialize(context):
    ready.append('%s')
def handler(event, context):
    if event == b'die':
        os._exit(1)
    return ''.join(ready)
'''
LIFE = fc3_models.InstanceLifecycleConfig(initializer=fc3_models.LifecycleHook(handler='index.initialize', timeout=30))


def code(word='ready'):
    return CODE % word


@pytest.fixture
def fc(server):
    return Fc3(server)


def create(fc, word='ready', name='f'):
    fc.create(name, code(word), instance_lifecycle_config=LIFE)


def put(fc, target=None, qualifier='LATEST', name='f', **settings):
    return fc.api.put_provision_config(name, fc3_models.PutProvisionConfigRequest(
        qualifier=qualifier, body=fc3_models.PutProvisionConfigInput(target=target, **settings))).body.to_map()


def get(fc, qualifier='LATEST', name='f'):
    return fc.api.get_provision_config(name, fc3_models.GetProvisionConfigRequest(qualifier=qualifier)).body.to_map()


def delete(fc, qualifier='LATEST'):
    fc.api.delete_provision_config('f', fc3_models.DeleteProvisionConfigRequest(qualifier=qualifier))


def comes_to(fc, count, qualifier='LATEST'):
    """The ids of the instances, once there are as many, and no others that are about to end."""
    def there():
        ids = {i['instanceId'] for i in instances(fc, qualifier=qualifier)}
        return ids if len(ids) == count == get(fc, qualifier)['current'] else None
    return wait_until(there, what=f'{count} instances')


def test_instances_are_ready_before_anybody_asks(fc):
    with refused(404, 'FunctionNotFound'):
        put(fc, 1)
    create(fc)
    nothing = get(fc)
    assert (nothing['target'], nothing['current'], nothing['functionArn']) == (0, 0, '')
    made = put(fc, 2, always_allocate_cpu=True)
    assert (made['target'], made['functionArn'], made['alwaysAllocateCPU']) == (2, f'{HOME}:functions/f', True)
    ids = comes_to(fc, 2)
    assert len(ids) == 2
    headers, body = fc.invoke('f')
    assert body == b'ready' and headers['x-fc-instance-id'] in ids, 'its initializer has run'
    assert get(fc)['currentError'] == ''
    put(fc, 1)
    assert comes_to(fc, 1) < ids
    with refused(409, 'ProvisionConfigExist'):
        fc.api.delete_function('f')
    delete(fc)
    wait_until(lambda: instances(fc) == [], what='their end')
    delete(fc)
    fc.api.delete_function('f')


def test_what_ends_is_replaced(fc):
    create(fc)
    put(fc, 1)
    [first] = comes_to(fc, 1)
    assert fc.invoke('f', b'die')[0]['x-fc-error-type']
    wait_until(lambda: (ids := comes_to(fc, 1)) and first not in ids, what='another instance')
    assert fc.invoke('f')[1] == b'ready'


def test_a_change_of_the_function_renews_them(fc):
    create(fc, 'one')
    put(fc, 1)
    [first] = comes_to(fc, 1)
    fc.update('f', environment_variables={'A': 'b'})
    [second] = wait_until(lambda: (ids := comes_to(fc, 1)) and first not in ids and ids, what='another instance')
    assert fc.invoke('f')[0]['x-fc-instance-id'] == second


def test_an_alias_has_its_own(fc):
    create(fc, 'one')
    publish(fc, alias='prod')
    with refused(400, 'InvalidArgument', message="qualifier '1' must be LATEST or an alias"):
        put(fc, 1, '1')
    with refused(404, 'AliasNotFound'):
        put(fc, 1, 'nobody')
    put(fc, 1, 'prod')
    [first] = comes_to(fc, 1, 'prod')
    assert instances(fc) == []
    assert fc.invoke('f', qualifier='prod')[0]['x-fc-instance-id'] == first
    fc.update('f', environment_variables={'A': 'b'})
    version = publish(fc)
    fc.api.update_alias('f', 'prod', fc3_models.UpdateAliasRequest(
        body=fc3_models.UpdateAliasInput(version_id=version)))
    [second] = wait_until(lambda: (ids := comes_to(fc, 1, 'prod')) and first not in ids and ids, what='another one')
    listed = fc.api.list_provision_configs(fc3_models.ListProvisionConfigsRequest(function_name='f')).body.to_map()
    assert [(c['functionArn'], c['current']) for c in listed['provisionConfigs']] == [(f'{HOME}:functions/f/prod', 1)]
    assert {i['versionId'] for i in instances(fc, qualifier='prod') if i['instanceId'] == second} == {'2'}


def test_why_there_are_fewer_than_there_should_be(fc):
    fc.create('f', 'def initialize(context):\n    raise ValueError("not today")\n' + WORKS,
              instance_lifecycle_config=LIFE)
    put(fc, 1)
    wait_until(lambda: 'not today' in get(fc)['currentError'], what='the reason')
    assert get(fc)['current'] == 0
    fc.update('f', code=fc3_models.InputCodeLocation(zip_file=zip_file(code())))
    comes_to(fc, 1)
    assert get(fc)['currentError'] == ''
    put(fc, 11)
    comes_to(fc, 10)
    wait_until(lambda: '10 instances, as many as one may have' in get(fc)['currentError'], what='the reason')
    put(fc, 0)
    wait_until(lambda: instances(fc) == [], what='their end')


def test_a_plan_is_of_the_virtual_clock(server, fc):
    create(fc)
    server.admin('POST', 'clock', json={'set': '2031-05-01T10:45:00Z'})
    action = lambda name, target, expression: fc3_models.ScheduledAction(
        name=name, start_time='2031-05-01T10:40:00Z', end_time='2099-01-01T00:00:00Z', target=target,
        schedule_expression=expression)
    made = put(fc, default_target=0, scheduled_actions=[action('up', 2, 'cron(0 0 * * * *)'),
                                                        action('down', 1, 'cron(0 30 * * * *)')])
    assert (made['target'], made['defaultTarget']) == (0, 0) and len(made['scheduledActions']) == 2
    with refused(409, 'ProvisionConfigExist'):
        fc.api.delete_function('f')
    server.advance(900)
    comes_to(fc, 2)
    assert get(fc)['target'] == 2
    server.advance(1800)
    comes_to(fc, 1)
    assert get(fc)['target'] == 1


@pytest.mark.parametrize('settings, said', [
    ({'target': 10001}, 'target'), ({'target': -1}, 'target'),
    ({'scheduled_actions': [fc3_models.ScheduledAction(name='n')]}, 'scheduledActions.scheduleExpression'),
    ({'scheduled_actions': [fc3_models.ScheduledAction(
        name='n', start_time='2026-01-01T00:00:00Z', end_time='2027-01-01T00:00:00Z', target=1,
        schedule_expression='rate(5)')]}, "scheduleExpression 'rate(5)'"),
    ({'target_tracking_policies': [fc3_models.TargetTrackingPolicy(
        name='n', start_time='2026-01-01T00:00:00Z', end_time='2027-01-01T00:00:00Z', metric_type='CPUUtilization',
        metric_target=1.5, min_capacity=1, max_capacity=2)]}, 'metricTarget'),
    ({'target_tracking_policies': [fc3_models.TargetTrackingPolicy(
        name='n', start_time='2026-01-01T00:00:00Z', end_time='2027-01-01T00:00:00Z', metric_type='CPUUtilization',
        metric_target=0.5, min_capacity=3, max_capacity=2)]}, "'minCapacity' must not be above 'maxCapacity'"),
])
def test_settings_that_cannot_be(fc, settings, said):
    create(fc)
    with refused(400, 'InvalidArgument', message=said):
        put(fc, **settings)
    assert get(fc)['functionArn'] == ''


def test_a_function_that_is_switched_off_has_none(fc):
    create(fc)
    put(fc, 1)
    comes_to(fc, 1)
    fc.api.disable_function_invocation('f', fc3_models.DisableFunctionInvocationRequest())
    wait_until(lambda: instances(fc) == [], what='their end')
    fc.api.enable_function_invocation('f')
    comes_to(fc, 1)


def test_instances_in_services(server):
    fc, old = Fc2021(server), Fc2016(server)
    fc.create_service('s')
    fc.create('s', 'f', code(), initializer='index.initialize', initialization_timeout=30)
    old.api.publish_version('s')
    old.api.create_alias('s', 'prod', '1')

    def get21(**query):
        return fc.api.get_provision_config('s', 'f', fc2_models.GetProvisionConfigRequest(**query)).body.to_map()

    made = old.api.put_provision_config('s', 'prod', 'f', 1).data
    assert (made['resource'], made['target']) == (f'{ACCOUNT}#s#prod#f', 1)
    wait_until(lambda: old.api.get_provision_config('s', 'prod', 'f').data['current'] == 1, what='the instance')
    [one] = old.api.list_instances('s', 'prod', 'f').data['instances']
    headers, body = old.invoke('s', 'f', qualifier='prod')
    assert (body, headers['x-fc-instance-id']) == (b'ready', one['instanceId'])
    assert get21(qualifier='prod')['current'] == 1 and get21()['target'] == 0
    made = fc.api.put_provision_config('s', 'f', fc2_models.PutProvisionConfigRequest(
        qualifier='LATEST', target=2)).body.to_map()
    assert (made['resource'], made['target']) == (f'{ACCOUNT}#s#LATEST#f', 2)
    wait_until(lambda: get21(qualifier='LATEST')['current'] == 2, what='the instances')
    for query, count in (({}, 2), ({'service_name': 's', 'qualifier': 'prod'}, 1), ({'service_name': 't'}, 0)):
        listed = fc.api.list_provision_configs(fc2_models.ListProvisionConfigsRequest(**query)).body.to_map()
        assert len(listed['provisionConfigs']) == count
    assert len(old.api.list_provision_configs('s', 'LATEST').data['provisionConfigs']) == 1
    # What is ready comes on top of what may come on demand.
    old.api.put_on_demand_config('s', 'prod', 'f', 0)
    assert old.invoke('s', 'f', qualifier='prod')[1] == b'ready'
    with refused(409, 'ProvisionConfigExist'):
        old.api.delete_function('s', 'f')
    for qualifier in ('prod', 'LATEST'):
        old.api.put_provision_config('s', qualifier, 'f', 0)
        wait_until(lambda: old.api.list_instances('s', qualifier, 'f').data['instances'] == [], what='their end')


def test_scaling_keeps_instances_ready_too(fc):
    create(fc)
    config = fc3_models.PutScalingConfigInput(min_instances=1)

    def get(**query):
        return fc.api.get_scaling_config('f', fc3_models.GetScalingConfigRequest(**query)).body.to_map()
    assert get()['functionArn'] == ''
    made = fc.api.put_scaling_config('f', fc3_models.PutScalingConfigRequest(
        qualifier='LATEST', body=config)).body.to_map()
    assert (made['minInstances'], made['targetInstances']) == (1, 1)
    wait_until(lambda: get()['currentInstances'] == 1, what='the instance')
    listed = fc.api.list_scaling_configs(fc3_models.ListScalingConfigsRequest(function_name='f')).body.to_map()
    assert [c['currentInstances'] for c in listed['scalingConfigs']] == [1]
    with refused(409, 'ResidentScalingConfigExists'):
        fc.api.delete_function('f')
    fc.api.delete_scaling_config('f', fc3_models.DeleteScalingConfigRequest(qualifier='LATEST'))
    wait_until(lambda: instances(fc) == [], what='its end')


def test_instances_come_back_after_a_restart(tmp_path):
    flags = ['--data', str(tmp_path / 'data'), '--python', sys.executable]
    first = Server.start(*flags)
    try:
        fc = Fc3(first)
        create(fc)
        put(fc, 1)
        comes_to(fc, 1)
    finally:
        first.stop()
    second = Server.start(*flags)
    try:
        comes_to(Fc3(second), 1)
    finally:
        assert second.stop() == 0
