"""STS as the SDKs see it: AssumeRole, GetCallerIdentity, and the errors of the RPC gateway."""
import datetime
import json
import re
import time
import xml.etree.ElementTree as ElementTree

import pytest
from alibabacloud_sts20150401 import models
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest

import clients
import signing
from clients import ADMIN, ROOT_KEY, allow, deny, refused, role_arn
from localyun import ACCOUNT

STS = '2015-04-01'
ASSUME = {'acs3': clients.assume_acs3, 'rpc': clients.assume_rpc}


@pytest.fixture(params=ASSUME)
def assume(request):
    """AssumeRole by either SDK: ACS3-HMAC-SHA256 or RPC with HMAC-SHA1."""
    def call(server, arn, name='session', key=ADMIN, **params):
        if request.param == 'rpc':
            params = {''.join(part.title() for part in k.split('_')): v for k, v in params.items()}
        return ASSUME[request.param](server, arn, name, key, **params)
    return call


def identity(server, key=ADMIN):
    return clients.sts(server, key).get_caller_identity().body.to_map()


def assume_fully(server, arn, name='session', key=ADMIN, **more):
    request = models.AssumeRoleRequest(role_arn=arn, role_session_name=name, **more)
    return clients.sts(server, key).assume_role(request).body.to_map()


# ------------------------------------------------------------------ AssumeRole

def test_the_answer_has_the_shape_that_sdks_parse(server, ram):
    ram.role('Worker')
    role_id = ram('GetRole', role_name='Worker')['Role']['RoleId']
    answer = assume_fully(server, role_arn('Worker'), 'my.session@x')
    assert re.fullmatch(r'[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}', answer['RequestId'])
    assert answer['AssumedRoleUser']['AssumedRoleId'] == f'{role_id}:my.session@x'
    assert answer['AssumedRoleUser']['Arn'].lower() == f'acs:ram::{ACCOUNT}:assumed-role/worker/my.session@x'
    credentials = answer['Credentials']
    assert credentials['AccessKeyId'].startswith('STS.')
    assert credentials['SecurityToken'].startswith('CAIS')
    left = expiration(credentials) - time.time()
    assert 3600 - 60 < left < 3600 + 60


def expiration(credentials):
    parsed = datetime.datetime.strptime(credentials['Expiration'], '%Y-%m-%dT%H:%M:%SZ')
    return parsed.replace(tzinfo=datetime.timezone.utc).timestamp()


def test_every_session_has_its_own_credentials(server, ram, assume):
    arn = ram.role('worker')
    first, second = assume(server, arn), assume(server, arn)
    assert len({first[0], second[0]}) == len({first[1], second[1]}) == len({first[2], second[2]}) == 2


@pytest.mark.parametrize('seconds', [900, 3600, 7200])
def test_the_duration_is_what_was_asked(server, ram, seconds):
    ram.role('worker', max_session_duration=7200)
    credentials = assume_fully(server, role_arn('worker'), duration_seconds=seconds)['Credentials']
    assert abs(expiration(credentials) - time.time() - seconds) < 60


@pytest.mark.parametrize('seconds', [899, 0, -1, 3601, 43201])
def test_a_duration_outside_the_roles_range(server, ram, assume, seconds):
    arn = ram.role('worker')
    with refused(400, 'InvalidParameter.DurationSeconds'):
        assume(server, arn, duration_seconds=seconds)


def test_root_may_not_assume_roles(server, ram, assume):
    arn = ram.role('worker', allow('*'))
    with refused(403, 'NoPermission', message='Roles may not be assumed by root accounts.'):
        assume(server, arn, key=ROOT_KEY)


@pytest.mark.parametrize('arn', [role_arn('missing'), f'acs:ram::{ACCOUNT}:user/localyun'])
def test_a_role_that_does_not_exist(server, assume, arn):
    with refused(404, 'EntityNotExist.Role', message='The specified Role not exists'):
        assume(server, arn)


