"""Sources of credentials that are no key: URLs, profile files, tokens of OpenID Connect, roles; through the credentials SDK."""
import contextlib
import json
import os
import re
import stat
import time
import urllib.parse

import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider import (CLIProfileCredentialsProvider, OIDCRoleArnCredentialsProvider,
                                               ProfileCredentialsProvider, RamRoleArnCredentialsProvider, URLCredentialsProvider)
from alibabacloud_ims20190815 import models as ims_models
from alibabacloud_ims20190815.client import Client as ImsClient

import clients
import sources
from clients import refused, role_arn, trust
from localyun import ACCOUNT, Server, run, wait_until
from sources import default_chain

SECRET = 'a-secret-of-a-test'
FILES = ('.alibabacloud/credentials', '.alibabacloud/credentials.ini', '.aliyun/config.json')


def env(server, *flags):
    done = run('env', '--format', 'json', '--endpoint', server.url, *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def session_of(name, session):
    return f'acs:ram::{ACCOUNT}:assumed-role/{name}/{session}'


@pytest.fixture
def app(server, ram, bucket_demo):
    """A role that the account's users may assume and that may put into `demo`."""
    return ram.role('app', sources.PUT)


@pytest.fixture
def bucket_demo(server):
    clients.bucket(server, 'demo').create_bucket()


# ------------------------------------------------------------------ ALIBABA_CLOUD_CREDENTIALS_URI

def test_the_url_of_a_role(server, app, tmp_path):
    variables = env(server, '--role', 'app')
    assert not [name for name in variables if 'ACCESS_KEY' in name]
    uri = variables['ALIBABA_CLOUD_CREDENTIALS_URI']
    assert uri.startswith(f'{server.url}/_localyun/credentials/app/')
    provider = URLCredentialsProvider(uri=uri)
    assert sources.caller(server, provider) == session_of('app', 'credentials-uri')
    sources.put_and_get(server, provider)
    name, *key = default_chain(variables, tmp_path)
    assert name == 'default/credential_uri'
    assert clients.sts(server, key).get_caller_identity().body.arn == session_of('app', 'credentials-uri')


def test_a_local_program_needs_no_secret(server, app):
    provider = URLCredentialsProvider(uri=f'{server.url}/_localyun/credentials/app')
    assert sources.caller(server, provider) == session_of('app', 'credentials-uri')
    answer = server.http.get(f'{server.url}/_localyun/credentials/app', timeout=10)
    assert list(answer.json()) == ['Code', 'AccessKeyId', 'AccessKeySecret', 'SecurityToken', 'Expiration']
    assert answer.headers['Cache-Control'] == 'no-store'


def uri_of(server, role='app'):
    return server.admin('GET', f'credentials-uri/{role}')['uri']


def refused_by_url(uri, status, code, says=''):
    with pytest.raises(CredentialException) as caught:
        URLCredentialsProvider(uri=uri).get_credentials()
    assert f'http_code={status}' in str(caught.value) and f'"{code}"' in str(caught.value)
    assert re.search(says, str(caught.value)), caught.value


def test_roles_that_cannot_be_had(server, ram):
    uri = uri_of(server)
    refused_by_url(uri, 404, 'EntityNotExist.Role', 'The specified Role not exists')
    ram.role('app', trusts=trust(Service=[sources.ECS]))
    refused_by_url(uri, 403, 'NoPermission', f'trust policy must allow sts:AssumeRole to the RAM principal acs:ram::{ACCOUNT}:root')
    ram('UpdateRole', role_name='app', new_assume_role_policy_document=trust())
    assert URLCredentialsProvider(uri=uri).get_credentials()
    ram('DetachPolicyFromUser', user_name='localyun', policy_type='System', policy_name='AdministratorAccess')
    refused_by_url(uri, 403, 'NoPermission', "the user's policies must allow it too")


def test_a_role_that_is_removed_while_it_is_used(server, ram, app):
    provider = URLCredentialsProvider(uri=uri_of(server))
    bucket = sources.oss2_bucket(server, sources.ForOss2(provider))
    bucket.put_object('k', b'x')
    ram('DetachPolicyFromRole', role_name='app', policy_type='Custom', policy_name='app-policy')
    ram('DeleteRole', role_name='app')
    with refused(403, 'InvalidSecurityToken'):
        bucket.put_object('k', b'x')
    refused_by_url(uri_of(server), 404, 'EntityNotExist.Role')


def test_an_hour_later(server, app):
    bucket = sources.oss2_bucket(server, sources.ForOss2(URLCredentialsProvider(uri=uri_of(server))))
    bucket.put_object('k', b'x')
    server.advance(3601)
    with refused(403, 'SecurityTokenExpired'):
        bucket.put_object('k', b'x')
    sources.put_and_get(server, URLCredentialsProvider(uri=uri_of(server)))


def test_secrets_are_of_one_role_and_one_state(server, ram, app):
    ram.role('other')
    uri, other = uri_of(server), uri_of(server, 'other')
    secret = uri.rsplit('/', 1)[1]
    assert uri == uri_of(server) and secret != other.rsplit('/', 1)[1]
    for wrong in (f'{server.url}/_localyun/credentials/other/{secret}', uri[:-1], uri + 'x', uri[:-1] + '_',
                  f'{server.url}/_localyun/credentials/missing/{secret}'):
        refused_by_url(wrong, 403, 'Forbidden', 'localyun env --role')
    server.reset()
    refused_by_url(uri, 403, 'Forbidden')


def test_other_accounts(server, ram):
    other = server.admin('POST', 'accounts', json={'uid': '2222222222222222'})
    key = (other['administrator']['access_key_id'], other['administrator']['access_key_secret'])
    document = trust(RAM=['acs:ram::2222222222222222:root'])
    clients.Ram(server, key).role('app', trusts=document)
    uri = uri_of(server, '2222222222222222:app')
    assert sources.caller(server, URLCredentialsProvider(uri=uri)) == 'acs:ram::2222222222222222:assumed-role/app/credentials-uri'
    refused_by_url(uri.replace('2222222222222222:', ''), 403, 'Forbidden')


@contextlib.contextmanager
def open_server(*flags):
    """A server that listens on every address, so that its admin API wants a token."""
    with Server.start('--admin-token', 'a-token', *flags, listen='0.0.0.0:0') as server:
        server.url = server.url.replace('0.0.0.0', '127.0.0.1')
        server.address = server.url.split('//')[1]
        yield server


def test_a_client_in_another_container():
    with open_server('--credentials', f'app:{SECRET}', '--bucket', 'demo') as server:
        clients.Ram(server).role('app', sources.PUT)
        uri = f'{server.url}/_localyun/credentials/app/{SECRET}'
        sources.put_and_get(server, URLCredentialsProvider(uri=uri))
        for path in ('credentials/app', 'credentials-uri/app', 'ecs-role'):
            assert server.http.get(f'{server.url}/_localyun/{path}', timeout=10).status_code == 403
        refused_by_url(f'{server.url}/_localyun/credentials/other/{SECRET}', 403, 'Forbidden')
        admin = {'x-localyun-admin-token': 'a-token'}
        own = server.http.get(f'{server.url}/_localyun/credentials-uri/app', headers=admin, timeout=10).json()['uri']
        assert sources.caller(server, URLCredentialsProvider(uri=own)) == session_of('app', 'credentials-uri')
        done = run('env', '--role', 'app', '--format', 'json', '--endpoint', server.url, '--admin-token', 'a-token')
        assert json.loads(done.stdout)['ALIBABA_CLOUD_CREDENTIALS_URI'] == own
        assert run('env', '--role', 'app', '--endpoint', server.url).returncode == 1
        assert server.stop() == 0
        log = server.log()
        assert SECRET not in log and own.rsplit('/', 1)[1] not in log


@pytest.mark.parametrize('header', [{'Origin': 'http://evil.example.com'}, {'Origin': 'null'}, {'Sec-Fetch-Site': 'cross-site'},
                                    {'Host': 'evil.example.com'}], ids=str)
def test_no_credentials_for_pages(server, app, header):
    for uri in (uri_of(server), f'{server.url}/_localyun/credentials/app', f'{server.url}/_localyun/credentials-uri/app'):
        answer = server.http.get(uri, headers=header, timeout=10)
        assert answer.status_code == 403 and 'STS.' not in answer.text and '/app/' not in answer.text


@pytest.mark.parametrize('path', ['credentials', 'credentials/', 'credentials/app/', 'credentials/app//', 'credentials/app/x/y', 'credentials//x',
                                  'credentials/a%2Fb/x', 'credentials/../reset/x', 'credentials/%2e%2e/reset', 'credentials/app%00/x'])
def test_paths_that_lead_nowhere(server, app, path):
    """Neither with the rights of the admin API nor without them."""
    with open_server() as stranger:
        for at in (server, stranger):
            for method in ('GET', 'POST', 'PUT', 'DELETE'):
                answer = at.http.request(method, f'{at.url}/_localyun/{path}', timeout=10)
                assert answer.status_code in (400, 403, 404, 405), answer.text
                assert 'STS.' not in answer.text


# ------------------------------------------------------------------ profile files

def profile(home, name):
    """The first two files as Python reads them, and the third."""
    return (ProfileCredentialsProvider(profile_name=name, profile_file=os.path.join(home, FILES[1])),
            ProfileCredentialsProvider(profile_name=name, profile_file=os.path.join(home, FILES[0])),
            CLIProfileCredentialsProvider(profile_name=name, profile_file=os.path.join(home, FILES[2])))


def test_profile_files(server, bucket_demo, tmp_path):
    variables = env(server, '--write-profile', '--home', str(tmp_path))
    assert variables['ALIBABA_CLOUD_PROFILE'] == 'localyun'
    assert 'ALIBABA_CLOUD_ACCESS_KEY_ID' not in variables, 'SDKs would look at it first'
    for file in FILES:
        assert stat.S_IMODE((tmp_path / file).stat().st_mode) == 0o600
    for provider in profile(tmp_path, 'localyun'):
        assert sources.caller(server, provider) == f'acs:ram::{ACCOUNT}:user/localyun'
    name, *key = default_chain(variables, tmp_path)
    assert name == 'default/cli_profile/static_ak' and tuple(key[:2]) == clients.ADMIN
    (tmp_path / FILES[2]).unlink()
    assert default_chain(variables, tmp_path)[0] == 'default/profile/static_ak'
    assert default_chain(variables, '/nonexistent')[0] == 'default/profile/static_ak', 'ALIBABA_CLOUD_CREDENTIALS_FILE leads there'


def test_the_home_of_the_user(server, tmp_path):
    done = run('env', '--write-profile', '--profile', 'test', '--key', 'i:s', '--endpoint', server.url, HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    for file in FILES:
        assert str(tmp_path / file) in done.stderr
    assert "export ALIBABA_CLOUD_PROFILE='test'" in done.stdout and 'CREDENTIALS_FILE' not in done.stdout
    assert profile(tmp_path, 'test')[0].get_credentials().get_access_key_id() == 'i'


def test_other_profiles_stay(server, tmp_path):
    theirs = '# mine\n[default]\ntype = access_key\naccess_key_id = real\naccess_key_secret = kept\n'
    cli = {'current': 'default', 'profiles': [{'name': 'default', 'mode': 'AK', 'access_key_id': 'real', 'access_key_secret': 'kept',
                                               'region_id': 'cn-beijing', 'unknown': [1, {'a': None}]}], 'meta_path': 'x'}
    for file in FILES:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(json.dumps(cli) if file.endswith('json') else theirs)
    for _ in range(2):
        env(server, '--write-profile', '--home', str(tmp_path))
    for file in FILES[:2]:
        assert (tmp_path / file).read_text().startswith(theirs)
        assert (tmp_path / file).read_text().count('[localyun]') == 1
    now = json.loads((tmp_path / FILES[2]).read_text())
    assert now['profiles'][0] == cli['profiles'][0] and len(now['profiles']) == 2
    assert (now['current'], now['meta_path']) == ('default', 'x')
    for provider in profile(tmp_path, 'default'):
        assert provider.get_credentials().get_access_key_secret() == 'kept'
    before = [(tmp_path / file).read_bytes() for file in FILES]
    done = run('env', '--write-profile', '--profile', 'default', '--home', str(tmp_path), '--endpoint', server.url)
    assert done.returncode == 1 and '`real`' in done.stderr and '--profile' in done.stderr
    (tmp_path / FILES[2]).write_text('{"profiles": [')
    done = run('env', '--write-profile', '--profile', 'new', '--home', str(tmp_path), '--endpoint', server.url)
    assert done.returncode == 1 and 'config.json' in done.stderr
    assert [(tmp_path / file).read_bytes() for file in FILES[:2]] == before[:2]


def test_a_profile_with_a_wrong_secret(server, tmp_path):
    env(server, '--write-profile', '--home', str(tmp_path), '--key', 'localyun:wrong')
    for provider in profile(tmp_path, 'localyun'):
        with refused(400, 'SignatureDoesNotMatch'):
            sources.caller(server, provider)


def test_flags_that_do_not_go_together(server):
    for flags in (['--home', '/tmp'], ['--role', 'app', '--write-profile'], ['--role', 'app', '--key', 'a:b']):
        assert run('env', '--endpoint', server.url, *flags).returncode == 2
    assert run('env', '--endpoint', server.url, '--role', 'a/b').returncode == 1


# ------------------------------------------------------------------ keys in variables

def test_keys_in_variables(server, tmp_path):
    variables = env(server)
    name, *key = default_chain(variables, tmp_path)
    assert name == 'default/env' and tuple(key[:2]) == clients.ADMIN
    assert variables['ALIBABA_CLOUD_ECS_METADATA_DISABLED'] == 'true'
    server.admin('PUT', 'ecs-role', json={'role': 'app'})
    variables = env(server)
    assert variables['ALIBABA_CLOUD_ECS_METADATA'] == 'app' and 'ALIBABA_CLOUD_ECS_METADATA_DISABLED' not in variables
    assert 'ALIBABA_CLOUD_ECS_METADATA' not in env(server, '--role', 'app'), 'the chain would look there first'


# ------------------------------------------------------------------ roles by ARN

def test_a_role_by_its_arn(server, app):
    provider = RamRoleArnCredentialsProvider(access_key_id='localyun', access_key_secret='localyun', role_arn=app,
                                             role_session_name='by-arn', sts_endpoint=server.url)
    assert sources.caller(server, provider) == session_of('app', 'by-arn')
    sources.put_and_get(server, provider)


@pytest.mark.parametrize('more,status,code', [({'role_arn': role_arn('missing')}, 404, 'EntityNotExist.Role'),
                                              ({'access_key_secret': 'wrong'}, 400, 'SignatureDoesNotMatch'),
                                              ({'duration_seconds': 7200}, 400, 'InvalidParameter.DurationSeconds'),
                                              ({'access_key_id': 'localyun.root', 'access_key_secret': 'localyun.root'}, 403, 'NoPermission')],
                         ids=lambda value: value if isinstance(value, str) else '')
def test_a_role_by_its_arn_that_is_refused(server, app, more, status, code):
    given = {'access_key_id': 'localyun', 'access_key_secret': 'localyun', 'role_arn': app, **more}
    with pytest.raises(CredentialException, match=f'http_code: {status}, result: .*"{code}"'):
        RamRoleArnCredentialsProvider(sts_endpoint=server.url, **given).get_credentials()


# ------------------------------------------------------------------ tokens of OpenID Connect

PROVIDER = f'acs:ram::{ACCOUNT}:oidc-provider/idp'
ISSUER, SUBJECT = 'https://oidc.localyun.internal', 'system:serviceaccount:ns:app'


@pytest.fixture
def pod(server, ram, bucket_demo):
    """A provider of the server's own tokens, and a role for one subject. Returns the role's ARN."""
    create = ims_models.CreateOIDCProviderRequest(oidcprovider_name='idp', issuer_url=ISSUER, client_ids='sts.aliyuncs.com')
    ImsClient(clients.config(server)).create_oidcprovider(create)
    condition = {'StringEquals': {'oidc:iss': ISSUER, 'oidc:aud': ['sts.aliyuncs.com'], 'oidc:sub': SUBJECT}}
    return ram.role('pod', sources.PUT, trusts=trust(condition=condition, Federated=[PROVIDER]))


def by_token(server, role, file):
    return OIDCRoleArnCredentialsProvider(role_arn=role, oidc_provider_arn=PROVIDER, oidc_token_file_path=str(file),
                                          role_session_name='pod', sts_endpoint=server.url)


def make_token(server, file, *flags):
    done = run('oidc-token', '--endpoint', server.url, '--file', str(file), *flags)
    assert done.returncode == 0, done.stderr


def test_a_token_file(server, pod, tmp_path):
    file = tmp_path / 'token'
    make_token(server, file, '--subject', SUBJECT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.read_text().count('.') == 2
    provider = by_token(server, pod, file)
    assert sources.caller(server, provider) == session_of('pod', 'pod')
    sources.put_and_get(server, provider)
    printed = run('oidc-token', '--endpoint', server.url, '--subject', SUBJECT).stdout
    file.write_text(printed.strip())
    assert sources.caller(server, by_token(server, pod, file)) == session_of('pod', 'pod')


@pytest.mark.parametrize('flags,code', [(['--subject', 'somebody'], 'NoPermission'),
                                        (['--subject', SUBJECT, '--audience', 'other'], 'AudienceNotMatch'),
                                        (['--subject', SUBJECT, '--issuer', 'https://other.example.com'], 'NoPermission')], ids=str)
def test_a_token_file_that_is_refused(server, pod, tmp_path, flags, code):
    make_token(server, tmp_path / 'token', *flags)
    with pytest.raises(CredentialException, match=f'(?s)40[13].*{code}'):
        by_token(server, pod, tmp_path / 'token').get_credentials()


def test_a_token_that_is_past_its_end(server, pod, tmp_path):
    make_token(server, tmp_path / 'token', '--subject', SUBJECT, '--seconds', '60')
    made = time.time()
    wait_until(lambda: int(time.time()) > int(made), what='the next second: what is stamped in that of a move counts as after it')
    server.advance(61)
    with pytest.raises(CredentialException, match='(?s)401.*AuthenticationFail.OIDCToken.Expired'):
        by_token(server, pod, tmp_path / 'token').get_credentials()


def test_a_token_of_before_a_reset(server, ram, pod, tmp_path):
    make_token(server, tmp_path / 'token', '--subject', SUBJECT)
    server.reset()
    create = ims_models.CreateOIDCProviderRequest(oidcprovider_name='idp', issuer_url=ISSUER, client_ids='sts.aliyuncs.com')
    ImsClient(clients.config(server)).create_oidcprovider(create)
    role = ram.role('pod', trusts=trust(Federated=[PROVIDER]))
    make_token(server, tmp_path / 'new', '--subject', SUBJECT)
    with pytest.raises(CredentialException, match='(?s)401.*InvalidSignature'):
        by_token(server, role, tmp_path / 'token').get_credentials()
    assert by_token(server, role, tmp_path / 'new').get_credentials()


def test_an_issuer_with_keys_of_its_own(server):
    jwks = {'keys': [{'kty': 'RSA', 'kid': 'k', 'n': 'sXch' * 86, 'e': 'AQAB'}]}
    server.admin('POST', 'oidc-keys', json={'issuer': 'https://idp.example.com', 'jwks': jwks})
    done = run('oidc-token', '--endpoint', server.url, '--issuer', 'https://idp.example.com', '--subject', 'x')
    assert done.returncode == 1 and 'https://idp.example.com' in done.stderr and not done.stdout


@pytest.mark.parametrize('body', [{'issuer': '', 'subject': 's', 'audience': 'a'}, {'issuer': 'i', 'subject': 's'},
                                  {'issuer': 'i', 'subject': 's' * 1025, 'audience': 'a'},
                                  {'issuer': 'i', 'subject': 's', 'audience': 'a', 'seconds': 0},
                                  {'issuer': 'i', 'subject': 's', 'audience': 'a', 'more': 1}], ids=lambda body: urllib.parse.urlencode(body)[:40])
def test_tokens_that_are_not_made(server, body):
    assert server.http.post(f'{server.url}/_localyun/oidc-tokens', json=body, timeout=10).status_code == 400
