"""Least privilege: what was asked for is remembered, a policy is made of it, and a program that has no other still runs."""
import json
import os

import oss2
import pytest

import clients
from clients import allow, deny, refused
from localyun import ACCOUNT, Server, run

USER = f'acs:ram::{ACCOUNT}:user/'
ROLE = f'acs:ram::{ACCOUNT}:role/'
ADMINISTRATOR = {'policy_type': 'System', 'policy_name': 'AdministratorAccess'}


def administrator(ram, name):
    """A user who may do everything. Returns its key."""
    key = ram.user(name)
    ram('AttachPolicyToUser', user_name=name, **ADMINISTRATOR)
    return key


def permissions(server, *args):
    return run('permissions', *args, '--endpoint', server.url)


def generate(server, principal, *args):
    done = permissions(server, 'generate', '--principal', principal, *args)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def replay(server, principal, *files):
    return permissions(server, 'replay', '--principal', principal, *(arg for file in files for arg in ('--policy', str(file))))


def usage(server, **wanted):
    return server.admin('GET', 'usage', params=wanted)


def program(server, key):
    """A program as people write them: a bucket's objects by oss2, and a look at itself by the RAM SDK."""
    bucket = clients.bucket(server, 'work', key=key)
    for day in range(4):
        bucket.put_object(f'out/2026/{day}.csv', b'x')
    names = [found.key for found in oss2.ObjectIterator(bucket, prefix='out/')]
    assert [bucket.get_object(name).read() for name in names] == [b'x'] * 4
    bucket.copy_object('work', names[0], 'last.csv')
    bucket.batch_delete_objects(names)
    with pytest.raises(oss2.exceptions.NoSuchKey):
        bucket.get_object('in/none')
    return clients.Ram(server, key)('GetUser', user_name='app')['User']['UserName']


def test_a_program_runs_again_with_the_policy_that_was_made_of_it(tmp_path):
    data, file = str(tmp_path / 'data'), tmp_path / 'policy.json'
    with Server.start('--auth', 'audit', '--data', data, '--bucket', 'work') as server:
        ram = clients.Ram(server)
        key = administrator(ram, 'app')
        assert program(server, key) == 'app'
        done = permissions(server, 'generate', '--principal', USER + 'app', '--output', str(file))
        assert done.returncode == 0, done.stderr
        assert f'aliyun ram CreatePolicy --PolicyName app-least --PolicyDocument "$(cat \'{file}\')"' in done.stderr
        assert 'aliyun ram DetachPolicyFromUser --PolicyType System --PolicyName AdministratorAccess --UserName app' in done.stderr
        assert 'work/out/2026/* stands for 4 keys on which oss:PutObject was used' in done.stderr
        assert not os.path.exists(f'{file}.2')
        proof = replay(server, USER + 'app', file)
        assert proof.returncode == 0, proof.stdout + proof.stderr
        assert ': 0 differences' in proof.stdout

        ram('CreatePolicy', policy_name='app-least', policy_document=file.read_text())
        ram('AttachPolicyToUser', user_name='app', policy_type='Custom', policy_name='app-least')
        ram('DetachPolicyFromUser', user_name='app', **ADMINISTRATOR)
    with Server.start('--auth', 'enforce', '--data', data) as server:
        assert program(server, key) == 'app'
        bucket = clients.bucket(server, 'work', key=key)
        for denied in (lambda: bucket.put_object('elsewhere', b'x'), lambda: bucket.get_object_tagging('last.csv'),
                       lambda: bucket.list_objects(prefix='in/'), lambda: bucket.get_bucket_info(),
                       lambda: clients.bucket(server, 'other', key=key).create_bucket()):
            with refused(403, 'AccessDenied'):
                denied()
        with refused(403, 'NoPermission'):
            clients.Ram(server, key)('ListUsers')


def test_what_audit_let_through_is_allowed_though_nothing_allowed_it(tmp_path):
    with Server.start('--auth', 'audit', '--bucket', 'work') as server:
        key = clients.Ram(server).user('poor')
        clients.bucket(server, 'work', key=key).put_object('mine', b'x')
        line, = usage(server, principal='user/poor')['used']
        assert (line['verdict'], line['let_through'], line['needs']) == ('ImplicitDeny', True, 'allow')
        made = generate(server, 'user/poor')
        assert made['Statement'] == [allow('oss:PutObject', 'acs:oss:*:*:work/mine')]
        file = tmp_path / 'policy.json'
        file.write_text(json.dumps(made))
        assert replay(server, 'user/poor', file).returncode == 0
        file.write_text(clients.policy(allow('oss:GetObject')))
        done = replay(server, 'user/poor', file)
        assert done.returncode == 1 and 'was let through by --auth audit, would be denied' in done.stdout


