"""RAM users, keys, roles and policies through the real SDKs: what they return, and every refusal."""
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
from aliyunsdkram.request.v20150501.ListUsersRequest import ListUsersRequest

import clients
import signing
from clients import allow, deny, policy, refused, trust
from localyun import ACCOUNT

RAM = '2015-05-01'
DATE = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ')
READ = policy(allow('oss:GetObject'))


def names(answer, plural, field):
    return [item[field] for item in answer[f'{plural}s' if not plural.endswith('y') else f'{plural[:-1]}ies'][plural]]


# ------------------------------------------------------------------ users

def test_a_users_life(ram):
    made = ram('CreateUser', user_name='alice', display_name='Alice', comments='first')['User']
    assert made['UserName'] == 'alice' and made['DisplayName'] == 'Alice' and made['Comments'] == 'first'
    assert re.fullmatch(r'\d{16,18}', made['UserId']) and DATE.fullmatch(made['CreateDate'])
    assert ram('GetUser', user_name='alice')['User']['UserId'] == made['UserId']
    renamed = ram('UpdateUser', user_name='alice', new_user_name='alicia')['User']
    assert (renamed['UserName'], renamed['UserId']) == ('alicia', made['UserId'])
    with refused(404, 'EntityNotExist.User', message='The user does not exist.'):
        ram('GetUser', user_name='alice')
    ram('DeleteUser', user_name='alicia')
    with refused(404, 'EntityNotExist.User'):
        ram('GetUser', user_name='alicia')


def test_a_user_that_is_there_already(ram):
    ram('CreateUser', user_name='alice')
    with refused(409, 'EntityAlreadyExists.User'):
        ram('CreateUser', user_name='alice')


@pytest.mark.parametrize('name', ['a b', 'a/b', '中文', 'a$', 'a:b'])
def test_a_user_name_with_wrong_characters(ram, name):
    with refused(400, 'InvalidParameter.UserName.InvalidChars'):
        ram('CreateUser', user_name=name)


def test_a_user_name_that_is_too_long(ram):
    ram('CreateUser', user_name='x' * 64)
    with refused(400, 'InvalidParameter.UserName.Length'):
        ram('CreateUser', user_name='x' * 65)


def test_listing_users_by_pages(ram):
    for name in 'ed', 'bob', 'cy', 'alice':
        ram('CreateUser', user_name=name)
    found, marker, pages = [], None, 0
    while True:
        answer = ram('ListUsers', max_items=2, marker=marker)
        found += names(answer, 'User', 'UserName')
        pages += 1
        assert answer['IsTruncated'] == bool(answer.get('Marker'))
        if not answer['IsTruncated']:
            break
        marker = answer['Marker']
    assert sorted(found) == ['alice', 'bob', 'cy', 'ed', 'localyun']
    assert pages == 3


def test_the_older_sdk_lists_users_too(server, ram):
    ram('CreateUser', user_name='alice')
    request = clients.core_request(server, ListUsersRequest())
    answer = json.loads(clients.core(server).do_action_with_exception(request))
    assert 'alice' in names(answer, 'User', 'UserName')


def test_a_user_in_xml(server, ram):
    ram('CreateUser', user_name='alice')
    answer = signing.rpc(server, 'ListUsers', RAM, Format='XML')
    root = ElementTree.fromstring(answer.content)
    assert root.tag == 'ListUsersResponse'
    assert sorted(e.text for e in root.findall('Users/User/UserName')) == ['alice', 'localyun']


@pytest.mark.parametrize('action', ['GetUser', 'UpdateUser', 'DeleteUser', 'CreateAccessKey', 'ListAccessKeys', 'ListPoliciesForUser'])
def test_a_user_that_does_not_exist(ram, action):
    with refused(404, 'EntityNotExist.User'):
        ram(action, user_name='nobody')


def test_what_still_hangs_on_a_user(ram):
    key = ram.user('alice', allow('oss:GetObject'))
    with refused(409, ('DeleteConflict.User.AccessKey', 'DeleteConflict.User.Policy')):
        ram('DeleteUser', user_name='alice')
    ram('DeleteAccessKey', user_name='alice', user_access_key_id=key[0])
    with refused(409, 'DeleteConflict.User.Policy'):
        ram('DeleteUser', user_name='alice')
    ram('DetachPolicyFromUser', user_name='alice', policy_type='Custom', policy_name='alice-policy')
    ram('DeleteUser', user_name='alice')


