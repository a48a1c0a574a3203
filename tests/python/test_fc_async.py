"""How functions are invoked asynchronously, and who is told what came of it."""
import json
import sys

import pytest

import clients
from clients import allow, refused
from functions import TRUST_FC, Fc3, Fc2016, Fc2021, fc2_models, fc3_models
from localyun import ACCOUNT, Server, wait_until

HOME = f'acs:fc:cn-hangzhou:{ACCOUNT}'
QUEUE = f'acs:mns:cn-hangzhou:{ACCOUNT}:/queues/q/messages'
PUTS = '''
import oss2
def put(context, name, text):
    c = context.credentials
    auth = oss2.StsAuth(c.access_key_id, c.access_key_secret, c.security_token)
    oss2.Bucket(auth, 'http://oss-cn-hangzhou-internal.aliyuncs.com', 'results').put_object(name, text)
'''
# What it was told goes to the bucket, under the first of what it is called with.
TOLD = PUTS + '''
def handler(event, context):
    put(context, 'told-' + context.request_id, event)
'''
WORKS = 'def handler(event, context):\n    return b"it was " + event\n'
# Each attempt leaves an object.
FAILS = PUTS + '''
from os import urandom
def handler(event, context):
    put(context, f'try-{urandom(8).hex()}', event)
    raise ValueError('no')
'''


class World:
    """Functions that write to a bucket, and a role for them that may also invoke."""

    def __init__(self, server):
        self.server, self.fc = server, Fc3(server)
        self.results = clients.bucket(server, 'results')

    def furnish(self):
        self.results.create_bucket()
        self.ram = clients.Ram(self.server)
        self.role = self.ram.role('worker', allow(['oss:PutObject', 'fc:InvokeFunction']), trusts=TRUST_FC)
        return self

    def objects(self, prefix):
        return [o.key for o in self.results.list_objects_v2(prefix=prefix).object_list]

    def told(self, count=1):
        """What a destination was told, once it was told that often."""
        names = wait_until(lambda: len(n := self.objects('told-')) >= count and n, what=f'{count} results')
        assert len(names) == count
        return [json.loads(self.results.get_object(name).read()) for name in names]

    def put(self, name='f', qualifier=None, **settings):
        return put(self.fc, name, qualifier, **settings)


@pytest.fixture
def world(server):
    return World(server).furnish()


def put(fc, name='f', qualifier=None, **settings):
    return fc.api.put_async_invoke_config(name, fc3_models.PutAsyncInvokeConfigRequest(
        qualifier=qualifier, body=fc3_models.PutAsyncInvokeConfigInput(**settings))).body.to_map()


def get(fc, name='f', qualifier=None):
    return fc.api.get_async_invoke_config(
        name, fc3_models.GetAsyncInvokeConfigRequest(qualifier=qualifier)).body.to_map()


def listed(fc, **query):
    return fc.api.list_async_invoke_configs(fc3_models.ListAsyncInvokeConfigsRequest(**query)).body.to_map()


def to(success=None, failure=None):
    one = lambda arn: arn and fc3_models.Destination(destination=arn)
    return fc3_models.DestinationConfig(on_success=one(success), on_failure=one(failure))


def publish(fc, name='f', alias=None):
    version = fc.api.publish_function_version(name, fc3_models.PublishFunctionVersionRequest(
        body=fc3_models.PublishVersionInput())).body.version_id
    if alias:
        fc.api.create_alias(name, fc3_models.CreateAliasRequest(
            body=fc3_models.CreateAliasInput(alias_name=alias, version_id=version)))
    return version


def invoke(fc, name='f', event=b'', qualifier=None, **common):
    headers, _ = fc.invoke(name, event, qualifier, x_fc_invocation_type='Async', common_headers=common)
    return headers['x-fc-request-id']


def why(server, request):
    """What the log says of a request that was given up, once it does."""
    def said():
        before, found, _ = server.log().rpartition(f'request="{request}"\n')
        return found and 'is given up: ' in before and before.rpartition('is given up: ')[2]
    return wait_until(said, what=f'the end of {request}')


# ------------------------------------------------------------------ settings

