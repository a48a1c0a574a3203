"""Clients that are given a source of credentials and not a key, and what such clients do in every test."""
import json
import subprocess
import sys

import alibabacloud_oss_v2 as oss_v2
import oss2
from alibabacloud_credentials.client import Client as CredentialsClient
from alibabacloud_credentials.provider import EcsRamRoleCredentialsProvider
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.models import Config

import clients
from clients import allow, trust
from localyun import ACCOUNT, REGION, clean_environment

ECS = 'ecs.aliyuncs.com'
INSTANCE = 'i-localyun000000000000'
ECS_SESSION = f'acs:ram::{ACCOUNT}:assumed-role/app/vm-ram-{INSTANCE}'
BODY = b'put with credentials from elsewhere'
PUT = allow(['oss:PutObject', 'oss:GetObject'], 'acs:oss:*:*:demo/*')


def ecs_role(server, name='app', **more):
    """A role that may put into the bucket `demo`, for the instance to have."""
    ram = clients.Ram(server)
    ram.role(name, PUT, trusts=trust(Service=[ECS]), **more)
    server.admin('PUT', 'ecs-role', json={'role': name})
    return ram


def ecs_provider(**more):
    return EcsRamRoleCredentialsProvider(async_update_enabled=False, **more)


def caller(server, provider):
    """Who STS says it is, asked by alibabacloud_sts20150401 with the provider as its credential."""
    config = Config(credential=CredentialsClient(provider=provider), endpoint=server.address, protocol='http', region_id=REGION)
    return StsClient(config).get_caller_identity().body.arn


class ForOss2(oss2.credentials.CredentialsProvider):
    def __init__(self, provider):
        self.provider = provider

    def get_credentials(self):
        now = self.provider.get_credentials()
        return oss2.credentials.Credentials(now.get_access_key_id(), now.get_access_key_secret(), now.get_security_token())


def oss2_bucket(server, provider, name='demo'):
    return oss2.Bucket(oss2.ProviderAuthV4(provider), server.url, name, region=REGION)


def v2_client(server, provider):
    def credentials():
        now = provider.get_credentials()
        return oss_v2.credentials.Credentials(now.get_access_key_id(), now.get_access_key_secret(), now.get_security_token())

    config = oss_v2.config.load_default()
    config.credentials_provider = oss_v2.credentials.CredentialsProviderFunc(credentials)
    config.endpoint, config.region = server.url, REGION
    return oss_v2.Client(config)


def put_and_get(server, provider):
    """Both OSS SDKs put an object with the credentials, and read the other's."""
    bucket, client = oss2_bucket(server, ForOss2(provider)), v2_client(server, provider)
    bucket.put_object('one', BODY)
    client.put_object(oss_v2.PutObjectRequest(bucket='demo', key='two', body=BODY))
    assert bucket.get_object('two').read() == BODY
    assert client.get_object(oss_v2.GetObjectRequest(bucket='demo', key='one')).body.content == BODY
    with clients.refused(403, 'AccessDenied'):
        bucket.delete_object('one')


CHAIN = '''
import json
from alibabacloud_credentials.client import Client
found = Client().get_credential()
print(json.dumps([found.provider_name, found.access_key_id, found.access_key_secret, found.security_token]))
'''


def default_chain(variables, home):
    """What the default chain of the credentials SDK finds in a program that has just these variables. Returns the provider's
    name, key id, secret and token."""
    done = subprocess.run([sys.executable, '-c', CHAIN], capture_output=True, text=True, timeout=60,
                          env=clean_environment(**{'HOME': str(home), **variables}))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
