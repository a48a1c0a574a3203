"""STS issues, OSS verifies, a policy decides: the user guide's second example, with the real clients."""
import json

import pytest

import clients
import signing
from clients import allow, deny, refused
from localyun import ACCOUNT

KEY, BODY = 'oss-test-object', b'oss-test-content'
PUT_ONLY = allow('oss:PutObject', 'acs:oss:*:*:demo/*')


def assume_node(method):
    def assume(server, arn, name='session'):
        printed = assume.node('assume-role.js', server.url, method, arn, name)
        return clients.session(json.loads(printed))
    return assume


ISSUERS = {
    'sts20150401-acs3': clients.assume_acs3,
    'sdk-sts-rpc-post': clients.assume_rpc,
    'sdk-sts-rpc-get': lambda *args: clients.assume_rpc(*args, method='GET'),
    'pop-core-get': assume_node('GET'),
    'pop-core-post': assume_node('POST'),
}


@pytest.fixture(params=ISSUERS)
def assume(request, node):
    issuer = ISSUERS[request.param]
    issuer.node = node
    return issuer


def as_role(server, auth, credentials, name='demo'):
    return clients.bucket(server, name, auth, credentials)


def stored(bucket, key=KEY):
    return bucket.get_object(key).read() if bucket.object_exists(key) else None


def test_a_role_that_may_put_puts(server, ram, bucket, auth, assume):
    credentials = assume(server, ram.role('writer', PUT_ONLY), 'session')
    assert credentials[0].startswith('STS.')
    result = as_role(server, auth, credentials).put_object(KEY, BODY)
    assert result.status == 200
    assert stored(bucket) == BODY


def test_a_role_without_any_permission_is_denied_implicitly(server, ram, bucket, auth, assume):
    credentials = assume(server, ram.role('nobody'), 'somebody')
    with refused(403, 'AccessDenied', ec='0003-00000202') as got:
        as_role(server, auth, credentials).put_object(KEY, BODY)
    assert clients.element(got.body, 'NoPermissionType') == 'ImplicitDeny'
    assert clients.element(got.body, 'PolicyType') == 'AccountLevelIdentityBasedPolicy'
    assert clients.element(got.body, 'AuthAction') == 'oss:PutObject'
    assert clients.element(got.body, 'AuthPrincipalType') == 'AssumedRoleUser'
    assert clients.element(got.body, 'AuthPrincipalDisplayName') == 'nobody:somebody'
    assert clients.element(got.body, 'AuthPrincipalOwnerId') == ACCOUNT
    assert stored(bucket) is None


def test_an_explicit_deny_wins_and_says_so(server, ram, bucket, auth, assume):
    arn = ram.role('contradiction', PUT_ONLY, deny('oss:PutObject', f'acs:oss:*:*:demo/{KEY}'))
    limited = as_role(server, auth, assume(server, arn, 'session'))
    with refused(403, 'AccessDenied', ec='0003-00000201') as got:
        limited.put_object(KEY, BODY)
    assert clients.element(got.body, 'NoPermissionType') == 'ExplicitDeny'
    assert clients.element(got.body, 'AuthAction') == 'oss:PutObject'
    assert stored(bucket) is None
    assert limited.put_object('another', BODY).status == 200


