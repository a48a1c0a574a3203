"""The metadata service of ECS: what it says on the wire, whom it does not answer, and the SDKs that have its address."""
import datetime
import json
import os
import re
import socket
import subprocess
import sys

import oss2
import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.http import HttpOptions

import clients
import signing
import sources
from clients import refused, trust
from localyun import ACCOUNT, ROOT, Server, clean_environment, run, wait_until

ROLES = 'meta-data/ram/security-credentials/'
TOKEN, TTL = 'X-aliyun-ecs-metadata-token', 'X-aliyun-ecs-metadata-token-ttl-seconds'


class Instance:
    """What a program on the instance sees."""

    def __init__(self, server):
        self.server = server
        self.url = server.health()['metadata']['url']

    def ask(self, path, method='GET', **headers):
        answer = self.server.http.request(method, f'{self.url}/latest/{path}', headers=headers, timeout=10)
        return answer.status_code, answer.text

    def text(self, path, **headers):
        status, text = self.ask(path, **headers)
        assert status == 200, text
        return text

    def token(self, seconds=60):
        return self.text_of(self.ask('api/token', 'PUT', **{TTL: str(seconds)}))

    @staticmethod
    def text_of(answer):
        assert answer[0] == 200, answer
        return answer[1]

    def credentials(self, role='app', **headers):
        return json.loads(self.text(ROLES + role, **headers))


@pytest.fixture(scope='module')
def metadata_server():
    with Server.start('--metadata', '127.0.0.1:0', '--bucket', 'demo') as server:
        yield server


@pytest.fixture
def server(metadata_server):
    metadata_server.reset()
    return metadata_server


@pytest.fixture
def instance(server):
    return Instance(server)


def title(text):
    return re.search('<h1>(.*)</h1>', text).group(1)


# ------------------------------------------------------------------ what it says

def test_what_the_instance_is(instance):
    assert instance.text('meta-data/instance-id') == sources.INSTANCE
    assert instance.text('meta-data/region-id') == 'cn-hangzhou'
    assert instance.text('meta-data/zone-id') == 'cn-hangzhou-i'
    assert instance.text('meta-data/owner-account-id') == ACCOUNT
    assert {'instance-id', 'instance/', 'region-id'} <= set(instance.text('meta-data/').split('\n'))
    assert instance.text('') == 'meta-data/'
    older = instance.server.http.get(f'{instance.url}/2016-01-01/meta-data/instance-id', timeout=10)
    assert (older.status_code, older.text) == (200, sources.INSTANCE)


@pytest.mark.parametrize('path', ['meta-data/nothing', 'meta-data//instance-id', 'meta-data/instance-id/',
                                  'user-data', 'dynamic/instance-identity/document', ROLES, ROLES + 'app'])
def test_what_is_not_there(instance, path):
    status, text = instance.ask(path)
    assert (status, title(text)) == (404, '404 - Not Found')


def test_paths_are_not_resolved(server, instance):
    sources.ecs_role(server)
    port = int(instance.url.rsplit(':', 1)[1])
    for path in ('/latest/x/../meta-data/instance-id', '/latest/meta-data/ram/security-credentials/./app', '//latest/meta-data/',
                 '/latest\\meta-data', '/latest/meta-data/%69nstance-id', '/LATEST/meta-data/', '/_localyun/health', '/demo/'):
        with socket.create_connection(('127.0.0.1', port), timeout=10) as sock:
            sock.sendall(f'GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'.encode())
            assert signing.read_response(sock).status == 404, path


@pytest.mark.parametrize('method', ['POST', 'DELETE', 'PUT', 'OPTIONS'])
def test_it_can_only_be_read(instance, method):
    status, text = instance.ask('meta-data/instance-id', method)
    assert (status, title(text)) == (405, '405 - Method Not Allowed')


def test_credentials_of_the_role(server, instance):
    sources.ecs_role(server)
    assert instance.text(ROLES) == 'app'  # Python's SDK takes the whole text for the name
    found = instance.credentials()
    assert list(found) == ['AccessKeyId', 'AccessKeySecret', 'Expiration', 'SecurityToken', 'LastUpdated', 'Code']
    assert found['Code'] == 'Success' and found['AccessKeyId'].startswith('STS.')
    time = [datetime.datetime.strptime(found[name], '%Y-%m-%dT%H:%M:%SZ') for name in ('LastUpdated', 'Expiration')]
    assert time[1] - time[0] == datetime.timedelta(hours=6)
    key = clients.session(found)
    assert clients.sts(server, key).get_caller_identity().body.arn == sources.ECS_SESSION
    clients.bucket(server, 'demo', 'v4', key).put_object('k', b'x')
    assert server.http.get(f'{instance.url}/latest/{ROLES}app').headers['Cache-Control'] == 'no-store'
    wait_until(lambda: server.log().count(f'{ROLES}app') == 2, what='a line for each time that they were asked for')
    for text in (key[1], key[2][:40]):
        assert text not in server.log()


