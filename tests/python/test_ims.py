"""Users, groups, keys and tags through the real IMS SDK, and that they are those of RAM."""
import pytest
from alibabacloud_ims20190815 import models

import clients
from clients import allow, refused
from localyun import ACCOUNT
from signing import rpc

OTHER = '2222222222222222'


def principal(name, alias=ACCOUNT):
    return f'{name}@{alias}.onaliyun.com'


def names(answer, plural='Users', field='UserPrincipalName'):
    return [item[field] for item in answer[plural][plural[:-1]]]


def tags(action, **pairs):
    kind = getattr(models, f'{action}RequestTag')
    return [kind(key=key, value=value) for key, value in pairs.items()]


def shown(answer):
    return {tag['TagKey']: tag['TagValue'] for tag in answer['Tags']['Tag']}


@pytest.fixture
def anna(ims):
    return ims('CreateUser', user_principal_name=principal('anna'), display_name='Anna')['User']


# ------------------------------------------------------------------ users

def test_a_users_life(ims, ram):
    made = ims('CreateUser', user_principal_name=principal('anna'), display_name='Anna', comments='first', email='a@b.cn',
               mobile_phone='86-18600008888', tag=tags('CreateUser', team='x'))['User']
    assert made['UserPrincipalName'] == principal('anna') and shown(made) == {'team': 'x'}
    assert (made['ProvisionType'], made['Comments'], made['Email']) == ('Manual', 'first', 'a@b.cn')
    assert ims('GetUser', user_principal_name=principal('anna'))['User'] == {**made, 'UserName': 'anna'}
    changed = ims('UpdateUser', user_id=made['UserId'], new_user_principal_name=principal('berta'),
                  new_display_name='Berta')['User']
    assert (changed['UserId'], changed['UserPrincipalName']) == (made['UserId'], principal('berta'))
    assert ram('GetUser', user_name='berta')['User']['DisplayName'] == 'Berta'
    ims('DeleteUser', user_principal_name=principal('berta'))
    for action in 'GetUser', 'UpdateUser', 'DeleteUser':
        for named in {'user_id': made['UserId']}, {'user_principal_name': principal('berta')}:
            with refused(404, 'EntityNotExist.User', message='The user does not exist.'):
                ims(action, **named)


def test_a_user_of_ram_is_one_of_ims(ims, ram):
    key = ram.user('anna', allow('ram:GetUser'))
    by_key = ims('GetUser', user_access_key_id=key[0])['User']
    assert by_key['UserPrincipalName'] == principal('anna') and by_key['UserName'] == 'anna'
    assert ims('GetUser', user_id=by_key['UserId'])['User'] == by_key
    assert by_key['UserId'] == ram('GetUser', user_name='anna')['User']['UserId']
    with refused(409, 'EntityAlreadyExists.User', message='The user does already EXIST.'):
        ims('CreateUser', user_principal_name=principal('anna'), display_name='Anna')
    with refused(409, 'DeleteConflict.User.AccessKey'):
        ims('DeleteUser', user_id=by_key['UserId'])


@pytest.mark.parametrize('name,code', [
    ('anna', 'UserPrincipalName.Format'), (principal('a b'), 'UserName.InvalidChars'), (principal('a' * 65), 'UserName.Length'),
    (principal('anna', 'stranger'), 'UserPrincipalName.Format'), (principal('a', 'b' * 128), 'UserPrincipalName.Length')])
def test_a_principal_name_that_cannot_be(ims, name, code):
    with refused(400, f'InvalidParameter.{code}'):
        ims('CreateUser', user_principal_name=name, display_name='Anna')


@pytest.mark.parametrize('params,code', [
    ({'display_name': 'x' * 25}, 'InvalidParameter.DisplayName.Length'), ({}, 'MissingParameter'),
    ({'display_name': 'x', 'comments': 'x' * 129}, 'InvalidParameter.Comments.Length'),
    ({'display_name': 'x', 'email': 'x'}, 'InvalidParameter.Email.Format'),
    ({'display_name': 'x', 'mobile_phone': 'x'}, 'InvalidParameter.MobilePhone.Format'),
    ({'display_name': 'x', 'tag': tags('CreateUser', **{'aliyun-x': '1'})}, 'InvalidParameter.TagKey.InvalidChars'),
    ({'display_name': 'x', 'tag': tags('CreateUser', **{f'k{n}': '' for n in range(21)})}, 'InvalidParameter.Tag')])
