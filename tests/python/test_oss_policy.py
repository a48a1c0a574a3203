"""Bucket policies with the real SDK: other accounts, role sessions, everybody, and what a Deny says."""
import json

import oss2
import pytest

import clients
from clients import allow, refused
from localyun import ACCOUNT

OTHER = '2222222222222222'


def statement(principal, action, resource='demo/*', effect='Allow', **more):
    return {'Effect': effect, 'Principal': principal, 'Action': action,
            'Resource': [f'acs:oss:*:{ACCOUNT}:{resource}'], **more}


def guard(bucket, *statements):
    bucket.put_bucket_policy(clients.policy(*statements))


@pytest.fixture
def guest(server):
    """The administrator of a second account."""
    key = server.admin('POST', 'accounts', json={'uid': OTHER})['administrator']
    return key['access_key_id'], key['access_key_secret']


def test_a_policys_life(bucket):
    with refused(404, 'NoSuchBucketPolicy', ec='0030-00000006'):
        bucket.get_bucket_policy()
    text = json.dumps({'Version': '1', 'Statement': [statement(['*'], ['oss:GetObject'])]}, indent=3)
    assert bucket.put_bucket_policy(text).status == 200
    got = bucket.get_bucket_policy()
    assert got.policy == text and got.headers['Content-Type'] == 'application/json'
    with refused(400, 'InvalidPolicyDocument', ec='0030-00000002'):
        bucket.put_bucket_policy(text.replace('"1"', '"2"', 1))
    assert bucket.get_bucket_policy().policy == text
    assert bucket.delete_bucket_policy().status == 204
    with refused(404, 'NoSuchBucketPolicy', ec='0030-00000006'):
        bucket.get_bucket_policy()


def test_another_account_is_let_in(server, auth, bucket, guest):
    bucket.put_object('key', b'x')
    theirs = clients.bucket(server, 'demo', auth, key=guest)
    with refused(403, 'AccessDenied', ec='0003-00000001'):
        theirs.get_object('key')
    guard(bucket, statement([OTHER], ['oss:GetObject']), statement([OTHER], ['oss:ListObjects'], 'demo'))
    assert theirs.get_object('key').read() == b'x'
    assert [o.key for o in theirs.list_objects().object_list] == ['key']
    with refused(403, 'AccessDenied', ec='0003-00000001'):
        theirs.put_object('key', b'y')
    bucket.delete_bucket_policy()
    with refused(403, 'AccessDenied', ec='0003-00000001'):
        theirs.get_object('key')


def test_a_role_session_is_let_in(server, auth, bucket, ram):
    bucket.put_object('key', b'x')
    key = clients.assume_acs3(server, ram.role('reader'))
    session = clients.bucket(server, 'demo', auth, key=key)
    with refused(403, 'AccessDenied', ec='0003-00000202'):
        session.get_object('key')
    guard(bucket, statement([f'arn:sts::{ACCOUNT}:assumed-role/reader/*'], ['oss:GetObject']))
    assert session.get_object('key').read() == b'x'


def test_everybody_is_let_in(server, bucket):
    bucket.put_object('key', b'x')
    nobody = oss2.Bucket(oss2.AnonymousAuth(), server.url, 'demo')
    with refused(403, 'AccessDenied', ec='0003-00000001'):
        nobody.get_object('key')
    guard(bucket, statement(['*'], ['oss:GetObject']))
    assert nobody.get_object('key').read() == b'x'
    guard(bucket, statement(['*'], ['oss:GetObject'], Condition={'Bool': {'acs:SecureTransport': ['true']}}))
    with refused(403, 'AccessDenied', ec='0003-00000001'):
        nobody.get_object('key')


def test_a_deny_wins_over_what_a_user_may(server, auth, bucket, ram):
    bucket.put_object('key', b'x')
    user = clients.bucket(server, 'demo', auth, key=ram.user('anna', allow('oss:*')))
    assert user.get_object('key').read() == b'x'
    guard(bucket, statement(['*'], ['oss:GetObject'], effect='Deny'))
    with refused(403, 'AccessDenied', ec='0003-00000101', message='Access denied by bucket policy.') as got:
        user.get_object('key')
    assert clients.element(got.body, 'AccessDeniedDetail') is None
    user.put_object('key', b'y')
