"""`localyun explain`: why a request was answered as it was, and what refusals themselves say of it."""
import json

import pytest
import requests
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkram.request.v20150501.ListUsersRequest import ListUsersRequest

import clients
import signing
from clients import allow, assume_acs3, deny, policy, refused, role_arn, trust
from localyun import ACCOUNT, Server, run

PHOTOS = 'acs:oss:*:*:photos/*'
CAT = f'acs:oss:*:{ACCOUNT}:photos/cat.jpg'


def explain(server, *args, code=0):
    done = run('explain', '--endpoint', server.url, *args)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def told(server, *args):
    return json.loads(explain(server, '--format', 'json', *args))


@pytest.fixture
def photos(server):
    bucket = clients.bucket(server, 'photos')
    bucket.create_bucket()
    return bucket


def places(report):
    """Where the statements of the remedies go."""
    assert len(report['permissions']) == 1, report
    return [[fix['add']['place'] if 'add' in fix else f"change {fix['change']['policy']}" for fix in fixes]
            for fixes in report['permissions'][0]['remedies']]


# ------------------------------------------------------------------ decisions

def test_a_denied_put(server, ram, photos):
    key = ram.user('alice', allow('oss:Get*', PHOTOS))
    with refused(403, 'AccessDenied') as got:
        clients.bucket(server, 'photos', key=key).put_object('cat.jpg', b'x')
    text = explain(server, got.error.request_id)
    for part in [
            'PutObject of oss: 403 AccessDenied',
            f'by      acs:ram::{ACCOUNT}:user/alice, with the key {key[0]}',
            f'DENIED  oss:PutObject on {CAT}',
            'because no policy allows it, and the access control list does not either',
            'acs:SourceIp         127.0.0.1',
            'alice-policy (Custom) Statement[0], v1, Allow: no match, action oss:PutObject is not among oss:Get*',
            'with this in a policy of the user alice:',
            '{"Effect":"Allow","Action":"oss:PutObject","Resource":"%s"}' % CAT,
            'with this in the bucket policy of the bucket photos:']:
        assert part in text, text
    assert key[1] not in text and 'Signature=' not in text.replace('Signature=…', ''), text
    assert explain(server) == text, 'without an id it is the last one that failed'


@pytest.mark.parametrize('place', [0, 1])
def test_what_it_proposes_helps(server, ram, photos, place):
    key = ram.user('alice', allow('oss:Get*', PHOTOS))
    mine = clients.bucket(server, 'photos', key=key)
    with refused(403, 'AccessDenied') as got:
        mine.put_object('cat.jpg', b'x')
    report = told(server, got.error.request_id)
    assert places(report) == [['identity_policy'], ['bucket_policy']]
    statement = report['permissions'][0]['remedies'][place][0]['add']['statement']
    if place == 0:
        ram.custom_policy('proposed', statement)
        ram('AttachPolicyToUser', user_name='alice', policy_type='Custom', policy_name='proposed')
    else:
        photos.put_bucket_policy(policy(statement))
    mine.put_object('cat.jpg', b'x')
    with refused(403, 'AccessDenied'):
        mine.put_object('dog.jpg', b'x')


def test_an_allowed_put(server, ram, photos):
    key = ram.user('alice', allow('oss:*', PHOTOS))
    put = clients.bucket(server, 'photos', key=key).put_object('cat.jpg', b'x')
    report = told(server, put.request_id)
    assert (report['status'], report['code'], report['operation']) == (200, None, 'PutObject')
    permission, = report['permissions']
    assert permission['verdict'] == 'Allow' and permission['because']['policy'] == 'alice-policy'
    # No policy asks for a condition, so the keys were not written out when it was decided. They are told all the same.
    assert permission['conditions']['acs:SourceIp'] == ['127.0.0.1']
    assert permission['conditions']['acs:PrincipalARN'] == [f'acs:ram::{ACCOUNT}:user/alice']
    assert 'ALLOWED  oss:PutObject' in explain(server, put.request_id)


def test_a_condition_that_does_not_hold(server, ram, photos):
    elsewhere = allow('oss:*', PHOTOS, Condition={'IpAddress': {'acs:SourceIp': '10.0.0.0/8'}})
    key = ram.user('alice', elsewhere)
    with refused(403, 'AccessDenied') as got:
        clients.bucket(server, 'photos', key=key).get_object('cat.jpg')
    text = explain(server, got.error.request_id)
    assert 'IpAddress acs:SourceIp: expected 10.0.0.0/8, but it is 127.0.0.1' in text, text


def test_a_deny_has_to_be_changed(server, ram, photos):
    key = ram.user('alice', allow('oss:*'), deny('oss:PutObject', PHOTOS))
    with refused(403, 'AccessDenied') as got:
        clients.bucket(server, 'photos', key=key).put_object('cat.jpg', b'x')
    assert places(told(server, got.error.request_id)) == [['change alice-policy']]
    text = explain(server, got.error.request_id)
    assert 'without alice-policy (Custom) Statement[1]: it denies, and no Allow helps against that' in text, text


