"""Timers, on the virtual clock."""
import datetime
import json
import sys

import pytest

import clients
from clients import refused
from functions import TRUST_FC, Fc3, Fc2016, Fc3Client, fc3_models
from localyun import ACCOUNT, REGION, Server, run, wait_until
from test_fc_events import WORKER, WRITES

# Says what it was given, and under which name.
TELLS = '''
import json
def handler(event, context):
    print(json.dumps(dict(json.loads(event), by=context.service.qualifier)))
'''
DAILY = '0 0 4 * * *'


class Timers:
    """A function `f` and its timers."""

    def __init__(self, server, fc=None, at='2026-01-01T00:00:00Z'):
        self.server, self.fc = server, fc or Fc3(server)
        if at:
            self.set(at)
        self.fc.create('f', TELLS)

    def set(self, at):
        self.server.admin('POST', 'clock', json={'set': at})

    def create(self, expression=DAILY, name='t', enable=True, payload='awesome', qualifier=None):
        return self.fc.api.create_trigger('f', fc3_models.CreateTriggerRequest(body=fc3_models.CreateTriggerInput(
            trigger_name=name, trigger_type='timer', trigger_config=config(expression, enable, payload),
            qualifier=qualifier))).body.to_map()

    def update(self, name='t', **fields):
        self.fc.api.update_trigger('f', name, fc3_models.UpdateTriggerRequest(body=fc3_models.UpdateTriggerInput(**fields)))

    def told(self, count, **of):
        """The events of `f` once there are as many, in the order of their times."""
        events = wait_until(lambda: enough(events_of(self.server, **of), count), what=f'{count} events')
        assert len(events) == count, events
        return sorted(events, key=lambda event: event['triggerTime'])

    def times(self, count, **of):
        return [event['triggerTime'] for event in self.told(count, **of)]


def config(expression, enable=True, payload='awesome'):
    config = {'cronExpression': expression, 'enable': enable, 'payload': payload}
    return json.dumps({name: value for name, value in config.items() if value is not None})


def events_of(server, function='f', **of):
    asked = '&'.join(f'{name}={value}' for name, value in {'function': function, **of}.items())
    logs = server.admin('GET', f'function-logs?{asked}')['invocations']
    return [json.loads(line) for log in logs for line in log['text'].split('\n') if line.startswith('{')]


def enough(events, count):
    return events if len(events) >= count else None


@pytest.fixture
def timers(server):
    return Timers(server)


# ------------------------------------------------------------------ when they fire

def test_a_timer_fires_at_its_time(timers):
    timers.set('2026-01-01T03:59:00Z')
    timers.create()
    timers.server.advance(60)
    assert timers.told(1) == [
        {'triggerTime': '2026-01-01T04:00:00Z', 'triggerName': 't', 'payload': 'awesome', 'by': 'LATEST'}]


def test_a_timer_fires_as_time_goes_by(timers):
    timers.create('0 * * * * *', payload=None)
    timers.set('2026-01-01T00:00:59Z')
    assert timers.told(1)[0] == {'triggerTime': '2026-01-01T00:01:00Z', 'triggerName': 't', 'payload': '', 'by': 'LATEST'}


def test_periods_count_from_the_making_of_the_timer(timers):
    made = timers.create('@every 5m')
    begun = datetime.datetime.strptime(made['createdTime'], '%Y-%m-%dT%H:%M:%SZ').replace(microsecond=0)
    timers.server.advance(900)
    expected = [(begun + datetime.timedelta(minutes=5 * n)).strftime('%Y-%m-%dT%H:%M:%SZ') for n in (1, 2, 3)]
    assert timers.times(3) == expected


@pytest.mark.parametrize('expression, times', [
    ('CRON_TZ=Asia/Shanghai 0 0 4 * * *', ['2026-01-01T20:00:00Z', '2026-01-02T20:00:00Z']),
    ('0 30/15 4-5 ? * FRI', [f'2026-01-02T{time}:00Z' for time in ('04:30', '04:45', '05:30', '05:45')]),
    ('15 30 0 1,3 JAN *', ['2026-01-01T00:30:15Z', '2026-01-03T00:30:15Z']),
])
def test_each_time_that_the_clock_is_moved_over(timers, expression, times):
    timers.create(expression)
    timers.server.advance(2 * 86400 + 3600)
    assert timers.times(len(times)) == times


def test_a_far_move_runs_the_last_hundred(timers):
    timers.create('0 0 * * * *')
    timers.set('2026-01-11T00:30:00Z')
    timers.fc.api.delete_trigger('f', 't')

    def all_run():
        timers.server.advance(60)  # what finds no room waits longer and longer
        return enough(events_of(timers.server), 100)
    wait_until(all_run, what='a hundred invocations')
    times = timers.times(100)
    assert (times[0], times[-1]) == ('2026-01-06T21:00:00Z', '2026-01-11T00:00:00Z')
    assert 'the clock was moved over more than 100 times of a timer' in timers.server.log()


def test_a_clock_that_goes_back(timers):
    timers.set('2026-01-01T03:00:00Z')
    timers.create()
    timers.server.advance(2 * 3600)
    assert timers.times(1) == ['2026-01-01T04:00:00Z']
    timers.set('2026-01-01T03:30:00Z')
    timers.server.advance(3600)
    assert timers.times(2) == ['2026-01-01T04:00:00Z'] * 2, 'its time has come twice'


# ------------------------------------------------------------------ which ones fire