# ------------------------------------------------------------------ access keys

def test_a_keys_life(server, ram):
    ram('CreateUser', user_name='alice')
    key = ram('CreateAccessKey', user_name='alice')['AccessKey']
    assert key['AccessKeyId'].startswith('LTAI') and key['Status'] == 'Active' and len(key['AccessKeySecret']) == 30
    pair = (key['AccessKeyId'], key['AccessKeySecret'])
    assert clients.sts(server, pair).get_caller_identity().body.arn == f'acs:ram::{ACCOUNT}:user/alice'
    listed = ram('ListAccessKeys', user_name='alice')['AccessKeys']['AccessKey']
    assert [k['AccessKeyId'] for k in listed] == [key['AccessKeyId']]
    assert not any('AccessKeySecret' in k for k in listed)
    ram('DeleteAccessKey', user_name='alice', user_access_key_id=key['AccessKeyId'])
    assert ram('ListAccessKeys', user_name='alice')['AccessKeys']['AccessKey'] == []
    with refused(404, 'InvalidAccessKeyId.NotFound'):
        clients.sts(server, pair).get_caller_identity()


def test_a_third_key(ram):
    ram('CreateUser', user_name='alice')
    ram('CreateAccessKey', user_name='alice')
    ram('CreateAccessKey', user_name='alice')
    with refused(409, 'LimitExceeded.User.AccessKey'):
        ram('CreateAccessKey', user_name='alice')


def test_a_key_that_the_user_does_not_have(ram):
    ram('CreateUser', user_name='alice')
    for action, more in (('DeleteAccessKey', {}), ('UpdateAccessKey', {'status': 'Inactive'})):
        with refused(404, 'EntityNotExist.User.AccessKey'):
            ram(action, user_name='alice', user_access_key_id='LTAI4fakefakefakefake', **more)


def test_a_disabled_key_opens_nothing(server, ram, auth):
    key = ram.user('alice', allow('*'))
    bucket = clients.bucket(server, 'demo', auth, key)
    bucket.create_bucket()
    ram('UpdateAccessKey', user_name='alice', user_access_key_id=key[0], status='Inactive')
    with refused(403, 'InvalidAccessKeyId', message='disabled'):
        bucket.get_bucket_info()


# ------------------------------------------------------------------ roles

def test_a_roles_life(ram):
    made = ram('CreateRole', role_name='Worker', assume_role_policy_document=trust(), description='works')['Role']
    assert made['RoleName'] == 'Worker' and made['Description'] == 'works'
    assert made['Arn'] == f'acs:ram::{ACCOUNT}:role/worker'
    assert re.fullmatch(r'\d{16,18}', made['RoleId']) and DATE.fullmatch(made['CreateDate'])
    got = ram('GetRole', role_name='Worker')['Role']
    assert got['AssumeRolePolicyDocument'] == trust()
    assert got['MaxSessionDuration'] == 3600
    changed = ram('UpdateRole', role_name='Worker', new_max_session_duration=7200,
                  new_assume_role_policy_document=trust(Service=['fc.aliyuncs.com']))['Role']
    assert changed['MaxSessionDuration'] == 7200
    assert ram('GetRole', role_name='Worker')['Role']['AssumeRolePolicyDocument'] == trust(Service=['fc.aliyuncs.com'])
    assert 'Worker' in names(ram('ListRoles'), 'Role', 'RoleName')
    ram('DeleteRole', role_name='Worker')
    with refused(404, 'EntityNotExist.Role'):
        ram('GetRole', role_name='Worker')


def test_a_role_that_is_there_already(ram):
    ram.role('worker')
    with refused(409, 'EntityAlreadyExists.Role'):
        ram.role('worker')


