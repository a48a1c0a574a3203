"""Versions and aliases: of functions in FC 3.0, of services in FC 2.0."""
import random

import pytest

from clients import allow, refused
from functions import Fc3, Fc2016, Fc2021, fc2_models, fc3_models, zip_file


def saying(word):
    return f'def handler(event, context):\n    return "{word}"\n'


@pytest.fixture
def fc(server):
    return Fc3(server)


def publish(fc, name='f', description=None):
    return fc.api.publish_function_version(name, fc3_models.PublishFunctionVersionRequest(
        body=fc3_models.PublishVersionInput(description=description))).body.to_map()


def versions(fc, **query):
    return fc.api.list_function_versions('f', fc3_models.ListFunctionVersionsRequest(**query)).body.to_map()


def alias(fc, name, version, **more):
    return fc.api.create_alias('f', fc3_models.CreateAliasRequest(body=fc3_models.CreateAliasInput(
        alias_name=name, version_id=version, **more))).body.to_map()


def update(fc, word):
    fc.update('f', code=fc3_models.InputCodeLocation(zip_file=zip_file(saying(word))))


def test_a_version_stays_as_it_was(fc):
    fc.create('f', saying('one'))
    assert publish(fc, description='first')['versionId'] == '1'
    update(fc, 'two')
    assert publish(fc)['versionId'] == '2'
    update(fc, 'three')
    said = {q: fc.invoke('f', qualifier=q)[1] for q in ('1', '2', 'LATEST', None)}
    assert said == {'1': b'one', '2': b'two', 'LATEST': b'three', None: b'three'}
    assert fc.get('f', qualifier='1')['codeChecksum'] != fc.get('f')['codeChecksum']
    assert [v['versionId'] for v in versions(fc)['versions']] == ['2', '1']
    page = versions(fc, direction='FORWARD', limit=1)
    assert [v['versionId'] for v in page['versions']] == ['1']
    page = versions(fc, direction='FORWARD', limit=1, next_token=page['nextToken'])
    assert [v['versionId'] for v in page['versions']] == ['2'] and 'nextToken' not in page
    with refused(400, 'InvalidArgument', message='direction'):
        versions(fc, direction='SIDEWAYS')


def test_a_version_shares_large_code(fc):
    filler = random.Random(1).randbytes(100_000)
    fc.create('f', {'index.py': saying('one'), 'filler': filler})
    publish(fc)
    update(fc, 'two')
    assert fc.invoke('f', qualifier='1')[1] == b'one'
    fc.api.delete_function_version('f', '1')
    with refused(404, 'VersionNotFound', message="version '1' of function 'f' does not exist"):
        fc.invoke('f', qualifier='1')
    assert publish(fc)['versionId'] == '2', 'numbers do not come back'


def test_an_aliases_life(fc):
    fc.create('f', saying('one'))
    publish(fc)
    update(fc, 'two')
    publish(fc)
    made = alias(fc, 'prod', '1', description='first')
    assert (made['aliasName'], made['versionId'], made['additionalVersionWeight']) == ('prod', '1', {})
    assert fc.api.get_alias('f', 'prod').body.to_map() == made
    assert fc.invoke('f', qualifier='prod')[1] == b'one'
    fc.api.update_alias('f', 'prod', fc3_models.UpdateAliasRequest(body=fc3_models.UpdateAliasInput(version_id='2')))
    assert fc.invoke('f', qualifier='prod')[1] == b'two'
    listed = fc.api.list_aliases('f', fc3_models.ListAliasesRequest()).body.to_map()['aliases']
    assert [a['aliasName'] for a in listed] == ['prod']

    fc.api.delete_function_version('f', '2')
    with refused(404, 'VersionNotFound'):
        fc.invoke('f', qualifier='prod')
    with refused(409, 'FunctionNotEmpty', message="has active 'versions'"):
        fc.api.delete_function('f')
    fc.api.delete_function_version('f', '1')
    with refused(409, 'FunctionNotEmpty', message="has active 'aliases'"):
        fc.api.delete_function('f')
    fc.api.delete_alias('f', 'prod')
    with refused(404, 'AliasNotFound', message="alias 'prod' of function 'f' does not exist"):
        fc.api.get_alias('f', 'prod')
    fc.api.delete_function('f')