@pytest.mark.parametrize('name, act', [
    ('oss:GetObject', lambda b: b.get_object('there').read()),
    ('oss:GetObject', lambda b: b.head_object('there')),
    ('oss:DeleteObject', lambda b: b.delete_object('there')),
    ('oss:DeleteObject', lambda b: b.batch_delete_objects(['there'])),
    ('oss:GetObjectAcl', lambda b: b.get_object_acl('there')),
    ('oss:PutObjectAcl', lambda b: b.put_object_acl('there', 'public-read')),
    ('oss:ListObjects', lambda b: b.list_objects()),
    ('oss:ListObjects', lambda b: b.list_objects_v2()),
    ('oss:GetBucketAcl', lambda b: b.get_bucket_acl()),
    ('oss:PutBucketAcl', lambda b: b.put_bucket_acl('public-read')),
    ('oss:GetBucketInfo', lambda b: b.get_bucket_info()),
    ('oss:GetBucketLocation', lambda b: b.get_bucket_location()),
    ('oss:GetBucketStat', lambda b: b.get_bucket_stat()),
    ('oss:DeleteBucket', lambda b: b.delete_bucket()),
], ids=lambda value: value if isinstance(value, str) else '')
def test_put_permission_permits_nothing_else(server, ram, bucket, auth, name, act):
    bucket.put_object('there', BODY)
    limited = as_role(server, auth, clients.assume_acs3(server, ram.role('writer', PUT_ONLY)))
    try:
        act(limited)
    except clients.oss2.exceptions.ServerError as e:
        assert (e.status, e.code) == (403, 'AccessDenied')
        assert e.headers.get('x-oss-ec') == '0003-00000202'
    else:
        pytest.fail(f'{name} was not denied')
    assert stored(bucket, 'there') == BODY
    assert bucket.get_bucket_acl().acl == 'private'


def test_permission_for_one_bucket_is_none_for_another(server, ram, bucket, auth):
    other = clients.bucket(server, 'other', auth)
    other.create_bucket()
    credentials = clients.assume_acs3(server, ram.role('writer', PUT_ONLY))
    with refused(403, 'AccessDenied', ec='0003-00000202'):
        as_role(server, auth, credentials, 'other').put_object(KEY, BODY)
    assert stored(other) is None


def test_a_copy_needs_permission_on_both_objects(server, ram, bucket, auth):
    bucket.put_object('source', BODY)
    writer = as_role(server, auth, clients.assume_acs3(server, ram.role('writer', PUT_ONLY)))
    with refused(403, 'AccessDenied'):
        writer.copy_object('demo', 'source', KEY)
    both = ram.role('copier', allow(['oss:PutObject', 'oss:GetObject'], 'acs:oss:*:*:demo/*'))
    copier = as_role(server, auth, clients.assume_acs3(server, both))
    assert stored(bucket) is None
    assert copier.copy_object('demo', 'source', KEY).status == 200
    assert stored(bucket) == BODY


def test_a_session_policy_narrows_the_role(server, ram, bucket, auth):
    arn = ram.role('everything', allow('oss:*'))
    narrow = clients.policy(allow('oss:PutObject', f'acs:oss:*:*:demo/{KEY}'))
    limited = as_role(server, auth, clients.assume_acs3(server, arn, policy=narrow))
    assert limited.put_object(KEY, BODY).status == 200
    with refused(403, 'AccessDenied') as got:
        limited.put_object('another', BODY)
    assert clients.element(got.body, 'PolicyType') == 'SessionPolicy'
    assert stored(bucket, 'another') is None


def test_a_session_policy_never_widens_the_role(server, ram, bucket, auth):
    arn = ram.role('writer', PUT_ONLY)
    limited = as_role(server, auth, clients.assume_acs3(server, arn, policy=clients.policy(allow('*'))))
    limited.put_object(KEY, BODY)
    with refused(403, 'AccessDenied', ec='0003-00000202'):
        limited.get_object(KEY)


def test_a_session_ends_when_the_virtual_clock_passes_its_expiry(server, ram, bucket, auth):
    arn = ram.role('writer', PUT_ONLY)
    old = as_role(server, auth, clients.assume_acs3(server, arn, duration_seconds=900))
    server.advance(890)
    assert old.put_object('early', BODY).status == 200
    server.advance(20)
    with refused(403, 'SecurityTokenExpired', ec='0002-00000007', message='The security token you provided has expired.'):
        old.put_object('late', BODY)
    assert stored(bucket, 'late') is None
    fresh = as_role(server, auth, clients.assume_acs3(server, arn, duration_seconds=900))
    assert fresh.put_object('late', BODY).status == 200
    assert stored(bucket, 'late') == BODY


