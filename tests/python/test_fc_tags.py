"""Tags: of functions in FC 3.0, of services in FC 2.0, and policies that ask for them."""
import pytest

from clients import allow, deny, refused
from functions import EXAMPLE_1, Fc3, Fc2016, Fc2021, fc2_models, fc3_models
from localyun import ACCOUNT, REGION

FUNCTIONS = f'acs:fc:{REGION}:{ACCOUNT}:functions'
SERVICES = f'acs:fc:{REGION}:{ACCOUNT}:services'


@pytest.fixture
def fc(server):
    return Fc3(server)


def pairs(tags):
    return [fc3_models.Tag(key=key, value=value) for key, value in tags.items()]


def tag(fc, *names, **tags):
    fc.api.tag_resources(fc3_models.TagResourcesRequest(body=fc3_models.TagResourcesInput(
        resource_type='function', resource_id=[f'{FUNCTIONS}/{name}' for name in names], tag=pairs(tags))))


def untag(fc, *names, **what):
    fc.api.untag_resources(fc3_models.UntagResourcesRequest(
        resource_type='ALIYUN::FC::FUNCTION', resource_id=[f'{FUNCTIONS}/{name}' for name in names], **what))


def tagged(fc, *names, wanted=None, **more):
    """The functions that are listed with their tags, and the token of the next page."""
    if names:
        more['resource_id'] = [f'{FUNCTIONS}/{name}' for name in names]
    if wanted:
        more['tag'] = [fc3_models.ListTagResourcesRequestTag(key=k, value=v) for k, v in wanted.items()]
    answer = fc.api.list_tag_resources(fc3_models.ListTagResourcesRequest(
        resource_type='function', **more)).body.to_map()
    assert answer['RequestId']
    found = {}
    for one in answer['TagResources']:
        assert one['ResourceType'] == 'function'
        found.setdefault(one['ResourceId'].removeprefix(f'{FUNCTIONS}/'), {})[one['TagKey']] = one['TagValue']
    return found, answer.get('NextToken')


def tags_of(function):
    return {one['Key']: one['Value'] for one in function.get('tags') or []}


def listed(fc, **wanted):
    return [f['functionName'] for f in fc.list(tags=pairs(wanted))['functions']]


# ------------------------------------------------------------------ functions

def test_tags_of_functions(fc):
    made = fc.create('f', tags=pairs({'team': 'dev', 'empty': ''}))
    assert tags_of(made) == {'team': 'dev', 'empty': ''} == tags_of(fc.get('f'))
    fc.create('g')
    before = fc.get('g')
    tag(fc, 'f', 'g', team='ops', 钥匙='值')
    assert tags_of(fc.get('f')) == {'team': 'ops', 'empty': '', '钥匙': '值'}
    after = fc.get('g')
    assert tags_of(after) == {'team': 'ops', '钥匙': '值'}
    assert after['lastModifiedTime'] == before['lastModifiedTime'], 'tags are no change of the function'
    assert tags_of(fc.update('g', description='tags stay')) == tags_of(after)
    untag(fc, 'f', 'g', tag_key=['team', 'nothing'])
    assert tagged(fc)[0] == {'f': {'empty': '', '钥匙': '值'}, 'g': {'钥匙': '值'}}
    untag(fc, 'f', all=True)
    assert tags_of(fc.get('f')) == {} and tagged(fc)[0] == {'g': {'钥匙': '值'}}
    fc.api.delete_function('g')
    assert tagged(fc)[0] == {}
    fc.create('g')
    assert tags_of(fc.get('g')) == {}, 'a later function of the name has its own'


def test_an_instance_goes_on_when_tags_change(fc):
    fc.create('f', 'count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return count\n')
    assert fc.invoke('f')[1] == b'1'
    tag(fc, 'f', a='1')
    assert fc.invoke('f')[1] == b'2'


def test_lists_by_tags(fc):
    for name, tags in {'a': {'team': 'dev', 'stage': 'test'}, 'b': {'team': 'ops'}, 'c': {'team': 'dev'},
                       'd': {}}.items():
        fc.create(name, tags=pairs(tags) or None)
    assert listed(fc, team='dev') == ['a', 'c'] and listed(fc, team='dev', stage='test') == ['a']
    assert listed(fc, team=None) == ['a', 'b', 'c'] and listed(fc, team='none') == []
    page = fc.list(tags=pairs({'team': None}), limit=2)
    assert [f['functionName'] for f in page['functions']] == ['a', 'b']
    page = fc.list(tags=pairs({'team': None}), limit=2, next_token=page['nextToken'])
    assert [f['functionName'] for f in page['functions']] == ['c'] and 'nextToken' not in page
    assert tags_of(fc.list(prefix='a')['functions'][0]) == {'team': 'dev', 'stage': 'test'}
    assert tagged(fc, wanted={'team': 'dev'})[0] == {'a': {'team': 'dev', 'stage': 'test'}, 'c': {'team': 'dev'}}
    assert tagged(fc, 'b', 'c', 'd')[0] == {'b': {'team': 'ops'}, 'c': {'team': 'dev'}}
    assert tagged(fc, 'b', wanted={'team': 'dev'})[0] == {}
    first, token = tagged(fc, limit=2)
    rest, last = tagged(fc, limit=2, next_token=token)
    assert (list(first), list(rest), last) == (['a', 'b'], ['c'], None)


