"""Triggers as configuration, in the words of each generation."""
import json

import pytest

from clients import allow, bucket, deny, refused, role_arn, trust
from functions import EXAMPLE_1, Fc3, Fc2016, Fc2021, fc2_models, fc3_models

HTTP = {'authType': 'anonymous', 'methods': ['GET', 'POST']}
TIMER = {'cronExpression': '@every 5m', 'enable': True, 'payload': 'tick'}
OSS = {'events': ['oss:ObjectCreated:*'], 'filter': {'key': {'prefix': 'in/', 'suffix': '.txt'}}}
TRUST_OSS = trust(Service=['oss.aliyuncs.com'])
BUCKET = 'acs:oss:cn-hangzhou:1234567890123456:demo'


@pytest.fixture
def fc(server):
    fc = Fc3(server)
    fc.create('f', EXAMPLE_1)
    return fc


def create(fc, name, kind, config, **more):
    return fc.api.create_trigger('f', fc3_models.CreateTriggerRequest(body=fc3_models.CreateTriggerInput(
        trigger_name=name, trigger_type=kind, trigger_config=json.dumps(config), **more))).body.to_map()


def update(fc, name, **fields):
    return fc.api.update_trigger('f', name, fc3_models.UpdateTriggerRequest(
        body=fc3_models.UpdateTriggerInput(**fields))).body.to_map()


def listed(fc):
    found = fc.api.list_triggers('f', fc3_models.ListTriggersRequest()).body.to_map()['triggers']
    return [trigger['triggerName'] for trigger in found]


def test_a_triggers_life(server, ram, fc):
    made = create(fc, 'web', 'http', HTTP, description='first')
    assert json.loads(made['triggerConfig']) == HTTP
    assert made['httpTrigger']['urlInternet'].endswith('.cn-hangzhou.fcapp.run')
    assert made['targetArn'] == 'acs:fc:cn-hangzhou:1234567890123456:functions/f'
    assert fc.api.get_trigger('f', 'web').body.to_map() == made
    create(fc, 'clock', 'timer', TIMER)
    bucket(server, 'demo').create_bucket()
    create(fc, 'bucket', 'oss', OSS, source_arn=BUCKET, invocation_role=ram.role('notify', trusts=TRUST_OSS))
    assert listed(fc) == ['bucket', 'clock', 'web']
    changed = update(fc, 'clock', trigger_config=json.dumps({**TIMER, 'payload': 'tock'}), qualifier='LATEST')
    assert json.loads(changed['triggerConfig'])['payload'] == 'tock'
    with refused(409, 'FunctionNotEmpty', message="function 'f' has active 'triggers'."):
        fc.api.delete_function('f')
    for name in listed(fc):
        fc.api.delete_trigger('f', name)
    with refused(404, 'TriggerNotFound'):
        fc.api.get_trigger('f', 'web')
    fc.api.delete_function('f')


@pytest.mark.parametrize('kind, config, said', [
    ('cats', {}, 'triggerType'), ('http', {'authType': 'mine', 'methods': ['GET']}, 'authType'),
    ('http', {'authType': 'anonymous', 'methods': []}, 'methods'),
    ('http', {'authType': 'anonymous', 'methods': ['SING']}, 'SING'),
    ('http', {**HTTP, 'colour': 'red'}, 'colour'), ('timer', {}, 'cronExpression'),
    ('timer', {'cronExpression': '0 0 4 * *'}, '5 fields'), ('timer', {'cronExpression': '@every 5y'}, '@every'),
    ('timer', {**TIMER, 'payload': 5}, 'payload'), ('oss', {'events': ['oss:Any']}, 'oss:Any'),
    ('oss', {**OSS, 'filter': {'key': {'prefix': '/in'}}}, 'prefix'),
])
def test_triggers_that_cannot_be(fc, kind, config, said):
    with refused(400, 'InvalidArgument', message=said):
        create(fc, 't', kind, config, source_arn=BUCKET)
    assert listed(fc) == []