def test_the_life_of_a_config(server):
    fc = Fc3(server)
    with refused(404, 'FunctionNotFound'):
        put(fc, max_async_retry_attempts=1)
    fc.create('f', WORKS)
    with refused(404, 'AsyncConfigNotExists'):
        get(fc)
    made = put(fc, max_async_retry_attempts=0)
    assert made['functionArn'] == f'{HOME}:functions/f' and made['createdTime'] == made['lastModifiedTime']
    assert (made['maxAsyncRetryAttempts'], made['asyncTask']) == (0, False)
    assert 'maxAsyncEventAgeInSeconds' not in made, 'what is not said is not told'
    server.advance(60)
    changed = put(fc, max_async_event_age_in_seconds=300)
    assert (changed['maxAsyncRetryAttempts'], changed['maxAsyncEventAgeInSeconds']) == (0, 300), 'the rest stays'
    assert changed['createdTime'] == made['createdTime'] < changed['lastModifiedTime']
    assert get(fc) == changed
    fc.api.delete_async_invoke_config('f', fc3_models.DeleteAsyncInvokeConfigRequest())
    with refused(404, 'AsyncConfigNotExists'):
        get(fc)
    with refused(404, 'AsyncConfigNotExists'):
        fc.api.delete_async_invoke_config('f', fc3_models.DeleteAsyncInvokeConfigRequest())


def test_each_qualifier_has_its_own(server):
    fc = Fc3(server)
    fc.create('f', WORKS)
    fc.create('g', WORKS)
    publish(fc, alias='prod')
    for qualifier, retries in ((None, 0), ('1', 1), ('prod', 2)):
        put(fc, qualifier=qualifier, max_async_retry_attempts=retries)
    put(fc, 'g', max_async_retry_attempts=3)
    with refused(404, 'AliasNotFound'):
        put(fc, qualifier='nobody', max_async_retry_attempts=0)
    assert get(fc, qualifier='LATEST') == get(fc)
    assert get(fc, qualifier='prod')['functionArn'] == f'{HOME}:functions/f/prod'
    assert [c['maxAsyncRetryAttempts'] for c in listed(fc)['configs']] == [1, 0, 2, 3]
    assert [c['maxAsyncRetryAttempts'] for c in listed(fc, function_name='f')['configs']] == [1, 0, 2]
    page = listed(fc, function_name='f', limit=2)
    rest = listed(fc, function_name='f', limit=2, next_token=page['nextToken'])
    assert [c['maxAsyncRetryAttempts'] for c in page['configs'] + rest['configs']] == [1, 0, 2]
    assert 'nextToken' not in rest


def test_a_config_goes_with_its_function(server):
    fc = Fc3(server)
    fc.create('f', WORKS)
    put(fc, max_async_retry_attempts=0)
    fc.api.delete_function('f')
    with refused(404, 'FunctionNotFound'):
        get(fc)
    fc.create('f', WORKS)
    assert listed(fc)['configs'] == []


@pytest.mark.parametrize('settings, said', [
    ({'max_async_retry_attempts': 9}, 'maxAsyncRetryAttempts'), ({'max_async_retry_attempts': -1}, 'maxAsyncRetryAttempts'),
    ({'max_async_event_age_in_seconds': 0}, 'maxAsyncEventAgeInSeconds'),
    ({'max_async_event_age_in_seconds': 604801}, 'maxAsyncEventAgeInSeconds'),
    ({'destination_config': to('f')}, "destination 'f'"),
    ({'destination_config': to('acs:oss:::bucket')}, "destination 'acs:oss:::bucket'"),
    ({'destination_config': to(failure='acs:fc:::services/a/b')}, "destination 'acs:fc:::services/a/b'"),
    ({'destination_config': to('acs:fc::99:functions/f')}, 'of this account'),
])
def test_settings_that_cannot_be(server, settings, said):
    fc = Fc3(server)
    fc.create('f', WORKS)
    with refused(400, 'InvalidArgument', message=said):
        put(fc, **settings)
    with refused(404, 'AsyncConfigNotExists'):
        get(fc)