def test_a_group_is_named(server, ram, photos):
    key = ram.user('alice')
    ram('CreateGroup', group_name='devs')
    ram('AddUserToGroup', user_name='alice', group_name='devs')
    ram.custom_policy('no-writes', deny('oss:Put*'))
    ram('AttachPolicyToGroup', group_name='devs', policy_type='Custom', policy_name='no-writes')
    with refused(403, 'AccessDenied') as got:
        clients.bucket(server, 'photos', key=key).put_object('cat.jpg', b'x')
    text = explain(server, got.error.request_id)
    assert 'no-writes (Custom) Statement[0], v1, of the group devs, Deny: matches' in text, text


def test_a_chain_of_sessions(server, ram, photos):
    alice = ram.user('alice', allow('sts:AssumeRole'))
    ram.role('first', allow('sts:AssumeRole'))
    ram.role('second', allow('oss:*'))
    first = assume_acs3(server, role_arn('first'), name='one', key=alice)
    narrow = policy(allow('oss:GetObject'))
    second = assume_acs3(server, role_arn('second'), name='two', key=first, policy=narrow)
    with refused(403, 'AccessDenied') as got:
        clients.bucket(server, 'photos', key=second).put_object('cat.jpg', b'x')
    report = told(server, got.error.request_id)
    assert report['caller']['principal'] == f'acs:ram::{ACCOUNT}:assumed-role/second/two'
    session = report['caller']['session']
    assert session['has_policy'] is True
    assert session['chain'] == [
        {'principal': f'acs:ram::{ACCOUNT}:assumed-role/first/one', 'access_key_id': first[0]},
        {'principal': f'acs:ram::{ACCOUNT}:user/alice', 'access_key_id': alice[0]}]
    assert places(report) == [['session_policy']]
    text = explain(server, got.error.request_id)
    assert f'assumed by acs:ram::{ACCOUNT}:user/alice, with the key {alice[0]}' in text, text
    assert second[2] not in text and first[2] not in text, 'a token is shown'


def test_a_role_that_does_not_trust(server, ram):
    alice = ram.user('alice', allow('sts:AssumeRole'))
    ram.role('closed', trusts=trust(Service=['fc.aliyuncs.com']))
    with refused(403, 'NoPermission') as got:
        assume_acs3(server, role_arn('closed'), key=alice)
    report = told(server, got.error.request_id)
    assert places(report) == [['trust_policy']]
    added = report['permissions'][0]['remedies'][0][0]['add']
    assert added['of'] == 'the role closed'
    ram('UpdateRole', role_name='closed', new_assume_role_policy_document=policy(added['statement']))
    assume_acs3(server, role_arn('closed'), key=alice)


def test_nobody(server, photos):
    answer = requests.get(f'{server.url}/photos/cat.jpg', timeout=20)
    assert answer.status_code == 403
    text = explain(server, answer.headers['x-oss-request-id'])
    assert 'nobody: it is not signed' in text, text
    assert places(told(server, answer.headers['x-oss-request-id'])) == [['bucket_policy']]


def test_audit_lets_it_through_and_tells():
    with Server.start('--auth', 'audit', '--bucket', 'photos') as server:
        key = clients.Ram(server).user('alice')
        put = clients.bucket(server, 'photos', key=key).put_object('cat.jpg', b'x')
        text = explain(server, put.request_id)
    assert 'it went through all the same: the server runs with --auth audit' in text, text
    assert 'DENIED  oss:PutObject' in text, text


# ------------------------------------------------------------------ signatures

def test_v1_signed_for_another_method(server, photos):
    url = clients.bucket(server, 'photos', 'v1').sign_url('GET', 'a b/cat.jpg', 60, slash_safe=True)
    answer = requests.put(url, data=b'x', timeout=20)
    assert answer.status_code == 403
    text = explain(server, answer.headers['x-oss-request-id'])
    for part in ['because the client signed the method GET and sent PUT', '    ours    PUT', '    theirs  GET',
                 'our string to sign', '    |/photos/a b/cat.jpg', 'Signature=…']:
        assert part in text, text


@pytest.mark.parametrize('wrong, what', [
    ("'localyun'", 'has apostrophes around the secret'),
    ('"localyun"', 'has quotation marks around the secret')])
def test_v4_with_a_secret_that_was_copied_badly(server, photos, wrong, what):
    with refused(403, 'SignatureDoesNotMatch') as got:
        clients.bucket(server, 'photos', 'v4', key=('localyun', wrong)).get_object('cat.jpg')
    report = told(server, got.error.request_id)
    trouble = report['authentication']
    assert trouble['why'].endswith(f'because the client {what}'), trouble
    assert trouble['ours']['canonical_request'].startswith('GET\n/photos/cat.jpg\n'), trouble
    assert trouble['ours']['string_to_sign'].startswith('OSS4-HMAC-SHA256\n'), trouble