def test_a_user_that_cannot_be(ims, params, code):
    with refused(400, code):
        ims('CreateUser', user_principal_name=principal('anna'), **params)
    assert names(ims('ListUsers')) == [principal('localyun')]


def test_a_user_is_named_in_one_way(ims, anna):
    with refused(400, 'InvalidParameter', message='UserPrincipalName'):
        ims('GetUser', user_principal_name=principal('anna'), user_id=anna['UserId'])
    with refused(400, 'MissingParameter', message='UserPrincipalName'):
        ims('DeleteUser')


def test_the_domain_is_the_accounts_alias(server):
    other = server.admin('POST', 'accounts', json={'uid': OTHER, 'alias': 'other-company'})['administrator']
    ims = clients.Ims(server, (other['access_key_id'], other['access_key_secret']))
    made = ims('CreateUser', user_principal_name=principal('anna', 'other-company'), display_name='Anna')['User']
    assert made['UserPrincipalName'] == principal('anna', 'other-company')
    assert ims('GetUser', user_principal_name=principal('anna', OTHER))['User']['UserId'] == made['UserId']
    with refused(404, 'EntityNotExist.User'):
        ims('GetUser', user_principal_name=principal('anna'))
    with refused(404, 'EntityNotExist.User'):
        clients.Ims(server)('GetUser', user_id=made['UserId'])


def test_listing_users_by_pages(ims):
    for name in 'c', 'a', 'b':
        ims('CreateUser', user_principal_name=principal(name), display_name=name, tag=tags('CreateUser', at=name))
    for action, plural in ('ListUsers', 'Users'), ('ListUserBasicInfos', 'UserBasicInfos'):
        first = ims(action, max_items=2)
        assert names(first, plural) == [principal('a'), principal('b')] and first['IsTruncated'] is True
        last = ims(action, max_items=2, marker=first['Marker'])
        assert names(last, plural) == [principal('c'), principal('localyun')] and last['IsTruncated'] is False
        assert {user['Status'] for user in last[plural][plural[:-1]]} == {'active'}
        assert names(ims(action, tag=tags(action, at='b')), plural) == [principal('b')]
        assert names(ims(action, status='freeze'), plural) == []
        assert len(names(ims(action, status='active,freeze'), plural)) == 4
        with refused(400, 'InvalidParameter.Status'):
            ims(action, status='active', tag=tags(action, at='b'))
        with refused(400, 'InvalidParameter.MaxItems'):
            ims(action, max_items=1001)


# ------------------------------------------------------------------ keys

def test_a_keys_life(server, ims, anna):
    made = ims('CreateAccessKey', user_principal_name=principal('anna'))['AccessKey']
    key = made['AccessKeyId'], made['AccessKeySecret']
    assert clients.sts(server, key).get_caller_identity().body.user_id == anna['UserId']
    listed, = ims('ListAccessKeys', user_principal_name=principal('anna'))['AccessKeys']['AccessKey']
    assert (listed['AccessKeyId'], listed['Status']) == (key[0], 'Active') and 'AccessKeySecret' not in listed
    ims('UpdateAccessKey', user_principal_name=principal('anna'), user_access_key_id=key[0], status='Inactive')
    with refused(400, 'InvalidAccessKeyId.Inactive', message='Specified access key is disabled.'):
        clients.sts(server, key).get_caller_identity()
    ims('CreateAccessKey', user_principal_name=principal('anna'))
    with refused(409, 'LimitExceeded.User.AccessKey'):
        ims('CreateAccessKey', user_principal_name=principal('anna'))
    ims('DeleteAccessKey', user_principal_name=principal('anna'), user_access_key_id=key[0])
    with refused(404, 'EntityNotExist.User.AccessKey'):
        ims('DeleteAccessKey', user_principal_name=principal('anna'), user_access_key_id=key[0])
    with refused(404, 'EntityNotExist.User'):
        ims('ListAccessKeys', user_principal_name=principal('nobody'))