def test_configs_in_a_service(server):
    fc, old = Fc2021(server), Fc2016(server)
    fc.create_service('s')
    fc.create('s', 'f', WORKS)
    old.api.publish_version('s')

    def get21(**query):
        return fc.api.get_function_async_invoke_config(
            's', 'f', fc2_models.GetFunctionAsyncInvokeConfigRequest(**query)).body.to_map()

    def put21(**settings):
        return fc.api.put_function_async_invoke_config(
            's', 'f', fc2_models.PutFunctionAsyncInvokeConfigRequest(**settings)).body.to_map()

    with refused(404, 'AsyncConfigNotExists'):
        get21()
    made = put21(max_async_retry_attempts=1, stateful_invocation=True)
    assert (made['service'], made['function'], made['qualifier']) == ('s', 'f', 'LATEST')
    assert (made['maxAsyncRetryAttempts'], made['statefulInvocation']) == (1, True)
    assert get21() == made == old.api.get_function_async_invoke_config('s', 'LATEST', 'f').data
    other = old.api.put_function_async_invoke_config('s', '1', 'f', {'maxAsyncEventAgeInSeconds': 5000}).data
    assert (other['qualifier'], other['maxAsyncEventAgeInSeconds']) == ('1', 5000)
    assert get21(qualifier='1') == other
    for configs in (old.api.list_function_async_invoke_configs('s', 'f').data['configs'],
                    fc.api.list_function_async_invoke_configs(
                        's', 'f', fc2_models.ListFunctionAsyncInvokeConfigsRequest()).body.to_map()['configs']):
        assert [c['qualifier'] for c in configs] == ['1', 'LATEST']
    old.api.delete_function_async_invoke_config('s', '1', 'f')
    fc.api.delete_function_async_invoke_config('s', 'f', fc2_models.DeleteFunctionAsyncInvokeConfigRequest())
    assert old.api.list_function_async_invoke_configs('s', 'f').data['configs'] == []
    with refused(404, 'AsyncConfigNotExists'):
        old.api.get_function_async_invoke_config('s', '1', 'f')


# ------------------------------------------------------------------ what they do

@pytest.mark.parametrize('retries', [0, 1])
def test_a_function_is_run_again_as_often_as_is_said(world, retries):
    world.fc.create('f', FAILS, role=world.role)
    world.put(max_async_retry_attempts=retries)
    assert why(world.server, invoke(world.fc)).startswith(f'it failed {retries + 1} times')
    assert len(world.objects('try-')) == retries + 1


def test_the_config_of_an_alias_is_its_own(world):
    world.fc.create('f', FAILS, role=world.role)
    publish(world.fc, alias='prod')
    world.put(max_async_retry_attempts=8)
    world.put(qualifier='prod', max_async_retry_attempts=0)
    assert why(world.server, invoke(world.fc, qualifier='prod')).startswith('it failed 1 times')


def test_an_invocation_that_waited_too_long_is_not_run(world):
    world.fc.create('f', FAILS, role=world.role)
    world.fc.create('told', TOLD, role=world.role)
    world.put(max_async_event_age_in_seconds=30, destination_config=to(failure='acs:fc:::functions/told'))
    request = invoke(world.fc, event=b'late', **{'x-fc-async-delay': '60'})
    world.server.advance(61)
    [told] = world.told()
    assert told['requestContext'] == {'requestId': request, 'functionArn': f'{HOME}:functions/f',
                                      'condition': 'EventAgeExceeded', 'approximateInvokeCount': 0}
    assert told['requestPayload'] == 'late'
    assert world.objects('try-') == []


def test_a_function_is_told_of_success(world):
    world.fc.create('f', WORKS, role=world.role)
    world.fc.create('told', TOLD, role=world.role)
    nobody = f'{HOME}:functions/nobody'
    made = world.put(destination_config=to(f'{HOME}:functions/told', nobody))
    assert made['destinationConfig'] == {
        'onSuccess': {'destination': f'{HOME}:functions/told'}, 'onFailure': {'destination': nobody}}
    request = invoke(world.fc, event=b'good')
    [told] = world.told()
    assert isinstance(told.pop('timestamp'), int)
    assert told == {
        'requestContext': {'requestId': request, 'functionArn': f'{HOME}:functions/f', 'condition': '',
                           'approximateInvokeCount': 1},
        'requestPayload': 'good', 'responseContext': {'statusCode': 200, 'functionError': ''},
        'responsePayload': 'it was good'}


