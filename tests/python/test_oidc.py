"""OpenID Connect: providers through the real IMS SDK, and roles assumed with tokens of an issuer on this machine."""
import base64
import contextlib
import http.server
import json
import threading
import time

import pytest
from alibabacloud_credentials.client import Client as CredentialsClient
from alibabacloud_credentials.models import Config as CredentialsConfig
from alibabacloud_sts20150401 import models as sts_models
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import clients
from clients import allow, refused, role_arn, trust
from localyun import ACCOUNT

PROVIDER = f'acs:ram::{ACCOUNT}:oidc-provider/idp'
AUDIENCE, SUBJECT = 'sts.aliyuncs.com', 'system:serviceaccount:ns:sa'
HTTPS_ISSUER = 'https://idp.example.com/one'


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def number(value, length=None):
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, 'big'))


class Idp:
    """An issuer with an RSA and an EC key."""

    def __init__(self):
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())

    def jwks(self):
        public, point = self.rsa.public_key().public_numbers(), self.ec.public_key().public_numbers()
        return {'keys': [
            {'kty': 'RSA', 'kid': 'rsa', 'alg': 'RS256', 'use': 'sig', 'n': number(public.n), 'e': number(public.e)},
            {'kty': 'EC', 'kid': 'ec', 'alg': 'ES256', 'crv': 'P-256', 'x': number(point.x, 32), 'y': number(point.y, 32)}]}

    def token(self, issuer, algorithm='RS256', **changes):
        now = int(time.time())
        claims = {'iss': issuer, 'sub': SUBJECT, 'aud': [AUDIENCE], 'iat': now, 'exp': now + 600, **changes}
        header = {'alg': algorithm, 'kid': 'ec' if algorithm == 'ES256' else 'rsa'}
        signed = '.'.join(b64(json.dumps(part).encode()) for part in (header, claims))
        return f'{signed}.{b64(self.signature(algorithm, signed.encode()))}'

    def signature(self, algorithm, signed):
        if algorithm == 'ES256':
            parts = decode_dss_signature(self.ec.sign(signed, ec.ECDSA(hashes.SHA256())))
            return b''.join(part.to_bytes(32, 'big') for part in parts)
        sha = {'RS384': hashes.SHA384(), 'RS512': hashes.SHA512()}.get(algorithm, hashes.SHA256())
        return self.rsa.sign(signed, padding.PKCS1v15(), sha)


@contextlib.contextmanager
def published(idp):
    """Serve the issuer's documents on a loopback port, as a provider does. Gives the issuer's URL."""
    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            issuer = f'http://127.0.0.1:{self.server.server_port}'
            pages = {'/.well-known/openid-configuration': {'issuer': issuer, 'jwks_uri': f'{issuer}/keys'}, '/keys': idp.jwks()}
            page = pages.get(self.path)
            body = json.dumps(page).encode()
            self.send_response(200 if page else 404)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Pages) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        try:
            yield f'http://127.0.0.1:{pages.server_port}'
        finally:
            pages.shutdown()


@pytest.fixture(scope='module')
def idp():
    return Idp()


@pytest.fixture
def issuer(server, ims, ram, idp):
    """A provider whose keys the server was told, and a role that trusts it."""
    ims('CreateOIDCProvider', oidcprovider_name='idp', issuer_url=HTTPS_ISSUER, client_ids=AUDIENCE)
    server.admin('POST', 'oidc-keys', json={'issuer': HTTPS_ISSUER, 'jwks': idp.jwks()})
    condition = {'StringEquals': {'oidc:iss': HTTPS_ISSUER, 'oidc:aud': [AUDIENCE]}, 'StringLike': {'oidc:sub': 'system:*'}}
    ram.role('pod', allow('oss:PutObject'), trusts=trust(condition=condition, Federated=[PROVIDER]))
    return HTTPS_ISSUER


def assume(server, token, arn=None, **more):
    """AssumeRoleWithOIDC by alibabacloud_sts20150401 (anonymous there too)."""
    request = sts_models.AssumeRoleWithOIDCRequest(oidcprovider_arn=PROVIDER, role_arn=arn or role_arn('pod'), oidctoken=token,
                                                   role_session_name='session', **more)
    return clients.sts(server).assume_role_with_oidc(request).body.to_map()


def spoilt(token):
    """The token with one letter of its signature changed."""
    at = token.rindex('.') + 10
    return token[:at] + ('A' if token[at] != 'A' else 'B') + token[at + 1:]


def unsigned(server, method='GET', **params):
    """What no SDK spoils: the call without a signature."""
    params = {'Action': 'AssumeRoleWithOIDC', 'Version': '2015-04-01', 'Format': 'JSON', 'OIDCProviderArn': PROVIDER,
              'RoleArn': role_arn('pod'), 'RoleSessionName': 'session', **params}
    where = {'params': params} if method == 'GET' else {'data': params}
    answer = server.http.request(method, server.url + '/', timeout=20, **where)
    return answer.status_code, answer.json()