def test_without_a_name_the_keys_are_the_callers(server, ram):
    key = ram.user('anna', allow(['ram:ListAccessKeys', 'ram:UpdateAccessKey'], f'acs:ram:*:{ACCOUNT}:user/anna'))
    mine = clients.Ims(server, key)
    assert [k['AccessKeyId'] for k in mine('ListAccessKeys')['AccessKeys']['AccessKey']] == [key[0]]
    with refused(403, 'NoPermission', message='You are not authorized to do this action.') as refusal:
        mine('ListAccessKeys', user_principal_name=principal('localyun'))
    assert refusal.detail['AuthAction'] == 'ram:ListAccessKeys'
    root = clients.Ims(server, clients.ROOT_KEY)('ListAccessKeys')['AccessKeys']['AccessKey']
    assert [k['AccessKeyId'] for k in root] == ['localyun.root']
    ram.role('worker', allow('ram:*'))
    session = clients.assume_acs3(server, clients.role_arn('worker'))
    with refused(400, 'MissingParameter', message='UserPrincipalName'):
        clients.Ims(server, session)('ListAccessKeys')


# ------------------------------------------------------------------ groups

def test_a_groups_life(ims, ram):
    made = ims('CreateGroup', group_name='readers', display_name='Readers', comments='first')['Group']
    assert (made['DisplayName'], made['Comments']) == ('Readers', 'first')
    assert ims('GetGroup', group_name='readers')['Group'] == made
    assert ram('GetGroup', group_name='readers')['Group']['GroupId'] == made['GroupId']
    with refused(409, 'EntityAlreadyExists.Group'):
        ims('CreateGroup', group_name='readers')
    changed = ims('UpdateGroup', group_name='readers', new_group_name='writers', new_display_name='Writers')['Group']
    assert (changed['GroupName'], changed['DisplayName'], changed['Comments']) == ('writers', 'Writers', 'first')
    assert names(ims('ListGroups'), 'Groups', 'GroupName') == ['writers']
    with refused(400, 'InvalidParameter.MaxItems'):
        ims('ListGroups', max_items=101)
    with refused(400, 'InvalidParameter.DisplayName.Length'):
        ims('CreateGroup', group_name='x', display_name='x' * 25)
    ims('DeleteGroup', group_name='writers')
    for action in 'GetGroup', 'UpdateGroup', 'DeleteGroup':
        with refused(404, 'EntityNotExist.Group', message='The group does not exist.'):
            ims(action, group_name='writers')


def test_members_come_and_go(ims, anna):
    both = {'group_name': 'readers', 'user_principal_name': principal('anna')}
    ims('CreateGroup', group_name='readers', display_name='Readers')
    ims('AddUserToGroup', **both)
    with refused(409, 'EntityAlreadyExists.User.Group'):
        ims('AddUserToGroup', **both)
    member, = ims('ListUsersForGroup', group_name='readers')['Users']['User']
    assert (member['UserId'], member['UserPrincipalName']) == (anna['UserId'], principal('anna')) and member['JoinDate']
    group, = ims('ListGroupsForUser', user_principal_name=principal('anna'))['Groups']['Group']
    assert (group['GroupName'], group['DisplayName']) == ('readers', 'Readers')
    for action, conflict in ('DeleteGroup', 'Group.User'), ('DeleteUser', 'User.Group'):
        named = {'group_name': 'readers'} if action == 'DeleteGroup' else {'user_principal_name': principal('anna')}
        with refused(409, f'DeleteConflict.{conflict}'):
            ims(action, **named)
    ims('RemoveUserFromGroup', **both)
    with refused(404, 'EntityNotExist.User.Group'):
        ims('RemoveUserFromGroup', **both)
    with refused(404, 'EntityNotExist.User'):
        ims('AddUserToGroup', group_name='readers', user_principal_name=principal('nobody'))
    with refused(404, 'EntityNotExist.Group'):
        ims('AddUserToGroup', group_name='none', user_principal_name=principal('anna'))


def test_a_membership_takes_the_permission_on_both(server, ims, ram, anna):
    ims('CreateGroup', group_name='readers')
    on = {kind: f'acs:ram:*:{ACCOUNT}:{kind}' for kind in ('user/anna', 'group/readers')}
    half = clients.Ims(server, ram.user('half', allow('ram:AddUserToGroup', on['group/readers'])))
    whole = clients.Ims(server, ram.user('whole', allow('ram:AddUserToGroup', list(on.values()))))
    both = {'group_name': 'readers', 'user_principal_name': principal('anna')}
    with refused(403, 'NoPermission'):
        half('AddUserToGroup', **both)
    whole('AddUserToGroup', **both)


