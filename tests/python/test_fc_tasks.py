"""Asynchronous tasks: their course is kept, and they can be stopped."""
import json
import signal
import sys

import pytest

import clients
from clients import allow, refused
from functions import TRUST_FC, Fc3, Fc2016, Fc2021, fc2_models, fc3_models
from localyun import ACCOUNT, Server, wait_until

HOME = f'acs:fc:cn-hangzhou:{ACCOUNT}'
WORKS = 'def handler(event, context):\n    return b"it was " + event\n'
FAILS = 'def handler(event, context):\n    raise ValueError("no")\n'
HANGS = 'import time\ndef handler(event, context):\n    time.sleep(600)\n'
# The first one of all hangs, and leaves something behind.
HANGS_ONCE = '''
import oss2, time
def handler(event, context):
    c = context.credentials
    auth = oss2.StsAuth(c.access_key_id, c.access_key_secret, c.security_token)
    bucket = oss2.Bucket(auth, 'http://oss-cn-hangzhou-internal.aliyuncs.com', 'results')
    if not bucket.object_exists('began'):
        bucket.put_object('began', '')
        time.sleep(600)
    return 'again'
'''


@pytest.fixture
def fc(server):
    return Fc3(server)


def create(fc, code=WORKS, name='f', **settings):
    """A function whose invocations are tasks."""
    fc.create(name, code, **{'timeout': 600, **settings.pop('function', {})})
    configure(fc, name, **settings)


def configure(fc, name='f', qualifier=None, **settings):
    fc.api.put_async_invoke_config(name, fc3_models.PutAsyncInvokeConfigRequest(
        qualifier=qualifier, body=fc3_models.PutAsyncInvokeConfigInput(async_task=True, **settings)))


def start(fc, id=None, event=b'', name='f', qualifier=None, delay=None):
    common = {'x-fc-async-delay': str(delay)} if delay else {}
    headers, body = fc.invoke(name, event, qualifier, x_fc_invocation_type='Async', x_fc_async_task_id=id,
                              common_headers=common)
    assert body == b''
    return headers


def task(fc, id, name='f'):
    return fc.api.get_async_task(name, id, fc3_models.GetAsyncTaskRequest()).body.to_map()


def comes_to(fc, id, *status):
    """The task, once it has one of these."""
    return wait_until(lambda: (t := task(fc, id))['status'] in status and t, what=f'{id} {status}')


def stop(fc, id):
    assert fc.api.stop_async_task('f', id, fc3_models.StopAsyncTaskRequest()).status_code == 204


def tasks(fc, **query):
    return fc.api.list_async_tasks('f', fc3_models.ListAsyncTasksRequest(**query)).body.to_map()


def ids(fc, **query):
    return [t['taskId'] for t in tasks(fc, **query)['tasks']]


def course(task):
    assert [e['eventId'] for e in task['events']] == list(range(1, len(task['events']) + 1))
    times = [e['timestamp'] for e in task['events']]
    assert times == sorted(times)
    return [e['status'] for e in task['events']]


def test_the_course_of_a_task(fc):
    create(fc)
    headers = start(fc, 'job-1', b'good')
    assert headers['x-fc-async-task-id'] == 'job-1'
    done = comes_to(fc, 'job-1', 'Succeeded')
    assert course(done) == ['Enqueued', 'Dequeued', 'Running', 'Succeeded']
    assert (done['taskId'], done['requestId'], done['qualifier']) == ('job-1', headers['x-fc-request-id'], 'LATEST')
    assert (done['functionArn'], done['destinationStatus']) == (f'{HOME}:functions/f', 'Succeeded')
    assert (done['taskPayload'], done['returnPayload'], done['taskErrorMessage']) == ('good', 'it was good', '')
    assert done['instanceId'].startswith('c-') and done['alreadyRetriedTimes'] == 0
    assert done['startedTime'] <= done['endTime'] and done['durationMs'] >= 0


