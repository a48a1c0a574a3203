"""SDKs on an ECS instance. test_metadata.py runs this in a network where this machine has 100.100.100.200."""
import json
import os

import pytest
from alibabacloud_credentials.exceptions import CredentialException
from aliyunsdkcore.auth.credentials import EcsRamRoleCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest

import clients
import sources
from clients import refused, trust
from localyun import REGION, Server, run, wait_until


@pytest.fixture(params=['both modes', 'tokens required'])
def server(request):
    flags = ['--metadata-token-required'] if request.param == 'tokens required' else []
    with Server.start('--metadata', '100.100.100.200:80', '--bucket', 'demo', *flags) as server:
        yield server


def test_the_address_is_the_real_one(server):
    assert server.health()['metadata']['url'] == 'http://100.100.100.200:80'


@pytest.mark.parametrize('more', [{}, {'role_name': 'app'}, {'disable_imds_v1': True}], ids=str)
def test_the_credentials_sdk(server, more):
    sources.ecs_role(server)
    provider = sources.ecs_provider(**more)
    assert sources.caller(server, provider) == sources.ECS_SESSION
    sources.put_and_get(server, provider)


def test_the_old_core_sdk_knows_no_tokens(server):
    sources.ecs_role(server)
    client = AcsClient(region_id=REGION, credential=EcsRamRoleCredential('app'), auto_retry=False)
    request = clients.core_request(server, GetCallerIdentityRequest())
    if server.health()['metadata']['token_required']:
        with pytest.raises(Exception, match='HTTP Error 403'):
            client.do_action_with_exception(request)
    else:
        assert json.loads(client.do_action_with_exception(request))['Arn'] == sources.ECS_SESSION


def chain(server):
    """What the default chain finds with the variables that `localyun env` says, keys apart."""
    env = json.loads(run('env', '--format', 'json', '--endpoint', server.url).stdout)
    return sources.default_chain({name: value for name, value in env.items() if 'ACCESS_KEY' not in name}, server.folder.name)


def test_the_default_chain(server):
    sources.ecs_role(server)
    name, *key = chain(server)
    assert name == 'default/ecs_ram_role'
    assert clients.sts(server, key).get_caller_identity().body.arn == sources.ECS_SESSION


def test_the_default_chain_with_a_profile_of_the_cli(server):
    sources.ecs_role(server)
    folder = os.path.join(server.folder.name, '.aliyun')
    os.mkdir(folder)
    with open(os.path.join(folder, 'config.json'), 'w') as file:
        json.dump({'current': 'ecs', 'profiles': [{'name': 'ecs', 'mode': 'EcsRamRole', 'ram_role_name': 'app'}]}, file)
    name, *key = chain(server)
    assert name == 'default/cli_profile/ecs_ram_role'
    assert clients.sts(server, key).get_caller_identity().body.arn == sources.ECS_SESSION


# ------------------------------------------------------------------ failures

def gets_nothing(server, **more):
    """The SDK is told 404. Where a token is required it must not try again without one, as it would be told 403 then."""
    required = server.health()['metadata']['token_required']
    with pytest.raises(CredentialException, match='HttpCode=404'):
        sources.ecs_provider(disable_imds_v1=required, **more).get_credentials()


def test_an_instance_without_a_role(server):
    gets_nothing(server)


def test_a_role_that_is_not_the_instances(server):
    ram = sources.ecs_role(server)
    ram.role('other', trusts=trust(Service=[sources.ECS]))
    gets_nothing(server, role_name='other')


def test_a_role_that_does_not_exist_or_does_not_trust_ecs(server):
    server.admin('PUT', 'ecs-role', json={'role': 'app'})
    for says in ('The specified Role not exists', 'does not trust the service ecs.aliyuncs.com'):
        gets_nothing(server)
        wait_until(lambda: says in server.log(), what=f'the line with {says}')
        if 'trust' not in says:
            clients.Ram(server).role('app')


def test_a_role_that_is_removed_while_it_is_used(server):
    ram = sources.ecs_role(server)
    provider = sources.ecs_provider()
    bucket = sources.oss2_bucket(server, sources.ForOss2(provider))
    bucket.put_object('k', b'x')
    ram('DetachPolicyFromRole', role_name='app', policy_type='Custom', policy_name='app-policy')
    with refused(403, 'AccessDenied'):
        bucket.put_object('k', b'x')
    ram('DeleteRole', role_name='app')
    with refused(403, 'InvalidSecurityToken'):
        bucket.put_object('k', b'x')
    gets_nothing(server)


def test_credentials_that_are_past_their_end(server):
    sources.ecs_role(server)
    old = sources.oss2_bucket(server, sources.ForOss2(sources.ecs_provider()))
    old.put_object('k', b'x')
    server.advance(6 * 3600 + 1)
    with refused(403, 'SecurityTokenExpired'):
        old.put_object('k', b'x')
    sources.put_and_get(server, sources.ecs_provider())