def test_only_what_is_enabled_fires(timers):
    timers.create(name='off', enable=False)
    timers.create(name='unsaid', enable=None)
    timers.create(name='on')
    timers.server.advance(86400)
    assert [event['triggerName'] for event in timers.told(1)] == ['on']
    timers.update('off', trigger_config=config(DAILY))
    timers.update('on', trigger_config=config(DAILY, enable=False))
    timers.server.advance(86400)
    assert [event['triggerName'] for event in timers.told(2)] == ['on', 'off']
    assert "it has no 'enable': true" in timers.server.log()


def test_changes_take_effect_and_deleted_timers_are_quiet(timers):
    timers.create(payload='one')
    timers.create(name='gone')
    timers.fc.api.delete_trigger('f', 'gone')
    timers.update(trigger_config=config('0 0 5 * * *', payload='two'))
    timers.server.advance(86400)
    assert timers.told(1) == [{'triggerTime': '2026-01-01T05:00:00Z', 'triggerName': 't', 'payload': 'two', 'by': 'LATEST'}]
    timers.fc.api.delete_trigger('f', 't')
    timers.create('0 0 6 * * *', name='last')
    timers.server.advance(86400)
    assert timers.times(2) == ['2026-01-01T05:00:00Z', '2026-01-02T06:00:00Z']


def test_a_change_of_something_else_leaves_periods_alone(timers):
    timers.create('@every 1h')
    timers.server.advance(1800)
    timers.update(description='the same', trigger_config=config('@every 1h', payload='new'))
    timers.server.advance(1801)
    assert [event['payload'] for event in timers.told(1)] == ['new']


def test_a_timer_runs_what_its_qualifier_names(timers):
    timers.fc.api.publish_function_version('f', fc3_models.PublishFunctionVersionRequest(
        body=fc3_models.PublishVersionInput(description='first')))
    timers.fc.api.create_alias('f', fc3_models.CreateAliasRequest(
        body=fc3_models.CreateAliasInput(alias_name='prod', version_id='1')))
    timers.create(qualifier='prod')
    timers.server.advance(86400)
    assert timers.told(1)[0]['by'] == 'prod'


def test_regions_and_accounts_have_timers_of_their_own(server):
    other = server.admin('POST', 'accounts', json={})
    key = other['administrator']
    homes = {
        'here': (Fc3(server), {}),
        'beijing': (in_region(server, 'cn-beijing'), {'region': 'cn-beijing'}),
        'other': (Fc3(server, (key['access_key_id'], key['access_key_secret'])), {'account': other['uid']}),
    }
    all_timers = {}
    for name, (fc, _) in homes.items():
        all_timers[name] = Timers(server, fc, at=None if all_timers else '2026-01-01T00:00:00Z')
        all_timers[name].create(payload=name)
    all_timers['here'].fc.api.delete_trigger('f', 't')
    server.advance(86400)
    for name in ('beijing', 'other'):
        assert [event['payload'] for event in all_timers[name].told(1, **homes[name][1])] == [name]
    assert events_of(server) == []


def in_region(server, region):
    fc = Fc3(server)
    settings = clients.config(server)
    settings.endpoint, settings.region_id, settings.http_proxy = f'fcv3.{region}.aliyuncs.com', region, server.url
    fc.api = Fc3Client(settings)
    return fc


def test_services_of_the_older_generation(server):
    server.admin('POST', 'clock', json={'set': '2026-01-01T00:00:00Z'})
    results = clients.bucket(server, 'results')
    results.create_bucket()
    old = Fc2016(server)
    old.create_service('svc', role=clients.Ram(server).role('worker', WORKER, trusts=TRUST_FC))
    old.create('svc', 'f', WRITES)
    old.api.create_trigger('svc', 'f', 't', 'timer', {'cronExpression': DAILY, 'enable': True, 'payload': 'old'}, '', '')
    server.advance(86400)
    [key] = wait_until(lambda: [o.key for o in results.list_objects_v2().object_list], what='the result')
    event = json.loads(results.get_object(key).read())
    assert event == {'triggerTime': '2026-01-01T04:00:00Z', 'triggerName': 't', 'payload': 'old'}


# ------------------------------------------------------------------ what does not go

@pytest.mark.parametrize('expression, said', [
    ('* * * * * *', "'*' has a '*', which seconds cannot have"), ('0 0 4 * *', 'it has 5 fields and not 6'),
    ('CRON_TZ=Mars 0 0 4 * * *', "there is no time zone 'Mars'"), ('@every 30s', 'a number of minutes or hours'),
])
def test_expressions_that_are_none(timers, expression, said):
    with refused(400, 'InvalidArgument', message=said):
        timers.create(expression)


def test_what_never_fires_is_said_once(server, timers):
    timers.create('0 0 0 30 2 ?', name='february')
    assert "never comes" in server.log() and 'february' in server.log()


# ------------------------------------------------------------------ what survives

def test_timers_survive_a_restart_and_do_not_make_up_for_it(tmp_path):
    flags = ['--data', str(tmp_path / 'data'), '--python', sys.executable]
    first = Server.start(*flags)
    try:
        timers = Timers(first, at=None)
        timers.create('@every 5m')
        first.advance(600)
        assert len(timers.times(2)) == 2
    finally:
        first.stop()
    second = Server.start(*flags)
    try:
        timers.server = second
        second.advance(301)
        assert len(timers.times(1)) == 1
    finally:
        assert second.stop() == 0


def test_a_snapshot_brings_timers_back(server, timers):
    timers.create()
    assert run('snapshot', '--endpoint', server.url, 'save', 'timers').returncode == 0
    timers.fc.api.delete_trigger('f', 't')
    server.advance(86400)
    assert run('snapshot', '--endpoint', server.url, 'restore', 'timers').returncode == 0
    run('snapshot', '--endpoint', server.url, 'delete', 'timers')
    server.advance(86400)
    assert timers.times(1) == ['2026-01-02T04:00:00Z']