def test_what_tags_refuse(fc):
    fc.create('f', tags=pairs({str(n): '' for n in range(19)}))
    tag(fc, 'f', last='1')
    for tags, text in (({'more': '1'}, '21 tags'), ({'aliyun.x': '1'}, 'must not begin with'),
                       ({'acs:x': '1'}, 'must not begin with'), ({'k' * 65: '1'}, '1 to 64'), ({'': '1'}, '1 to 64'),
                       ({'k': 'v' * 129}, 'at most 128'), ({'k': 'http://x'}, 'http://')):
        with refused(400, 'InvalidArgument', message=text):
            tag(fc, 'f', **tags)
        with refused(400, 'InvalidArgument', message=text):
            fc.create('g', tags=pairs({**({str(n): '' for n in range(20)} if '21' in text else {}), **tags}))
    with refused(404, 'FunctionNotFound'):
        fc.get('g')
    tag(fc, 'f', last='2')
    with refused(404, 'FunctionNotFound'):
        tag(fc, 'f', 'nothing', last='3')
    assert tags_of(fc.get('f'))['last'] == '2', 'of several functions all are tagged or none'
    with refused(400, 'InvalidArgument', message='must have the form'):
        fc.api.tag_resources(fc3_models.TagResourcesRequest(body=fc3_models.TagResourcesInput(
            resource_type='function', tag=pairs({'a': '1'}), resource_id=[f'{FUNCTIONS}/f'.replace(ACCOUNT, '1' * 16)])))
    with refused(400, 'InvalidArgument', message="ResourceType 'SERVICE'"):
        fc.api.tag_resources(fc3_models.TagResourcesRequest(body=fc3_models.TagResourcesInput(
            resource_type='SERVICE', tag=pairs({'a': '1'}), resource_id=[f'{FUNCTIONS}/f'])))
    with refused(400, 'InvalidArgument', message="'TagKey' is required"):
        untag(fc, 'f')


# ------------------------------------------------------------------ services

def test_tags_of_services(server):
    old, new = Fc2016(server), Fc2021(server)
    for name in ('a', 'b', 'c'):
        old.create_service(name)
    assert old.api.tag_resource(f'{SERVICES}/a', {'team': 'dev', 'stage': 'test'}).data['requestId']
    new.api.tag_resource(fc2_models.TagResourceRequest(resource_arn='services/b', tags={'team': 'dev'}))
    new.api.tag_resource(fc2_models.TagResourceRequest(resource_arn='services/c', tags={'team': 'ops'}))
    assert old.api.get_resource_tags('services/a').data == {
        'resourceArn': f'{SERVICES}/a', 'tags': {'team': 'dev', 'stage': 'test'}}
    got = new.api.get_resource_tags(fc2_models.GetResourceTagsRequest(resource_arn=f'{SERVICES}/b')).body.to_map()
    assert got == {'resourceArn': f'{SERVICES}/b', 'tags': {'team': 'dev'}}
    names = [s['serviceName'] for s in old.api.list_services(tags={'team': 'dev'}).data['services']]
    assert names == ['a', 'b']
    assert [s['serviceName'] for s in old.api.list_services(tags={'team': 'dev', 'stage': 'test'}).data['services']] == [
        'a']
    page = new.api.list_tagged_resources(fc2_models.ListTaggedResourcesRequest(limit=2)).body.to_map()
    assert [r['resourceArn'] for r in page['resources']] == [f'{SERVICES}/a', f'{SERVICES}/b']
    page = new.api.list_tagged_resources(fc2_models.ListTaggedResourcesRequest(next_token=page['nextToken']))
    assert page.body.to_map() == {'resources': [{'resourceArn': f'{SERVICES}/c', 'tags': {'team': 'ops'}}]}
    old.api.untag_resource(f'{SERVICES}/a', ['stage'])
    assert old.api.get_resource_tags('services/a').data['tags'] == {'team': 'dev'}
    new.api.untag_resource(fc2_models.UntagResourceRequest(resource_arn='services/b', all=True, tag_keys=[]))
    assert old.api.get_resource_tags('services/b').data['tags'] == {}
    old.api.delete_service('a')
    with refused(404, 'ServiceNotFound'):
        old.api.get_resource_tags('services/a')
    with refused(404, 'ServiceNotFound'):
        old.api.tag_resource('services/a', {'a': '1'})
    with refused(400, 'InvalidArgument', message='must have the form'):
        old.api.tag_resource('functions/f', {'a': '1'})
    with refused(400, 'InvalidArgument', message="'tagKeys' is required"):
        old.api.untag_resource('services/c', [])
    old.create_service('a')
    assert old.api.get_resource_tags('services/a').data['tags'] == {}