@pytest.mark.parametrize('arn', ['', 'nonsense', 'acs:ram::role/x', 'arn:aws:iam::1:role/x', f'acs:ram::{ACCOUNT}:role/'])
def test_a_malformed_role_arn(server, assume, arn):
    with refused(400, ('InvalidParameter.RoleArn', 'MissingRoleArn', 'MissingParameter')):
        assume(server, arn)


@pytest.mark.parametrize('name', ['x', 'y' * 65, 'a b', 'a/b', '中文', 'a:b'])
def test_a_malformed_session_name(server, ram, assume, name):
    arn = ram.role('worker')
    with refused(400, 'InvalidParameter.RoleSessionName', message='The parameter RoleSessionName is wrongly formed.'):
        assume(server, arn, name)


@pytest.mark.parametrize('name', ['xy', 'y' * 64, 'a.b@c-d_e'])
def test_a_session_name_at_the_limits(server, ram, assume, name):
    key = assume(server, ram.role('worker'), name)
    assert identity(server, key)['Arn'].endswith(f'/worker/{name}')


@pytest.mark.parametrize('document', [
    '{', '[]', '{}', '{"Version":"2","Statement":[]}', '{"Version":"1"}',
    '{"Version":"1","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}',
    '{"Version":"1","Statement":[{"Effect":"Allow","Resource":"*"}]}',
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*"}]}',
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}',
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Fancy":{"a":"b"}}}]}',
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}],}',
])
def test_a_malformed_session_policy(server, ram, assume, document):
    arn = ram.role('worker')
    with refused(400, 'InvalidParameter.PolicyGrammar', message='The parameter Policy has not passed grammar check.'):
        assume(server, arn, policy=document)


def test_a_session_policy_that_is_too_long(server, ram, assume):
    arn = ram.role('worker')
    long = clients.policy(allow('oss:GetObject', ['acs:oss:*:*:' + 'x' * 2048]))
    with refused(400, 'InvalidParameter.PolicySize'):
        assume(server, arn, policy=long)


def test_a_session_policy_with_blanks_and_every_kind_of_character(server, ram, assume):
    document = json.dumps(json.loads(clients.policy(allow('oss:GetObject', "acs:oss:*:*:b/a b+c*'()!~/中文&=%"))), indent=1)
    assert assume(server, ram.role('worker'), policy=document)[2]


# ------------------------------------------------------------------ who may assume

def test_a_user_needs_permission_for_the_role(server, ram, assume):
    arn = ram.role('worker')
    nobody = ram.user('nobody')
    with refused(403, 'NoPermission') as got:
        assume(server, arn, key=nobody)
    if hasattr(got.error, 'access_denied_detail'):
        assert got.detail['NoPermissionType'] == 'ImplicitDeny'
        assert got.detail['AuthAction'] == 'sts:AssumeRole'
        assert got.detail['AuthPrincipalType'] == 'SubUser'


@pytest.mark.parametrize('resource', ['*', f'acs:ram:*:{ACCOUNT}:role/worker', f'acs:ram::{ACCOUNT}:role/worker', 'acs:ram:*:*:role/w*'])
def test_permission_for_the_role_lets_a_user_assume_it(server, ram, assume, resource):
    arn = ram.role('worker')
    somebody = ram.user('somebody', allow('sts:AssumeRole', resource))
    assert assume(server, arn, key=somebody)[0].startswith('STS.')


def test_permission_for_one_role_is_none_for_another(server, ram, assume):
    ram.role('worker')
    other = ram.role('other')
    somebody = ram.user('somebody', allow('sts:AssumeRole', role_arn('worker')))
    with refused(403, 'NoPermission'):
        assume(server, other, key=somebody)