def test_a_session_sees_what_is_attached_and_detached_later(server, ram, bucket, auth):
    live = as_role(server, auth, clients.assume_acs3(server, ram.role('writer', PUT_ONLY)))
    live.put_object(KEY, BODY)
    change = dict(policy_type='Custom', policy_name='writer-policy', role_name='writer')
    ram('DetachPolicyFromRole', **change)
    with refused(403, 'AccessDenied', ec='0003-00000202'):
        live.put_object('another', BODY)
    ram('AttachPolicyToRole', **change)
    assert live.put_object('another', BODY).status == 200


def test_deleting_the_role_ends_its_sessions_even_if_the_name_comes_back(server, ram, bucket, auth):
    live = as_role(server, auth, clients.assume_acs3(server, ram.role('writer', PUT_ONLY)))
    live.put_object(KEY, BODY)
    attached = dict(policy_type='Custom', policy_name='writer-policy', role_name='writer')
    ram('DetachPolicyFromRole', **attached)
    ram('DeleteRole', role_name='writer')
    ended = ('InvalidAccessKeyId', 'InvalidSecurityToken', 'AccessDenied')
    with refused(403, ended):
        live.put_object('after-delete', BODY)
    ram.role('writer')
    ram('AttachPolicyToRole', **attached)
    with refused(403, ended):
        live.put_object('after-return', BODY)
    assert stored(bucket, 'after-delete') is None and stored(bucket, 'after-return') is None


# ------------------------------------------------------------------ forged parts

def flip(text, at=-10):
    """Another text of the same length and alphabet."""
    other = 'A' if text[at] != 'A' else 'B'
    return text[:at] + other + text[at:][1:]


@pytest.fixture
def credentials(server, ram, bucket):
    return clients.assume_acs3(server, ram.role('writer', PUT_ONLY))


def test_a_forged_key_id(server, bucket, auth, credentials):
    forged = (flip(credentials[0], -3), *credentials[1:])
    with refused(403, 'InvalidAccessKeyId', ec='0002-00000002') as got:
        as_role(server, auth, forged).put_object(KEY, BODY)
    assert clients.element(got.body, 'OSSAccessKeyId') == forged[0]
    assert stored(bucket) is None


