"""What accounts let each other do: roles that are assumed from elsewhere, chains of roles, and buckets."""
import pytest

import clients
from clients import allow, deny, refused, role_arn, trust
from localyun import ACCOUNT

OTHER = '2222222222222222'
ASSUMERS = {'acs3': clients.assume_acs3, 'rpc': clients.assume_rpc}


@pytest.fixture(params=ASSUMERS)
def assume(request):
    return ASSUMERS[request.param]


@pytest.fixture
def guest(server):
    """The administrator's key in a second account, and its RAM."""
    key = server.admin('POST', 'accounts', json={'uid': OTHER})['administrator']
    return clients.Ram(server, (key['access_key_id'], key['access_key_secret']))


def theirs(kind, name):
    return f'acs:ram::{OTHER}:{kind}/{name}'


def arn(server, key):
    return clients.sts(server, key).get_caller_identity().body.arn


# ------------------------------------------------------------------ roles of the other account

def test_both_accounts_must_allow_it(server, assume, ram, guest):
    role = ram.role('shared', trusts=trust(RAM=[f'acs:ram::{OTHER}:root']))
    nobody = guest.user('nobody')
    this = guest.user('this', allow('sts:AssumeRole', f'acs:ram::{ACCOUNT}:role/shared'))
    other = guest.user('other', allow('sts:AssumeRole', f'acs:ram::{ACCOUNT}:role/else'))
    never = guest.user('never', allow('sts:AssumeRole'), deny('sts:AssumeRole', f'acs:ram:*:{ACCOUNT}:role/shared'))
    assert arn(server, assume(server, role, key=this)) == f'acs:ram::{ACCOUNT}:assumed-role/shared/session'
    for key in nobody, other, never:
        with refused(403, 'NoPermission'):
            assume(server, role, key=key)
    ram('UpdateRole', role_name='shared', new_assume_role_policy_document=trust())
    with refused(403, 'NoPermission'):
        assume(server, role, key=this)


def test_the_root_of_the_other_account_assumes_nothing(server, assume, ram, guest):
    root = (f'localyun.root.{OTHER}', f'localyun.root.{OTHER}')
    role = ram.role('shared', trusts=trust(RAM=[f'acs:ram::{OTHER}:root']))
    with refused(403, 'NoPermission', message='Roles may not be assumed by root accounts.'):
        assume(server, role, key=root)


def test_who_of_the_other_account(server, assume, ram, guest):
    anna, berta = (guest.user(name, allow('sts:AssumeRole')) for name in ('anna', 'berta'))
    worker = assume(server, guest.role('worker', allow('sts:AssumeRole'), trusts=trust(RAM=[f'acs:ram::{OTHER}:root'])), key=anna)
    callers = {'anna': anna, 'berta': berta, 'worker': worker}
    for principal, let_in in [(f'acs:ram::{OTHER}:root', {'anna', 'berta', 'worker'}), (theirs('user', 'anna'), {'anna'}),
                              (theirs('role', 'worker'), {'worker'}), (theirs('role', 'Worker'), {'worker'}),
                              (f'acs:ram::{ACCOUNT}:user/localyun', set())]:
        ram.role('shared', trusts=trust(RAM=[principal]))
        for name, key in callers.items():
            if name in let_in:
                assert assume(server, role_arn('shared'), key=key)
            else:
                with refused(403, 'NoPermission'):
                    assume(server, role_arn('shared'), key=key)
        ram('DeleteRole', role_name='shared')


@pytest.mark.parametrize('principal', [theirs('assumed-role', 'worker/session'), theirs('user', '*'), theirs('user', 'nobody'),
                                       theirs('role', 'nobody'), f'acs:ram::{OTHER}:*', theirs('group', 'all'), OTHER, '*',
                                       f'arn:sts::{OTHER}:assumed-role/worker/*'])
def test_principals_that_cannot_be_trusted(ram, guest, principal):
    with refused(400, 'MalformedPolicyDocument'):
        ram('CreateRole', role_name='shared', assume_role_policy_document=trust(RAM=[principal]))
    with refused(404, 'EntityNotExist.Role'):
        ram('GetRole', role_name='shared')