# ------------------------------------------------------------------ the life of credentials

def test_credentials_stay_the_same_until_they_are_about_to_end(server, instance):
    sources.ecs_role(server)
    first = instance.credentials()
    assert instance.credentials() == first
    server.advance(5 * 3600 - 60)
    assert instance.credentials() == first
    server.advance(120)
    second = instance.credentials()
    assert second['AccessKeyId'] != first['AccessKeyId'] and second['Expiration'] > first['Expiration']
    assert instance.credentials() == second
    bucket = clients.bucket(server, 'demo', 'v4', clients.session(first))
    bucket.put_object('k', b'x')  # they overlap
    server.advance(3600)
    with refused(403, 'SecurityTokenExpired'):
        bucket.put_object('k', b'x')
    clients.bucket(server, 'demo', 'v4', clients.session(second)).put_object('k', b'x')


def test_a_clock_that_goes_back(server, instance):
    sources.ecs_role(server)
    server.advance(86400)
    first = instance.credentials()
    server.advance(-86400)
    assert instance.credentials()['AccessKeyId'] != first['AccessKeyId']


def test_a_role_that_is_made_anew(server, instance):
    ram = sources.ecs_role(server)
    first = instance.credentials()
    ram('DetachPolicyFromRole', role_name='app', policy_type='Custom', policy_name='app-policy')
    ram('DeleteRole', role_name='app')
    assert instance.ask(ROLES + 'app')[0] == 404
    ram.role('app', trusts=trust(Service=[sources.ECS]))
    second = instance.credentials()
    assert second['AccessKeyId'] != first['AccessKeyId']
    assert clients.sts(server, clients.session(second)).get_caller_identity().body.arn == sources.ECS_SESSION
    with refused(403, 'InvalidSecurityToken'):
        clients.bucket(server, 'demo', 'v4', clients.session(first)).put_object('k', b'x')


def test_a_reset_voids_everything(server, instance):
    sources.ecs_role(server)
    first, token = instance.credentials(), instance.token()
    server.reset()
    assert instance.ask(ROLES)[0] == 404, 'the role was given after the start, so it is gone'
    assert instance.ask('meta-data/', **{TOKEN: token})[0] == 401
    sources.ecs_role(server)
    assert instance.credentials()['AccessKeyId'] != first['AccessKeyId']


def test_a_role_that_cannot_be_had_is_told_apart_in_the_log(server, instance):
    server.admin('PUT', 'ecs-role', json={'role': 'missing'})
    assert instance.text(ROLES) == 'missing'
    assert instance.ask(ROLES + 'missing')[0] == 404
    ram = clients.Ram(server)
    ram.role('untrusting')
    server.admin('PUT', 'ecs-role', json={'role': 'untrusting'})
    assert instance.ask(ROLES + 'missing')[0] == 404
    assert instance.ask(ROLES + 'untrusting')[0] == 404
    for says in ('The specified Role not exists', 'role/untrusting does not trust the service ecs.aliyuncs.com', '--ecs-role'):
        wait_until(lambda: says in server.log(), what=f'the line with {says}')
    ram('UpdateRole', role_name='untrusting', new_assume_role_policy_document=trust(Service=[sources.ECS]))
    assert instance.credentials('untrusting')['Code'] == 'Success'
    ram('UpdateRole', role_name='untrusting', new_assume_role_policy_document=trust(Service=['fc.aliyuncs.com']))
    assert instance.ask(ROLES + 'untrusting')[0] == 404


# ------------------------------------------------------------------ tokens

def test_tokens(server, instance):
    sources.ecs_role(server)
    token = instance.token()
    assert token != instance.token()
    assert instance.text('meta-data/instance-id', **{TOKEN: token}) == sources.INSTANCE
    assert instance.credentials(**{TOKEN: token}) == instance.credentials()
    server.advance(61)
    status, text = instance.ask('meta-data/instance-id', **{TOKEN: token})
    assert (status, title(text)) == (401, '401 - Unauthorized')


@pytest.mark.parametrize('token', ['aaa', '', 'A' * 75, 'x' * 9000])
def test_a_token_that_nobody_gave(instance, token):
    assert instance.ask('meta-data/', **{TOKEN: token})[0] == 401


def test_a_token_of_another_server(instance):
    with Server.start('--metadata', '127.0.0.1:0') as other:
        assert instance.ask('meta-data/', **{TOKEN: Instance(other).token()})[0] == 401


