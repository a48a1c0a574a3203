"""What runs functions without anybody waiting: asynchronous invocations, and triggers of OSS."""
import io
import itertools
import json
import sys
import threading

import oss2
import pytest
from alibabacloud_tea_util.models import RuntimeOptions

import clients
from clients import allow, refused, trust
from functions import TRUST_FC, Fc3, Fc2016, fc3_models
from localyun import ACCOUNT, Server, run, wait_until
from test_fc_async import why

TRUST_OSS = trust(Service=['oss.aliyuncs.com'])
ARN = f'acs:oss:cn-hangzhou:{ACCOUNT}:events'

# Writes the event under the request's id. Whoever fails notes each attempt instead.
WRITES = '''
import json, oss2
def handler(event, context):
    c = context.credentials
    auth = oss2.StsAuth(c.access_key_id, c.access_key_secret, c.security_token)
    bucket = oss2.Bucket(auth, 'http://oss-cn-hangzhou-internal.aliyuncs.com', 'results')
    bucket.put_object(context.request_id, event)
'''
COUNTS = '''
import oss2
def handler(event, context):
    c = context.credentials
    auth = oss2.StsAuth(c.access_key_id, c.access_key_secret, c.security_token)
    bucket = oss2.Bucket(auth, 'http://oss-cn-hangzhou-internal.aliyuncs.com', 'results')
    position = bucket.head_object('tries').content_length if bucket.object_exists('tries') else 0
    bucket.append_object('tries', position, context.request_id + '\\n')
    raise ValueError('no')
'''
WORKER = allow(['oss:PutObject', 'oss:GetObject'])


class World:
    """A bucket whose objects set functions off, and one that they write to."""

    def __init__(self, server):
        self.server, self.fc = server, Fc3(server)
        self.events, self.results = (clients.bucket(server, name) for name in ('events', 'results'))

    def furnish(self):
        self.events.create_bucket()
        self.results.create_bucket()
        ram = clients.Ram(self.server)
        self.worker = ram.role('worker', WORKER, trusts=TRUST_FC)
        self.notifier = ram.role('notifier', allow('fc:InvokeFunction'), trusts=TRUST_OSS)
        return self

    def trigger(self, name='t', function='f', events=('oss:ObjectCreated:*',), prefix='', suffix='', **more):
        config = {'events': list(events), 'filter': {'key': {'prefix': prefix, 'suffix': suffix}}}
        settings = {'source_arn': ARN, 'invocation_role': self.notifier, **more}
        return self.fc.api.create_trigger(function, fc3_models.CreateTriggerRequest(body=fc3_models.CreateTriggerInput(
            trigger_name=name, trigger_type='oss', trigger_config=json.dumps(config), **settings))).body.to_map()

    def written(self, count=1):
        """The objects in `results`, once there are as many."""
        def there():
            names = [o.key for o in self.results.list_objects_v2().object_list]
            return names if len(names) >= count else None
        names = wait_until(there, what=f'{count} results')
        assert len(names) == count
        return {name: self.results.get_object(name).read() for name in names}

    def told(self, count=1):
        """The events that functions wrote down, in the order in which things happened."""
        events = [json.loads(text)['events'][0] for text in self.written(count).values()]
        return sorted(events, key=lambda event: event['eventTime'])


@pytest.fixture
def world(server):
    return World(server).furnish()


def invoke(fc, name, event=b'', **common):
    return fc.invoke(name, event, x_fc_invocation_type='Async', common_headers=common)


# ------------------------------------------------------------------ asynchronous invocations

def test_an_asynchronous_invocation_is_accepted_and_runs(world):
    world.fc.create('f', WRITES, role=world.worker)
    answer = world.fc.api.invoke_function_with_options(
        'f', fc3_models.InvokeFunctionRequest(body=io.BytesIO(b'hello')),
        fc3_models.InvokeFunctionHeaders(x_fc_invocation_type='Async'), RuntimeOptions())
    assert answer.status_code == 202
    request = answer.headers['x-fc-request-id']
    [(name, event)] = world.written().items()
    assert name == request and event == b'hello'


