"""`localyun simulate`: it answers what a real request would be answered, and changes nothing."""
import json

import oss2
import pytest

import clients
from clients import allow, deny, policy, role_arn, trust
from localyun import ACCOUNT, Server, run

PHOTOS = 'acs:oss:*:*:photos/*'
ROLE = f'acs:ram:*:{ACCOUNT}:role/ci'


def simulate(server, *args, code=None):
    done = run('simulate', '--endpoint', server.url, *args)
    assert done.returncode in ((0, 1, 2) if code is None else (code,)), (done.returncode, done.stdout, done.stderr)
    return done


def ask(server, principal, action, resource, *more, code=None):
    return simulate(server, '--principal', principal, '--action', action, '--resource', resource, *more, code=code)


@pytest.fixture
def photos(server):
    bucket = clients.bucket(server, 'photos')
    bucket.create_bucket()
    bucket.put_object('cat.jpg', b'cat')
    bucket.put_object('open.jpg', b'open', headers={'x-oss-object-acl': 'public-read'})
    return bucket


def can(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except oss2.exceptions.AccessDenied:
        return False
    return True


def test_it_agrees_with_real_requests(server, ram, photos):
    key = ram.user('anna', allow('oss:*', PHOTOS), deny('oss:DeleteObject', PHOTOS),
                   allow('oss:ListObjects', 'acs:oss:*:*:photos', Condition={'StringLike': {'oss:Prefix': '2026/*'}}))
    mine = clients.bucket(server, 'photos', key=key)
    nobody = oss2.Bucket(oss2.AnonymousAuth(), server.url, 'photos')
    cat, opened = 'oss://photos/cat.jpg', 'oss://photos/open.jpg'
    for who, action, resource, more, real in [
            ('user/anna', 'oss:GetObject', cat, (), lambda: mine.get_object('cat.jpg')),
            ('user/anna', 'oss:PutObject', cat, (), lambda: mine.put_object('cat.jpg', b'x')),
            ('user/anna', 'oss:DeleteObject', cat, (), lambda: mine.delete_object('cat.jpg')),
            ('user/anna', 'oss:ListObjects', 'oss://photos', (), mine.list_objects),
            ('user/anna', 'oss:ListObjects', 'oss://photos', ('--context', 'oss:Prefix=2026/a'),
             lambda: mine.list_objects(prefix='2026/a')),
            ('user/anna', 'oss:GetBucketAcl', 'oss://photos', (), mine.get_bucket_acl),
            ('anonymous', 'oss:GetObject', cat, (), lambda: nobody.get_object('cat.jpg')),
            ('anonymous', 'oss:GetObject', opened, (), lambda: nobody.get_object('open.jpg')),
            ('anonymous', 'oss:PutObject', opened, (), lambda: nobody.put_object('open.jpg', b'x'))]:
        said = ask(server, who, action, resource, *more)
        assert (said.returncode == 0) == can(real), f'{who} {action} {resource}\n{said.stdout}'


def test_it_says_why(server, ram, photos):
    ram.user('anna', allow('oss:GetObject', 'acs:oss:*:*:other/*'))
    denied = ask(server, f'acs:ram::{ACCOUNT}:user/anna', 'oss:GetObject', 'acs:oss:*:*:photos/cat.jpg', code=1)
    assert denied.stdout.startswith(f'DENIED  oss:GetObject on acs:oss:*:{ACCOUNT}:photos/cat.jpg\n')
    assert 'anna-policy (Custom) Statement[0]' in denied.stdout and 'acs:oss:*:*:other/*' in denied.stdout
    answer = json.loads(ask(server, 'user/anna', 'oss:GetObject', 'oss://photos/cat.jpg', '--format', 'json').stdout)
    assert answer['allowed'] is False and answer['verdict'] == 'ImplicitDeny'
    assert answer['conditions']['acs:SourceIp'] == ['127.0.0.1']
    assert [layer['layer'] for layer in answer['layers']] == ['Identity', 'Resource', 'Acl']


def test_bucket_policies_and_the_place_a_request_comes_from(server, photos):
    photos.put_bucket_policy(policy({
        'Effect': 'Allow', 'Principal': ['*'], 'Action': 'oss:GetObject', 'Resource': f'acs:oss:*:{ACCOUNT}:photos/*',
        'Condition': {'IpAddress': {'acs:SourceIp': '203.0.113.0/24'}, 'StringLike': {'acs:SourceVpc': '*'}}}))
    ask(server, 'anonymous', 'oss:GetObject', 'oss://photos/cat.jpg', code=1)
    ask(server, 'anonymous', 'oss:GetObject', 'oss://photos/cat.jpg', '--context', 'acs:SourceIp=203.0.113.9', code=0)
    wrong = ask(server, 'anonymous', 'oss:GetObject', 'oss://photos/cat.jpg', '--context', 'acs:SourceIp=here', code=2)
    assert 'IP address' in wrong.stderr


def test_roles_their_sessions_and_session_policies(server, ram, photos, tmp_path):
    ram.role('ci', allow('oss:*', PHOTOS))
    narrow = tmp_path / 'narrow.json'
    narrow.write_text(policy(allow('oss:GetObject', PHOTOS)))
    put = ('oss:PutObject', 'oss://photos/x')
    ask(server, 'role/ci', *put, code=0)
    ask(server, f'acs:ram::{ACCOUNT}:assumed-role/ci/build-7', *put, code=0)
    narrowed = ask(server, 'role/ci', *put, '--session-policy', str(narrow), code=1)
    assert 'the session policy does not allow it' in narrowed.stdout
    narrow.write_text('{"Version": "1", "Statement": [{"Effect": "Perhaps"}]}')
    assert 'Statement[0]' in ask(server, 'role/ci', *put, '--session-policy', str(narrow), code=2).stderr
    assert 'is no session' in ask(server, 'root', *put, '--session-policy', str(narrow), code=2).stderr


def test_assuming_roles_is_up_to_their_trust_policies(server, ram):
    key = ram.user('anna', allow('sts:AssumeRole', ROLE))
    ram.role('ci', trusts=trust(RAM=[f'acs:ram::{ACCOUNT}:user/localyun']))
    denied = ask(server, 'user/anna', 'sts:AssumeRole', ROLE, code=1)
    assert 'trust policy does not allow it' in denied.stdout
    with clients.refused(403, 'NoPermission'):
        clients.assume_acs3(server, role_arn('ci'), key=key)
    ask(server, 'user/localyun', 'sts:AssumeRole', ROLE, code=0)
    rooted = ask(server, 'root', 'sts:AssumeRole', ROLE, code=1)
    assert 'Roles may not be assumed by root accounts' in rooted.stdout
    ram.role('worker', trusts=trust(Service=['fc.aliyuncs.com']))
    worker = ROLE.replace('ci', 'worker')
    ask(server, 'fc.aliyuncs.com', 'sts:AssumeRole', worker, code=0)
    ask(server, 'ecs.aliyuncs.com', 'sts:AssumeRole', worker, code=1)


@pytest.mark.parametrize('args, says', [
    (('user/nobody', 'oss:GetObject', 'oss://photos/x'), 'there are: localyun'),
    (('role/nobody', 'oss:GetObject', 'oss://photos/x'), 'there are none'),
    (('acs:ram::9999999999999999:root', 'oss:GetObject', 'oss://photos/x'), f'there are: {ACCOUNT}'),
    (('root', 'oss:GetObject', 'oss://photo/x'), 'there are: photos'),
    (('root', 'oss:GetObjects', 'oss://photos/x'), 'did you mean oss:GetObject?'),
    (('root', 'oss:GetObject', 'oss://photos'), 'oss://BUCKET/KEY'),
    (('root', 'oss:ListObjects', 'oss://photos/x'), 'oss://BUCKET'),
    (('root', 'oss:Get*', 'oss://photos/x'), 'without wildcards'),
    (('root', 'oss:GetObject', 'photos/x'), 'is no resource'),
    (('user', 'oss:GetObject', 'oss://photos/x'), 'is no principal'),
    (('root', 'oss:GetObject', 'acs:oss:*:9999999999999999:photos/x'), f'belongs to account {ACCOUNT}'),
    (('user/localyun', 'sts:AssumeRole', 'oss://photos'), 'acs:ram:*:UID:role/NAME'),
    (('user/localyun', 'sts:AssumeRole', ROLE), 'there is no role `ci`'),
], ids=lambda value: ' '.join(value) if isinstance(value, tuple) else None)
def test_questions_that_make_no_sense(server, photos, args, says):
    done = ask(server, *args, code=2)
    assert says in done.stderr and not done.stdout


def test_arguments_that_make_no_sense(server):
    for args in [(), ('--principal', 'root'), ('--principal', 'root', '--action', 'oss:ListBuckets', '--all-actions'),
                 ('--principal', 'root', '--action', 'oss:ListBuckets', '--context', 'novalue')]:
        assert simulate(server, *args, code=2).stderr
    done = run('simulate', '--endpoint', 'http://127.0.0.1:9', '--principal', 'root', '--action', 'oss:ListBuckets')
    assert done.returncode == 2 and 'localyun start' in done.stderr


def test_everything_that_a_principal_may_do(server, ram, photos):
    ram.user('anna', allow(['oss:GetObject', 'oss:ListObjects'], ['acs:oss:*:*:photos', PHOTOS]))
    everything = ('--principal', 'user/anna', '--all-actions', '--resource', 'oss://photos', '--format', 'json')
    rows = json.loads(simulate(server, *everything, code=0).stdout)['rows']
    assert {row['action'] for row in rows if row['allowed']} == {'oss:GetObject', 'oss:ListObjects'}
    assert {row['resource'] for row in rows} == {f'acs:oss:*:{ACCOUNT}:photos', f'acs:oss:*:{ACCOUNT}:photos/*'}
    rows = json.loads(simulate(server, '--principal', 'user/localyun', '--all-actions', '--format', 'json').stdout)['rows']
    assert all(row['allowed'] for row in rows) and len(rows) > 100
    table = simulate(server, '--principal', 'anonymous', '--all-actions').stdout
    assert 'allowed' not in table and len(table.splitlines()) == len(rows)


def test_nothing_is_asked_of_the_virtual_clock_but_the_time(server, ram, photos):
    before = {'DateLessThan': {'acs:CurrentTime': '2100-01-01T00:00:00Z'}}
    ram.user('anna', allow('oss:GetObject', PHOTOS, Condition=before))
    ask(server, 'user/anna', 'oss:GetObject', 'oss://photos/cat.jpg', code=0)
    server.admin('POST', 'clock', json={'set': '2100-01-02T00:00:00Z'})
    ask(server, 'user/anna', 'oss:GetObject', 'oss://photos/cat.jpg', code=1)
    ask(server, 'user/anna', 'oss:GetObject', 'oss://photos/cat.jpg', '--context', 'acs:CurrentTime=2026-01-01T00:00:00Z', code=0)


def test_the_admin_api_refuses_what_it_does_not_know(server):
    answer = server.http.post(f'{server.url}/_localyun/simulate', json={'principal': 'root', 'nonsense': 1}, timeout=10)
    assert answer.status_code == 400 and 'a question is' in answer.json()['error']