def test_an_explicit_deny_forbids_a_role(server, ram, assume):
    arn = ram.role('worker')
    somebody = ram.user('somebody', allow('*'), deny('sts:AssumeRole', role_arn('worker')))
    with refused(403, 'NoPermission') as got:
        assume(server, arn, key=somebody)
    if hasattr(got.error, 'access_denied_detail'):
        assert got.detail['NoPermissionType'] == 'ExplicitDeny'


@pytest.mark.parametrize('principal', [
    {'Service': ['fc.aliyuncs.com']},
    {'RAM': [f'acs:ram::{ACCOUNT}:user/friend']},
    {'RAM': [f'acs:ram::{ACCOUNT}:role/friend']},
    {'RAM': ['acs:ram::6543210987654321:root']},
], ids=['service', 'another user', 'a role', 'another account'])
def test_the_role_must_trust_the_caller_too(server, ram, assume, principal):
    ram.user('friend')
    ram.role('friend')
    arn = ram.role('worker', trusts=clients.trust(**principal))
    with refused(403, 'NoPermission'):
        assume(server, arn)


def test_a_role_that_trusts_one_user(server, ram, assume):
    friend = ram.user('friend', allow('sts:AssumeRole'))
    stranger = ram.user('stranger', allow('sts:AssumeRole'))
    arn = ram.role('worker', trusts=clients.trust(RAM=[f'acs:ram::{ACCOUNT}:user/friend']))
    assert assume(server, arn, key=friend)
    with refused(403, 'NoPermission'):
        assume(server, arn, key=stranger)


def test_a_deny_in_the_trust_policy_wins(server, ram, assume):
    document = json.loads(clients.trust())
    document['Statement'] += json.loads(clients.trust('Deny', RAM=[f'acs:ram::{ACCOUNT}:user/localyun']))['Statement']
    arn = ram.role('worker', trusts=json.dumps(document))
    with refused(403, 'NoPermission'):
        assume(server, arn)


def test_an_external_id_that_the_trust_policy_asks_for(server, ram, assume):
    condition = {'StringEquals': {'sts:ExternalId': 'agreed'}}
    arn = ram.role('worker', trusts=clients.trust(condition=condition, RAM=[clients.ROOT_ARN]))
    for wrong in ({}, {'external_id': 'guessed'}):
        with refused(403, 'NoPermission'):
            assume(server, arn, **wrong)
    assert assume(server, arn, external_id='agreed')


def test_the_trust_policy_of_the_moment_counts(server, ram, assume):
    arn = ram.role('worker')
    assume(server, arn)
    ram('UpdateRole', role_name='worker', new_assume_role_policy_document=clients.trust(Service=['fc.aliyuncs.com']))
    with refused(403, 'NoPermission'):
        assume(server, arn)


def test_a_role_session_assumes_another_role(server, ram, assume):
    first = ram.role('first', allow('sts:AssumeRole', role_arn('second')))
    second = ram.role('second', trusts=clients.trust(RAM=[role_arn('first')]))
    third = ram.role('third')
    chained = assume(server, second, 'chained', key=assume(server, first))
    assert identity(server, chained)['Arn'] == f'acs:ram::{ACCOUNT}:assumed-role/second/chained'
    with refused(403, 'NoPermission'):
        assume(server, third, key=assume(server, first))
    with refused(403, 'NoPermission'):
        assume(server, first, key=chained)


def test_a_session_policy_narrows_role_chaining(server, ram, assume):
    first = ram.role('first', allow('sts:AssumeRole'))
    second = ram.role('second')
    narrowed = assume(server, first, policy=clients.policy(allow('oss:*')))
    with refused(403, 'NoPermission'):
        assume(server, second, key=narrowed)


def test_a_source_identity_survives_the_chain(server, ram):
    first = ram.role('first', allow('sts:AssumeRole'))
    second = ram.role('second')
    answer = assume_fully(server, first, source_identity='alice')
    assert answer['SourceIdentity'] == 'alice'
    chained = assume_fully(server, second, key=clients.session(answer['Credentials']))
    assert chained['SourceIdentity'] == 'alice'
    assert 'SourceIdentity' not in assume_fully(server, first)