# ------------------------------------------------------------------ policies

def when(action, key, value, **more):
    return allow(action, Condition={'StringEquals': {key: value}}, **more)


@pytest.mark.parametrize('key', ['acs:ResourceTag/team', 'fc:tag/team'])
def test_a_team_has_its_own_functions(server, ram, fc, key):
    """help.aliyun.com/zh/functioncompute/tag-management"""
    fc.create('mine', tags=pairs({'team': 'dev'}))
    fc.create('theirs', tags=pairs({'team': 'ops'}))
    fc.create('nobodys')
    dev = Fc3(server, ram.user('dev', when('fc:*', key, 'dev')))
    assert tags_of(dev.get('mine')) == {'team': 'dev'}
    assert dev.invoke('mine', b'{"key": "value"}')[1] == b'value'
    dev.update('mine', description='changed')
    for name in ('theirs', 'nobodys', 'nothing'):
        with refused(403, 'AccessDenied', message='fc:GetFunction'):
            dev.get(name)
        with refused(403, 'AccessDenied', message='fc:InvokeFunction'):
            dev.invoke(name)
    with refused(403, 'AccessDenied', message='fc:ListFunctions'):
        dev.list()
    assert listed(dev, team='dev') == ['mine'], 'who asks for the tag sees what has it'
    with refused(403, 'AccessDenied', message='fc:ListFunctions'):
        listed(dev, team='ops')
    with refused(403, 'AccessDenied', message='fc:TagResources'):
        tag(dev, 'mine', 'theirs', stage='test')
    tag(dev, 'mine', stage='test')
    with refused(403, 'AccessDenied', message='fc:UntagResources'):
        untag(dev, 'theirs', all=True)
    tag(fc, 'mine', team='ops')
    with refused(403, 'AccessDenied', message='fc:GetFunction'):
        dev.get('mine')


def test_a_new_function_has_to_have_a_tag(server, ram):
    maker = Fc3(server, ram.user('maker', when('fc:CreateFunction', 'acs:RequestTag/team', 'dev'),
                                 when('fc:*', 'acs:ResourceTag/team', 'dev'),
                                 deny(['fc:TagResources', 'fc:UntagResources'])))
    maker.create('f', EXAMPLE_1, tags=pairs({'team': 'dev', 'other': '1'}))
    maker.get('f')
    for tags in ({'team': 'ops'}, {'other': 'dev'}, {}):
        with refused(403, 'AccessDenied', message='fc:CreateFunction'):
            maker.create('g', tags=pairs(tags) or None)
    with refused(403, 'AccessDenied', message='fc:TagResources'):
        tag(maker, 'f', team='ops')
    given = Fc3(server, ram.user('given', when('fc:TagResources', 'acs:RequestTag/team', 'dev')))
    tag(given, 'f', team='dev')
    with refused(403, 'AccessDenied', message='fc:TagResources'):
        tag(given, 'f', team='ops')


def test_what_is_in_a_service_has_its_tags(server, ram):
    old = Fc2016(server)
    for name, team in (('mine', 'dev'), ('theirs', 'ops')):
        old.create_service(name)
        old.create(name, 'f', EXAMPLE_1)
        old.api.tag_resource(f'services/{name}', {'team': team})
    dev = Fc2016(server, ram.user('dev', when('fc:*', 'fc:tag/team', 'dev')))
    assert dev.api.get_service('mine').data['serviceName'] == 'mine'
    assert dev.invoke('mine', 'f', b'{"key": "value"}')[1] == b'value'
    assert [s['serviceName'] for s in dev.api.list_services(tags={'team': 'dev'}).data['services']] == ['mine']
    for act in (lambda: dev.api.get_service('theirs'), lambda: dev.api.get_function('theirs', 'f'),
                lambda: dev.api.list_services(), lambda: dev.api.list_services(tags={'team': 'ops'})):
        with refused(403, 'AccessDenied'):
            act()