@pytest.mark.parametrize('document', [
    '{', '{}', policy(allow('oss:GetObject')), policy({'Effect': 'Allow', 'Action': 'sts:AssumeRole'}),
    policy({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'RAM': ['nonsense']}}),
    policy({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': ['*']}}),
])
def test_a_malformed_trust_policy(ram, document):
    with refused(400, ('MalformedPolicyDocument', 'InvalidParameter.AssumeRolePolicyDocument.Format')):
        ram('CreateRole', role_name='worker', assume_role_policy_document=document)
    with refused(404, 'EntityNotExist.Role'):
        ram('GetRole', role_name='worker')


@pytest.mark.parametrize('seconds', [3599, 43201])
def test_a_session_duration_outside_the_range(ram, seconds):
    with refused(400, ('InvalidParameter.MaxSessionDuration', 'InvalidParameter.MaxSessionDuration.Range', 'InvalidParameter')):
        ram('CreateRole', role_name='worker', assume_role_policy_document=trust(), max_session_duration=seconds)


def test_a_role_with_a_policy_stays(ram):
    ram.role('worker', allow('oss:GetObject'))
    with refused(409, 'DeleteConflict.Role.Policy'):
        ram('DeleteRole', role_name='worker')
    assert ram('GetRole', role_name='worker')


# ------------------------------------------------------------------ policies

def test_a_policys_life(ram):
    made = ram('CreatePolicy', policy_name='read', policy_document=READ, description='reads')['Policy']
    assert (made['PolicyName'], made['PolicyType'], made['DefaultVersion']) == ('read', 'Custom', 'v1')
    got = ram('GetPolicy', policy_name='read', policy_type='Custom')
    assert got['Policy']['AttachmentCount'] == 0
    assert got['DefaultPolicyVersion']['PolicyDocument'] == READ
    assert got['DefaultPolicyVersion']['VersionId'] == 'v1'
    assert names(ram('ListPolicies', policy_type='Custom'), 'Policy', 'PolicyName') == ['read']
    ram('DeletePolicy', policy_name='read')
    with refused(404, 'EntityNotExist.Policy'):
        ram('GetPolicy', policy_name='read', policy_type='Custom')


def test_the_stored_document_comes_back_byte_for_byte(ram):
    document = '{ "Statement": [\n {"Resource":"acs:oss:*:*:中文/*", "Action":["oss:Get*"],"Effect":"Allow"}],"Version":"1" }'
    ram('CreatePolicy', policy_name='odd', policy_document=document)
    assert ram('GetPolicy', policy_name='odd', policy_type='Custom')['DefaultPolicyVersion']['PolicyDocument'] == document


@pytest.mark.parametrize('name', ['AdministratorAccess', 'AliyunOSSFullAccess', 'AliyunOSSReadOnlyAccess', 'ReadOnlyAccess',
                                  'AliyunSTSAssumeRoleAccess', 'AliyunRAMFullAccess', 'AliyunFCFullAccess'])
def test_system_policies_are_there(ram, name):
    got = ram('GetPolicy', policy_name=name, policy_type='System')
    assert got['Policy']['PolicyType'] == 'System'
    assert json.loads(got['DefaultPolicyVersion']['PolicyDocument'])['Version'] == '1'
    marker, listed = None, []
    while True:
        page = ram('ListPolicies', policy_type='System', marker=marker)
        listed += names(page, 'Policy', 'PolicyName')
        marker = page.get('Marker')
        if not page['IsTruncated']:
            break
    assert name in listed


def test_a_policy_that_is_there_already(ram):
    ram('CreatePolicy', policy_name='read', policy_document=READ)
    with refused(409, 'EntityAlreadyExists.Policy'):
        ram('CreatePolicy', policy_name='read', policy_document=READ)


@pytest.mark.parametrize('document', [
    '{', '[]', '{}', '{"Version":"2","Statement":[]}', policy({'Effect': 'Allow', 'Action': '*'}),
    policy(allow('*', Principal=['*'])), policy(allow('*', Condition={'StringEqualsIfExists': {'acs:SourceIp': '1'}})),
    policy({'Effect': 'Allow', 'Action': '*', 'NotResource': '*'}),
    policy(allow('*', Condition={'IpAddress': {'acs:SourceIp': '300.1.1.1'}})), policy(allow('*', Condition=[])),
    READ[:-1] + ',}', READ + 'x', '\u0000',
])
def test_a_malformed_policy(ram, document):
    with refused(400, 'MalformedPolicyDocument'):
        ram('CreatePolicy', policy_name='broken', policy_document=document)
    with refused(404, 'EntityNotExist.Policy'):
        ram('GetPolicy', policy_name='broken', policy_type='Custom')


def test_a_policy_that_is_too_long(ram):
    long = policy(allow('oss:GetObject', ['acs:oss:*:*:' + 'x' * 6144]))
    with refused(400, ('InvalidParameter.PolicyDocument.Length', 'LimitExceeded.Policy.Length')):
        ram('CreatePolicy', policy_name='long', policy_document=long)


@pytest.mark.parametrize('name, code', [('a b', 'InvalidChars'), ('a_b', 'InvalidChars'), ('x' * 129, 'Length')])
def test_a_malformed_policy_name(ram, name, code):
    with refused(400, f'InvalidParameter.PolicyName.{code}'):
        ram('CreatePolicy', policy_name=name, policy_document=READ)


@pytest.mark.parametrize('kind', ['User', 'Role'])
def test_attaching_and_detaching(ram, kind):
    (ram.user if kind == 'User' else ram.role)('worker')
    ram('CreatePolicy', policy_name='read', policy_document=READ)
    who = {f'{kind.lower()}_name': 'worker'}
    change = dict(policy_type='Custom', policy_name='read', **who)
    with refused(404, f'EntityNotExist.{kind}.Policy'):
        ram(f'DetachPolicyFrom{kind}', **change)
    ram(f'AttachPolicyTo{kind}', **change)
    with refused(409, f'EntityAlreadyExists.{kind}.Policy'):
        ram(f'AttachPolicyTo{kind}', **change)
    assert names(ram(f'ListPoliciesFor{kind}', **who), 'Policy', 'PolicyName') == ['read']
    assert ram('GetPolicy', policy_name='read', policy_type='Custom')['Policy']['AttachmentCount'] == 1
    with refused(409, f'DeleteConflict.Policy.{kind}'):
        ram('DeletePolicy', policy_name='read')
    ram(f'DetachPolicyFrom{kind}', **change)
    assert ram(f'ListPoliciesFor{kind}', **who)['Policies']['Policy'] == []
    ram('DeletePolicy', policy_name='read')


@pytest.mark.parametrize('kind', ['User', 'Role'])
def test_attaching_what_does_not_exist(ram, kind):
    who = {f'{kind.lower()}_name': 'worker'}
    with refused(404, f'EntityNotExist.{kind}'):
        ram(f'AttachPolicyTo{kind}', policy_type='System', policy_name='AliyunOSSFullAccess', **who)
    (ram.user if kind == 'User' else ram.role)('worker')
    for policy_type in ('Custom', 'System'):
        with refused(404, 'EntityNotExist.Policy'):
            ram(f'AttachPolicyTo{kind}', policy_type=policy_type, policy_name='missing', **who)
    with refused(400, 'InvalidParameter.PolicyType'):
        ram(f'AttachPolicyTo{kind}', policy_type='Other', policy_name='AliyunOSSFullAccess', **who)


# ------------------------------------------------------------------ who may do it

def test_a_user_without_permission_changes_nothing(server, ram):
    nobody = clients.Ram(server, ram.user('nobody'))
    with refused(403, 'NoPermission') as got:
        nobody('CreateUser', user_name='mallory')
    assert got.detail['AuthAction'] == 'ram:CreateUser'
    assert got.detail['NoPermissionType'] == 'ImplicitDeny'
    with refused(404, 'EntityNotExist.User'):
        ram('GetUser', user_name='mallory')


def test_permission_for_one_user_is_none_for_another(server, ram):
    ram('CreateUser', user_name='alice')
    ram('CreateUser', user_name='bob')
    limited = clients.Ram(server, ram.user('helper', allow('ram:GetUser', f'acs:ram:*:{ACCOUNT}:user/alice')))
    assert limited('GetUser', user_name='alice')['User']['UserName'] == 'alice'
    with refused(403, 'NoPermission'):
        limited('GetUser', user_name='bob')
    with refused(403, 'NoPermission'):
        limited('DeleteUser', user_name='alice')


def test_attaching_needs_permission_on_both_sides(server, ram):
    ram('CreateUser', user_name='alice')
    ram('CreatePolicy', policy_name='read', policy_document=READ)
    change = dict(user_name='alice', policy_type='Custom', policy_name='read')
    one_side = clients.Ram(server, ram.user('one', allow('ram:AttachPolicyToUser', f'acs:ram:*:{ACCOUNT}:user/*')))
    with refused(403, 'NoPermission'):
        one_side('AttachPolicyToUser', **change)
    sides = [f'acs:ram:*:{ACCOUNT}:user/*', f'acs:ram:*:{ACCOUNT}:policy/*']
    clients.Ram(server, ram.user('both', allow('ram:AttachPolicyToUser', sides)))('AttachPolicyToUser', **change)
    assert names(ram('ListPoliciesForUser', user_name='alice'), 'Policy', 'PolicyName') == ['read']


def test_root_manages_ram(server):
    root = clients.Ram(server, clients.ROOT_KEY)
    assert root('CreateUser', user_name='alice')['User']['UserName'] == 'alice'


def test_a_users_policies_decide_at_oss(server, ram, auth):
    clients.bucket(server, 'demo', auth).create_bucket()
    reader = clients.bucket(server, 'demo', auth, ram.user('reader', allow('oss:*'), deny('oss:PutObject')))
    with refused(403, 'AccessDenied', ec='0003-00000201') as got:
        reader.put_object('key', b'x')
    assert clients.element(got.body, 'AuthPrincipalType') == 'SubUser'
    assert clients.element(got.body, 'AuthPrincipalDisplayName') == ram('GetUser', user_name='reader')['User']['UserId']
    with refused(404, 'NoSuchKey'):
        reader.get_object('key')


def test_reset_forgets_everything_but_the_keys_of_the_start(server, ram):
    key = ram.user('alice', allow('*'))
    server.reset()
    assert names(ram('ListUsers'), 'User', 'UserName') == ['localyun']
    with refused(404, 'InvalidAccessKeyId.NotFound'):
        clients.sts(server, key).get_caller_identity()


# ------------------------------------------------------------------ conditions, seen from outside

@pytest.mark.parametrize('condition, allowed', [
    ({'IpAddress': {'acs:SourceIp': '127.0.0.0/8'}}, True),
    ({'IpAddress': {'acs:SourceIp': '10.0.0.0/8'}}, False),
    ({'NotIpAddress': {'acs:SourceIp': ['10.0.0.0/8', '192.168.0.0/16']}}, True),
    ({'Bool': {'acs:SecureTransport': 'false'}}, True),
    ({'Bool': {'acs:SecureTransport': 'true'}}, False),
    ({'DateLessThan': {'acs:CurrentTime': '2099-01-01T00:00:00Z'}}, True),
    ({'DateGreaterThan': {'acs:CurrentTime': '2099-01-01T00:00:00Z'}}, False),
    ({'StringLike': {'oss:Prefix': 'home/*'}}, True),
    ({'StringEquals': {'oss:Prefix': 'home/'}, 'Bool': {'acs:SecureTransport': 'true'}}, False),
], ids=str)
def test_conditions(server, ram, auth, condition, allowed):
    clients.bucket(server, 'demo', auth).create_bucket()
    key = ram.user('alice', allow('oss:ListObjects', Condition=condition))
    limited = clients.bucket(server, 'demo', auth, key)
    if allowed:
        assert limited.list_objects(prefix='home/x').status == 200
    else:
        with refused(403, 'AccessDenied', ec='0003-00000202'):
            limited.list_objects(prefix='home/')


def test_the_virtual_clock_moves_conditions(server, ram, auth):
    clients.bucket(server, 'demo', auth).create_bucket()
    until = signing.time.strftime('%Y-%m-%dT%H:%M:%SZ', signing.time.gmtime(signing.time.time() + 86400))
    key = ram.user('alice', allow('oss:ListObjects', Condition={'DateLessThan': {'acs:CurrentTime': until}}))
    limited = clients.bucket(server, 'demo', auth, key)
    assert limited.list_objects().status == 200
    server.advance(2 * 86400)
    with refused(403, 'AccessDenied'):
        limited.list_objects()