# ------------------------------------------------------------------ GetCallerIdentity

def test_the_account_itself(server):
    who = identity(server, ROOT_KEY)
    assert (who['IdentityType'], who['AccountId'], who['PrincipalId']) == ('Account', ACCOUNT, ACCOUNT)
    assert who['Arn'] == f'acs:ram::{ACCOUNT}:root'


def test_a_user(server, ram):
    key = ram.user('alice')
    user_id = ram('GetUser', user_name='alice')['User']['UserId']
    who = identity(server, key)
    who.pop('RequestId')
    assert who == {'IdentityType': 'RAMUser', 'AccountId': ACCOUNT, 'Arn': f'acs:ram::{ACCOUNT}:user/alice',
                   'UserId': user_id, 'PrincipalId': user_id}


def test_a_session(server, ram, assume):
    arn = ram.role('worker')
    role_id = ram('GetRole', role_name='worker')['Role']['RoleId']
    who = identity(server, assume(server, arn, 'desk'))
    who.pop('RequestId')
    assert who == {'IdentityType': 'AssumedRoleUser', 'AccountId': ACCOUNT, 'RoleId': role_id,
                   'Arn': f'acs:ram::{ACCOUNT}:assumed-role/worker/desk', 'PrincipalId': f'{role_id}:desk'}


def test_a_session_policy_that_allows_nothing_hides_nobody(server, ram, assume):
    key = assume(server, ram.role('worker'), policy=clients.policy(deny('*')))
    assert identity(server, key)['IdentityType'] == 'AssumedRoleUser'


def test_the_older_sdk(server):
    request = clients.core_request(server, GetCallerIdentityRequest())
    answer = json.loads(clients.core(server).do_action_with_exception(request))
    assert (answer['IdentityType'], answer['Arn']) == ('RAMUser', f'acs:ram::{ACCOUNT}:user/localyun')


@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_xml(server, method):
    answer = signing.rpc(server, 'GetCallerIdentity', STS, method=method, Format='XML')
    assert answer.status_code == 200
    assert 'xml' in answer.headers['content-type']
    assert answer.text.startswith('<?xml')
    root = ElementTree.fromstring(answer.content)
    assert root.tag == 'GetCallerIdentityResponse'
    assert root.findtext('Arn') == f'acs:ram::{ACCOUNT}:user/localyun'
    assert root.findtext('RequestId')


def test_xml_errors(server):
    answer = signing.rpc(server, 'AssumeRole', STS, Format='XML', RoleArn=role_arn('missing'), RoleSessionName='session')
    root = ElementTree.fromstring(answer.content)
    assert (answer.status_code, root.tag) == (404, 'Error')
    assert root.findtext('Code') == 'EntityNotExist.Role'
    assert root.findtext('HostId') and root.findtext('RequestId') and root.findtext('Message')


@pytest.mark.parametrize('spelling', ['JSON', 'json', None])
def test_json_is_the_default(server, spelling):
    answer = signing.rpc(server, 'GetCallerIdentity', STS, Format=spelling)
    assert answer.json()['AccountId'] == ACCOUNT
    assert answer.headers['content-type'].startswith('application/json')


def test_the_error_envelope(server):
    answer = signing.rpc(server, 'AssumeRole', STS, RoleArn=role_arn('missing'), RoleSessionName='session')
    body = answer.json()
    assert set(body) == {'RequestId', 'HostId', 'Code', 'Message', 'Recommend'}
    assert body['HostId'].split(':')[0] == server.host


# ------------------------------------------------------------------ the gateway's own errors

def error(answer):
    return answer.status_code, answer.json()['Code']


@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_a_request_is_good_once(server, method):
    signed = signing.rpc_params('GetCallerIdentity', STS, method=method)
    where = {'params': signed} if method == 'GET' else {'data': signed}
    assert server.http.request(method, server.url + '/', **where).status_code == 200
    replay = server.http.request(method, server.url + '/', **where)
    assert error(replay) == (400, 'SignatureNonceUsed')