def test_v4_for_another_region(server, photos):
    bucket = clients.bucket(server, 'photos', 'v4', region='cn-beijing')
    url = bucket.sign_url('GET', 'cat.jpg', 60, slash_safe=True).replace('cn-beijing', 'cn-hangzhou')
    answer = requests.get(url, timeout=20)
    assert answer.status_code == 403, answer.text
    trouble = told(server, answer.headers['x-oss-request-id'])['authentication']
    assert 'signed for the region cn-beijing' in trouble['why'], trouble
    assert any('cn-beijing' in part for part in trouble['theirs']['differs']), trouble


def test_acs3_for_another_host(server):
    headers = signing.acs3_headers(server, 'ListUsers', '2015-05-01')
    moved = server.address.replace('127.0.0.1', 'localhost')
    answer = requests.post(f'http://{moved}/', headers={**headers, 'host': moved}, timeout=20)
    assert answer.json()['Code'] == 'SignatureDoesNotMatch', answer.text
    trouble = told(server, answer.json()['RequestId'])['authentication']
    assert f'signed the host {server.address} and sent {moved}' in trouble['why'], trouble
    assert trouble['theirs']['differs'] == [f'host:{moved}', f'host:{server.address}'], trouble


def test_rpc_v1_with_a_parameter_that_came_later(server):
    params = signing.rpc_params('ListUsers', '2015-05-01')
    answer = requests.get(server.url, params={**params, 'Marker': 'x'}, timeout=20)
    assert answer.json()['Code'] == 'SignatureDoesNotMatch', answer.text
    text = explain(server, answer.json()['RequestId'])
    assert 'because the client did not sign the parameter Marker' in text, text
    assert 'GET&%2F&AccessKeyId%3Dlocalyun' in text, text


def test_rpc_v1_by_a_session_hides_the_token(server, ram):
    ram.role('worker')
    key = assume_acs3(server, role_arn('worker'))
    params = signing.rpc_params('ListUsers', '2015-05-01', method='POST', key=(key[0], key[1] + '\n', key[2]))
    answer = requests.post(server.url, data=params, timeout=20)
    assert answer.json()['Code'] == 'SignatureDoesNotMatch', answer.text
    text = explain(server, answer.json()['RequestId'])
    assert 'has a line feed behind the secret' in text, text
    for secret in [key[1], key[2], signing.percent(key[2]), signing.percent(signing.percent(key[2]))]:
        assert secret not in text, text


def test_another_secret_altogether(server, photos):
    with refused(403, 'SignatureDoesNotMatch') as got:
        clients.bucket(server, 'photos', key=('localyun', 'quite another')).get_object('cat.jpg')
    text = explain(server, got.error.request_id)
    assert 'no single slip that is known here explains it' in text, text


def test_a_clock_that_is_wrong(server):
    params = signing.rpc_params('ListUsers', '2015-05-01', skew=-3600)
    answer = requests.get(server.url, params=params, timeout=20)
    text = explain(server, answer.json()['RequestId'])
    assert 'the clocks may be 15 minutes apart' in text, text


def test_keys_that_are_no_good(server, ram, photos):
    key = ram.user('alice')
    ram('UpdateAccessKey', user_name='alice', user_access_key_id=key[0], status='Inactive')
    for wrong, why in [(('LTAInobody', 'x'), 'the key LTAInobody does not exist'),
                       (key, f'the key {key[0]} is switched off')]:
        with refused(403, ('InvalidAccessKeyId', 'AccessDenied', 'AccessKeyDisabled')) as got:
            clients.bucket(server, 'photos', key=wrong).get_object('cat.jpg')
        assert why in explain(server, got.error.request_id)


def test_a_nonce_that_came_before(server):
    params = signing.rpc_params('ListUsers', '2015-05-01')
    assert requests.get(server.url, params=params, timeout=20).status_code == 200
    answer = requests.get(server.url, params=params, timeout=20)
    text = explain(server, answer.json()['RequestId'])
    assert 'its nonce came before' in text, text


# ------------------------------------------------------------------ requests

def test_requests_are_listed(server, photos):
    photos.put_object('cat.jpg', b'x')
    with refused(404, 'NoSuchKey'):
        photos.get_object('none')
    done = run('requests', '--endpoint', server.url, '--limit', '2')
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and 'NoSuchKey' in lines[0] and 'PutObject' in lines[1], done.stdout
    listed = server.admin('GET', 'requests', params={'limit': 1})['requests']
    assert [one['code'] for one in listed] == ['NoSuchKey'] and listed[0]['allowed'] is True