def test_a_task_without_an_id_has_that_of_its_request(fc):
    create(fc)
    headers = start(fc)
    assert headers['x-fc-async-task-id'] == headers['x-fc-request-id']
    comes_to(fc, headers['x-fc-request-id'], 'Succeeded')


def test_an_id_is_taken_once(server, fc):
    create(fc)
    create(fc, name='g')
    start(fc, 'job', b'one')
    with refused(409, 'AsyncTaskAlreadyExists', message="task 'job' already exists"):
        start(fc, 'job', b'two')
    assert comes_to(fc, 'job', 'Succeeded')['returnPayload'] == 'it was one'
    with refused(409, 'AsyncTaskAlreadyExists'):
        start(fc, 'job', b'three')
    start(fc, 'job', name='g')
    # After seven days it is forgotten.
    server.advance(7 * 86400 + 1)
    with refused(404, 'AsyncTaskNotFound', message="task 'job' of function 'f' does not exist"):
        task(fc, 'job')
    assert ids(fc) == []
    start(fc, 'job', b'four')
    assert comes_to(fc, 'job', 'Succeeded')['returnPayload'] == 'it was four'


def test_a_task_that_fails(fc):
    create(fc, FAILS, max_async_retry_attempts=1)
    start(fc, 'job')
    done = comes_to(fc, 'job', 'Failed')
    assert course(done) == ['Enqueued', 'Dequeued', 'Running', 'Retrying', 'Dequeued', 'Running', 'Failed']
    assert (done['alreadyRetriedTimes'], done['taskErrorMessage']) == (1, 'UnhandledInvocationError')
    assert json.loads(done['events'][3]['eventDetail']) == {'Error': 'UnhandledInvocationError'}
    assert json.loads(done['returnPayload'])['errorMessage'] == 'no'


def test_a_task_that_is_stopped_before_it_runs_never_does(server, fc):
    create(fc)
    start(fc, 'job', delay=60)
    stop(fc, 'job')
    assert course(task(fc, 'job')) == ['Enqueued', 'Stopped']
    server.advance(60)
    start(fc, 'other')
    comes_to(fc, 'other', 'Succeeded')
    assert course(task(fc, 'job')) == ['Enqueued', 'Stopped']
    stop(fc, 'job')
    stop(fc, 'other')
    assert task(fc, 'other')['status'] == 'Succeeded', 'what is over stays as it is'


def test_a_task_is_stopped_while_it_runs(server, fc):
    role = clients.Ram(server).role('worker', allow('fc:InvokeFunction'), trusts=TRUST_FC)
    told = fc3_models.Destination(destination='acs:fc:::functions/told')
    create(fc, HANGS, function={'role': role}, destination_config=fc3_models.DestinationConfig(told, told))
    create(fc, name='told')
    start(fc, 'job')
    comes_to(fc, 'job', 'Running')
    stop(fc, 'job')
    done = comes_to(fc, 'job', 'Stopped')
    assert course(done) == ['Enqueued', 'Dequeued', 'Running', 'Stopping', 'Stopped']
    assert done['endTime'] and done['destinationStatus'] == 'Stopped'
    told = fc.api.list_async_tasks('told', fc3_models.ListAsyncTasksRequest()).body.to_map()['tasks']
    assert told == [], 'nobody is told of it'


def test_a_task_is_stopped_between_two_attempts(server, fc):
    create(fc, FAILS, max_async_retry_attempts=8)
    start(fc, 'job')
    comes_to(fc, 'job', 'Retrying')
    # It may be at its next attempt by now, and is stopped there then.
    stop(fc, 'job')
    done = comes_to(fc, 'job', 'Stopped')
    assert done['alreadyRetriedTimes'] < 8


def test_a_task_that_waited_too_long(server, fc):
    create(fc, max_async_event_age_in_seconds=30)
    start(fc, 'job', delay=60)
    server.advance(61)
    assert course(comes_to(fc, 'job', 'Expired')) == ['Enqueued', 'Expired']


