"""Encryption on the server's side, as far as clients see it."""
import pytest
from oss2.headers import (OSS_SERVER_SIDE_DATA_ENCRYPTION, OSS_SERVER_SIDE_ENCRYPTION,
                          OSS_SERVER_SIDE_ENCRYPTION_KEY_ID)

import clients
from clients import refused

NAMES = (OSS_SERVER_SIDE_ENCRYPTION, OSS_SERVER_SIDE_DATA_ENCRYPTION, OSS_SERVER_SIDE_ENCRYPTION_KEY_ID)


def told(answer):
    return tuple(answer.headers.get(name) for name in NAMES)


@pytest.mark.parametrize('asked', [('AES256', None, None), ('SM4', None, None), ('KMS', None, 'k-1'), ('KMS', 'SM4', 'k-1')])
def test_what_is_asked_for_is_told(bucket, asked):
    headers = {name: value for name, value in zip(NAMES, asked) if value}
    assert told(bucket.put_object('key', b'x', headers=headers)) == asked
    assert told(bucket.get_object('key')) == asked and told(bucket.head_object('key')) == asked
    assert told(bucket.append_object('log', 0, b'x', headers=headers)) == asked
    assert told(bucket.append_object('log', 1, b'x')) == asked


def test_a_method_that_does_not_exist(bucket):
    with refused(400, 'InvalidEncryptionAlgorithmError'):
        bucket.put_object('key', b'x', headers={OSS_SERVER_SIDE_ENCRYPTION: 'DES'})
    assert not bucket.object_exists('key')


def test_kms_takes_permissions(server, ram, bucket, auth):
    kms = {OSS_SERVER_SIDE_ENCRYPTION: 'KMS'}
    oss_only = clients.bucket(server, 'demo', auth, ram.user('one', clients.allow('oss:*')))
    with refused(403, 'AccessDenied'):
        oss_only.put_object('key', b'x', headers=kms)
    both = clients.allow(['oss:*', 'kms:GenerateDataKey', 'kms:Decrypt'])
    clients.bucket(server, 'demo', auth, ram.user('two', both)).put_object('key', b'x', headers=kms)
    with refused(403, 'AccessDenied'):
        oss_only.get_object('key')