def test_an_external_id_from_elsewhere(server, assume, ram, guest):
    condition = {'StringEquals': {'sts:ExternalId': 'contract-7'}}
    role = ram.role('shared', trusts=trust(RAM=[f'acs:ram::{OTHER}:root'], condition=condition))
    with refused(403, 'NoPermission'):
        assume(server, role, key=guest.user('anna', allow('sts:AssumeRole')))
    request = clients.sts_models.AssumeRoleRequest(role_arn=role, role_session_name='session', external_id='contract-7')
    key = guest.user('berta', allow('sts:AssumeRole'))
    assert clients.sts(server, key).assume_role(request).body.credentials


def test_a_session_belongs_to_the_account_of_its_role(server, assume, ram, guest):
    ram.role('shared', allow(['ram:ListUsers', 'ram:CreateUser']), trusts=trust(RAM=[f'acs:ram::{OTHER}:root']))
    key = assume(server, role_arn('shared'), key=guest.user('anna', allow('*')))
    session = clients.Ram(server, key)
    assert [user['UserName'] for user in session('ListUsers')['Users']['User']] == ['localyun']
    session('CreateUser', user_name='made')
    assert ram('GetUser', user_name='made')['User']
    with refused(404, 'EntityNotExist.User'):
        guest('GetUser', user_name='made')
    with refused(403, 'NoPermission'):
        session('DeleteUser', user_name='made')


# ------------------------------------------------------------------ chains

def test_a_chain_through_both_accounts(server, assume, ram, guest):
    ram.role('first', allow('sts:AssumeRole'))
    guest.role('second', allow('sts:AssumeRole'), trusts=trust(RAM=[f'acs:ram::{ACCOUNT}:role/first']))
    ram.role('third', trusts=trust(RAM=[theirs('role', 'second')]))
    first = assume(server, role_arn('first'), 'one')
    with refused(403, 'NoPermission'):
        assume(server, role_arn('third'), key=first)
    second = assume(server, theirs('role', 'second'), 'two', key=first)
    third = assume(server, role_arn('third'), 'three', key=second)
    assert [arn(server, key) for key in (first, second, third)] == [
        f'acs:ram::{ACCOUNT}:assumed-role/first/one', f'acs:ram::{OTHER}:assumed-role/second/two',
        f'acs:ram::{ACCOUNT}:assumed-role/third/three']


def test_each_step_of_a_chain_stands_by_itself(server, assume, ram):
    """Each lasts as long as its own role lets it, and outlives the one before."""
    ram.role('first', allow('sts:AssumeRole'))
    ram.role('second', trusts=trust(RAM=[role_arn('first')]), max_session_duration=7200)
    first = assume(server, role_arn('first'))
    seconds = {clients.assume_acs3: 'duration_seconds', clients.assume_rpc: 'DurationSeconds'}[assume]
    with refused(400, 'InvalidParameter.DurationSeconds'):
        assume(server, role_arn('second'), key=first, **{seconds: 7201})
    second = assume(server, role_arn('second'), key=first, **{seconds: 7200})
    ram('DetachPolicyFromRole', role_name='first', policy_type='Custom', policy_name='first-policy')
    with refused(403, 'NoPermission'):
        assume(server, role_arn('second'), key=first)
    ram('DeleteRole', role_name='first')
    with refused(400, 'InvalidSecurityToken.Malformed'):
        arn(server, first)
    server.advance(7000)
    assert arn(server, second).endswith('/second/session')
    server.advance(300)
    with refused(400, 'InvalidSecurityToken.Expired'):
        arn(server, second)


def test_a_chain_that_bites_its_tail(server, ram):
    """Two roles that trust each other: round and round, with never more rights, and with tokens that stay short."""
    ram.role('one', allow('sts:AssumeRole'))
    ram.role('two', allow('sts:AssumeRole'), trusts=trust(RAM=[role_arn('one')]))
    ram('UpdateRole', role_name='one', new_assume_role_policy_document=trust(RAM=[clients.ROOT_ARN, role_arn('two')]))
    key, lengths = clients.assume_acs3(server, role_arn('one')), []
    for step in range(40):
        name = 'two' if step % 2 == 0 else 'one'
        key = clients.assume_acs3(server, role_arn(name), f'step{step}', key=key)
        lengths.append(len(key[2]))
    assert arn(server, key) == f'acs:ram::{ACCOUNT}:assumed-role/one/step39'
    assert lengths[-1] <= lengths[20] + 8, 'a token remembers so many steps and no more'
    with refused(403, 'NoPermission'):
        clients.Ram(server, key)('ListUsers')


