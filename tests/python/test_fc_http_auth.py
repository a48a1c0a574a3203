"""Who may reach functions over HTTP: signatures, policies, CORS."""
import datetime
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from Tea.request import TeaRequest
from alibabacloud_openapi_util.client import Client as OpenApiUtil

from clients import ADMIN, allow, assume_acs3, refused, role_arn
from functions import Fc3, fc3_models
from test_fc_http import ECHO, METHODS, OPEN, ask, host_of, said, trigger

SIGNED = {**OPEN, 'authType': 'function'}


@pytest.fixture
def fc(server):
    return Fc3(server)


def signed(path, key=ADMIN, method='GET', skew=0):
    """The headers of a signed request, made as the vendor's documents for triggers do it."""
    date = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=skew)
    headers = {'x-acs-date': date.strftime('%Y-%m-%dT%H:%M:%SZ'), 'x-acs-security-token': key[2] if len(key) > 2 else ''}
    parts = urlsplit(path)
    request = TeaRequest()
    request.method, request.pathname, request.headers = method, parts.path.replace('$', '%24'), headers
    request.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    headers['authorization'] = OpenApiUtil.get_authorization(request, 'ACS3-HMAC-SHA256', '', key[0], key[1])
    return headers


def test_a_signed_request(server, fc):
    fc.create('echo', ECHO)
    host = host_of(trigger(fc, 'echo', SIGNED))
    answer = ask(server, host, '/a/b?foo=bar', 'POST', b'hello', signed('/a/b?foo=bar', method='POST'))
    assert answer.status_code == 200, answer.text
    assert answer.json()['queryParameters'] == {'foo': 'bar'}
    # The documented way has no nonce, so the same request may come again.
    headers = signed('/')
    assert [ask(server, host, headers=headers).status_code for _ in range(2)] == [200, 200]


def test_signatures_that_are_none(server, fc):
    fc.create('echo', ECHO)
    host = host_of(trigger(fc, 'echo', SIGNED))
    answer = ask(server, host)
    assert said(answer) == (400, 'MissingRequiredHeader')
    assert answer.json()['Message'] == 'required HTTP header Date was not specified'
    assert said(ask(server, host, '/b', headers=signed('/a'))) == (403, 'SignatureNotMatch')
    assert said(ask(server, host, '/?a=1', headers=signed('/'))) == (403, 'SignatureNotMatch')
    assert said(ask(server, host, method='POST', headers=signed('/'))) == (403, 'SignatureNotMatch')
    assert said(ask(server, host, headers=signed('/', ('localyun', 'wrong')))) == (403, 'SignatureNotMatch')
    assert said(ask(server, host, headers=signed('/', ('nobody', 'x')))) == (403, 'InvalidAccessKeyID')
    answer = ask(server, host, headers=signed('/', skew=-1000))
    assert said(answer) == (403, 'AccessDenied') and 'is too large' in answer.json()['Message']


def test_signatures_do_not_matter_where_everybody_may_come(server, fc):
    fc.create('echo', ECHO)
    host = host_of(trigger(fc, 'echo'))
    for headers in [signed('/', ('nobody', 'x')), {'Authorization': 'Bearer x'}, {'Authorization': 'FC half'}]:
        answer = ask(server, host, headers=headers)
        assert answer.status_code == 200
        assert answer.json()['headers']['Authorization'] == headers.get('Authorization', headers.get('authorization'))


def test_policies_decide_about_signed_requests(server, ram, fc):
    fc.create('echo', ECHO)
    fc.api.publish_function_version('echo', fc3_models.PublishFunctionVersionRequest(
        body=fc3_models.PublishVersionInput()))
    latest = host_of(trigger(fc, 'echo', SIGNED))
    first = host_of(trigger(fc, 'echo', SIGNED, name='first', qualifier='1'))
    functions = 'acs:fc:cn-hangzhou:1234567890123456:functions'
    some = ram.user('some', allow('fc:InvokeFunction', f'{functions}/echo'))
    old = ram.user('old', allow('fc:InvokeFunction', f'{functions}/echo/1'))
    none = ram.user('none', allow('fc:GetFunction'))
    status = {name: [ask(server, host, headers=signed('/', key)).status_code for host in (latest, first)]
              for name, key in [('some', some), ('old', old), ('none', none)]}
    assert status == {'some': [200, 403], 'old': [403, 200], 'none': [403, 403]}
    answer = ask(server, latest, headers=signed('/', none))
    assert said(answer) == (403, 'AccessDenied')
    assert "'fc:InvokeFunction' on resource 'acs:fc:cn-hangzhou:1234567890123456:functions/echo'" in answer.text