# ------------------------------------------------------------------ tags

def test_tags_come_and_go(ims, anna):
    berta = ims('CreateUser', user_principal_name=principal('berta'), display_name='Berta')['User']
    ims('TagResources', resource_type='user', resource_principal_name=[principal('anna'), principal('berta')],
        tag=tags('TagResources', team='x', stage='test'))
    ims('TagResources', resource_type='user', resource_id=[anna['UserId']], tag=tags('TagResources', team='y'))
    assert shown(ims('GetUser', user_id=anna['UserId'])['User']) == {'team': 'y', 'stage': 'test'}
    listed = ims('ListTagResources', resource_type='user', tag=tags('ListTagResources', team='x'))
    rows = listed['TagResources']['TagResource']
    assert {row['ResourceId'] for row in rows} == {berta['UserId']} and listed['IsTruncated'] is False
    assert {(row['ResourceType'], row['TagKey'], row['TagValue']) for row in rows} == {
        ('user', 'team', 'x'), ('user', 'stage', 'test')}
    ims('UntagResources', resource_type='user', resource_id=[berta['UserId']], tag_key=['team'])
    assert shown(ims('GetUser', user_id=berta['UserId'])['User']) == {'stage': 'test'}
    ims('UntagResources', resource_type='user', resource_principal_name=[principal('anna')], all=True)
    assert shown(ims('GetUser', user_id=anna['UserId'])['User']) == {}


def test_tags_by_pages(ims, anna):
    ims('TagResources', resource_type='user', resource_id=[anna['UserId']],
        tag=tags('TagResources', **{f'k{n}': 'v' for n in range(5)}))
    keys, token = [], None
    for _ in range(3):
        page = ims('ListTagResources', resource_type='user', page_size=2, next_token=token)
        keys += [row['TagKey'] for row in page['TagResources']['TagResource']]
        token = page.get('NextToken')
        assert page['IsTruncated'] is (token is not None)
    assert keys == [f'k{n}' for n in range(5)] and token is None


@pytest.mark.parametrize('params,status,code', [
    ({'resource_type': 'role'}, 400, 'InvalidParameter.ResourceType'), ({'resource_type': None}, 400, 'MissingParameter'),
    ({'resource_id': None}, 400, 'MissingParameter'), ({'resource_id': ['1']}, 404, 'EntityNotExist.User'),
    ({'resource_id': [str(n) for n in range(51)]}, 400, 'InvalidParameter.ResourceId'),
    ({'resource_principal_name': [principal('anna')]}, 400, 'InvalidParameter'), ({'tag': None}, 400, 'MissingParameter'),
    ({'tag': tags('TagResources', k='v' * 129)}, 400, 'InvalidParameter.TagValue.Length'),
    ({'tag': tags('TagResources', k='acs:v')}, 400, 'InvalidParameter.TagValue.InvalidChars')], ids=str)
def test_tags_that_cannot_be(ims, anna, params, status, code):
    call = {'resource_type': 'user', 'resource_id': [anna['UserId']], 'tag': tags('TagResources', k='v'), **params}
    with refused(status, code):
        ims('TagResources', **call)
    assert shown(ims('GetUser', user_id=anna['UserId'])['User']) == {}


def test_what_is_taken_away_must_be_named(ims, anna):
    with refused(400, 'MissingParameter', message='TagKey'):
        ims('UntagResources', resource_type='user', resource_id=[anna['UserId']])


# ------------------------------------------------------------------ forms on the wire

def test_xml(server, anna):
    answer = rpc(server, 'ListUsers', '2019-08-15', Format='XML', MaxItems='1')
    assert answer.status_code == 200 and answer.headers['Content-Type'] == 'text/xml;charset=utf-8'
    assert f'<Users><User><UserId>{anna["UserId"]}</UserId>' in answer.text and '<ListUsersResponse>' in answer.text


def test_a_list_with_a_gap_is_refused(server, anna):
    answer = rpc(server, 'TagResources', '2019-08-15', ResourceType='user', **{
        'ResourceId.2': anna['UserId'], 'Tag.1.Key': 'k', 'Tag.1.Value': 'v'})
    assert (answer.status_code, answer.json()['Code']) == (400, 'InvalidParameter.ResourceId')