def test_what_is_not_kept(server):
    text = explain(server, '0' * 24, code=1)
    assert 'the last 1024 that failed and the last 256 others' in text, text
    text = explain(server, code=1)
    assert 'none of the requests that are kept has failed' in text, text
    wrong = server.http.get(f'{server.url}/_localyun/requests?limit=many', timeout=20)
    assert wrong.status_code == 400 and 'limit=N' in wrong.json()['error'], wrong.text


# ------------------------------------------------------------------ what refusals carry

def test_oss2_shows_the_detail(server, ram, photos):
    key = ram.user('alice')
    user = ram('GetUser', user_name='alice')['User']['UserId']
    with refused(403, 'AccessDenied') as got:
        clients.bucket(server, 'photos', key=key).put_object('cat.jpg', b'x')
    # oss2 flattens nothing: the group is there with its text, and the body with its elements.
    detail = {name: clients.element(got.body, name) for name in (
        'PolicyType', 'AuthPrincipalOwnerId', 'AuthPrincipalType', 'AuthPrincipalDisplayName', 'NoPermissionType',
        'AuthAction', 'EncodedDiagnosticMessage')}
    message = detail.pop('EncodedDiagnosticMessage')
    assert detail == {
        'PolicyType': 'AccountLevelIdentityBasedPolicy', 'AuthPrincipalOwnerId': ACCOUNT, 'AuthPrincipalType': 'SubUser',
        'AuthPrincipalDisplayName': user, 'NoPermissionType': 'ImplicitDeny', 'AuthAction': 'oss:PutObject'}
    assert 'AccessDeniedDetail' in got.error.details, got.error.details
    decoded = ram('DecodeDiagnosticMessage', encoded_diagnostic_message=message)['DecodedDiagnosticMessage']
    assert decoded['AuthResource'] == CAT and decoded['ExplicitDeny'] is False
    with refused(404, 'EntityNotExist'):
        ram('DecodeDiagnosticMessage', encoded_diagnostic_message=message[:-4])


def test_the_ram_sdk_shows_the_detail(server, ram):
    key = ram.user('alice', deny('ram:ListUsers'))
    with refused(403, 'NoPermission') as got:
        clients.Ram(server, key)('ListUsers')
    detail = got.detail
    assert (detail['AuthAction'], detail['NoPermissionType']) == ('ram:ListUsers', 'ExplicitDeny')
    decoded = ram('DecodeDiagnosticMessage', encoded_diagnostic_message=detail['EncodedDiagnosticMessage'])
    matched, = decoded['DecodedDiagnosticMessage']['MatchedPolicies']
    assert matched == {'AttachedEntityType': 'RamUser', 'AttachedScope': 'Account', 'Effect': 'Deny',
                       'PolicyIdentifier': 'alice-policy', 'PolicyType': 'Custom', 'PolicyVersion': 'v1'}
    with refused(403, 'NoPermission'):
        clients.Ram(server, key)('DecodeDiagnosticMessage', encoded_diagnostic_message='x')


def test_the_core_sdk_is_refused_with_the_detail(server, ram):
    key = ram.user('alice')
    request = clients.core_request(server, ListUsersRequest())
    with pytest.raises(ServerException) as got:
        clients.core(server, key).do_action_with_exception(request)
    assert (got.value.http_status, got.value.error_code) == (403, 'NoPermission')
    assert 'ram:ListUsers' in explain(server, got.value.request_id)


@pytest.mark.parametrize('form', ['JSON', 'XML'])
def test_rpc_carries_the_detail_in_both_forms(server, ram, form):
    key = ram.user('alice')
    answer = signing.rpc(server, 'ListUsers', '2015-05-01', key=key, Format=form)
    assert answer.status_code == 403
    if form == 'JSON':
        message = answer.json()['AccessDeniedDetail']['EncodedDiagnosticMessage']
    else:
        message = clients.element(answer.text, 'EncodedDiagnosticMessage')
        assert '<AccessDeniedDetail>' in answer.text
    decoded = ram('DecodeDiagnosticMessage', encoded_diagnostic_message=message)
    assert decoded['DecodedDiagnosticMessage']['AuthAction'] == 'ram:ListUsers'


def test_messages_survive_a_restart(tmp_path):
    flags = ('--data', str(tmp_path / 'data'))
    with Server.start(*flags) as server:
        key = clients.Ram(server).user('alice')
        message = signing.rpc(server, 'ListUsers', '2015-05-01', key=key).json()
        message = message['AccessDeniedDetail']['EncodedDiagnosticMessage']
    with Server.start(*flags) as server:
        decoded = clients.Ram(server)('DecodeDiagnosticMessage', encoded_diagnostic_message=message)
        assert decoded['DecodedDiagnosticMessage']['AuthAction'] == 'ram:ListUsers'
