"""Groups and tags of RAM through the real SDKs: each operation once as it should be, and once refused."""
import json

import pytest
from alibabacloud_ram20150501 import models
from aliyunsdkram.request.v20150501.AddUserToGroupRequest import AddUserToGroupRequest
from aliyunsdkram.request.v20150501.AttachPolicyToGroupRequest import AttachPolicyToGroupRequest
from aliyunsdkram.request.v20150501.CreateGroupRequest import CreateGroupRequest
from aliyunsdkram.request.v20150501.GetGroupRequest import GetGroupRequest
from aliyunsdkram.request.v20150501.ListTagResourcesRequest import ListTagResourcesRequest
from aliyunsdkram.request.v20150501.ListUsersForGroupRequest import ListUsersForGroupRequest
from aliyunsdkram.request.v20150501.TagResourcesRequest import TagResourcesRequest
from aliyunsdkram.request.v20150501.UntagResourcesRequest import UntagResourcesRequest

import clients
from clients import allow, deny, refused


def names(answer, plural, field):
    return [item[field] for item in answer[f'{plural}s'][plural]]


def policies(answer):
    return [policy['PolicyName'] for policy in answer['Policies']['Policy']]


@pytest.fixture
def core(server):
    """aliyun-python-sdk-ram: RPC, HMAC-SHA1."""
    def call(request, **params):
        return json.loads(clients.core(server).do_action_with_exception(clients.core_request(server, request, **params)))
    return call


def tag(key, value):
    return models.TagResourcesRequestTag(key=key, value=value)


# ------------------------------------------------------------------ groups

def test_a_groups_life(ram):
    made = ram('CreateGroup', group_name='readers', comments='first')['Group']
    assert (made['GroupName'], made['Comments']) == ('readers', 'first')
    assert ram('GetGroup', group_name='readers')['Group']['GroupId'] == made['GroupId']
    with refused(409, 'EntityAlreadyExists.Group', message='The group does already EXIST.'):
        ram('CreateGroup', group_name='readers')
    renamed = ram('UpdateGroup', group_name='readers', new_group_name='writers')['Group']
    assert (renamed['GroupName'], renamed['GroupId']) == ('writers', made['GroupId'])
    with refused(404, 'EntityNotExist.Group', message='The group does not exist.'):
        ram('UpdateGroup', group_name='readers', new_comments='x')
    ram('DeleteGroup', group_name='writers')
    for action in 'GetGroup', 'DeleteGroup':
        with refused(404, 'EntityNotExist.Group'):
            ram(action, group_name='writers')


@pytest.mark.parametrize('name,code', [('a b', 'InvalidChars'), ('组', 'InvalidChars'), ('g' * 65, 'Length')])
def test_a_group_name_that_cannot_be(ram, name, code):
    with refused(400, f'InvalidParameter.GroupName.{code}'):
        ram('CreateGroup', group_name=name)


def test_listing_groups_by_pages(ram):
    for name in 'c', 'a', 'b':
        ram('CreateGroup', group_name=name)
    first = ram('ListGroups', max_items=2)
    assert names(first, 'Group', 'GroupName') == ['a', 'b'] and first['IsTruncated'] is True
    last = ram('ListGroups', max_items=2, marker=first['Marker'])
    assert names(last, 'Group', 'GroupName') == ['c'] and last['IsTruncated'] is False
    with refused(400, 'InvalidParameter.MaxItems'):
        ram('ListGroups', max_items=0)


