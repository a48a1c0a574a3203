"""Functions over HTTP that let in whoever brings a JSON Web Token."""
import hmac
import http.client
import json
import os
import time

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import signing
from functions import Fc3, Fc2016
from test_fc_http import ECHO, OPEN, ask, host_of, said, trigger
from test_fc_http2 import APP, make
from test_oidc import b64, number


@pytest.fixture
def fc(server):
    return Fc3(server)



class Signer:
    """A key, its public half as JWK, and tokens that it signs."""

    def __init__(self, alg, **more):
        self.alg, self.kid = alg, more.get('kid')
        if alg.startswith(('RS', 'PS')):
            self.key = rsa.generate_private_key(65537, 2048)
            public = self.key.public_key().public_numbers()
            self.jwk = {'kty': 'RSA', 'n': number(public.n), 'e': number(public.e)}
        elif alg.startswith('ES'):
            curve = {'ES256': ec.SECP256R1, 'ES384': ec.SECP384R1, 'ES512': ec.SECP521R1}[alg]()
            self.key, self.length = ec.generate_private_key(curve), (curve.key_size + 7) // 8
            public = self.key.public_key().public_numbers()
            self.jwk = {'kty': 'EC', 'crv': f'P-{curve.key_size}', 'x': number(public.x, self.length),
                        'y': number(public.y, self.length)}
        elif alg == 'EdDSA':
            self.key = ed25519.Ed25519PrivateKey.generate()
            raw = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            self.jwk = {'kty': 'OKP', 'crv': 'Ed25519', 'x': b64(raw)}
        else:
            self.key = os.urandom(64)
            self.jwk = {'kty': 'oct', 'k': b64(self.key)}
        self.jwk.update(alg=alg, use='sig', **more)

    def sign(self, text):
        if self.alg == 'EdDSA':
            return self.key.sign(text)
        digest = getattr(hashes, f'SHA{self.alg[2:]}')()
        if self.alg.startswith('HS'):
            return hmac.new(self.key, text, f'sha{self.alg[2:]}').digest()
        if self.alg.startswith('ES'):
            r, s = decode_dss_signature(self.key.sign(text, ec.ECDSA(digest)))
            return r.to_bytes(self.length, 'big') + s.to_bytes(self.length, 'big')
        pad = padding.PKCS1v15() if self.alg.startswith('RS') else padding.PSS(padding.MGF1(digest), digest.digest_size)
        return self.key.sign(text, pad, digest)

    def token(self, alg=None, **claims):
        header = {'alg': alg or self.alg, 'typ': 'JWT', **({'kid': self.kid} if self.kid else {})}
        text = '.'.join(b64(json.dumps(part).encode()) for part in (header, {'exp': int(time.time()) + 60, **claims}))
        return f'{text}.{b64(self.sign(text.encode()))}'


def jwt_trigger(fc, *signers, **config):
    """The host of an echo that lets in whoever brings a token of one of these."""
    fc.create('echo', ECHO)
    auth = {'jwks': {'keys': [signer.jwk for signer in signers]}, 'tokenLookup': 'header:Authorization:Bearer ', **config}
    return host_of(trigger(fc, 'echo', {**OPEN, 'authType': 'jwt', 'authConfig': json.dumps(auth)}))


def bearer(token):
    return {'Authorization': f'Bearer {token}'}


@pytest.mark.parametrize('alg', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'HS256',
                                 'HS384', 'HS512', 'EdDSA'])
def test_tokens_of_every_algorithm(server, fc, alg):
    signer = Signer(alg)
    host = jwt_trigger(fc, signer)
    assert ask(server, host, headers=bearer(signer.token())).status_code == 200
    for token in [Signer(alg).token(), signer.token(alg='RS256' if alg != 'RS256' else 'PS256'), signer.token()[:-8]]:
        answer = ask(server, host, headers=bearer(token))
        assert said(answer) == (401, 'Unauthorized') and answer.json()['Message'] == 'invalid or expired jwt'