def test_an_acs3_request_is_good_once(server):
    headers = signing.acs3_headers(server, 'GetCallerIdentity', STS)
    assert server.http.post(server.url + '/', headers=headers).status_code == 200
    assert error(server.http.post(server.url + '/', headers=headers)) == (400, 'SignatureNonceUsed')


def test_a_nonce_of_a_forged_request_stays_free(server):
    nonce = {'SignatureNonce': 'chosen'}
    assert error(signing.rpc(server, 'GetCallerIdentity', STS, (ADMIN[0], 'wrong'), **nonce)) == (400, 'SignatureDoesNotMatch')
    assert signing.rpc(server, 'GetCallerIdentity', STS, **nonce).status_code == 200


@pytest.mark.parametrize('skew', [-3600, -16 * 60, 16 * 60, 3600])
def test_a_clock_that_is_wrong(server, skew):
    assert error(signing.rpc(server, 'GetCallerIdentity', STS, skew=skew)) == (400, 'InvalidTimeStamp.Expired')
    headers = signing.acs3_headers(server, 'GetCallerIdentity', STS, skew=skew)
    assert error(server.http.post(server.url + '/', headers=headers)) == (400, 'InvalidTimeStamp.Expired')


@pytest.mark.parametrize('skew', [-14 * 60, 14 * 60])
def test_a_clock_that_is_nearly_right(server, skew):
    assert signing.rpc(server, 'GetCallerIdentity', STS, skew=skew).status_code == 200


def test_the_virtual_clock_leaves_signatures_alone(server):
    server.advance(30 * 24 * 3600)
    assert identity(server)['AccountId'] == ACCOUNT


def test_fractions_of_a_second(server):
    stamp = time.strftime('%Y-%m-%dT%H:%M:%S.724Z', time.gmtime())
    assert signing.rpc(server, 'GetCallerIdentity', STS, Timestamp=stamp).status_code == 200


@pytest.mark.parametrize('stamp', ['yesterday', '2026-13-41T25:61:61Z', '0'])
def test_a_timestamp_that_is_none(server, stamp):
    status, code = error(signing.rpc(server, 'GetCallerIdentity', STS, Timestamp=stamp))
    assert status == 400 and code.startswith('InvalidTimeStamp')


def test_a_wrong_secret_shows_what_the_server_signed(server):
    signed = signing.rpc_params('GetCallerIdentity', STS, (ADMIN[0], 'wrong'))
    answer = server.http.get(server.url + '/', params=signed)
    assert error(answer) == (400, 'SignatureDoesNotMatch')
    head, _, to_sign = answer.json()['Message'].partition(':')
    assert head == 'Specified signature is not matched with our calculation. server string to sign is'
    signed.pop('Signature')
    query = '&'.join(f'{signing.percent(k)}={signing.percent(v)}' for k, v in sorted(signed.items()))
    assert to_sign == f'GET&%2F&{signing.percent(query)}'


def test_the_older_sdk_recognises_a_wrong_secret(server):
    """It compares its own string to sign with the server's, and blames the secret only if they are equal."""
    with refused(400, 'InvalidAccessKeySecret'):
        clients.assume_rpc(server, role_arn('any'), key=(ADMIN[0], 'wrong'))


def test_a_wrong_secret_in_acs3(server):
    with refused(400, 'SignatureDoesNotMatch', message='server string to sign is:ACS3-HMAC-SHA256\n'):
        clients.assume_acs3(server, role_arn('any'), key=(ADMIN[0], 'wrong'))


def test_a_changed_parameter(server):
    signed = signing.rpc_params('GetCallerIdentity', STS)
    signed['RegionId'] = 'cn-beijing'
    assert error(server.http.get(server.url + '/', params=signed)) == (400, 'SignatureDoesNotMatch')