def test_members_come_and_go(ram):
    ram('CreateUser', user_name='anna', display_name='Anna')
    ram('CreateGroup', group_name='readers')
    ram('AddUserToGroup', group_name='readers', user_name='anna')
    with refused(409, 'EntityAlreadyExists.User.Group', message='The user has already joined the group.'):
        ram('AddUserToGroup', group_name='readers', user_name='anna')
    member, = ram('ListUsersForGroup', group_name='readers')['Users']['User']
    assert (member['UserName'], member['DisplayName']) == ('anna', 'Anna') and member['JoinDate']
    group, = ram('ListGroupsForUser', user_name='anna')['Groups']['Group']
    assert group['GroupName'] == 'readers' and group['JoinDate'] == member['JoinDate']
    with refused(409, 'DeleteConflict.User.Group'):
        ram('DeleteUser', user_name='anna')
    with refused(409, 'DeleteConflict.Group.User'):
        ram('DeleteGroup', group_name='readers')
    ram('RemoveUserFromGroup', group_name='readers', user_name='anna')
    with refused(404, 'EntityNotExist.User.Group', message='The user has not joined the group.'):
        ram('RemoveUserFromGroup', group_name='readers', user_name='anna')
    assert ram('ListUsersForGroup', group_name='readers')['Users']['User'] == []
    with refused(404, 'EntityNotExist.Group'):
        ram('ListUsersForGroup', group_name='none')
    with refused(404, 'EntityNotExist.User'):
        ram('ListGroupsForUser', user_name='none')
    ram('DeleteUser', user_name='anna')


def test_a_user_is_in_five_groups_at_most(ram):
    ram('CreateUser', user_name='anna')
    for number in range(6):
        ram('CreateGroup', group_name=f'g{number}')
    for number in range(5):
        ram('AddUserToGroup', group_name=f'g{number}', user_name='anna')
    with refused(409, 'LimitExceeded.User.Group'):
        ram('AddUserToGroup', group_name='g5', user_name='anna')


def test_what_a_group_may_its_members_may(server, ram, auth):
    clients.bucket(server, 'demo', auth).create_bucket()
    clients.bucket(server, 'demo', auth).put_object('key', b'x')
    anna = clients.bucket(server, 'demo', auth, ram.user('anna'))
    ram('CreateGroup', group_name='readers')
    ram('AddUserToGroup', group_name='readers', user_name='anna')
    with refused(403, 'AccessDenied'):
        anna.get_object('key')
    ram.custom_policy('read', allow('oss:GetObject'))
    attached = dict(policy_type='Custom', policy_name='read', group_name='readers')
    ram('AttachPolicyToGroup', **attached)
    assert anna.get_object('key').read() == b'x'
    with refused(409, 'EntityAlreadyExists.Group.Policy'):
        ram('AttachPolicyToGroup', **attached)
    assert policies(ram('ListPoliciesForGroup', group_name='readers')) == ['read']
    entities = ram('ListEntitiesForPolicy', policy_type='Custom', policy_name='read')
    assert names(entities, 'Group', 'GroupName') == ['readers'] and names(entities, 'User', 'UserName') == []
    with refused(409, 'DeleteConflict.Policy.Group'):
        ram('DeletePolicy', policy_name='read')
    with refused(409, 'DeleteConflict.Group.Policy'):
        ram('RemoveUserFromGroup', group_name='readers', user_name='anna')
        ram('DeleteGroup', group_name='readers')
    ram('AddUserToGroup', group_name='readers', user_name='anna')
    ram.custom_policy('none', deny('oss:GetObject'))
    ram('AttachPolicyToUser', user_name='anna', policy_type='Custom', policy_name='none')
    with refused(403, 'AccessDenied'):
        anna.get_object('key')
    ram('DetachPolicyFromUser', user_name='anna', policy_type='Custom', policy_name='none')
    ram('DetachPolicyFromGroup', **attached)
    with refused(404, 'EntityNotExist.Group.Policy'):
        ram('DetachPolicyFromGroup', **attached)
    with refused(403, 'AccessDenied'):
        anna.get_object('key')
    with refused(404, 'EntityNotExist.Group'):
        ram('ListPoliciesForGroup', group_name='none')


