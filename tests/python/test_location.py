"""Where services answer, and the question by which Terraform finds out what kind of account it has."""
import json

import pytest
from aliyunsdkcore.endpoint.location.DescribeEndpointsRequest import DescribeEndpointsRequest
from aliyunsdkcore.request import CommonRequest

import clients
from clients import refused
from localyun import REGION


def ask(server, key=clients.ADMIN, **params):
    """By the request of aliyun-python-sdk-core that its endpoint resolver sends, over plain HTTP."""
    request = clients.core_request(server, DescribeEndpointsRequest())
    for name, value in params.items():
        request.add_query_param(name, value)
    return json.loads(clients.core(server, key).do_action_with_exception(request))


def test_where_a_service_answers(server, auth):
    answer = ask(server, Id=REGION, ServiceCode='oss', Type='openAPI')
    assert answer['Success'] is True
    assert answer['Endpoints']['Endpoint'] == [{'Protocols': {'Protocols': ['HTTP', 'HTTPS']}, 'Type': 'openAPI', 'Namespace': '',
                                                'Id': REGION, 'SerivceCode': 'oss', 'Endpoint': server.address}]
    # What was told can be used.
    bucket = clients.bucket(server, 'demo', auth)
    bucket.endpoint = f"http://{answer['Endpoints']['Endpoint'][0]['Endpoint']}"
    bucket.create_bucket()
    for service in 'sts', 'ram', 'ims':
        assert ask(server, Id='cn-shanghai', ServiceCode=service)['Endpoints']['Endpoint'][0]['Endpoint'] == server.address
    assert ask(server, Id=REGION, ServiceCode='oss', Type='other')['Endpoints']['Endpoint'] == []


def test_asked_at_its_real_host_it_names_real_hosts(server):
    """Whoever came here by the name of the real cloud will do so again."""
    def told(service, kind='openAPI'):
        request = CommonRequest(domain='location-readonly.aliyuncs.com', version='2015-06-12', action_name='DescribeEndpoints')
        request.set_protocol_type('http')
        for name, value in ('Id', 'cn-shanghai'), ('ServiceCode', service), ('Type', kind):
            request.add_query_param(name, value)
        return json.loads(by_proxy(server, request))['Endpoints']['Endpoint'][0]['Endpoint']

    assert told('oss') == 'oss-cn-shanghai.aliyuncs.com'
    assert told('oss', 'innerAPI') == 'oss-cn-shanghai-internal.aliyuncs.com'
    assert told('sts') == 'sts.cn-shanghai.aliyuncs.com'
    assert told('ram') == 'ram.aliyuncs.com'


def by_proxy(server, request):
    with pytest.MonkeyPatch.context() as patch:
        for name in 'HTTP_PROXY', 'http_proxy':
            patch.setenv(name, server.url)
        return clients.core(server).do_action_with_exception(request)


def test_a_place_that_is_none(server):
    # The SDK recognises both by code and text, and goes on without asking again.
    with refused(400, 'InvalidRegionId') as got:
        ask(server, Id='cn-nowhere', ServiceCode='oss')
    assert got.message == 'The specified region does not exist.'
    with refused(400, 'Illegal Parameter') as got:
        ask(server, Id=REGION, ServiceCode='none')
    assert got.message == 'Please check the parameters'
    for params in {'Id': REGION}, {'ServiceCode': 'oss'}:
        with refused(400, 'MissingParameter'):
            ask(server, **params)
    with refused(404, 'InvalidAccessKeyId.NotFound'):
        ask(server, ('nobody', 'nobody'), Id=REGION, ServiceCode='oss')


def test_nothing_is_paid_for(server, ram):
    def instances(key=clients.ADMIN, **params):
        request = CommonRequest(domain=server.address, version='2017-12-14', action_name='QueryAvailableInstances')
        request.set_protocol_type('http')
        request.set_method('POST')
        for name, value in params.items():
            request.add_query_param(name, value)
        return json.loads(clients.core(server, key).do_action_with_exception(request))

    answer = instances(ProductCode='vipcloudfw', SubscriptionType='Subscription', PageSize=50)
    assert (answer['Code'], answer['Success']) == ('Success', True)
    assert answer['Data'] == {'PageNum': 1, 'PageSize': 50, 'TotalCount': 0, 'InstanceList': []}
    with refused(400, 'InvalidParameter.PageSize'):
        instances(PageSize=301)
    with refused(403, 'NoPermission'):
        instances(ram.user('anna'))