def test_a_key_that_nobody_made(server, assume):
    with refused(404, 'InvalidAccessKeyId.NotFound', message='Specified access key is not found.'):
        assume(server, role_arn('any'), key=('LTAI4fakefakefakefake', 'secret'))


def test_a_disabled_key(server, ram, assume):
    key = ram.user('alice', allow('*'))
    arn = ram.role('worker')
    assert assume(server, arn, key=key)
    ram('UpdateAccessKey', user_name='alice', user_access_key_id=key[0], status='Inactive')
    with refused(400, 'InvalidAccessKeyId.Inactive', message='Specified access key is disabled.'):
        assume(server, arn, key=key)
    ram('UpdateAccessKey', user_name='alice', user_access_key_id=key[0], status='Active')
    assert assume(server, arn, key=key)


def test_forged_and_expired_sessions(server, ram):
    key = clients.assume_acs3(server, ram.role('worker'), duration_seconds=900)
    assert error(signing.rpc(server, 'GetCallerIdentity', STS, key[:2])) == (400, 'MissingSecurityToken')
    forged = signing.rpc(server, 'GetCallerIdentity', STS, (*key[:2], 'CAISnonsense'))
    assert error(forged) == (400, 'InvalidSecurityToken.Malformed')
    other = clients.assume_acs3(server, role_arn('worker'), 'other')
    assert error(signing.rpc(server, 'GetCallerIdentity', STS, (*key[:2], other[2]))) \
        == (400, 'InvalidSecurityToken.MismatchWithAccessKey')
    server.advance(901)
    assert error(signing.rpc(server, 'GetCallerIdentity', STS, key)) == (400, 'InvalidSecurityToken.Expired')


@pytest.mark.parametrize('missing', ['AccessKeyId', 'Signature', 'Timestamp', 'SignatureNonce'])
def test_a_missing_common_parameter(server, missing):
    signed = signing.rpc_params('GetCallerIdentity', STS, **({missing: None} if missing != 'Signature' else {}))
    signed.pop(missing, None)
    status, code = error(server.http.get(server.url + '/', params=signed))
    assert status == 400 and code in ('MissingParameter', f'Missing{missing}', 'IncompleteSignature')


@pytest.mark.parametrize('action, version', [('NoSuchAction', STS), ('AssumeRole', '2000-01-01'), ('CreateUser', STS)])
def test_an_action_or_version_that_does_not_exist(server, action, version):
    got = error(signing.rpc(server, action, version))
    assert got in {(400, 'InvalidParameter'), (400, 'InvalidVersion'), (404, 'InvalidAction.NotFound')}


@pytest.mark.parametrize('method', ['PUT', 'DELETE', 'PATCH'])
def test_a_method_that_rpc_does_not_know(server, method):
    signed = signing.rpc_params('GetCallerIdentity', STS, method=method)
    assert server.http.request(method, server.url + '/', params=signed).status_code >= 400


@pytest.mark.parametrize('change', [{'SignatureMethod': 'HMAC-MD5'}, {'SignatureVersion': '9.0'}])
def test_a_signature_method_that_does_not_exist(server, change):
    status, code = error(signing.rpc(server, 'GetCallerIdentity', STS, **change))
    assert status == 400 and code in ('InvalidParameter', 'InvalidSignatureMethod', 'SignatureDoesNotMatch')


def test_parameters_split_between_query_and_form(server, ram):
    """What the Go and Node credential providers send: common parameters in the query, the others in the body."""
    arn = ram.role('worker')
    signed = signing.rpc_params('AssumeRole', STS, method='POST', RoleArn=arn, RoleSessionName='split')
    body = {name: signed.pop(name) for name in ('RoleArn', 'RoleSessionName')}
    answer = server.http.post(server.url + '/', params=signed, data=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()['AssumedRoleUser']['Arn'].endswith('/worker/split')
