"""Bad input at every RPC door: parameters that contradict each other, values at and beyond their limits, bytes that are no text,
old and repeated requests. Each is the service's own error, and changes nothing."""
import json
import urllib.parse
import uuid

import pytest

import clients
import signing
from localyun import REGION

RAM = '2015-05-01'
#: A call that any administrator may make, at every door.
DOORS = {
    'sts': ('2015-04-01', 'GetCallerIdentity', {}),
    'ram': (RAM, 'ListUsers', {}),
    'ims': ('2019-08-15', 'ListUsers', {}),
    'location': ('2015-06-12', 'DescribeEndpoints', {'ServiceCode': 'oss', 'Id': REGION}),
    'bss': ('2017-12-14', 'QueryAvailableInstances', {}),
}
HOSTS = {'sts': 'sts.aliyuncs.com', 'ram': 'ram.aliyuncs.com', 'ims': 'ims.aliyuncs.com', 'location': 'location.aliyuncs.com',
         'bss': 'business.aliyuncs.com'}
every_door = pytest.mark.parametrize('door', DOORS)


def said(answer):
    return answer.status_code, answer.json().get('Code')


def sign(pairs, method):
    """The same as signing.rpc_params for pairs in which a name may come twice."""
    query = '&'.join(f'{signing.percent(k)}={signing.percent(v)}' for k, v in sorted(pairs))
    return 'Signature', signing.sha1('localyun&', f'{method}&%2F&{signing.percent(query)}')


def pairs_of(action, version, **params):
    signed = signing.rpc_params(action, version, Signature='-', **params)
    del signed['Signature']
    return list(signed.items())


def names(ram):
    return [user['UserName'] for user in ram('ListUsers')['Users']['User']]


def post(server, query=(), form=(), headers=None):
    text = urllib.parse.urlencode(form) if not isinstance(form, (str, bytes)) else form
    headers = {'Content-Type': 'application/x-www-form-urlencoded', **(headers or {})}
    return server.http.post(f'{server.url}/?{urllib.parse.urlencode(query)}', data=text, headers=headers, timeout=60)


# ------------------------------------------------------------------ parameters twice

@pytest.mark.parametrize('where', ['query and form', 'query', 'form'])
def test_a_parameter_that_contradicts_itself_is_refused(server, ram, where):
    common = pairs_of('CreateUser', RAM)
    one, two = ('UserName', 'anna'), ('UserName', 'otto')
    common.append(sign([*common, one, two], 'POST'))
    places = {'query and form': ([*common, one], [two]), 'query': ([*common, one, two], []), 'form': ([], [*common, one, two])}
    answer = post(server, *places[where])
    assert said(answer) == (400, 'InvalidParameter') and '"UserName"' in answer.json()['Message']
    assert names(ram) == ['localyun']


def test_a_parameter_that_says_the_same_twice_is_one(server, ram):
    common = pairs_of('CreateUser', RAM)
    name = ('UserName', 'anna')
    common.append(sign([*common, name, name], 'POST'))
    assert post(server, [*common, name], [name]).status_code == 200
    assert names(ram) == ['anna', 'localyun']


@pytest.mark.parametrize('header,value', [('x-acs-action', 'DeleteUser'), ('x-acs-version', '2019-08-15')])
def test_headers_that_contradict_parameters_are_refused(server, ram, header, value):
    common = pairs_of('CreateUser', RAM, UserName='anna')
    common.append(sign(common, 'POST'))
    answer = post(server, common, headers={header: value})
    assert said(answer) == (400, 'InvalidParameter') and names(ram) == ['localyun']


# ------------------------------------------------------------------ time and nonces

@every_door
def test_a_request_counts_once(server, door):
    version, action, params = DOORS[door]
    signed = signing.rpc_params(action, version, **params)
    first, again = (server.http.get(server.url + '/', params=signed) for _ in range(2))
    assert first.status_code == 200, first.text
    assert said(again) == (400, 'SignatureNonceUsed')


@every_door
@pytest.mark.parametrize('skew', [-960, 960])
def test_a_clock_that_is_wrong(server, door, skew):
    version, action, params = DOORS[door]
    signed = signing.rpc_params(action, version, skew=skew, **params)
    assert said(server.http.get(server.url + '/', params=signed)) == (400, 'InvalidTimeStamp.Expired')


@every_door
def test_a_nonce_is_a_keys_own(server, door):
    """Of another key it is another one; at another door it is the same."""
    version, action, params = DOORS[door]
    nonce = str(uuid.uuid4())
    for key, expected in ((clients.ADMIN, 200), (clients.ROOT_KEY, 200), (clients.ADMIN, 400)):
        assert signing.rpc(server, action, version, key=key, SignatureNonce=nonce, **params).status_code == expected
    version, action, params = DOORS['sts' if door != 'sts' else 'ram']
    assert said(signing.rpc(server, action, version, SignatureNonce=nonce, **params)) == (400, 'SignatureNonceUsed')


# ------------------------------------------------------------------ what is not known

@every_door
def test_parameters_that_nobody_knows_are_ignored(server, door):
    version, action, params = DOORS[door]
    answer = signing.rpc(server, action, version, AcceptLanguage='zh-CN', SourceIp='1.2.3.4', SecureTransport='true', Unheard_of='', **params)
    assert answer.status_code == 200, answer.text


@every_door
def test_an_action_that_nobody_knows_is_refused(server, door):
    version, _, params = DOORS[door]
    assert said(signing.rpc(server, 'NoSuchThing', version, **params)) == (400, 'InvalidParameter')


# ------------------------------------------------------------------ bytes that are no text

