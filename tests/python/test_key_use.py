"""When access keys were last used, and from where they may be: by the SDKs of RAM and IMS."""
import json

import pytest

import clients
from clients import Ims, allow, refused
from localyun import ACCOUNT, Server


def owner(name='anna'):
    return dict(user_principal_name=f'{name}@{ACCOUNT}.onaliyun.com')


@pytest.fixture
def anna(ram):
    """Her key."""
    return ram.user('anna', allow('oss:*'))


# ------------------------------------------------------------------ last use

def test_when_a_key_was_last_used(server, ram, ims, auth, anna):
    key = dict(user_access_key_id=anna[0])
    last = lambda: ims('GetAccessKeyLastUsed', **owner(), **key)['AccessKeyLastUsed']
    assert last() == {} and ram('GetAccessKeyLastUsed', user_name='anna', **key)['AccessKeyLastUsed'] == {}
    server.admin('POST', 'clock', json={'set': '2031-05-01T10:00:00Z'})
    clients.bucket(server, 'demo', auth, anna).create_bucket()
    first = last()
    assert first['ServiceName'] == 'Oss' and first['LastUsedDate'].startswith('2031-05-01T10:')
    server.advance(3600)
    clients.sts(server, anna).get_caller_identity()
    assert last()['ServiceName'] == 'Sts' and last()['LastUsedDate'].startswith('2031-05-01T11:')
    assert ram('GetAccessKeyLastUsed', user_name='anna', **key)['AccessKeyLastUsed'] == {'LastUsedDate': last()['LastUsedDate']}
    # A change of anything drops what is cached, and this is not.
    ram('CreateUser', user_name='otto')
    assert last()['ServiceName'] == 'Sts'
    # A request that is refused has used the key; one that is forged has not.
    server.advance(3600)
    with refused(400, 'SignatureDoesNotMatch'):
        clients.Ram(server, (anna[0], 'wrong'))('ListUsers')
    assert last()['ServiceName'] == 'Sts'
    with refused(403, 'NoPermission'):
        clients.Ram(server, anna)('ListUsers')
    assert last()['ServiceName'] == 'Ram'
    with refused(404, 'EntityNotExist.User.AccessKey'):
        ims('GetAccessKeyLastUsed', **owner('otto'), **key)
    with refused(404, 'EntityNotExist.User'):
        ram('GetAccessKeyLastUsed', user_name='none', **key)


def test_a_key_of_a_fresh_cloud_was_not_used():
    with Server.start('--key', 'other:other') as server:
        last = lambda: clients.Ram(server)('GetAccessKeyLastUsed', user_name='localyun', user_access_key_id='other')['AccessKeyLastUsed']
        clients.sts(server, ('other', 'other')).get_caller_identity()
        assert last()['LastUsedDate']
        server.reset()
        assert last() == {}


# ------------------------------------------------------------------ networks

def policy(*addresses, status='Active'):
    statement = {'Type': 'ClassicWhiteList', 'IPList': list(addresses)}
    return json.dumps({'Version': 1, 'Status': status, 'Statements': [statement] if addresses else []})


def test_the_policy_of_a_key(server, ram, ims, auth, anna):
    key = dict(user_access_key_id=anna[0])
    with refused(404, 'EntityNotExist.AccessKeyPolicy'):
        ims('GetAccessKeyPolicy', **owner(), **key)
    bucket = clients.bucket(server, 'demo', auth, anna)
    bucket.create_bucket()
    elsewhere = policy('10.0.0.1/32', '2001:db8::/32')
    assert ims('SetAccessKeyPolicy', **owner(), **key, access_key_policy=elsewhere)['AccessKeyPolicy'] == elsewhere
    answer = ims('GetAccessKeyPolicy', **owner(), **key)
    assert (answer['AccessKeyId'], answer['AccessKeyPolicy']) == (anna[0], elsewhere)
    with refused(403, 'AccessDenied', message='network access restriction policy'):
        bucket.put_object('key', b'x')
    with refused(403, 'Forbidden', message='network access restriction policy'):
        clients.sts(server, anna).get_caller_identity()
    for opened in policy('127.0.0.0/8'), policy('10.0.0.1', '127.0.0.1'), policy('10.0.0.1', status='Inactive'):
        ims('SetAccessKeyPolicy', **owner(), **key, access_key_policy=opened)
        assert clients.sts(server, anna).get_caller_identity().body.account_id == ACCOUNT
        bucket.put_object('key', b'x')
    # One that is off and empty is none: this is how Terraform takes a policy away.
    ims('SetAccessKeyPolicy', **owner(), **key, access_key_policy=policy(status='Inactive'))
    with refused(404, 'EntityNotExist.AccessKeyPolicy'):
        ims('GetAccessKeyPolicy', **owner(), **key)


def test_a_policy_of_a_key_that_cannot_be(server, ims, anna):
    key = dict(user_access_key_id=anna[0])
    for wrong in '{}', 'null', policy('here'), policy(*['10.0.0.1'] * 51), policy('10.0.0.1', status='On'), json.dumps({'Status': 'Active'}):
        with refused(400, 'InvalidParameter.AccessKeyPolicy'):
            ims('SetAccessKeyPolicy', **owner(), **key, access_key_policy=wrong)
    with refused(404, 'EntityNotExist.User.AccessKey'):
        ims('SetAccessKeyPolicy', **owner('localyun'), **key, access_key_policy=policy('10.0.0.1'))
    assert clients.sts(server, anna).get_caller_identity().body.account_id == ACCOUNT


def test_a_session_is_not_bound_by_the_policy_of_the_key_that_opened_it(server, ram, ims, anna):
    arn = ram.role('r', allow('oss:*'))
    ram.custom_policy('assume', allow('sts:AssumeRole'))
    ram('AttachPolicyToUser', user_name='anna', policy_type='Custom', policy_name='assume')
    session = clients.assume_acs3(server, arn, key=anna)
    ims('SetAccessKeyPolicy', **owner(), user_access_key_id=anna[0], access_key_policy=policy('10.0.0.1'))
    assert clients.sts(server, session).get_caller_identity().body.identity_type == 'AssumedRoleUser'
    with refused(403, 'Forbidden'):
        clients.assume_acs3(server, arn, key=anna)


def test_somebody_without_permission_sets_no_policy(server, ims, anna):
    with refused(403, 'NoPermission'):
        Ims(server, anna)('SetAccessKeyPolicy', user_access_key_id=anna[0], access_key_policy=policy('10.0.0.1'))