def test_a_task_that_cannot_run_any_more(server, fc):
    create(fc)
    fc.api.publish_function_version('f', fc3_models.PublishFunctionVersionRequest(
        body=fc3_models.PublishVersionInput()))
    configure(fc, qualifier='1')
    start(fc, 'job', qualifier='1', delay=60)
    fc.api.delete_function_version('f', '1')
    server.advance(60)
    done = comes_to(fc, 'job', 'Invalid')
    assert done['qualifier'] == '1' and done['taskErrorMessage'] == "version '1' of function 'f' does not exist"


def test_what_another_function_is_told_is_a_task_too(server, fc):
    role = clients.Ram(server).role('worker', allow('fc:InvokeFunction'), trusts=TRUST_FC)
    create(fc, name='told')
    create(fc, function={'role': role}, destination_config=fc3_models.DestinationConfig(
        on_success=fc3_models.Destination(destination='acs:fc:::functions/told')))
    start(fc, 'job', b'good')

    def told():
        return fc.api.list_async_tasks('told', fc3_models.ListAsyncTasksRequest(
            status='Succeeded', include_payload=True)).body.to_map()['tasks']

    [told] = wait_until(told, what='the task of the destination')
    assert json.loads(told['taskPayload'])['responsePayload'] == 'it was good'


def test_lists_of_tasks(server, fc):
    create(fc)
    times = []
    for n in range(5):
        times.append(start(fc, f'job-{n}', b'x', delay=3600 if n == 4 else None))
        server.advance(10)
    start(fc, 'other', delay=3600)
    for n in range(4):
        comes_to(fc, f'job-{n}', 'Succeeded')
    assert ids(fc, prefix='job-') == [f'job-{n}' for n in range(5)]
    assert ids(fc, sort_order_by_time='desc')[:2] == ['other', 'job-4']
    assert ids(fc, status='Enqueued') == ['job-4', 'other']
    assert ids(fc, qualifier='prod') == [] and len(ids(fc, qualifier='LATEST')) == 6
    at = task(fc, 'job-2')['startedTime']
    assert ids(fc, started_time_begin=at, prefix='job-') == ['job-2', 'job-3', 'job-4']
    assert ids(fc, started_time_end=at) == ['job-0', 'job-1', 'job-2']
    for order in ('asc', 'desc'):
        seen, token = [], None
        while True:
            page = tasks(fc, limit=2, next_token=token, sort_order_by_time=order)
            seen += [t['taskId'] for t in page['tasks']]
            token = page.get('nextToken')
            if not token:
                break
            assert len(page['tasks']) == 2
        assert seen == ids(fc, sort_order_by_time=order) and len(seen) == 6
    assert 'taskPayload' not in tasks(fc)['tasks'][0]
    assert tasks(fc, include_payload=True)['tasks'][0]['taskPayload'] == 'x'


@pytest.mark.parametrize('query, said', [
    ({'status': 'Done'}, "status 'Done'"), ({'sort_order_by_time': 'up'}, 'sortOrderByTime'), ({'limit': 101}, 'limit')])
def test_lists_that_cannot_be(fc, query, said):
    create(fc)
    with refused(400, 'InvalidArgument', message=said):
        tasks(fc, **query)


def test_what_is_no_task(fc):
    with refused(404, 'FunctionNotFound'):
        tasks(fc)
    fc.create('f', WORKS)
    for id in ('1job', 'a/b', 'a b', 'x' * 129):
        with refused(400, 'InvalidArgument', message='x-fc-async-task-id'):
            start(fc, id)
    headers = start(fc, 'job')
    assert 'x-fc-async-task-id' not in headers, 'tasks are not switched on'
    for ask in (task, stop):
        with refused(404, 'AsyncTaskNotFound'):
            ask(fc, 'job')


