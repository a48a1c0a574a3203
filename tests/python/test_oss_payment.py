"""Buckets whose requesters pay: another account has to say that it will."""
import json

import oss2
import pytest
from oss2.headers import OSS_REQUEST_PAYER
from oss2.models import PAYER_BUCKETOWNER, PAYER_REQUESTER

import clients
from clients import refused

OTHER = '2222222222222222'
PAYS = {OSS_REQUEST_PAYER: 'requester'}


@pytest.fixture
def stranger(server, bucket, auth):
    """The bucket as the administrator of another account, whom its policy lets in."""
    account = server.admin('POST', 'accounts', json={'uid': OTHER})
    assert account['uid'] == OTHER
    statement = {'Effect': 'Allow', 'Action': ['oss:*'], 'Principal': [OTHER],
                 'Resource': ['acs:oss:*:*:demo', 'acs:oss:*:*:demo/*']}
    bucket.put_bucket_policy(json.dumps({'Version': '1', 'Statement': [statement]}))
    return clients.bucket(server, 'demo', auth, (f'localyun.root.{OTHER}', f'localyun.root.{OTHER}'))


def test_the_requester_pays(bucket, stranger):
    assert bucket.get_bucket_request_payment().payer == PAYER_BUCKETOWNER
    stranger.put_object('key', b'x')
    bucket.put_bucket_request_payment(PAYER_REQUESTER)
    assert bucket.get_bucket_request_payment().payer == PAYER_REQUESTER
    for call in (lambda **more: stranger.put_object('key', b'x', **more),
                 lambda **more: stranger.get_object('key', **more),
                 lambda **more: stranger.list_objects(**more)):
        with refused(403, 'AccessDenied', '0003-00000703', message='requester pay'):
            call()
        assert call(headers=PAYS).headers['x-oss-request-charged'] == 'requester'
    assert 'x-oss-request-charged' not in bucket.get_object('key', headers=PAYS).headers


def test_a_signed_url_says_who_pays(bucket, stranger):
    bucket.put_object('key', b'x')
    bucket.put_bucket_request_payment(PAYER_REQUESTER)
    url = stranger.sign_url('GET', 'key', 60)
    with refused(403, 'AccessDenied', '0003-00000702'):
        stranger.get_object_with_url(url)
    url = stranger.sign_url('GET', 'key', 60, params={OSS_REQUEST_PAYER: 'requester'})
    assert stranger.get_object_with_url(url).read() == b'x'


def test_nobody_cannot_pay(server, bucket):
    bucket.put_object('key', b'x', headers={'x-oss-object-acl': 'public-read'})
    bucket.put_bucket_request_payment(PAYER_REQUESTER)
    anonymous = oss2.Bucket(oss2.AnonymousAuth(), server.url, 'demo')
    with refused(403, 'AccessDenied', '0003-00000701'):
        anonymous.get_object('key', headers=PAYS)