def test_the_policy_as_it_is_written(server, ram):
    key = administrator(ram, 'app')
    clients.bucket(server, 'work').create_bucket()
    program(server, key)
    expected = [
        allow('oss:ListObjects', 'acs:oss:*:*:work', Condition={'StringEquals': {'oss:Prefix': 'out/'}}),
        allow('oss:GetObject', 'acs:oss:*:*:work/in/none'),
        allow('oss:PutObject', 'acs:oss:*:*:work/last.csv'),
        allow(['oss:DeleteObject', 'oss:GetObject', 'oss:PutObject'], 'acs:oss:*:*:work/out/2026/*'),
        allow('ram:GetUser', f'acs:ram:*:{ACCOUNT}:user/app'),
    ]
    assert generate(server, USER + 'app') == {'Version': '1', 'Statement': expected}
    exact = generate(server, USER + 'app', '--exact')['Statement']
    assert exact[0]['Condition'] == {'StringEquals': {'oss:Prefix': 'out/', 'oss:Delimiter': ''}}
    written = [resource for statement in exact for resource in
               (statement['Resource'] if isinstance(statement['Resource'], list) else [statement['Resource']])]
    assert [f'acs:oss:*:*:work/out/2026/{day}.csv' for day in range(4)] == [one for one in written if '/out/' in one]