def test_an_oss_trigger_has_a_bucket(fc):
    with refused(400, 'InvalidArgument', message='sourceArn'):
        create(fc, 't', 'oss', OSS)


def test_what_is_there_already(fc):
    create(fc, 'web', 'http', HTTP)
    with refused(409, 'TriggerAlreadyExists'):
        create(fc, 'web', 'timer', TIMER)
    with refused(400, 'InvalidArgument', message='has an HTTP trigger'):
        create(fc, 'again', 'http', HTTP)
    create(fc, 'prod', 'http', HTTP, qualifier='prod')
    with refused(404, 'FunctionNotFound'):
        fc.api.get_trigger('g', 'web')


def test_a_policy_against_anonymous_triggers(server, ram, fc):
    key = ram.user('dev', allow('fc:*'), deny(['fc:CreateTrigger', 'fc:UpdateTrigger'], Condition={
        'Bool': {'fc:EnableHTTPTriggerAnonymous': 'true'}}))
    dev = Fc3(server, key)
    with refused(403, 'AccessDenied', message='fc:CreateTrigger'):
        create(dev, 'web', 'http', HTTP)
    create(dev, 'web', 'http', {**HTTP, 'authType': 'function'})
    with refused(403, 'AccessDenied', message='fc:UpdateTrigger'):
        update(dev, 'web', trigger_config=json.dumps(HTTP))


def test_the_role_of_a_trigger_has_to_be_passed(server, ram, fc):
    bucket(server, 'demo').create_bucket()
    dev = Fc3(server, ram.user('dev', allow('fc:*')))
    with refused(403, 'AccessDenied', message='ram:PassRole'):
        create(dev, 'bucket', 'oss', OSS, source_arn=BUCKET, invocation_role=role_arn('notify'))


def test_a_triggers_life_in_a_service(server):
    old, new = Fc2016(server), Fc2021(server)
    old.create_service('svc')
    old.create('svc', 'f', EXAMPLE_1)
    made = old.api.create_trigger('svc', 'f', 'clock', 'timer', TIMER, '', '')
    assert made.data['triggerConfig'] == TIMER, 'an object in this generation'
    got = new.api.get_trigger('svc', 'f', 'clock').body.to_map()
    assert json.loads(got['triggerConfig']) == TIMER, 'text in that one'
    old.api.update_trigger('svc', 'f', 'clock', {**TIMER, 'enable': False}, '', headers={'if-match': made.headers['etag']})
    assert old.api.get_trigger('svc', 'f', 'clock').data['triggerConfig']['enable'] is False
    assert [t['triggerName'] for t in old.api.list_triggers('svc', 'f').data['triggers']] == ['clock']
    with refused(412, 'PreconditionFailed'):
        old.api.update_trigger('svc', 'f', 'clock', TIMER, '', headers={'if-match': made.headers['etag']})
    old.api.delete_trigger('svc', 'f', 'clock')
    web = new.api.create_trigger('svc', 'f', fc2_models.CreateTriggerRequest(
        trigger_name='web', trigger_type='http', trigger_config=json.dumps(HTTP))).body
    assert web.url_internet.endswith('.cn-hangzhou.fcapp.run')
    new.api.delete_trigger('svc', 'f', 'web')
    old.api.delete_function('svc', 'f')


@pytest.mark.parametrize('kind', ['log', 'sls', 'mns_topic', 'cdn_events', 'tablestore', 'eventbridge', 'kafka'])
def test_triggers_that_nothing_sets_off_are_said_once(server, fc, kind):
    name = f'quiet-{kind}'
    create(fc, name, kind, {}, source_arn='acs:x:cn-hangzhou:1234567890123456:y')
    update(fc, name, description='still')
    # The requests' own lines name the trigger too, and are written when they are answered.
    said = [line for line in server.log().split('\n') if name in line and 'a trigger will not fire' in line]
    assert len(said) == 1 and f'nothing here makes events of the type {kind}' in said[0]