# ------------------------------------------------------------------ providers

def test_a_providers_life(ims):
    made = ims('CreateOIDCProvider', oidcprovider_name='idp', issuer_url=HTTPS_ISSUER, client_ids='a,b', fingerprints='f1',
               description='first', issuance_limit_time=24)['OIDCProvider']
    assert (made['Arn'], made['ClientIds'], made['IssuanceLimitTime']) == (PROVIDER, 'a,b', 24)
    assert ims('GetOIDCProvider', oidcprovider_name='idp')['OIDCProvider'] == made
    with refused(409, 'EntityAlreadyExists.OIDCProvider'):
        ims('CreateOIDCProvider', oidcprovider_name='idp', issuer_url='https://other.example.com')
    changed = ims('UpdateOIDCProvider', oidcprovider_name='idp', client_ids='c', new_description='second')['OIDCProvider']
    assert (changed['ClientIds'], changed['Description']) == ('c', 'second')
    listed = ims('ListOIDCProviders')['OIDCProviders']['OIDCProvider']
    assert [provider['OIDCProviderName'] for provider in listed] == ['idp']
    ims('DeleteOIDCProvider', oidcprovider_name='idp')
    for action in 'GetOIDCProvider', 'UpdateOIDCProvider', 'DeleteOIDCProvider':
        with refused(404, 'EntityNotExist.OIDCProvider'):
            ims(action, oidcprovider_name='idp')
    with refused(400, 'InvalidParameter.MaxItems'):
        ims('ListOIDCProviders', max_items=101)


def test_client_ids_and_fingerprints_come_and_go(ims):
    ims('CreateOIDCProvider', oidcprovider_name='idp', issuer_url=HTTPS_ISSUER)
    for what, field in ('ClientId', 'ClientIds'), ('Fingerprint', 'Fingerprints'):
        param = {'ClientId': 'client_id', 'Fingerprint': 'fingerprint'}[what]
        added = ims(f'Add{what}ToOIDCProvider', oidcprovider_name='idp', **{param: 'x1'})['OIDCProvider']
        assert added[field] == 'x1'
        removed = ims(f'Remove{what}FromOIDCProvider', oidcprovider_name='idp', **{param: 'x1'})['OIDCProvider']
        assert removed.get(field, '') == ''
        for action in f'Add{what}ToOIDCProvider', f'Remove{what}FromOIDCProvider':
            with refused(404, 'EntityNotExist.OIDCProvider'):
                ims(action, oidcprovider_name='none', **{param: 'x1'})


def test_a_user_who_may_not(server, ram):
    ims = clients.Ims(server, ram.user('anna'))
    with refused(403, 'NoPermission'):
        ims('CreateOIDCProvider', oidcprovider_name='idp', issuer_url=HTTPS_ISSUER)
    with refused(403, 'NoPermission'):
        ims('ListOIDCProviders')


# ------------------------------------------------------------------ roles

@pytest.mark.parametrize('algorithm', ['RS256', 'RS384', 'RS512', 'ES256'])
def test_a_token_opens_a_role(server, idp, issuer, auth, algorithm):
    clients.bucket(server, 'demo', auth).create_bucket()
    answer = assume(server, idp.token(issuer, algorithm))
    assert answer['AssumedRoleUser']['Arn'] == f'acs:ram::{ACCOUNT}:assumed-role/pod/session'
    info = answer['OIDCTokenInfo']
    assert (info['Issuer'], info['Subject'], info['ClientIds']) == (issuer, SUBJECT, AUDIENCE)
    key = clients.session(answer['Credentials'])
    assert clients.sts(server, key).get_caller_identity().body.identity_type == 'AssumedRoleUser'
    pod = clients.bucket(server, 'demo', auth, key)
    pod.put_object('key', b'x')
    with refused(403, 'AccessDenied'):
        pod.get_object('key')


@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_nobody_signs_it(server, idp, issuer, method):
    status, answer = unsigned(server, method, OIDCToken=idp.token(issuer))
    assert status == 200 and answer['Credentials']['SecurityToken']
    clients.bucket(server, 'demo').create_bucket()
    clients.bucket(server, 'demo', 'v4', clients.session(answer['Credentials'])).put_object('key', b'x')
    narrowed = clients.policy(allow('oss:GetObject'))
    status, answer = unsigned(server, method, OIDCToken=idp.token(issuer), Policy=narrowed, DurationSeconds='900')
    assert status == 200
    with refused(403, 'AccessDenied'):
        clients.bucket(server, 'demo', 'v4', clients.session(answer['Credentials'])).put_object('key', b'x')


def test_the_keys_of_an_issuer_on_this_machine_are_fetched(server, ims, ram, idp):
    with published(idp) as issuer:
        ims('CreateOIDCProvider', oidcprovider_name='idp', issuer_url=issuer, client_ids=AUDIENCE)
        ram.role('pod', trusts=trust(Federated=[PROVIDER]))
        assert assume(server, idp.token(issuer))['Credentials']
        with refused(401, 'AuthenticationFail.OIDCToken.InvalidSignature'):
            assume(server, Idp().token(issuer))
    with refused(401, 'AuthenticationFail.OIDCToken.HttpsUrlInvalid'):
        assume(server, idp.token(issuer))