def test_a_function_is_told_of_failure(world):
    world.fc.create('f', FAILS, role=world.role)
    world.fc.create('told', TOLD, role=world.role)
    publish(world.fc, 'told', alias='prod')
    world.put(max_async_retry_attempts=1,
              destination_config=to('acs:fc:::functions/nobody', 'acs:fc:::functions/told/prod'))
    request = invoke(world.fc, event=b'bad')
    [told] = world.told()
    assert told['requestContext'] == {'requestId': request, 'functionArn': f'{HOME}:functions/f',
                                      'condition': 'UnhandledInvocationError', 'approximateInvokeCount': 2}
    assert told['responseContext'] == {'statusCode': 200, 'functionError': 'UnhandledInvocationError'}
    assert json.loads(told['responsePayload'])['errorMessage'] == 'no'


def test_a_function_is_told_of_one_that_has_gone(world):
    world.fc.create('f', WORKS, role=world.role)
    publish(world.fc, alias='prod')
    world.fc.create('told', TOLD, role=world.role)
    world.put(qualifier='prod', destination_config=to(failure='acs:fc:::functions/told'))
    invoke(world.fc, qualifier='prod', **{'x-fc-async-delay': '60'})
    world.fc.api.delete_function_version('f', '1')
    world.server.advance(60)
    # The role went with the version, and with it the right to tell.
    wait_until(lambda: "nothing is delivered to the destination 'acs:fc:::functions/told'" in world.server.log(),
               what='the refusal')


def test_functions_in_services_are_told_too(world):
    old = Fc2016(world.server)
    old.create_service('s', role=world.role)
    old.create('s', 'f', WORKS)
    old.create('s', 'told', TOLD)
    old.api.put_function_async_invoke_config('s', 'LATEST', 'f', {
        'destinationConfig': {'onSuccess': {'destination': 'acs:fc:::services/s.LATEST/functions/told'}}})
    old.invoke('s', 'f', b'old', headers={'x-fc-invocation-type': 'Async'})
    [told] = world.told()
    assert told['requestContext']['functionArn'] == f'{HOME}:services/s/functions/f'
    assert told['responsePayload'] == 'it was old'


def test_the_role_has_to_be_allowed_to_tell(world):
    config = to('acs:fc:::functions/told')
    world.fc.create('f', WORKS)
    with refused(403, 'AccessDenied', message="function 'f' has no role"):
        world.put(destination_config=config)
    weak = world.ram.role('weak', allow('oss:*'), trusts=TRUST_FC)
    world.fc.update('f', role=weak)
    said = f"the role '{weak}' is not authorized to perform 'fc:InvokeFunction' on resource '{HOME}:functions/told'"
    with refused(403, 'AccessDenied', message=said):
        world.put(destination_config=config)
    with refused(404, 'AsyncConfigNotExists'):
        get(world.fc)
    world.fc.update('f', role=world.role)
    world.put(destination_config=config)
    # What it may do is asked again when there is something to tell.
    world.fc.update('f', role=weak)
    invoke(world.fc)
    said = f"nothing is delivered to the destination 'acs:fc:::functions/told': {said}"
    wait_until(lambda: said in world.server.log(), what='the refusal')


@pytest.mark.parametrize('arn', [
    QUEUE, f'acs:mns:cn-hangzhou:{ACCOUNT}:/topics/t/messages', f'acs:eventbridge:cn-hangzhou:{ACCOUNT}:eventbus/default',
    f'acs:mq:cn-hangzhou:{ACCOUNT}:/instances/i/topics/t'])
def test_other_services_are_told_nothing(world, arn):
    world.fc.create('f', WORKS)
    world.put(destination_config=to(arn))
    assert get(world.fc)['destinationConfig'] == {'onSuccess': {'destination': arn}}
    world.put(destination_config=to(arn, arn))
    assert world.server.log().count(f"the destination '{arn}' is kept, and nothing is ever delivered there") == 1


def test_settings_and_what_waits_survive_a_restart(tmp_path):
    flags = ['--data', str(tmp_path / 'data'), '--python', sys.executable]
    first = Server.start(*flags)
    try:
        world = World(first).furnish()
        world.fc.create('f', WORKS, role=world.role)
        world.fc.create('told', TOLD, role=world.role)
        made = world.put(destination_config=to('acs:fc:::functions/told'), max_async_retry_attempts=7)
        invoke(world.fc, event=b'later', **{'x-fc-async-delay': '3600'})
    finally:
        first.stop()
    second = Server.start(*flags)
    try:
        world = World(second)
        assert get(world.fc) == made
        second.advance(3600)
        assert world.told()[0]['responsePayload'] == 'it was later'
    finally:
        assert second.stop() == 0
