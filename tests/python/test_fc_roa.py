"""Function Compute through the core of the older SDKs (aliyun-python-sdk-core), whose requests of the kind ROA are signed
with HMAC-SHA1 (`Authorization: acs …`)."""
import json

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

import clients
from clients import ADMIN, allow, refused
from functions import EXAMPLE_1, zip_file
from localyun import REGION


class Roa:
    """Requests to paths of one version of the API."""

    def __init__(self, server, version, key=ADMIN):
        credential = (StsTokenCredential if len(key) == 3 else AccessKeyCredential)(*key)
        self.client = AcsClient(region_id=REGION, credential=credential, auto_retry=False)
        self.server, self.version = server, version

    def __call__(self, method, path, body=None, kind='application/json', **query):
        request = CommonRequest(domain=self.server.address, version=self.version, uri_pattern=f'/{self.version}/{path}')
        request.set_method(method)
        for name, value in query.items():
            request.add_query_param(name, value)
        if body is not None:
            request.set_content(body if isinstance(body, bytes) else json.dumps(body).encode())
            request.set_content_type(kind)
        return self.client.do_action_with_exception(request)


FUNCTION = {'functionName': 'f', 'runtime': 'python3.10', 'handler': 'index.handler', 'timeout': 60,
            'code': {'zipFile': zip_file(EXAMPLE_1)}}


def test_functions_of_the_newest_generation(server):
    roa = Roa(server, '2023-03-30')
    made = json.loads(roa('POST', 'functions', FUNCTION))
    assert json.loads(roa('GET', 'functions/f')) == made
    assert [f['functionName'] for f in json.loads(roa('GET', 'functions', prefix='f', limit='5'))['functions']] == ['f']
    assert roa('POST', 'functions/f/invocations', b'{"key": "value"}', 'application/octet-stream') == b'value'
    assert roa('DELETE', 'functions/f') == b''
    with refused(404, 'FunctionNotFound'):
        roa('GET', 'functions/f')


def test_services_of_2021(server):
    roa = Roa(server, '2021-04-06')
    roa('POST', 'services', {'serviceName': 'svc', 'description': 'a b+ä'})
    assert json.loads(roa('GET', 'services/svc'))['description'] == 'a b+ä'
    roa('POST', 'services/svc/functions', FUNCTION)
    answer = roa('POST', 'services/svc/functions/f/invocations', b'{"key": "2021"}', 'application/octet-stream', qualifier='LATEST')
    assert answer == b'2021'
    with refused(404, 'ServiceNotFound', message="'none'"):
        roa('GET', 'services/none')
    with refused(409, 'ServiceAlreadyExists'):
        roa('POST', 'services', {'serviceName': 'svc'})


def test_a_session_and_its_policy(server):
    arn = clients.Ram(server).role('caller', allow('fc:ListFunctions'))
    roa = Roa(server, '2023-03-30', clients.assume_acs3(server, arn))
    assert json.loads(roa('GET', 'functions'))['functions'] == []
    with refused(403, 'AccessDenied'):
        roa('POST', 'functions', FUNCTION)


@pytest.mark.parametrize('key, code', [(('localyun', 'wrong'), 'SignatureNotMatch'), (('nobody', 'x'), 'InvalidAccessKeyID')])
def test_keys_that_are_not_right(server, key, code):
    for version, path in (('2023-03-30', 'functions'), ('2021-04-06', 'services')):
        with refused(403, code):
            Roa(server, version, key)('GET', path)


def test_what_is_not_emulated_says_so(server):
    with refused(400, 'PathNotSupported', message='LocalYun does not emulate CreateSession.'):
        Roa(server, '2023-03-30')('POST', 'functions/f/sessions', {})


def test_another_region_is_another_endpoint(server):
    roa = Roa(server, '2023-03-30')
    roa.client.set_region_id('cn-beijing')
    with refused(400, 'InvalidArgument', message='ask fcv3.cn-beijing.aliyuncs.com'):
        roa('GET', 'functions')