@pytest.mark.parametrize('ttl', [None, '0', '21601', '21700', '-1', 'x', '1.5', ''])
def test_a_life_that_no_token_may_have(instance, ttl):
    status, text = instance.ask('api/token', 'PUT', **({} if ttl is None else {TTL: ttl}))
    assert (status, title(text)) == (400, '400 - Missing or Invalid Parameters')


def test_no_token_through_a_proxy(instance):
    for headers in ({TTL: '60'}, {}):
        status, text = instance.ask('api/token', 'PUT', **{'X-Forwarded-For': 'www.example.com', **headers})
        assert (status, title(text)) == (403, '403 - Forbidden')


@pytest.mark.parametrize('method', ['GET', 'POST', 'HEAD'])
def test_a_token_is_asked_for_with_put(instance, method):
    assert instance.ask('api/token', method, **{TTL: '60'})[0] == 405


def test_tokens_can_be_required():
    with Server.start('--metadata', '127.0.0.1:0', '--metadata-token-required', '--ecs-role', 'app', '--bucket', 'demo') as server:
        instance = Instance(server)
        sources.ecs_role(server)
        for path in ('', 'meta-data/instance-id', ROLES, ROLES + 'app'):
            status, text = instance.ask(path)
            assert (status, title(text)) == (403, '403 - Forbidden')
            assert instance.ask(path, **{TOKEN: 'aaa'})[0] == 401
            assert instance.ask(path, **{TOKEN: instance.token()})[0] == 200
        server.reset()
        assert server.health()['metadata']['role'] == 'app', 'a reset leaves what the start gave'


# ------------------------------------------------------------------ who gets no answer

@pytest.mark.parametrize('host', ['evil.example.com', 'demo.localhost', 'oss-cn-hangzhou.aliyuncs.com', '100.100.100.200.evil.example.com'])
def test_no_answer_under_another_name(server, instance, host):
    sources.ecs_role(server)
    status, text = instance.ask(ROLES + 'app', Host=host)
    assert status == 403 and 'AccessKey' not in text


@pytest.mark.parametrize('header', [{'Origin': 'http://evil.example.com'}, {'Origin': 'null'}, {'Sec-Fetch-Site': 'cross-site'},
                                    {'Sec-Fetch-Site': 'same-origin'}], ids=str)
def test_no_answer_to_pages(server, instance, header):
    sources.ecs_role(server)
    for status, text in (instance.ask(ROLES + 'app', **header), instance.ask('api/token', 'PUT', **{TTL: '60', **header})):
        assert status == 403 and 'AccessKey' not in text
    through_main = server.http.get(f'{server.url}/latest/{ROLES}app', headers={'Host': '100.100.100.200', **header}, timeout=10)
    assert through_main.status_code == 403


@pytest.mark.parametrize('host', ['127.0.0.1', '100.100.100.200', '100.100.100.200:80', 'localhost'])
def test_its_own_names(instance, host):
    assert instance.ask('meta-data/instance-id', Host=host) == (200, sources.INSTANCE)


def test_the_main_address_answers_for_it_only_under_its_name(server):
    path = '/latest/meta-data/instance-id'
    named = server.http.get(server.url + path, headers={'Host': '100.100.100.200'}, timeout=10)
    assert (named.status_code, named.text) == (200, sources.INSTANCE)
    other = server.http.get(server.url + path, timeout=10)
    assert other.status_code in (403, 404) and 'NoSuchBucket' in other.text, 'a path-style bucket `latest`'


HANDLER = '''
import urllib.request

def handler(event, context):
    return urllib.request.urlopen('http://100.100.100.200/latest/%s', timeout=10).read().decode()
'''


def test_a_function_is_no_instance(server, tmp_path):
    sources.ecs_role(server)
    (tmp_path / 'index.py').write_text(HANDLER % (ROLES + 'app'))
    done = run('invoke', str(tmp_path), '--python', sys.executable, '--endpoint', server.url)
    assert done.returncode == 1 and 'a function has no metadata service' in done.stdout and 'STS.' not in done.stdout


# ------------------------------------------------------------------ clients that can be told where it is

def test_oss2_with_its_own_ecs_provider(server, instance):
    sources.ecs_role(server)
    provider = oss2.credentials.EcsRamRoleCredentialsProvider(f'{instance.url}/latest/{ROLES}app')
    sources.oss2_bucket(server, provider).put_object('k', sources.BODY)
    assert clients.bucket(server, 'demo').get_object('k').read() == sources.BODY
    server.admin('DELETE', 'ecs-role')
    provider = oss2.credentials.EcsRamRoleCredentialsProvider(f'{instance.url}/latest/{ROLES}app', max_retries=1)
    with pytest.raises(oss2.exceptions.ClientError, match='http code:404'):
        sources.oss2_bucket(server, provider).put_object('k', b'x')