def test_sessions_count_for_their_role_and_the_trust_policy_lets_in_who_came(server, ram, tmp_path):
    clients.bucket(server, 'work').create_bucket()
    arn = ram.role('Reader', allow('*'))
    ann, eve = administrator(ram, 'ann'), administrator(ram, 'eve')
    for name in ('one', 'two'):
        key = clients.assume_acs3(server, arn, name, key=ann)
        clients.bucket(server, 'work', key=key).put_object(f'{name}.txt', b'x')
    statement, = generate(server, 'role/Reader')['Statement']
    assert statement == allow('oss:PutObject', ['acs:oss:*:*:work/one.txt', 'acs:oss:*:*:work/two.txt'])
    used = usage(server, principal=ROLE + 'reader')['used']
    assert [line['count'] for line in used] == [1, 1]
    assert generate(server, USER + 'ann')['Statement'] == [allow('sts:AssumeRole', f'acs:ram:*:{ACCOUNT}:role/reader')]

    trust = generate(server, ROLE + 'Reader', '--trust')
    assert trust['Statement'] == [{'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'RAM': [USER + 'ann']}}]
    ram('UpdateRole', role_name='Reader', new_assume_role_policy_document=json.dumps(trust))
    clients.assume_acs3(server, arn, key=ann)
    with refused(403, 'NoPermission'):
        clients.assume_acs3(server, arn, key=eve)


def test_a_replay_tells_every_difference(server, ram, tmp_path):
    clients.bucket(server, 'work').create_bucket()
    ram('CreateUser', user_name='late')
    key = ram.user('app', allow('oss:PutObject', 'acs:oss:*:*:work/*'))
    bucket = clients.bucket(server, 'work', key=key)
    bucket.put_object('in/a', b'x')
    with refused(403, 'AccessDenied'):
        bucket.get_object('in/a')
    with refused(403, 'AccessDenied'):
        bucket.list_objects(prefix='in/')

    def judged(*statements):
        file = tmp_path / 'policy.json'
        file.write_text(clients.policy(*statements))
        return replay(server, USER + 'app', file)

    same = judged(allow('oss:PutObject', 'acs:oss:*:*:work/in/*'))
    assert same.returncode == 0, same.stdout + same.stderr
    for statements, action, reason in [
        ([allow('oss:PutObject', 'acs:oss:*:*:work/out/*')], 'oss:PutObject', f'resource acs:oss:*:{ACCOUNT}:work/in/a is not among'),
        ([allow('oss:GetBucket*')], 'oss:PutObject', 'no statement has this action'),
        ([allow('oss:*'), deny('oss:Put*'), deny(['oss:Get*', 'oss:List*'])], 'oss:PutObject', 'policy 1, statement 1'),
        ([allow('oss:PutObject', Condition={'IpAddress': {'acs:SourceIp': '10.0.0.0/8'}})], 'oss:PutObject', 'IpAddress acs:SourceIp'),
        ([allow(['oss:PutObject', 'oss:GetObject'])], 'oss:GetObject', 'policy 1, statement 0'),
        ([allow('oss:PutObject'), allow('oss:ListObjects', Condition={'StringLike': {'oss:Prefix': 'in*'}})], 'oss:ListObjects',
         'policy 1, statement 1'),
    ]:
        done = judged(*statements)
        assert done.returncode == 1, done.stdout
        assert f'{USER}app {action} ' in done.stdout and reason in done.stdout and ': 1 differences' in done.stdout, done.stdout
    unknown = judged(allow('oss:*', Condition={'StringEquals': {'acs:UserAgent': 'x'}}))
    assert unknown.returncode == 1 and 'acs:UserAgent, which is not recorded' in unknown.stderr
    judged(allow('*'))
    late = replay(server, USER + 'late', tmp_path / 'policy.json')
    assert late.returncode == 1 and 'nothing was recorded' in late.stderr
    broken = judged(allow('PutObject'))
    assert broken.returncode == 1 and 'Statement[0].Action' in broken.stderr


def test_what_the_bucket_allows_or_denies_is_left_out(ram, server):
    bucket = clients.bucket(server, 'work')
    bucket.create_bucket()
    bucket.put_object('open', b'x')
    bucket.put_object_acl('open', oss2.OBJECT_ACL_PUBLIC_READ)
    key = ram.user('app', allow('oss:PutObject'))
    theirs = clients.bucket(server, 'work', key=key)
    theirs.get_object('open')
    theirs.put_object('mine', b'x')
    with refused(403, 'AccessDenied'):
        theirs.get_object('mine')
    assert generate(server, USER + 'app')['Statement'] == [allow('oss:PutObject', 'acs:oss:*:*:work/mine')]
    told = permissions(server, 'generate', '--principal', USER + 'app').stderr
    assert f'left out, it needs no policy (Acl): oss:GetObject on acs:oss:*:{ACCOUNT}:work/open' in told
    assert f'left out, it was denied: oss:GetObject on acs:oss:*:{ACCOUNT}:work/mine' in told


def test_the_last_outcome_of_a_request_counts(server, ram):
    clients.bucket(server, 'work').create_bucket()
    key = ram.user('app', allow('oss:PutObject'))
    theirs = clients.bucket(server, 'work', key=key)
    theirs.put_object('first', b'x')
    theirs.put_object('second', b'x')
    ram.custom_policy('later', deny('oss:*', 'acs:oss:*:*:work/first'))
    ram('AttachPolicyToUser', user_name='app', policy_type='Custom', policy_name='later')
    with refused(403, 'AccessDenied'):
        theirs.put_object('first', b'x')
    assert generate(server, USER + 'app')['Statement'] == [allow('oss:PutObject', 'acs:oss:*:*:work/second')]


def test_usage_outlives_the_records_and_ends_with_a_reset(server, ram):
    clients.bucket(server, 'work').create_bucket()
    key = ram.user('app', allow('oss:*'))
    clients.bucket(server, 'work', key=key).put_object('early', b'x')
    admin = clients.bucket(server, 'work')
    for _ in range(1100):
        admin.object_exists('early')
    told = usage(server)
    assert told['complete'] and told['missed'] == 0
    early, = usage(server, principal=USER + 'app')['used']
    assert (early['action'], early['count'], early['verdict'], early['needs']) == ('oss:PutObject', 1, 'Allow', 'allow')
    often, = (line for line in told['used'] if line['action'] == 'oss:GetObject')
    assert often['count'] == 1100 and early['last'] < often['first']
    later = usage(server, since=often['first'])
    assert later['principals'] == [USER + 'localyun'] and later['used'] == [often]
    server.admin('DELETE', 'usage')
    assert usage(server)['used'] == []
    admin.object_exists('early')
    assert len(usage(server)['used']) == 1
    server.reset()
    assert usage(server)['used'] == []


def test_a_request_over_many_items_is_remembered_whole(server):
    bucket = clients.bucket(server, 'work')
    bucket.create_bucket()
    bucket.batch_delete_objects([f'k{n}' for n in range(1000)])
    lines = [line for line in usage(server)['used'] if line['action'] == 'oss:DeleteObject']
    assert len(lines) == 1000


def test_more_than_there_is_room_for_is_told(server):
    bucket = clients.bucket(server, 'work')
    bucket.create_bucket()
    for part in range(17):
        bucket.batch_delete_objects([f'{part}x{n}' for n in range(1000)])
    told = usage(server)
    assert not told['complete'] and told['missed'] >= 600 and told['missed_between']
    refused = permissions(server, 'generate', '--principal', USER + 'localyun')
    assert refused.returncode == 1 and 'remembers only part' in refused.stderr and refused.stdout == ''
    done = permissions(server, 'generate', '--principal', USER + 'localyun', '--incomplete')
    assert done.returncode == 0 and '# INCOMPLETE' in done.stderr


@pytest.mark.parametrize('args, words', [
    (['--principal', USER + 'nobody'], 'nothing was recorded of'),
    (['--principal', 'nobody'], 'is no principal'),
    (['--principal', USER + 'localyun', '--since', 'yesterday'], 'neither a time'),
    (['--principal', USER + 'localyun', '--trust'], 'nothing was recorded of'),
    ([], '--principal'),
], ids=str)
def test_what_generate_does_not_take(server, args, words):
    clients.bucket(server, 'work').create_bucket()
    done = permissions(server, 'generate', *args)
    assert done.returncode != 0 and words in done.stderr and done.stdout == ''


def test_off_records_nothing_and_says_so():
    with Server.start('--auth', 'off') as server:
        clients.bucket(server, 'work').create_bucket()
        done = permissions(server, 'generate', '--principal', USER + 'localyun')
        assert done.returncode == 1 and '--auth off' in done.stderr
