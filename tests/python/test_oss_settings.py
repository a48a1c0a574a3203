"""Settings of buckets through the real SDK."""
import datetime

import oss2
import pytest
from oss2.models import (BucketLifecycle, BucketLogging, BucketReferer, BucketTlsVersion, BucketWebsite, LifecycleExpiration,
                         LifecycleRule, Tagging, TaggingRule)

import clients
from clients import refused


def test_tags(server, auth, bucket):
    rule = TaggingRule()
    rule.add('team', 'blue')
    rule.add('cost', '')
    bucket.put_bucket_tagging(Tagging(rule))
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {'team': 'blue', 'cost': ''}
    service = clients.service(server, auth)
    assert [b.name for b in service.list_buckets(params={'tag-key': 'team', 'tag-value': 'blue'}).buckets] == ['demo']
    assert service.list_buckets(params={'tag-key': 'team', 'tag-value': 'red'}).buckets == []
    bucket.delete_bucket_tagging(params={'tagging': 'team'})
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {'cost': ''}
    bucket.delete_bucket_tagging()
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {}


def test_regions(server, auth):
    service = clients.service(server, auth)
    assert 'oss-cn-chengdu' in [r.region for r in service.describe_regions().regions]
    one = service.describe_regions('oss-cn-chengdu').regions
    assert [(r.region, r.internet_endpoint) for r in one] == [('oss-cn-chengdu', 'oss-cn-chengdu.aliyuncs.com')]
    with refused(404, 'NoSuchRegion'):
        service.describe_regions('aaa')


def test_referers(server, bucket):
    bucket.put_object('key', b'x', headers={'x-oss-object-acl': 'public-read'})
    bucket.put_bucket_referer(BucketReferer(False, ['http://a.com/*']))
    got = bucket.get_bucket_referer()
    assert (got.allow_empty_referer, got.referers) == (False, ['http://a.com/*'])
    url = f'{server.url}/demo/key'
    assert server.http.get(url, headers={'Referer': 'http://a.com/x'}, timeout=10).status_code == 200
    for headers in ({}, {'Referer': 'http://b.com/x'}):
        denied = server.http.get(url, headers=headers, timeout=10)
        assert (denied.status_code, clients.element(denied.content, 'Code')) == (403, 'AccessDenied')
    signed = bucket.sign_url('GET', 'key', 60)
    assert server.http.get(signed, timeout=10).status_code == 403
    assert bucket.get_object('key').read() == b'x'


def test_lifecycles(bucket):
    with refused(404, 'NoSuchLifecycle'):
        bucket.get_bucket_lifecycle()
    rule = LifecycleRule('mine', 'logs+/', expiration=LifecycleExpiration(created_before_date=datetime.date(2030, 1, 2)))
    bucket.put_bucket_lifecycle(BucketLifecycle([rule]))
    got = bucket.get_bucket_lifecycle().rules
    assert [(r.id, r.prefix, r.expiration.created_before_date) for r in got] == [('mine', 'logs+/', datetime.date(2030, 1, 2))]
    bucket.delete_bucket_lifecycle()
    with refused(404, 'NoSuchLifecycle'):
        bucket.get_bucket_lifecycle()


def test_logging_websites_and_tls(bucket):
    bucket.put_bucket_logging(BucketLogging('demo', 'logs/'))
    assert (bucket.get_bucket_logging().target_bucket, bucket.get_bucket_logging().target_prefix) == ('demo', 'logs/')
    with refused(400, 'InvalidTargetBucketForLogging'):
        bucket.put_bucket_logging(BucketLogging('nobodys', 'logs/'))
    with refused(404, 'NoSuchWebsiteConfiguration'):
        bucket.get_bucket_website()
    bucket.put_bucket_website(BucketWebsite('index.html', 'error.html'))
    assert (bucket.get_bucket_website().index_file, bucket.get_bucket_website().error_file) == ('index.html', 'error.html')
    bucket.put_bucket_https_config(BucketTlsVersion(True, ['TLSv1.2']))
    assert bucket.get_bucket_https_config().tls_version == ['TLSv1.2']
    bucket.put_bucket_access_monitor('Enabled')
    assert bucket.get_bucket_info().access_monitor == 'Enabled'


def test_encryption(bucket):
    with refused(404, 'NoSuchServerSideEncryptionRule'):
        bucket.get_bucket_encryption()
    rule = oss2.models.ServerSideEncryptionRule()
    rule.sse_algorithm, rule.kms_master_keyid = 'KMS', 'k-1'
    bucket.put_bucket_encryption(rule)
    assert (bucket.get_bucket_encryption().sse_algorithm, bucket.get_bucket_encryption().kms_master_keyid) == ('KMS', 'k-1')
    assert bucket.get_bucket_info().bucket_encryption_rule.sse_algorithm == 'KMS'
    bucket.put_object('key', b'x')
    assert bucket.head_object('key').headers['x-oss-server-side-encryption'] == 'KMS'
    bucket.delete_bucket_encryption()
    bucket.put_object('key', b'x')
    assert 'x-oss-server-side-encryption' not in bucket.head_object('key').headers