def test_what_cannot_be_accepted(world):
    with refused(404, 'FunctionNotFound'):
        invoke(world.fc, 'f')
    world.fc.create('f', WRITES, role=world.worker)
    with refused(400, 'EntityTooLarge'):
        invoke(world.fc, 'f', b'x' * (128 * 1024 + 1))
    for headers in ({'x-fc-async-delay': '3601'}, {'x-fc-async-delay': 'soon'}):
        with refused(400, 'InvalidArgument'):
            invoke(world.fc, 'f', **headers)


def test_a_delay_is_of_the_virtual_clock(server, world):
    world.fc.create('f', WRITES, role=world.worker)
    invoke(world.fc, 'f', b'later', **{'x-fc-async-delay': '3600'})
    invoke(world.fc, 'f', b'now')
    assert list(world.written().values()) == [b'now']
    server.advance(3600)
    assert sorted(world.written(2).values()) == [b'later', b'now']


def tries(world):
    there = world.results.object_exists('tries')
    return world.results.get_object('tries').read().decode().split() if there else []


def test_a_function_that_fails_is_tried_four_times_and_given_up(server, world):
    world.fc.create('f', COUNTS, role=world.worker)
    request = invoke(world.fc, 'f')[0]['x-fc-request-id']
    said = why(server, request)
    assert tries(world) == [request] * 4, 'one request, one id'
    assert said.startswith('it failed 4 times') and '"errorType":"ValueError"' in said.replace(' ', '').replace('\\', '')


def test_a_reset_empties_the_queue(server, world):
    world.fc.create('f', WRITES, role=world.worker)
    invoke(world.fc, 'f', b'never', **{'x-fc-async-delay': '60'})
    server.reset()
    world.furnish()
    world.fc.create('f', WRITES, role=world.worker)
    server.advance(60)
    invoke(world.fc, 'f', b'now')
    assert list(world.written().values()) == [b'now']


def test_the_older_generation_invokes_asynchronously_too(server, world):
    old = Fc2016(server)
    old.create_service('svc', role=world.worker)
    old.create('svc', 'f', WRITES)
    old.invoke('svc', 'f', b'old', headers={'x-fc-invocation-type': 'Async'})
    assert list(world.written().values()) == [b'old']


# ------------------------------------------------------------------ triggers of OSS

def test_an_object_sets_a_function_off(world):
    world.fc.create('f', WRITES, role=world.worker)
    world.trigger(prefix='in/', suffix='.txt')
    put = world.events.put_object('in/a b+ä.txt', b'hello', headers={'Content-Type': 'text/plain', 'x-oss-meta-who': 'me'})
    [event] = world.told()
    request = event['responseElements']['requestId']
    assert request == put.request_id, 'one trace from the put to the function'
    assert (event['eventName'], event['eventSource'], event['eventVersion']) == ('ObjectCreated:PutObject', 'acs:oss', '1.0')
    assert event['oss']['bucket'] == {'arn': ARN, 'name': 'events', 'ownerIdentity': ACCOUNT}
    assert event['oss']['object'] == {
        'deltaSize': 5, 'eTag': put.etag, 'key': 'in/a b+ä.txt', 'size': 5,
        'objectMeta': {'mimeType': 'text/plain', 'userMeta': {'who': 'me'}}}
    assert (event['region'], event['requestParameters']) == ('cn-hangzhou', {'sourceIPAddress': '127.0.0.1'})
    assert event['eventTime'].endswith('Z') and event['userIdentity']['principalId']