@every_door
@pytest.mark.parametrize('query', ['UserName=%zz', 'UserName=%', 'UserName=%ff%fe', '%ff=x'])
def test_bytes_that_are_no_text(server, door, query):
    version, action, params = DOORS[door]
    signed = urllib.parse.urlencode(signing.rpc_params(action, version, **params)) + f'&{query}'
    host = {'Host': HOSTS[door]}
    form = {'Content-Type': 'application/x-www-form-urlencoded', **host}
    for answer in signing.send(server, 'GET', f'/?{signed}', host), signing.send(server, 'POST', '/', form, signed.encode()):
        body = json.loads(answer.content)
        assert (answer.status, body['Code'], body['HostId']) == (400, 'InvalidParameter', HOSTS[door])


def test_more_parameters_than_anybody_sends(server, ram):
    signed = urllib.parse.urlencode(signing.rpc_params('CreateUser', RAM, method='POST', UserName='anna'))
    assert said(post(server, form=signed + '&a=' * 1100)) == (400, 'InvalidParameter')
    assert names(ram) == ['localyun']


def test_a_body_that_is_too_long(server, ram):
    signed = signing.rpc_params('CreateUser', RAM, method='POST', UserName='anna', Comments='x' * (11 << 20))
    assert said(post(server, form=signed)) == (400, 'InvalidParameter')
    assert names(ram) == ['localyun']


@pytest.mark.parametrize('body', [b'', b'{"UserName": "anna"}', b'\x00\x01\x02', b'<UserName>anna</UserName>'])
def test_a_body_that_is_no_form_is_no_parameter(server, ram, body):
    common = pairs_of('CreateUser', RAM)
    common.append(sign(common, 'POST'))
    answer = server.http.post(f'{server.url}/?{urllib.parse.urlencode(common)}', data=body, headers={'Content-Type': 'application/json'})
    assert said(answer) == (400, 'MissingParameter') and names(ram) == ['localyun']


# ------------------------------------------------------------------ limits

TRUST, POLICY = clients.trust(), clients.policy(clients.allow('oss:GetObject'))
LIMITS = [
    ('CreateUser', 'UserName', 64, {}),
    ('CreateUser', 'DisplayName', 128, {'UserName': 'anna'}),
    ('CreateUser', 'Comments', 128, {'UserName': 'anna'}),
    ('CreateGroup', 'GroupName', 64, {}),
    ('CreateGroup', 'Comments', 128, {'GroupName': 'group'}),
    ('CreateRole', 'RoleName', 64, {'AssumeRolePolicyDocument': TRUST}),
    ('CreateRole', 'Description', 1024, {'RoleName': 'role', 'AssumeRolePolicyDocument': TRUST}),
    ('CreatePolicy', 'PolicyName', 128, {'PolicyDocument': POLICY}),
    ('CreatePolicy', 'Description', 1024, {'PolicyName': 'policy', 'PolicyDocument': POLICY}),
    ('CreateVirtualMFADevice', 'VirtualMFADeviceName', 64, {}),
]


@pytest.mark.parametrize('action,name,most,more', LIMITS, ids=[f'{action}-{name}' for action, name, *_ in LIMITS])
def test_a_value_at_its_limit(server, ram, action, name, most, more):
    call = lambda value: signing.rpc(server, action, RAM, method='POST', **{**more, name: value})
    assert said(call('a' * (most + 1))) == (400, f'InvalidParameter.{name}.Length')
    assert said(call('a' * 100000)) == (400, f'InvalidParameter.{name}.Length')
    answer = call('a' * most)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize('value', ['0', '-1', '1001', 'ten', '1e2', ' 5', '5 ', '+5', '99999999999999999999', '１'])
def test_a_number_that_is_none(server, value):
    for version in RAM, '2019-08-15':
        assert said(signing.rpc(server, 'ListGroups', version, MaxItems=value)) == (400, 'InvalidParameter.MaxItems')


@pytest.mark.parametrize('marker', ['x', '====', '*', 'AA', 'gICAgA=='])
def test_a_marker_that_nobody_was_given(server, marker):
    assert said(signing.rpc(server, 'ListUsers', RAM, Marker=marker)) == (400, 'InvalidParameter.Marker')


@pytest.mark.parametrize('name', ['a\0b', 'a\nb', 'a/b', '../x', '名字', 'a b', '<a>', "a'b"])
def test_a_name_with_what_no_name_has(server, ram, name):
    for action, parameter, more in ('CreateUser', 'UserName', {}), ('CreateGroup', 'GroupName', {}), \
            ('CreateRole', 'RoleName', {'AssumeRolePolicyDocument': TRUST}), ('CreatePolicy', 'PolicyName', {'PolicyDocument': POLICY}), \
            ('CreateVirtualMFADevice', 'VirtualMFADeviceName', {}):
        answer = signing.rpc(server, action, RAM, method='POST', **{**more, parameter: name})
        assert said(answer) == (400, f'InvalidParameter.{parameter}.InvalidChars')
    assert names(ram) == ['localyun']


def test_hostile_text_comes_back_as_it_is(server, ram):
    """In JSON and XML, and in the text of an error."""
    hostile = '</Comments><UserName>otto</UserName> & "quoted" \u2028 ]]>'
    ram('CreateUser', user_name='anna', comments=hostile)
    assert ram('GetUser', user_name='anna')['User']['Comments'] == hostile
    xml = signing.rpc(server, 'GetUser', RAM, UserName='anna', Format='XML').text
    assert '&lt;/Comments&gt;&lt;UserName&gt;otto' in xml and '<UserName>otto' not in xml
    none = signing.rpc(server, '<b>&', RAM, Format='XML')
    assert none.status_code == 400 and '<b>' not in none.text