def test_a_role_signs_with_its_token(server, ram, fc):
    fc.create('echo', ECHO)
    host = host_of(trigger(fc, 'echo', SIGNED))
    ram.role('caller', allow('fc:InvokeFunction'))
    key = assume_acs3(server, role_arn('caller'))
    assert ask(server, host, headers=signed('/', key)).status_code == 200
    assert ask(server, host, headers=signed('/', key[:2])).status_code == 403


def test_policies_about_what_is_open(server, ram, fc):
    fc.create('echo', ECHO)
    closed = {**SIGNED, 'disableURLInternet': True}
    only = {'Bool': {'fc:EnableHTTPTriggerAnonymous': 'false', 'fc:EnableHTTPTriggerInternet': 'false'}}
    dev = Fc3(server, ram.user('dev', allow(['fc:CreateTrigger', 'fc:UpdateTrigger'], Condition=only)))
    for config in [OPEN, SIGNED, {**OPEN, 'disableURLInternet': True}]:
        with refused(403, 'AccessDenied', message='fc:CreateTrigger'):
            trigger(dev, 'echo', config)
    trigger(dev, 'echo', closed)
    update(dev, methods=['GET'], **{k: v for k, v in closed.items() if k != 'methods'})
    for config in [OPEN, SIGNED]:
        with refused(403, 'AccessDenied', message='fc:UpdateTrigger'):
            update(dev, **config)
    got = json.loads(fc.api.get_trigger('echo', 'web').body.trigger_config)
    assert got == {**closed, 'methods': ['GET']}
    strangers = Fc3(server, ram.user('stranger', allow('fc:Get*')))
    with refused(403, 'AccessDenied'):
        strangers.api.update_trigger('echo', 'no-such', fc3_models.UpdateTriggerRequest(
            body=fc3_models.UpdateTriggerInput(description='x')))


def update(fc, **config):
    fc.api.update_trigger('echo', 'web', fc3_models.UpdateTriggerRequest(
        body=fc3_models.UpdateTriggerInput(trigger_config=json.dumps(config))))


def test_pages_of_other_origins(server, fc):
    fc.create('echo', ECHO)
    host = host_of(trigger(fc, 'echo', {**OPEN, 'methods': ['GET', 'PUT'], 'corsConfig': {
        'allowOrigins': ['https://app.example'], 'allowMethods': ['PUT'], 'allowHeaders': ['x-own'],
        'exposeHeaders': ['x-fc-request-id'], 'allowCredentials': True, 'maxAge': 60}}))
    page = {'Origin': 'https://app.example', 'Access-Control-Request-Method': 'PUT'}
    answer = ask(server, host, method='OPTIONS', headers=page)
    assert answer.status_code == 204 and answer.headers['access-control-allow-origin'] == page['Origin']
    assert answer.headers['access-control-allow-methods'] == 'PUT'
    assert answer.headers['access-control-max-age'] == '60'
    answer = ask(server, host, headers={'Origin': page['Origin']})
    assert answer.status_code == 200 and answer.headers['access-control-allow-origin'] == page['Origin']
    assert answer.headers['access-control-expose-headers'] == 'x-fc-request-id'
    stranger = ask(server, host, method='OPTIONS', headers={**page, 'Origin': 'https://evil.example'})
    assert 'access-control-allow-origin' not in stranger.headers


@pytest.mark.parametrize('config, said', [
    ({'authType': 'function'}, 'methods'), ({**OPEN, 'authType': 'basic'}, 'basic'),
    ({**OPEN, 'authType': 'bearer'}, 'bearer'), ({**OPEN, 'authType': 'nobody'}, 'nobody'),
    ({**OPEN, 'disableURLInternet': 'yes'}, 'disableURLInternet'), ({**OPEN, 'corsConfig': {'maxAge': 'x'}}, 'maxAge'),
    ({**OPEN, 'corsConfig': {'allowOrigin': []}}, 'allowOrigin'), ({**OPEN, 'methods': ['GET', 'TRACE']}, 'TRACE'),
])
def test_triggers_that_cannot_be(server, fc, config, said):
    fc.create('echo', ECHO)
    with refused(400, 'InvalidArgument', message=said):
        trigger(fc, 'echo', config)


def test_who_says_nothing_wants_signatures(server, fc):
    fc.create('echo', ECHO)
    host = host_of(trigger(fc, 'echo', {'methods': ['GET']}))
    assert ask(server, host).status_code == 400
    assert ask(server, host, headers=signed('/')).status_code == 200