def test_two_versions_share_the_requests_of_an_alias(fc):
    fc.create('f', saying('one'))
    publish(fc)
    update(fc, 'two')
    publish(fc)
    alias(fc, 'mixed', '1', additional_version_weight={'2': 0.5})
    # Forty of one kind come once in 5 * 10^11 runs.
    assert {fc.invoke('f', qualifier='mixed')[1] for _ in range(40)} == {b'one', b'two'}
    alias(fc, 'all', '1', additional_version_weight={'2': 1.0})
    assert {fc.invoke('f', qualifier='all')[1] for _ in range(5)} == {b'two'}


def test_aliases_that_cannot_be(fc):
    fc.create('f', saying('one'))
    publish(fc)
    for bad in ({'version': 'LATEST'}, {'version': '1', 'additional_version_weight': {'1': 2}},
                {'version': '1', 'additional_version_weight': {'1': 0.1, '2': 0.1}}):
        with refused(400, 'InvalidArgument'):
            alias(fc, 'prod', **bad)
    with refused(400, 'InvalidArgument', message='aliasName'):
        alias(fc, '1', '1')
    with refused(404, 'VersionNotFound'):
        alias(fc, 'prod', '7')
    alias(fc, 'prod', '1')
    with refused(409, 'AliasAlreadyExists'):
        alias(fc, 'prod', '1')
    with refused(404, 'FunctionNotFound'):
        fc.api.create_alias('g', fc3_models.CreateAliasRequest(body=fc3_models.CreateAliasInput(
            alias_name='prod', version_id='1')))


def test_a_permission_for_one_qualifier(server, ram, fc):
    fc.create('f', saying('one'))
    publish(fc)
    alias(fc, 'prod', '1')
    dev = Fc3(server, ram.user('dev', allow('fc:InvokeFunction', 'acs:fc:*:*:functions/f/prod')))
    assert dev.invoke('f', qualifier='prod')[1] == b'one'
    with refused(403, 'AccessDenied', message='functions/f/1'):
        dev.invoke('f', qualifier='1')
    with refused(403, 'AccessDenied'):
        dev.invoke('f')


def test_versions_of_a_service(server):
    fc = Fc2016(server)
    fc.create_service('svc')
    fc.create('svc', 'f', saying('one'))
    assert fc.api.publish_version('svc', 'first').data['versionId'] == '1'
    fc.api.delete_function('svc', 'f')
    fc.create('svc', 'f', saying('two'))
    headers, body = fc.invoke('svc', 'f', qualifier='1')
    assert (body, headers['x-fc-invocation-service-version']) == (b'one', '1')
    assert fc.invoke('svc', 'f')[1] == b'two'
    made = fc.api.create_alias('svc', 'prod', '1')
    assert fc.api.get_alias('svc', 'prod').data == made.data
    assert fc.invoke('svc', 'f', qualifier='prod')[1] == b'one'
    fc.api.publish_version('svc')
    fc.api.update_alias('svc', 'prod', '2', headers={'if-match': made.headers['etag']})
    assert fc.invoke('svc', 'f', qualifier='prod')[1] == b'two'
    assert [a['aliasName'] for a in fc.api.list_aliases('svc').data['aliases']] == ['prod']
    assert [v['versionId'] for v in fc.api.list_versions('svc').data['versions']] == ['2', '1']
    with refused(404, 'VersionNotFound', message="version '9' of service 'svc' does not exist"):
        fc.invoke('svc', 'f', qualifier='9')
    with refused(404, 'AliasNotFound', message="alias 'test' of service 'svc' does not exist"):
        fc.invoke('svc', 'f', qualifier='test')
    fc.api.delete_function('svc', 'f')
    with refused(409, 'ServiceNotEmpty', message="service 'svc' has active 'versions'."):
        fc.api.delete_service('svc')
    fc.api.delete_version('svc', '1')
    fc.api.delete_version('svc', '2')
    fc.api.delete_alias('svc', 'prod')
    fc.api.delete_service('svc')


def test_versions_through_the_newer_door(server):
    fc = Fc2021(server)
    fc.create_service('svc')
    fc.create('svc', 'f', saying('one'))
    published = fc.api.publish_service_version('svc', fc2_models.PublishServiceVersionRequest(description='first'))
    assert published.body.version_id == '1'
    assert fc.invoke('svc', 'f', qualifier='1')[1] == b'one'
    listed = fc.api.list_service_versions('svc', fc2_models.ListServiceVersionsRequest()).body.to_map()
    assert [v['versionId'] for v in listed['versions']] == ['1']
    fc.api.delete_service_version('svc', '1')
    with refused(404, 'VersionNotFound'):
        fc.invoke('svc', 'f', qualifier='1')