def test_the_older_sdk_knows_groups_too(ram, core):
    ram('CreateUser', user_name='anna')
    assert core(CreateGroupRequest(), GroupName='readers', Comments='a b')['Group']['Comments'] == 'a b'
    core(AddUserToGroupRequest(), GroupName='readers', UserName='anna')
    core(AttachPolicyToGroupRequest(), GroupName='readers', PolicyType='System', PolicyName='AliyunOSSFullAccess')
    assert names(core(ListUsersForGroupRequest(), GroupName='readers'), 'User', 'UserName') == ['anna']
    assert policies(ram('ListPoliciesForGroup', group_name='readers')) == ['AliyunOSSFullAccess']
    with refused(404, 'EntityNotExist.Group'):
        core(GetGroupRequest(), GroupName='none')


# ------------------------------------------------------------------ tags and descriptions

def test_tags_come_and_go(ram):
    ram.role('one', tag=[models.CreateRoleRequestTag(key='team', value='blue')])
    ram('CreatePolicy', policy_name='own', policy_document=clients.policy(allow('oss:*')),
        tag=[models.CreatePolicyRequestTag(key='team', value='red')])
    ram('TagResources', resource_type='role', resource_names=['one'], tag=[tag('size', 'a b+c/中'), tag('team', 'green')])
    listed = ram('ListTagResources', resource_type='role', resource_names=['one'])['TagResources']
    assert [(t['ResourceName'], t['ResourceType'], t['TagKey'], t['TagValue']) for t in listed] == [
        ('one', 'role', 'team', 'green'), ('one', 'role', 'size', 'a b+c/中')]
    roles = ram('ListRoles', tag=[models.ListRolesRequestTag(key='team', value='green')])
    assert names(roles, 'Role', 'RoleName') == ['one']
    assert roles['Roles']['Role'][0]['Tags']['Tag'][0] == {'TagKey': 'team', 'TagValue': 'green'}
    found = ram('ListPolicies', tag=[models.ListPoliciesRequestTag(key='team', value='red')])
    assert policies(found) == ['own']
    ram('UntagResources', resource_type='role', resource_names=['one'], tag_keys=['team'])
    assert [t['TagKey'] for t in ram('ListTagResources', resource_type='role')['TagResources']] == ['size']
    ram('UntagResources', resource_type='role', resource_names=['one'], all=True)
    assert ram('ListTagResources', resource_type='role')['TagResources'] == []
    with refused(404, 'EntityNotExist.Role'):
        ram('TagResources', resource_type='role', resource_names=['none'], tag=[tag('a', 'b')])
    with refused(404, 'EntityNotExist.Policy'):
        ram('UntagResources', resource_type='policy', resource_names=['none'], all=True)
    with refused(400, 'InvalidParameter.ResourceType'):
        ram('ListTagResources', resource_type='bucket')


def test_the_older_sdk_tags_too(ram, core):
    ram.role('one')
    core(TagResourcesRequest(), ResourceType='role', ResourceNames=['one'], Tag=[{'Key': 'k', 'Value': 'v w'}])
    listed = core(ListTagResourcesRequest(), ResourceType='role', ResourceNames=['one'])['TagResources']
    assert [(t['TagKey'], t['TagValue']) for t in listed] == [('k', 'v w')]
    core(UntagResourcesRequest(), ResourceType='role', ResourceNames=['one'], TagKeys=['k'])
    assert core(ListTagResourcesRequest(), ResourceType='role')['TagResources'] == []


def test_a_policy_described_anew(ram):
    ram.custom_policy('own', allow('oss:*'))
    described = ram('UpdatePolicyDescription', policy_name='own', new_description='for readers')['Policy']
    assert described['Description'] == 'for readers'
    assert ram('GetPolicy', policy_type='Custom', policy_name='own')['Policy']['Description'] == 'for readers'
    with refused(404, 'EntityNotExist.Policy'):
        ram('UpdatePolicyDescription', policy_name='none', new_description='x')
    with refused(400, 'InvalidParameter.NewDescription.Length'):
        ram('UpdatePolicyDescription', policy_name='own', new_description='x' * 1025)