def test_tasks_in_a_service(server):
    fc, old = Fc2021(server), Fc2016(server)
    fc.create_service('s')
    fc.create('s', 'f', WORKS)

    def start(id, **more):
        return fc.invoke('s', 'f', b'good', headers={
            'x-fc-invocation-type': 'Async', 'x-fc-stateful-async-invocation-id': id, **more})[0]

    def get(id):
        return fc.api.get_stateful_async_invocation(
            's', 'f', id, fc2_models.GetStatefulAsyncInvocationRequest()).body.to_map()

    assert 'x-fc-stateful-async-invocation-id' not in start('job')
    with refused(404, 'StatefulAsyncInvocationNotFound'):
        get('job')
    # One invocation can be one by itself, and then all are.
    enable = {'x-fc-stateful-async-invocation-enable': 'true'}
    assert start('job', **enable)['x-fc-stateful-async-invocation-id'] == 'job'
    with refused(409, 'StatefulAsyncInvocationAlreadyExists'):
        start('job', **enable)
    old.api.put_function_async_invoke_config('s', 'LATEST', 'f', {'statefulInvocation': True})
    functions = fc.api.list_stateful_async_invocation_functions(
        fc2_models.ListStatefulAsyncInvocationFunctionsRequest()).body.to_map()['data']
    assert functions == [{'serviceName': 's', 'functionName': 'f', 'qualifier': 'LATEST'}]
    start('later', **{'x-fc-async-delay': '60'})
    done = wait_until(lambda: (t := get('job'))['status'] == 'Succeeded' and t, what='the task')
    assert (done['serviceName'], done['functionName'], done['invocationId']) == ('s', 'f', 'job')
    assert (done['invocationPayload'], done['returnPayload'], done['invocationErrorMessage']) == ('good', 'it was good', '')
    fc.api.stop_stateful_async_invocation('s', 'f', 'later', fc2_models.StopStatefulAsyncInvocationRequest())
    listed = fc.api.list_stateful_async_invocations('s', 'f', fc2_models.ListStatefulAsyncInvocationsRequest(
        invocation_id_prefix='l')).body.to_map()['invocations']
    assert [(i['invocationId'], i['status']) for i in listed] == [('later', 'Stopped')]


def test_tasks_through_the_oldest_door(server):
    old = Fc2016(server)
    old.create_service('s')
    old.create('s', 'f', WORKS)
    old.api.put_function_async_invoke_config('s', 'LATEST', 'f', {'statefulInvocation': True})
    old.invoke('s', 'f', b'good', headers={'x-fc-invocation-type': 'Async', 'x-fc-async-delay': '60',
                                          'x-fc-stateful-async-invocation-id': 'job'})
    # The SDK has no names for these.
    path = '/2016-08-15/services/s.LATEST/functions/f/stateful-async-invocations'

    def ask(method, path):
        return old.api._do_request(method, path, old.api._build_common_headers(method, path, {}))

    assert [i['invocationId'] for i in ask('GET', path).json()['invocations']] == ['job']
    assert ask('PUT', path + '/job').status_code == 204
    assert ask('GET', path + '/job').json()['status'] == 'Stopped'


# ------------------------------------------------------------------ what survives

def test_tasks_survive_a_restart(tmp_path):
    flags = ['--data', str(tmp_path / 'data'), '--python', sys.executable]
    first = Server.start(*flags)
    try:
        results, fc = clients.bucket(first, 'results'), Fc3(first)
        results.create_bucket()
        role = clients.Ram(first).role('worker', allow('oss:*'), trusts=TRUST_FC)
        create(fc, HANGS_ONCE, function={'role': role})
        start(fc, 'later', delay=3600)
        start(fc, 'job')
        wait_until(lambda: results.object_exists('began'), what='the function')
    finally:
        first.stop(signal.SIGKILL)
    second = Server.start(*flags)
    try:
        fc = Fc3(second)
        done = comes_to(fc, 'job', 'Succeeded')
        assert done['returnPayload'] == 'again'
        assert course(done) == ['Enqueued', 'Dequeued', 'Running', 'Dequeued', 'Running', 'Succeeded']
        assert course(task(fc, 'later')) == ['Enqueued']
        stop(fc, 'later')
    finally:
        assert second.stop() == 0