@pytest.mark.parametrize('forge', [lambda token: flip(token, len(token) // 2), lambda token: token[:-8],
                                   lambda token: token + 'AAAA', lambda token: 'CAIS', lambda token: 'not a token'],
                         ids=['flipped', 'cut', 'longer', 'short', 'text'])
def test_a_forged_token(server, bucket, auth, credentials, forge):
    forged = (*credentials[:2], forge(credentials[2]))
    with refused(403, 'InvalidSecurityToken', ec=('0002-00000006', '0002-00000008'),
                 message='The security token you provided is invalid.'):
        as_role(server, auth, forged).put_object(KEY, BODY)
    assert stored(bucket) is None


def test_the_token_of_another_session(server, ram, bucket, auth, credentials):
    other = clients.assume_acs3(server, clients.role_arn('writer'), 'other')
    with refused(403, ('InvalidSecurityToken', 'AccessKeyIdAndSecurityTokenNotMatch')):
        as_role(server, auth, (*credentials[:2], other[2])).put_object(KEY, BODY)
    assert stored(bucket) is None


@pytest.mark.parametrize('version, ec', [('v1', '0002-00000040'), ('v4', '0002-00000201')])
def test_a_forged_secret(server, ram, version, ec):
    bucket = clients.bucket(server, 'demo', version)
    bucket.create_bucket()
    good = clients.assume_acs3(server, ram.role('writer', PUT_ONLY))
    for key in ((good[0], flip(good[1]), good[2]), ('localyun', 'wrong')):
        with refused(403, 'SignatureDoesNotMatch', ec=ec) as got:
            as_role(server, version, key).put_object(KEY, BODY)
        assert clients.element(got.body, 'OSSAccessKeyId') == key[0]
        assert clients.element(got.body, 'SignatureProvided')
        assert clients.element(got.body, 'StringToSign')
    assert stored(bucket) is None


def test_a_session_key_without_its_token(server, bucket, auth, credentials):
    with refused(403, 'InvalidAccessKeyId', ec='0002-00000003'):
        as_role(server, auth, credentials[:2]).put_object(KEY, BODY)
    assert stored(bucket) is None


def test_a_key_that_nobody_made(server, bucket, auth):
    with refused(403, 'InvalidAccessKeyId', ec='0002-00000902',
                 message='The OSS Access Key Id you provided does not exist in our records.'):
        as_role(server, auth, ('LTAI4fakefakefakefake', 'secret')).put_object(KEY, BODY)
    assert stored(bucket) is None


def test_no_authorization_at_all(server, bucket):
    anonymous = clients.oss2.Bucket(clients.oss2.AnonymousAuth(), server.url, 'demo')
    for act in (lambda: anonymous.put_object(KEY, BODY), lambda: anonymous.get_object(KEY)):
        with refused(403, 'AccessDenied', ec='0003-00000001',
                     message='You have no right to access this object because of bucket acl.'):
            act()
    assert stored(bucket) is None


def test_a_signed_url_of_a_session(server, bucket, auth, credentials):
    url = as_role(server, auth, credentials).sign_url('PUT', KEY, 60, slash_safe=True)
    answer = server.http.put(url, data=BODY)
    assert answer.status_code == 200, answer.text
    assert stored(bucket) == BODY
    token = 'security-token' if auth == 'v1' else 'x-oss-security-token'
    assert f'{token}=' in url
    forged = url.replace(f'{token}=', f'{token}=A')
    answer = server.http.put(forged, data=b'forged')
    assert answer.status_code == 403
    assert clients.element(answer.content, 'Code') in ('InvalidSecurityToken', 'SignatureDoesNotMatch')
    assert stored(bucket) == BODY


def test_a_token_in_header_and_query_is_refused(server, bucket, credentials):
    url = as_role(server, 'v1', credentials).sign_url('PUT', KEY, 60, slash_safe=True)
    answer = server.http.put(url, data=BODY, headers={'x-oss-security-token': credentials[2]})
    assert answer.status_code == 400
    assert clients.element(answer.content, 'Code') in ('InvalidArgument', 'InvalidRequest')
    assert answer.headers['x-oss-ec'] == '0002-00000010'
    assert stored(bucket) is None


def test_the_header_that_the_second_python_sdk_uses(server, bucket, credentials):
    """alibabacloud-oss-v2 signs V1 with the token in a header named security-token, outside the signature."""
    headers = signing.v1_headers('PUT', f'/demo/{KEY}', key=credentials[:2])
    answer = signing.send(server, 'PUT', f'/demo/{KEY}', {**headers, 'security-token': credentials[2]}, BODY)
    assert answer.status == 200, answer.content
    assert stored(bucket) == BODY


@pytest.mark.parametrize('version', ['v1', 'v4'])
def test_the_second_python_sdk(server, ram, bucket, version):
    import alibabacloud_oss_v2 as oss

    key = clients.assume_acs3(server, ram.role('writer', allow(['oss:PutObject', 'oss:GetObject'], 'acs:oss:*:*:demo/*')))
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(*key)
    config.endpoint, config.region, config.signature_version = server.url, 'cn-hangzhou', version
    client = oss.Client(config)
    assert client.put_object(oss.PutObjectRequest(bucket='demo', key=KEY, body=BODY)).status_code == 200
    assert client.get_object(oss.GetObjectRequest(bucket='demo', key=KEY)).body.content == BODY
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client.delete_object(oss.DeleteObjectRequest(bucket='demo', key=KEY))
    assert caught.value.unwrap().code == 'AccessDenied'
    assert stored(bucket) == BODY