def test_tokens_that_let_nobody_in(server, fc):
    one, two = Signer('RS256', kid='one'), Signer('ES256', kid='two')
    host = jwt_trigger(fc, one, two)
    answer = ask(server, host)
    assert said(answer) == (401, 'Unauthorized') and answer.json()['Message'] == 'the jwt token is missing'
    assert [ask(server, host, headers=bearer(signer.token())).status_code for signer in (one, two)] == [200, 200]
    over, early = one.token(exp=int(time.time()) - 1), one.token(nbf=int(time.time()) + 60)
    # The public key is no secret to sign with.
    public = Signer('HS256', kid='one')
    unsigned = '.'.join([b64(b'{"alg":"none","kid":"one"}'), b64(b'{}'), ''])
    for token in [over, early, public.token(), unsigned, 'x', one.token() + 'x']:
        assert ask(server, host, headers=bearer(token)).status_code == 401, token
    # Virtual time counts, as it does for whatever ends.
    server.advance(120)
    assert ask(server, host, headers=bearer(one.token())).status_code == 401


def test_claims_and_paths(server, fc):
    signer = Signer('ES256')
    host = jwt_trigger(fc, signer, tokenLookup='cookie:token,query:token', whitelist=['/free', '/login/*'],
                       claimPassBy='header:sub:X-User,query:level:level')
    assert [ask(server, host, path).status_code for path in ('/free', '/login/a', '/free/', '/')] == [200, 200, 401, 401]
    token = signer.token(sub='joe', level=3)
    event = ask(server, host, f'/?level=9&token={token}', headers={'X-User': 'root'}).json()
    assert event['headers']['X-User'] == 'joe' and event['queryParameters'] == {'token': token, 'level': '3'}
    assert ask(server, host, headers={'Cookie': f'a=b; token={token}'}).status_code == 200


def test_a_client_says_nothing_in_the_name_of_a_token(server):
    """Neither in a spelling that programs take for the same, nor where nobody can say what it says."""
    fc, signer = Fc2016(server), Signer('ES256')
    fc.create_service('svc')
    auth = {'jwks': {'keys': [signer.jwk]}, 'tokenLookup': 'header:Authorization:Bearer ', 'blacklist': ['/admin*'],
            'claimPassBy': 'header:sub:X-User,cookie:role:role,form:sub:user'}
    make(fc, APP, {**OPEN, 'authType': 'jwt', 'authConfig': json.dumps(auth)})
    url = f'{server.url}/2016-08-15/proxy/svc/f'
    ask = lambda path, **more: requests.post(url + path, timeout=30, **more)
    assert [ask(path).status_code for path in ('/', '/admin')] == [201, 401]
    plain = http.client.HTTPConnection(server.address, timeout=30)  # requests would write the path in the usual way
    plain.request('GET', '/2016-08-15/proxy/svc/f/%61dmin/x')
    assert plain.getresponse().status == 401
    forged = {**bearer(signer.token(sub='joe')), 'X_User': 'root', 'Cookie': 'role =root'}
    told = ask('/admin', data={'user': 'root'}, headers=forged).json()
    assert (told['HTTP_X_USER'], told['HTTP_COOKIE'], told['body']) == ('joe', '', 'user=joe')
    form = {'Content-Type': 'application/x-www-form-urlencoded'}
    answer = ask('/admin', data=b'user=root&%FF', headers={**forged, **form})
    assert (answer.status_code, answer.json()['ErrorCode']) == (400, 'InvalidArgument')


def test_no_body_is_asked_for_without_a_token(server, fc):
    """Whoever has none hears so before having sent anything; a token in a form cannot be seen before the form."""
    signer = Signer('ES256')
    host = jwt_trigger(fc, signer, tokenLookup='header:Authorization:Bearer ,form:token')
    head = {'Host': host, 'Content-Length': '1000', 'Content-Type': 'text/plain'}
    for more in ({}, bearer('x'), bearer(Signer('ES256').token())):
        answer = signing.talk(server, signing.raw('POST', '/', {**head, **more}))
        assert answer.status == 401, more
    form = {**head, 'Content-Type': 'application/x-www-form-urlencoded'}
    assert signing.talk(server, signing.raw('POST', '/', {**form, **bearer('x')})).status == 401, 'the header comes first'
    assert ask(server, host, method='POST', body={'token': signer.token()}).status_code == 200
    assert ask(server, host, method='POST', body={'token': 'x'}).status_code == 401


def test_the_documents_own_capitals(server, fc):
    signer = Signer('RS256')
    fc.create('echo', ECHO)
    auth = {'JWKS': {'keys': [signer.jwk]}, 'TokenLookup': 'header:Authorization:Bearer,cookie:c', 'ClaimPassBy': 'query::'}
    host = host_of(trigger(fc, 'echo', {**OPEN, 'authType': 'jwt', 'authConfig': json.dumps(auth)}))
    assert ask(server, host, headers=bearer(signer.token())).status_code == 200
