"""Service-linked roles by the SDK of RAM."""
import json
import re

import pytest

import clients
from clients import ROOT_KEY, allow, refused, trust
from localyun import ACCOUNT

FC = dict(service_name='fc.aliyuncs.com')
NAME = 'AliyunServiceRoleForFC'


def test_a_service_linked_roles_life(server, ram):
    made = ram('CreateServiceLinkedRole', **FC, description='is not looked at')['Role']
    assert (made['RoleName'], made['IsServiceLinkedRole']) == (NAME, True)
    assert made['Arn'] == f'acs:ram::{ACCOUNT}:role/{NAME.lower()}' and made['Description'] == 'Service Linked Role for Function Compute.'
    assert json.loads(made['AssumeRolePolicyDocument'])['Statement'][0]['Principal'] == {'Service': ['fc.aliyuncs.com']}
    role = ram('GetRole', role_name=NAME)['Role']
    assert role['IsServiceLinkedRole'] is True and role['RoleId'] == made['RoleId']
    policy, = ram('ListPoliciesForRole', role_name=NAME)['Policies']['Policy']
    assert (policy['PolicyName'], policy['PolicyType']) == ('AliyunServiceRolePolicyForFC', 'System')
    with refused(409, 'EntityAlreadyExists.Role'):
        ram('CreateServiceLinkedRole', **FC)
    task = ram('DeleteServiceLinkedRole', role_name=NAME.lower())['DeletionTaskId']
    assert re.fullmatch(rf'task/acs-service-role/fc\.aliyuncs\.com/{NAME}/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}', task)
    with refused(404, 'EntityNotExist.Role'):
        ram('GetRole', role_name=NAME)
    with refused(404, 'EntityNotExist.Role'):
        ram('DeleteServiceLinkedRole', role_name=NAME)
    entities = ram('ListEntitiesForPolicy', policy_name='AliyunServiceRolePolicyForFC', policy_type='System')
    assert entities['Roles']['Role'] == []
    assert clients.Ims(server)('GetAccountSummary')['SummaryMap']['Roles'] == 0
    ram('CreateServiceLinkedRole', **FC)


def test_nobody_but_its_service_changes_it(server, ram):
    ram('CreateServiceLinkedRole', **FC)
    before = ram('GetRole', role_name=NAME)['Role']
    policy = dict(policy_type='System', policy_name='AliyunOSSFullAccess', role_name=NAME)
    for action, params in (('DeleteRole', dict(role_name=NAME)), ('UpdateRole', dict(role_name=NAME, new_description='mine')),
                           ('AttachPolicyToRole', policy), ('DetachPolicyFromRole', {**policy, 'policy_name': 'AliyunServiceRolePolicyForFC'})):
        with refused(403, 'NoPermission', message=f'The service linked role {NAME} can be changed by fc.aliyuncs.com only.'):
            ram(action, **params)
        with refused(403, 'NoPermission'):
            clients.Ram(server, ROOT_KEY)(action, **params)
    assert ram('GetRole', role_name=NAME)['Role'] == before
    assert len(ram('ListPoliciesForRole', role_name=NAME)['Policies']['Policy']) == 1
    with refused(403, 'NoPermission'):
        clients.assume_acs3(server, before['Arn'])
    ram('CreateRole', role_name='own', assume_role_policy_document=trust())
    with refused(404, 'EntityNotExist.ServiceLinkedRole', message='This role exists but is not a Service Linked Role.'):
        ram('DeleteServiceLinkedRole', role_name='own')


def test_the_template_of_a_service(ram):
    template = ram('GetServiceLinkedRoleTemplate', **FC)['ServiceLinkedRoleTemplate']
    assert template == {'ServiceName': 'fc.aliyuncs.com', 'RoleNamePrefix': NAME, 'SystemPolicyName': 'AliyunServiceRolePolicyForFC',
                        'MultipleRolesAllowed': False, 'RoleDescriptions': {'RoleDescription': [
                            {'Language': 'en-US', 'Description': 'Service Linked Role for Function Compute.'}]}}
    for action in 'GetServiceLinkedRoleTemplate', 'CreateServiceLinkedRole':
        with refused(404, 'EntityNotExist.ServiceLinkedRoleTemplate'):
            ram(action, service_name='none.aliyuncs.com')
    with refused(400, 'InvalidParameter', message='CustomSuffix'):
        ram('CreateServiceLinkedRole', **FC, custom_suffix='x')


def test_a_service_is_a_condition(server, ram):
    """`ram:ServiceName` stands in the policies of the services themselves."""
    only = {'StringEquals': {'ram:ServiceName': 'fc.alb.aliyuncs.com'}}
    anna = clients.Ram(server, ram.user('anna', allow(['ram:CreateServiceLinkedRole', 'ram:DeleteServiceLinkedRole'], Condition=only)))
    with refused(403, 'NoPermission'):
        anna('CreateServiceLinkedRole', **FC)
    anna('CreateServiceLinkedRole', service_name='fc.alb.aliyuncs.com')
    ram('CreateServiceLinkedRole', **FC)
    with refused(403, 'NoPermission'):
        anna('DeleteServiceLinkedRole', role_name=NAME)
    anna('DeleteServiceLinkedRole', role_name='AliyunServiceRoleForAlbFc')