def test_the_credentials_sdk_with_the_main_address_as_its_proxy(server):
    sources.ecs_role(server)
    provider = sources.ecs_provider(http_options=HttpOptions(proxy=server.url))
    assert sources.caller(server, provider) == sources.ECS_SESSION
    sources.put_and_get(server, provider)
    server.admin('DELETE', 'ecs-role')
    with pytest.raises(CredentialException, match='HttpCode=404'):
        sources.ecs_provider(http_options=HttpOptions(proxy=server.url)).get_credentials()


# ------------------------------------------------------------------ clients that have its address built in

def test_sdks_on_an_instance():
    """All of instance.py, in a network where this machine has 100.100.100.200."""
    inside = [os.path.join(ROOT, 'tests', 'namespace'), sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
              os.path.join(ROOT, 'tests', 'python', 'instance.py')]
    done = subprocess.run(inside, capture_output=True, text=True, timeout=300, env=clean_environment(LOCALYUN_BIN=os.environ.get('LOCALYUN_BIN', '')))
    assert done.returncode == 0, f'{done.stdout}\n{done.stderr}'
    assert re.search(r'\d+ passed', done.stdout) and 'skipped' not in done.stdout


# ------------------------------------------------------------------ the command line

def test_the_role_from_the_command_line(server):
    said = run('ecs-role', '--endpoint', server.url, 'set', 'app')
    assert said.returncode == 0 and f'acs:ram::{ACCOUNT}:role/app' in said.stdout
    assert server.health()['metadata']['role'] == 'app'
    assert run('ecs-role', '--endpoint', server.url, 'set', 'a/b').returncode == 1
    assert json.loads(run('ecs-role', '--endpoint', server.url).stdout)['role'] == 'app'
    assert run('ecs-role', '--endpoint', server.url, 'unset').returncode == 0
    assert server.health()['metadata']['role'] is None


def test_a_role_of_another_account():
    other = '2222222222222222'
    with Server.start('--metadata', '127.0.0.1:0', '--account', other, '--ecs-role', f'{other}:app') as server:
        instance = Instance(server)
        assert instance.ask(ROLES + 'app')[0] == 404
        key = (f'localyun.{other}', f'localyun.{other}')
        clients.Ram(server, key).role('app', trusts=trust(Service=[sources.ECS]))
        assert instance.text('meta-data/owner-account-id') == other
        found = clients.sts(server, clients.session(instance.credentials())).get_caller_identity().body
        assert (found.account_id, found.arn) == (other, sources.ECS_SESSION.replace(ACCOUNT, other))


@pytest.mark.parametrize('value,required', [('true', True), ('1', True), ('false', False), ('0', False)])
def test_settings_from_the_environment(value, required):
    with Server.start(LOCALYUN_METADATA='127.0.0.1:0', LOCALYUN_ECS_ROLE='app', LOCALYUN_METADATA_TOKEN_REQUIRED=value) as server:
        said = server.health()['metadata']
        assert (said['role'], said['token_required']) == ('app', required)
        assert Instance(server).ask('')[0] == (403 if required else 200)
        assert said['url'] in server.log() and f'acs:ram::{ACCOUNT}:role/app' in server.log()


def test_a_role_that_others_reach_is_warned_of():
    with Server.start('--metadata', '0.0.0.0:0', '--ecs-role', 'app') as server:
        assert 'GETS THE CREDENTIALS OF THE ECS ROLE' in server.log()
    with Server.start('--metadata', '127.0.0.1:0', '--ecs-role', 'app') as server:
        assert 'WARNING' not in server.log()


def test_an_address_that_cannot_be_had():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        done = run('start', '--listen', '127.0.0.1:0', '--metadata', '127.0.0.1:%d' % taken.getsockname()[1], seconds=20)
    assert done.returncode == 1 and '--metadata' in done.stderr
    done = run('start', '--listen', '127.0.0.1:0', '--metadata', '192.0.2.1:8000', seconds=20)
    assert done.returncode == 1 and 'ip addr add 192.0.2.1/32 dev lo' in done.stderr
    for wrong in (['--metadata', 'nowhere'], ['--ecs-role', 'a/b'], ['--credentials', 'app:short']):
        assert run('start', '--listen', '127.0.0.1:0', *wrong, seconds=20).returncode == 2


def test_it_stops_with_the_server():
    with Server.start('--metadata', '127.0.0.1:0') as server:
        port = int(Instance(server).url.rsplit(':', 1)[1])
        assert server.stop() == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(('127.0.0.1', port), timeout=5)
