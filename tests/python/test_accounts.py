"""Several accounts in one cloud: the admin API, the command line, and what the accounts see of each other."""
import json
import re

import pytest

import clients
from clients import allow, refused, role_arn, trust
from localyun import ACCOUNT, Server, run

OTHER = '2222222222222222'


def pair(key):
    return key['access_key_id'], key['access_key_secret']


@pytest.fixture
def other(server):
    """A second account."""
    return server.admin('POST', 'accounts', json={'uid': OTHER, 'alias': 'other-company'})


def refusal(server, body):
    answer = server.http.post(f'{server.url}/_localyun/accounts', json=body, timeout=10)
    return answer.status_code, answer.json()['error']


def test_an_account_answers_its_keys(server, other):
    assert (other['uid'], other['alias'], other['administrator']['user_name']) == (OTHER, 'other-company', 'localyun')
    administrator = clients.sts(server, pair(other['administrator'])).get_caller_identity().body
    assert (administrator.arn, administrator.account_id) == (f'acs:ram::{OTHER}:user/localyun', OTHER)
    root = clients.sts(server, pair(other['root'])).get_caller_identity().body
    assert (root.identity_type, root.account_id) == ('Account', OTHER)


def test_accounts_are_listed_and_gone_after_a_reset(server, other):
    uids = [account['uid'] for account in server.admin('GET', 'accounts')['accounts']]
    assert uids == [ACCOUNT, OTHER]
    server.reset()
    assert [account['uid'] for account in server.admin('GET', 'accounts')['accounts']] == [ACCOUNT]
    with refused(404, 'InvalidAccessKeyId.NotFound'):
        clients.sts(server, pair(other['administrator'])).get_caller_identity()


def test_a_uid_is_random_unless_it_is_given(server):
    made = [server.admin('POST', 'accounts', json={}) for _ in range(2)]
    assert made[0]['uid'] != made[1]['uid'] and all(re.fullmatch(r'\d{16}', account['uid']) for account in made)
    assert made[0]['alias'] == made[0]['uid']


@pytest.mark.parametrize('body,status,says', [
    ({'uid': '22'}, 400, '16 digits'), ({'uid': '0' * 16}, 400, '16 digits'), ({'alias': 'X'}, 400, 'lower-case'),
    ({'uid': OTHER}, 409, 'already'), ({'uid': ACCOUNT}, 409, 'already'), ({'alias': 'other-company'}, 409, 'already'),
    ({'name': 'x'}, 400, 'unknown field'), ({'uid': 1}, 400, 'string')], ids=str)
def test_an_account_that_cannot_be(server, other, body, status, says):
    code, sentence = refusal(server, body)
    assert code == status and says in sentence


def test_a_role_of_one_account_is_assumed_from_the_other(server, ram, other):
    theirs = pair(other['administrator'])
    ram.role('shared', allow('oss:ListObjects'), trusts=trust(RAM=[f'acs:ram::{OTHER}:root']))
    ram.role('own', trusts=trust())
    for assume in clients.assume_acs3, clients.assume_rpc:
        session = assume(server, role_arn('shared'), key=theirs)
        assert clients.sts(server, session).get_caller_identity().body.account_id == ACCOUNT
        with refused(403, 'NoPermission'):
            assume(server, role_arn('own'), key=theirs)
    with refused(403, 'NoPermission'):  # it trusts the other account only
        clients.assume_acs3(server, role_arn('shared'))


def test_buckets_belong_to_the_account_that_made_them(server, auth, other):
    theirs = pair(other['administrator'])
    clients.bucket(server, 'ours', auth).create_bucket()
    clients.bucket(server, 'ours', auth).put_object('key', b'x')
    clients.bucket(server, 'theirs', auth, theirs).create_bucket()
    assert [b.name for b in clients.service(server, auth).list_buckets().buckets] == ['ours']
    listed = clients.service(server, auth, theirs).list_buckets()
    assert [b.name for b in listed.buckets] == ['theirs'] and listed.owner.id == OTHER
    assert clients.bucket(server, 'theirs', auth, theirs).get_bucket_info().owner.id == OTHER
    with refused(409, 'BucketAlreadyExists'):
        clients.bucket(server, 'ours', auth, theirs).create_bucket()
    stranger = clients.bucket(server, 'ours', auth, theirs)
    for call in (lambda: stranger.get_object('key'), lambda: stranger.put_object('key', b'y'),
                 lambda: stranger.delete_bucket(), lambda: stranger.list_objects()):
        with refused(403, 'AccessDenied'):
            call()
    assert clients.bucket(server, 'ours', auth).get_object('key').read() == b'x'


def test_accounts_of_the_start_come_back_after_a_reset():
    with Server.start('--account', OTHER, LOCALYUN_BUCKET='demo') as server:
        key = (f'localyun.{OTHER}', f'localyun.{OTHER}')
        assert f'{OTHER}, key {key[0]} (secret {key[1]})' in server.log()
        for _ in range(2):
            assert clients.sts(server, key).get_caller_identity().body.account_id == OTHER
            assert clients.service(server, key=key).list_buckets().buckets == []
            server.reset()


def test_the_command_line_makes_and_lists_accounts(server):
    made = run('account', '--endpoint', server.url, 'create', '--uid', OTHER, '--alias', 'other-company')
    assert made.returncode == 0, made.stderr
    key = pair(json.loads(made.stdout)['root'])
    assert clients.sts(server, key).get_caller_identity().body.account_id == OTHER
    listed = run('account', '--endpoint', server.url, 'list')
    assert [a['alias'] for a in json.loads(listed.stdout)['accounts']] == [ACCOUNT, 'other-company']
    again = run('account', '--endpoint', server.url, 'create', '--uid', OTHER)
    assert again.returncode == 1 and f'there is an account {OTHER} already' in again.stderr
    assert run('start', '--account', '22').returncode == 2