def test_only_what_the_rule_is_for(world):
    world.fc.create('f', WRITES, role=world.worker)
    world.trigger(prefix='in/', suffix='.txt', events=['oss:ObjectCreated:PutObject'])
    world.events.put_object('out/a.txt', b'')
    world.events.put_object('in/a.png', b'')
    world.events.append_object('in/b.txt', 0, b'')
    world.results.put_object('in/c.txt', b'another bucket')
    world.results.delete_object('in/c.txt')
    world.events.put_object('in/a.txt', b'')
    assert [e['oss']['object']['key'] for e in world.told()] == ['in/a.txt']


def test_every_operation_tells_what_it_did(world):
    world.fc.create('f', WRITES, role=world.worker)
    world.trigger(events=['oss:ObjectCreated:*', 'oss:ObjectRemoved:*'])
    bucket = world.events
    bucket.put_object('a', b'12345')
    bucket.put_object('a', b'12')
    bucket.copy_object('events', 'a', 'b')
    bucket.append_object('c', 0, b'123')
    bucket.put_symlink('a', 'd')
    upload = bucket.init_multipart_upload('e').upload_id
    part = bucket.upload_part('e', upload, 1, b'1234')
    bucket.complete_multipart_upload('e', upload, [oss2.models.PartInfo(1, part.etag)])
    bucket.abort_multipart_upload('f', bucket.init_multipart_upload('f').upload_id)
    bucket.delete_object('a')
    bucket.delete_object('a')
    bucket.batch_delete_objects(['b', 'c'])
    told = [(e['eventName'], e['oss']['object']['key'], e['oss']['object']['deltaSize']) for e in world.told(13)]
    assert sorted(told) == sorted([
        ('ObjectCreated:PutObject', 'a', 5), ('ObjectCreated:PutObject', 'a', -3), ('ObjectCreated:CopyObject', 'b', 2),
        ('ObjectCreated:AppendObject', 'c', 3), ('ObjectCreated:PutSymlink', 'd', 0),
        ('ObjectCreated:InitiateMultipartUpload', 'e', 0), ('ObjectCreated:UploadPart', 'e', 0),
        ('ObjectCreated:CompleteMultipartUpload', 'e', 4), ('ObjectCreated:InitiateMultipartUpload', 'f', 0),
        ('ObjectRemoved:AbortMultipartUpload', 'f', 0), ('ObjectRemoved:DeleteObject', 'a', -2),
        ('ObjectRemoved:DeleteObjects', 'b', -2), ('ObjectRemoved:DeleteObjects', 'c', -3)])


def test_a_role_that_may_not_invoke(server, world):
    world.fc.create('f', WRITES, role=world.worker)
    weak = clients.Ram(server).role('weak', allow('oss:*'), trusts=TRUST_OSS)
    world.trigger(invocation_role=weak)
    world.events.put_object('a', b'')
    said = f"'fc:InvokeFunction' on resource 'acs:fc:cn-hangzhou:{ACCOUNT}:functions/f"
    wait_until(lambda: said in server.log(), what='the refusal')
    assert not list(world.results.list_objects_v2().object_list)


def test_a_deleted_trigger_is_quiet(world):
    world.fc.create('f', WRITES, role=world.worker)
    world.trigger(prefix='one/')
    world.trigger('u', prefix='two/')
    world.fc.api.delete_trigger('f', 't')
    world.events.put_object('one/a', b'')
    world.events.put_object('two/a', b'')
    assert [e['oss']['object']['key'] for e in world.told()] == ['two/a']


def test_triggers_of_one_bucket_must_not_overlap(world):
    world.fc.create('f', WRITES, role=world.worker)
    world.trigger(prefix='in/', suffix='.txt', events=['oss:ObjectCreated:PutObject'])
    said = "event source 'oss' returned error: Cannot specify overlapping prefix and suffix with same event type."
    with refused(400, 'InvalidArgument', message=said):
        world.trigger('u', prefix='in/sub/')
    world.trigger('u', prefix='out/')
    wider = json.dumps({'events': ['oss:ObjectCreated:*']})
    with refused(400, 'InvalidArgument', message=said):
        world.fc.api.update_trigger('f', 'u', fc3_models.UpdateTriggerRequest(
            body=fc3_models.UpdateTriggerInput(trigger_config=wider)))
    for n in range(8):
        world.trigger(f't{n}', prefix=f'{n}/')
    with refused(400, 'InvalidArgument', message="bucket 'events' has 10 triggers"):
        world.trigger('more', prefix='more/')