def test_a_role_that_trusts_itself(server, assume, ram):
    own = trust(RAM=[clients.ROOT_ARN, role_arn('self')])
    with refused(400, 'MalformedPolicyDocument', message='does not exist'):
        ram('CreateRole', role_name='self', assume_role_policy_document=own)
    with refused(404, 'EntityNotExist.Role'):
        ram('GetRole', role_name='self')
    ram.role('self', allow('sts:AssumeRole'), trusts=trust(RAM=[f'acs:ram::{ACCOUNT}:user/localyun']))
    first = assume(server, role_arn('self'))
    with refused(403, 'NoPermission'):
        assume(server, role_arn('self'), 'again', key=first)
    ram('UpdateRole', role_name='self', new_assume_role_policy_document=own)
    assert arn(server, assume(server, role_arn('self'), 'again', key=first)).endswith('/self/again')


# ------------------------------------------------------------------ buckets

def test_which_principals_a_bucket_lets_in(server, auth, bucket, ram, guest):
    bucket.put_object('key', b'x')
    anna, berta = (guest.user(name, allow('oss:*'), allow('sts:AssumeRole')) for name in ('anna', 'berta'))
    anna_id = guest('GetUser', user_name='anna')['User']['UserId']
    guest.role('worker', allow('oss:*'), trusts=trust(RAM=[f'acs:ram::{OTHER}:root']))
    one, two = (clients.assume_acs3(server, theirs('role', 'worker'), name, key=anna) for name in ('one', 'two'))
    root = (f'localyun.root.{OTHER}', f'localyun.root.{OTHER}')
    callers = {'anna': anna, 'berta': berta, 'one': one, 'two': two, 'root': root}
    session = f'arn:sts::{OTHER}:assumed-role'
    for principal, let_in in [(OTHER, set(callers)), (anna_id, {'anna'}), (f'{session}/worker/*', {'one', 'two'}),
                              (f'{session}/worker/one', {'one'}), (f'{session}/*/two', {'two'}), ('arn:sts::*:*/*/*', {'one', 'two'}),
                              (f'{session}/else/*', set()), (ACCOUNT, set())]:
        statement = {'Effect': 'Allow', 'Principal': [principal], 'Action': ['oss:GetObject'],
                     'Resource': [f'acs:oss:*:{ACCOUNT}:demo/*']}
        bucket.put_bucket_policy(clients.policy(statement))
        for name, key in callers.items():
            stranger = clients.bucket(server, 'demo', auth, key)
            if name in let_in:
                assert stranger.get_object('key').read() == b'x', (principal, name)
            else:
                with refused(403, 'AccessDenied'):
                    stranger.get_object('key')


def test_a_role_of_the_buckets_account_opens_it_to_the_other(server, auth, bucket, ram, guest):
    """No bucket policy: whoever assumes our role is one of us for as long."""
    bucket.put_object('key', b'x')
    anna = guest.user('anna', allow('*'))
    with refused(403, 'AccessDenied'):
        clients.bucket(server, 'demo', auth, anna).get_object('key')
    ram.role('reader', allow('oss:GetObject', 'acs:oss:*:*:demo/*'), trusts=trust(RAM=[theirs('user', 'anna')]))
    session = clients.bucket(server, 'demo', auth, clients.assume_acs3(server, role_arn('reader'), key=anna))
    assert session.get_object('key').read() == b'x'
    with refused(403, 'AccessDenied'):
        session.put_object('key', b'y')
    denied = {'Effect': 'Deny', 'Principal': [f'arn:sts::{ACCOUNT}:assumed-role/reader/*'], 'Action': ['oss:GetObject'],
              'Resource': [f'acs:oss:*:{ACCOUNT}:demo/*']}
    bucket.put_bucket_policy(clients.policy(denied))
    with refused(403, 'AccessDenied'):
        session.get_object('key')
