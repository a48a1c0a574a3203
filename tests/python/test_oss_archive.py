"""Archived objects: frozen until a restore has ended, which it does when the virtual clock says so."""
import oss2
import pytest
from oss2.models import RestoreConfiguration, RestoreJobParameters

from clients import refused

BODY = b'hello'
CLASS = 'x-oss-storage-class'


def test_a_restore(server, bucket):
    bucket.put_object('key', BODY, headers={CLASS: 'Archive'})
    with refused(403, 'InvalidObjectState'):
        bucket.get_object('key')
    assert bucket.restore_object('key').status == 202
    assert bucket.head_object('key').headers['x-oss-restore'] == 'ongoing-request="true"'
    assert bucket.list_objects().object_list[0].restore_info == 'ongoing-request="true"'
    with refused(409, 'RestoreAlreadyInProgress'):
        bucket.restore_object('key')
    server.advance(60)
    assert bucket.get_object('key').read() == BODY
    told = bucket.head_object('key').headers['x-oss-restore']
    assert told.startswith('ongoing-request="false", expiry-date="') and told.endswith(' GMT"')
    assert bucket.list_objects_v2().object_list[0].restore_info == told
    assert bucket.restore_object('key').status == 200
    server.advance(2 * 86400)
    with refused(403, 'InvalidObjectState'):
        bucket.get_object('key')


@pytest.mark.parametrize('tier,hours', [('Expedited', 1), ('Standard', 5), ('Bulk', 12)])
def test_tiers(server, bucket, tier, hours):
    bucket.put_object('key', BODY, headers={CLASS: 'ColdArchive'})
    asked = RestoreConfiguration(days=3, job_parameters=RestoreJobParameters(tier))
    started = bucket.restore_object('key', input=asked)
    assert started.status == 202 and started.headers['x-oss-object-restore-priority'] == tier
    server.advance(hours * 3600)
    assert bucket.get_object('key').read() == BODY


def test_bad_restores(bucket):
    bucket.put_object('standard', BODY)
    bucket.put_object('archive', BODY, headers={CLASS: 'Archive'})
    with refused(400, 'OperationNotSupported', '0016-00000702'):
        bucket.restore_object('standard')
    with refused(400, 'MalformedXML'):
        bucket.restore_object('archive', input=RestoreConfiguration(5, RestoreJobParameters('Bulk')))
    with refused(400, 'InvalidArgument', '0016-00000708'):
        bucket.restore_object('archive', input=RestoreConfiguration(8))


def test_changing_the_class(server, bucket):
    bucket.put_object('key', BODY, headers={CLASS: 'Archive'})
    with refused(403, 'InvalidObjectState'):
        bucket.copy_object('demo', 'key', 'key', headers={CLASS: 'IA'})
    bucket.restore_object('key')
    server.advance(60)
    bucket.copy_object('demo', 'key', 'key', headers={CLASS: 'IA'})
    assert bucket.head_object('key').headers[CLASS] == 'IA' and bucket.get_object('key').read() == BODY