@pytest.mark.parametrize('arn, said', [
    (f'acs:oss:cn-beijing:{ACCOUNT}:events', 'acs:oss:cn-hangzhou'), ('acs:oss:cn-hangzhou:1:events', ACCOUNT),
    (f'acs:oss:cn-hangzhou:{ACCOUNT}:nowhere', "'nowhere' does not exist"),
])
def test_sources_that_cannot_be(world, arn, said):
    world.fc.create('f', WRITES, role=world.worker)
    with refused(400, 'InvalidArgument', message=said):
        world.trigger(source_arn=arn)


def test_a_role_has_to_trust_oss(world):
    world.fc.create('f', WRITES, role=world.worker)
    with refused(403, 'AccessDenied', message='No permission to assume the role'):
        world.trigger(invocation_role=world.worker)
    with refused(400, 'InvalidArgument', message='invocationRole'):
        world.trigger(invocation_role=None)


# ------------------------------------------------------------------ what survives

def test_the_queue_and_the_triggers_survive_a_restart(tmp_path):
    flags = ['--data', str(tmp_path / 'data'), '--python', sys.executable]
    first = Server.start(*flags)
    try:
        world = World(first).furnish()
        world.fc.create('f', WRITES, role=world.worker)
        world.trigger()
        invoke(world.fc, 'f', b'later', **{'x-fc-async-delay': '3600'})
    finally:
        first.stop()
    second = Server.start(*flags)
    try:
        world = World(second)
        second.advance(3600)
        assert list(world.written().values()) == [b'later']
        world.events.put_object('a', b'')
        assert len(world.written(2)) == 2
    finally:
        assert second.stop() == 0


def test_a_snapshot_brings_the_queue_back(server, world):
    world.fc.create('f', WRITES, role=world.worker)
    invoke(world.fc, 'f', b'later', **{'x-fc-async-delay': '3600'})
    assert run('snapshot', '--endpoint', server.url, 'save', 'waiting').returncode == 0
    server.reset()
    assert run('snapshot', '--endpoint', server.url, 'restore', 'waiting').returncode == 0
    run('snapshot', '--endpoint', server.url, 'delete', 'waiting')
    server.advance(3600)
    assert list(world.written().values()) == [b'later']


def test_no_event_is_lost_when_the_server_is_killed(tmp_path):
    folder = str(tmp_path / 'data')
    with Server.start('--data', folder) as server:
        world = World(server).furnish()
        world.fc.create('f', WRITES, role=world.worker)
        world.trigger()
        puts = [threading.Thread(target=put_until_gone, args=(clients.bucket(server, 'events'), n)) for n in range(4)]
        for put in puts:
            put.start()
        wait_until(lambda: len(world.events.list_objects_v2(max_keys=1000).object_list) > 40, what='objects')
        server.process.kill()
        for put in puts:
            put.join()
    with Server.start('--data', folder) as server:
        world = World(server)
        stored = {o.key for o in oss2.ObjectIteratorV2(world.events)}
        ids = set()

        def all_told():
            ids.update(o.key for o in oss2.ObjectIteratorV2(world.results))
            return len(ids) >= len(stored)
        wait_until(all_told, seconds=60, what=f'{len(stored)} results')
        told = [json.loads(world.results.get_object(i).read())['events'][0]['oss']['object']['key'] for i in ids]
        assert sorted(told) == sorted(stored), 'one invocation for each object, whoever was told of it'


def put_until_gone(bucket, who):
    """Stores one object after the other until the server has gone."""
    for n in itertools.count():
        try:
            bucket.put_object(f'{who}-{n}', b'')
        except oss2.exceptions.RequestError:
            return