def test_a_bucket_may_be_the_issuer(server, ims, ram, idp):
    """An issuer is but two documents, so they may lie in a public bucket, as those of a Kubernetes cluster do."""
    bucket = clients.bucket(server, 'issuer')
    bucket.create_bucket('public-read')
    url = f'{server.url}/issuer'
    bucket.put_object('.well-known/openid-configuration', json.dumps({'issuer': url, 'jwks_uri': f'{url}/keys.json'}))
    bucket.put_object('keys.json', json.dumps(idp.jwks()))
    ims('CreateOIDCProvider', oidcprovider_name='idp', issuer_url=url, client_ids=AUDIENCE)
    ram.role('pod', trusts=trust(Federated=[PROVIDER]))
    assert assume(server, idp.token(url))['Credentials']


def test_tokens_that_prove_nothing(server, idp, issuer):
    now = int(time.time())
    for token, code, says in [
            (idp.token(issuer, aud='somebody'), 'OIDCToken.AudienceNotMatch', 'Invalid audience.'),
            (idp.token(issuer, exp=now - 1, iat=now - 60), 'OIDCToken.Expired', 'This JsonWebToken is expired.'),
            (idp.token(issuer, iat=now - 13 * 3600), 'OIDCToken.Expired', 'This JsonWebToken is expired.'),
            (idp.token('https://idp.example.com/two'), 'NoPermission', 'No such OIDC Provider registered.'),
            (idp.token(issuer, sub='somebody'), 'NoPermission', 'There is no permission'),
            (idp.token(issuer, 'HS256'), 'OIDCToken.Invalid', 'The algorithm HS256 that be specified in Jwt header is unknown.'),
            (spoilt(idp.token(issuer)), 'OIDCToken.InvalidSignature', 'OIDC token validate failed: invalid signature.'),
            (Idp().token(issuer), 'OIDCToken.InvalidSignature', 'OIDC token validate failed: invalid signature.'),
            ('no token', 'OIDCToken.Invalid', 'The number of Jwt field should be divided into 3 parts'),
            ('', 'OIDCToken.Invalid', 'The OIDCToken can not empty.')]:
        status, answer = unsigned(server, OIDCToken=token)
        assert (status, answer['Code']) == (401, f'AuthenticationFail.{code}') and says in answer['Message'], answer


def test_a_role_or_provider_that_does_not_exist(server, idp, issuer):
    with refused(404, 'EntityNotExist.Role'):
        assume(server, idp.token(issuer), role_arn('none'))
    status, answer = unsigned(server, OIDCToken=idp.token(issuer), OIDCProviderArn=f'{PROVIDER}x')
    assert (status, answer['Code']) == (401, 'AuthenticationFail.NoPermission')
    with refused(400, 'InvalidParameter.DurationSeconds'):
        assume(server, idp.token(issuer), duration_seconds=3601)


def test_a_tokens_life_is_counted_on_the_virtual_clock(server, idp, issuer):
    now = int(time.time())
    token = idp.token(issuer, iat=now - 5, exp=now + 600)  # moves count for the whole second in which they are made
    assert assume(server, token)['Credentials']
    server.advance(601)
    with refused(401, 'AuthenticationFail.OIDCToken.Expired'):
        assume(server, token)
    assert assume(server, idp.token(issuer))['Credentials'], 'what is issued after the clock was moved is not born expired'


def test_the_credentials_sdk_assumes_it(server, idp, issuer, tmp_path):
    file = tmp_path / 'token'
    file.write_text(idp.token(issuer))
    config = CredentialsConfig(type='oidc_role_arn', role_arn=role_arn('pod'), oidc_provider_arn=PROVIDER,
                               oidc_token_file_path=str(file), role_session_name='session',
                               sts_endpoint=f'http://{server.address}')
    credential = CredentialsClient(config).get_credential()
    assert credential.access_key_id.startswith('STS.')
    key = (credential.access_key_id, credential.access_key_secret, credential.security_token)
    assert clients.sts(server, key).get_caller_identity().body.arn == f'acs:ram::{ACCOUNT}:assumed-role/pod/session'
    file.write_text(Idp().token(issuer))
    with pytest.raises(Exception, match='InvalidSignature'):
        CredentialsClient(config).get_credential()


@pytest.mark.parametrize('body,says', [({'issuer': 'https://x'}, 'jwks'), ({'issuer': 'https://x', 'jwks': {}}, 'JSON Web Key Set'),
                                       ({'issuer': 'https://x', 'jwks': {'keys': []}}, 'no keys')], ids=str)
def test_keys_that_are_none(server, body, says):
    answer = server.http.post(f'{server.url}/_localyun/oidc-keys', json=body, timeout=10)
    assert answer.status_code == 400 and says in answer.json()['error']
