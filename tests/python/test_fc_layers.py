"""Layers: files that functions share below /opt."""
import base64
import json
import random
import subprocess
import sys
import urllib.request

import oss2
import pytest

import clients
from clients import allow, refused
from functions import Fc3, Fc2016, Fc2021, fc2_models, fc3_models, packed, zip_file
from localyun import ACCOUNT, REGION, Server

OTHER = '6543210987654321'

# Where modules of layers are, by name and by path: without walls /opt is the host's.
USES = '''import os, sys
import shared
def handler(event, context):
    root = os.path.dirname(os.path.dirname(shared.__file__))
    return [shared.WORD] + [open(os.path.join(root, name)).read() for name in event.decode().split()]
'''


def layer_files(word, **files):
    return {'python/shared.py': f'WORD = {word!r}\n', **files}


@pytest.fixture
def fc(server):
    return Fc3(server)


def publish(fc, name, files, **more):
    code = files if isinstance(files, fc3_models.InputCodeLocation) else fc3_models.InputCodeLocation(
        zip_file=zip_file(files))
    return fc.api.create_layer_version(name, fc3_models.CreateLayerVersionRequest(
        body=fc3_models.CreateLayerVersionInput(code=code, **more))).body.to_map()


def versions(fc, name, **query):
    return fc.api.list_layer_versions(name, fc3_models.ListLayerVersionsRequest(**query)).body.to_map()


def layers(fc, **query):
    return fc.api.list_layers(fc3_models.ListLayersRequest(**query)).body.to_map()


def acl(fc, name, **query):
    fc.api.put_layer_acl(name, fc3_models.PutLayerACLRequest(**query))


def fetch(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20) as answer:
        return answer.read()


@pytest.fixture
def other(server):
    server.admin('POST', 'accounts', json={'uid': OTHER})
    return Fc3(server, (f'localyun.{OTHER}', f'localyun.{OTHER}'))


# ------------------------------------------------------------------ versions

def test_a_layers_life(fc):
    one, two = layer_files('one'), layer_files('two', filler=random.Random(1).randbytes(200_000))
    made = publish(fc, 'shared', one, description='first', license='MIT', compatible_runtime=['python3.10'])
    assert made['layerVersionArn'] == f'acs:fc:{REGION}:{ACCOUNT}:layers/shared/versions/1'
    assert (made['version'], made['acl'], made['license']) == (1, '0', 'MIT')
    assert made['codeSize'] == len(packed(one)) and made['compatibleRuntime'] == ['python3.10']
    assert publish(fc, 'shared', two)['version'] == 2
    got = fc.api.get_layer_version('shared', '1').body.to_map()
    location = got.pop('code')
    assert got == made
    assert location['repositoryType'] == 'OSS' and fetch(location['location']) == packed(one)
    by_arn = fc.api.get_layer_version_by_arn(f'acs:fc:{REGION}:{ACCOUNT}:layers/shared/versions/2').body.to_map()
    assert fetch(by_arn['code']['location']) == packed(two)
    crc = oss2.utils.Crc64()
    crc.update(packed(two))
    assert by_arn['codeChecksum'] == str(crc.crc)
    fc.api.delete_layer_version('shared', '2')
    with refused(404, 'LayerVersionNotFound', message="version '2' of layer 'shared' does not exist"):
        fc.api.get_layer_version('shared', '2')
    with refused(404, 'LayerVersionNotFound'):
        fc.api.delete_layer_version('shared', '2')
    assert [one['version'] for one in layers(fc)['layers']] == [1]
    fc.api.delete_layer_version('shared', '1')
    with refused(404, 'LayerNotFound', message="layer 'shared' does not exist"):
        versions(fc, 'shared')
    assert layers(fc)['layers'] == []
    assert publish(fc, 'shared', one)['version'] == 3, 'numbers do not come back'


def test_pages(fc, other):
    for name in ('b', 'a', 'c', 'aa'):
        publish(fc, name, layer_files(name))
    publish(fc, 'a', layer_files('a2'))
    publish(other, 'theirs', layer_files('theirs'))
    assert [(one['layerName'], one['version']) for one in layers(fc)['layers']] == [
        ('a', 2), ('aa', 1), ('b', 1), ('c', 1)]
    assert [one['layerName'] for one in layers(fc, prefix='a')['layers']] == ['a', 'aa']
    seen, query = [], {'limit': 1}
    while True:
        page = layers(fc, **query)
        seen += [one['layerName'] for one in page['layers']]
        if not page.get('nextToken'):
            break
        query['next_token'] = page['nextToken']
    assert seen == ['a', 'aa', 'b', 'c']
    page = versions(fc, 'a', limit=1)
    assert [one['version'] for one in page['layers']] == [1] and page['nextVersion'] == 2
    page = versions(fc, 'a', start_version='2')
    assert [one['version'] for one in page['layers']] == [2] and 'nextVersion' not in page
    assert layers(fc, official='true')['layers'] == []
    with refused(400, 'InvalidArgument', message='startVersion'):
        versions(fc, 'a', start_version='x')


def test_code_of_a_layer_comes_from_an_object_too(server, fc):
    bucket = clients.bucket(server, 'demo')
    bucket.create_bucket()
    bucket.put_object('layer.zip', packed(layer_files('object')))
    publish(fc, 'shared', fc3_models.InputCodeLocation(oss_bucket_name='demo', oss_object_name='layer.zip'))
    fc.create('f', USES, layers=[f'acs:fc:{REGION}:{ACCOUNT}:layers/shared/versions/1'])
    assert b'"object"' in fc.invoke('f')[1]


def test_what_a_layer_refuses(fc):
    for name in ('1a', 'a' * 65, '-a'):
        with refused(400, 'InvalidArgument', message='layerName'):
            publish(fc, name, layer_files('x'))
    with refused(400, 'InvalidArgument', message='cannot be unpacked'):
        publish(fc, 'a', fc3_models.InputCodeLocation(zip_file=base64.b64encode(b'no zip').decode()))
    with refused(400, 'InvalidArgument', message="'code' is required"):
        fc.api.create_layer_version('a', fc3_models.CreateLayerVersionRequest(body=fc3_models.CreateLayerVersionInput()))
    with refused(400, 'InvalidArgument', message='checksum'):
        publish(fc, 'a', fc3_models.InputCodeLocation(zip_file=zip_file(layer_files('x')), checksum='1'))
    assert layers(fc)['layers'] == []


# ------------------------------------------------------------------ functions

def use(fc, name, *arns, code=USES, **more):
    return fc.create(name, code, layers=list(arns), **more)


def test_a_function_sees_its_layers(fc):
    first = publish(fc, 'first', layer_files('first', both='first', only='1'))['layerVersionArn']
    second = publish(fc, 'second', layer_files('second', both='second', other='2', **{
        'python/lib/python3.10/site-packages/packaged.py': 'WORD = "packaged"\n'}))['layerVersionArn']
    made = use(fc, 'f', first, second)
    assert [one['arn'] for one in made['layers']] == [first, second]
    assert made['layers'][0]['size'] == len(packed(layer_files('first', both='first', only='1')))
    assert fc.get('f')['layers'] == made['layers'] and fc.list()['functions'][0]['layers'] == made['layers']
    # The layer that is named first counts: help.aliyun.com/zh/functioncompute/fc/user-guide/create-a-custom-layer-1
    assert said(fc, 'f', b'both only other') == ['first', 'first', '1', '2']
    fc.update('f', layers=[second, first])
    assert said(fc, 'f', b'both only other') == ['second', 'second', '1', '2']
    fc.update('f', code=fc3_models.InputCodeLocation(zip_file=zip_file(
        'import packaged\ndef handler(event, context):\n    return packaged.WORD\n')))
    assert fc.invoke('f')[1] == b'packaged'
    fc.update('f', description='layers stay')
    assert fc.invoke('f')[1] == b'packaged'
    fc.update('f', layers=[])
    assert b'ImportModuleError' in fc.invoke('f')[1]
    assert not fc.get('f').get('layers')


def said(fc, name, event):
    headers, body = fc.invoke(name, event)
    assert 'x-fc-error-type' not in headers, body
    return json.loads(body)


@pytest.mark.parametrize('sandbox', ['auto', 'none'])
def test_layers_lie_below_opt(sandbox):
    """Behind walls at that very path; programs and libraries are found in it."""
    with Server.start('--python', sys.executable, '--sandbox', sandbox) as server:
        check_opt(Fc3(server), sandbox)


def has_namespaces():
    return subprocess.run(['unshare', '--user', '--map-root-user', '--mount', 'true'], check=False).returncode == 0


def check_opt(fc, sandbox):
    arn = publish(fc, 'l', {'python/shared.py': 'def fail():\n    raise ValueError("in a layer")\n',
                            'bin/say': '#!/bin/sh\necho said\n', 'data': 'd'})['layerVersionArn']
    use(fc, 'f', arn, code='''import os, shared
def handler(event, context):
    if event:
        shared.fail()
    opt = os.environ['LD_LIBRARY_PATH'].rpartition(':')[2].rpartition('/')[0]
    open(os.path.join(opt, 'written'), 'w').close()
    return [opt, os.environ['PATH'].split(':')[0] == opt + '/bin', sorted(os.listdir(opt))]
''')
    opt, path, files = said(fc, 'f', b'')
    assert path and files == ['bin', 'data', 'python', 'written']
    assert (opt == '/opt') == (sandbox == 'auto' and has_namespaces()), opt
    frames = fc.invoke('f', b'fail')[1].decode()
    assert '/opt/python/shared.py' in frames, frames
    use(fc, 'g', arn, code='import os\ndef handler(event, context):\n'
        '    return sorted(os.listdir(os.environ["LD_LIBRARY_PATH"].rpartition(":")[2].rpartition("/")[0]))\n')
    assert said(fc, 'g', b'') == ['bin', 'data', 'python'], 'what an instance writes is its own'


def test_a_version_that_is_used_stays_for_its_function(fc):
    filler = random.Random(1).randbytes(200_000)
    small = publish(fc, 'small', layer_files('small', a='1'))['layerVersionArn']
    large = publish(fc, 'large', {'b': '2', 'filler': filler})['layerVersionArn']
    use(fc, 'f', small, large)
    fc.api.publish_function_version('f', fc3_models.PublishFunctionVersionRequest(body=fc3_models.PublishVersionInput()))
    for name in ('small', 'large'):
        fc.api.delete_layer_version(name, '1')
    assert said(fc, 'f', b'a b') == ['small', '1', '2']
    fc.update('f', description='new revision')
    assert said(fc, 'f', b'a b') == ['small', '1', '2']
    assert [one['arn'] for one in fc.get('f')['layers']] == [small, large]
    with refused(404, 'LayerVersionNotFound', message=small):
        fc.update('f', layers=[small])
    with refused(404, 'LayerVersionNotFound', message=small):
        use(fc, 'g', small)
    fc.update('f', layers=[])
    assert fc.invoke('f', b'a b', qualifier='1')[1].split() == b'[ "small", "1", "2" ]'.split()


def test_layers_of_functions_are_checked(fc, other):
    arn = publish(fc, 'l', layer_files('mine'))['layerVersionArn']
    for bad, (status, code, text) in {
        arn.replace('versions/1', 'versions/2'): (404, 'LayerVersionNotFound', 'versions/2'),
        arn.replace('layers/l', 'layers/m'): (404, 'LayerVersionNotFound', 'layers/m'),
        arn.replace(REGION, 'cn-shanghai'): (404, 'LayerVersionNotFound', 'cn-shanghai'),
        'my-layer': (400, 'InvalidArgument', 'is no version of a layer'),
    }.items():
        with refused(status, code, message=text):
            use(fc, 'f', bad)
    with refused(400, 'InvalidArgument', message='may have 5 layers'):
        use(fc, 'f', *[arn] * 6)
    with refused(404, 'LayerVersionNotFound'):
        use(other, 'f', arn)
    with refused(404, 'LayerVersionNotFound'):
        other.api.get_layer_version_by_arn(arn)
    with refused(404, 'FunctionNotFound'):
        fc.get('f')
    acl(fc, 'l', public='true')
    assert fc.api.get_layer_version('l', '1').body.acl == '1'
    use(other, 'f', arn)
    assert said(other, 'f', b'') == ['mine']
    assert fetch(other.api.get_layer_version_by_arn(arn).body.code.location) == packed(layer_files('mine'))
    assert [one['layerVersionArn'] for one in layers(other, public='true')['layers']] == [arn]
    assert layers(other)['layers'] == []
    acl(fc, 'l', acl='0')
    with refused(404, 'LayerVersionNotFound'):
        use(other, 'g', arn)
    assert said(other, 'f', b'') == ['mine'], 'a function that has it keeps it'
    for wrong in ({}, {'acl': '2'}, {'public': 'perhaps'}, {'acl': '0', 'public': 'true'}):
        with refused(400, 'InvalidArgument'):
            acl(fc, 'l', **wrong)
    with refused(404, 'LayerNotFound'):
        acl(fc, 'nothing', acl='1')


def test_layers_through_the_older_doors(server):
    new, old = Fc2021(server), Fc2016(server)
    made = new.api.create_layer_version('l', fc2_models.CreateLayerVersionRequest(
        code=fc2_models.Code(zip_file=zip_file(layer_files('one'))), compatible_runtime=['python3.10'])).body.to_map()
    digits, name, number = made['arn'].split('#')
    assert (len(digits), name, number, made['version'], made['acl']) == (32, 'l', '1', 1, 0)

    def ask(method, path, body=None):  # aliyun-fc2 has no methods for layers
        path = f'/{old.api.api_version}/{path}'
        body = json.dumps(body).encode() if body else None
        return old.api._do_request(method, path, old.api._build_common_headers(method, path, {}), body=body)

    second = ask('POST', 'layers/l/versions', {'code': {'zipFile': zip_file(layer_files('two'))}}).json()
    assert second['arn'] == f'{digits}#l#2'
    assert second['arnV2'] == f'acs:fc:{REGION}:{ACCOUNT}:layers/l/versions/2'
    got = new.api.get_layer_version('l', '2').body.to_map()
    assert got == ask('GET', 'layers/l/versions/2').json() | {'code': got['code']}
    assert fetch(got['code']['location']) == packed(layer_files('two'))
    listed = new.api.list_layer_versions('l', fc2_models.ListLayerVersionsRequest()).body.to_map()['layers']
    assert [one['version'] for one in listed] == [1, 2] == [
        one['version'] for one in ask('GET', 'layers/l/versions').json()['layers']]
    assert new.api.list_layers(fc2_models.ListLayersRequest()).body.to_map()['layers'][0]['arn'] == second['arn']
    assert ask('GET', 'layers').json()['layers'][0]['arn'] == second['arn']
    new.api.put_layer_acl('l', fc2_models.PutLayerACLRequest(public=True))
    assert new.api.get_layer_version('l', '1').body.acl == 1
    old.create_service('svc')
    function = new.create('svc', 'f', USES, layers=[made['arn']])
    assert function['layers'] == [made['arn']]
    assert function['layersArnV2'] == [made['arn'].replace(f'{digits}#l#', f'acs:fc:{REGION}:{ACCOUNT}:layers/l/versions/')]
    assert b'"one"' in old.invoke('svc', 'f')[1]
    new.api.update_function('svc', 'f', fc2_models.UpdateFunctionRequest(layers=[second['arnV2']]))
    assert b'"two"' in old.invoke('svc', 'f')[1]
    with refused(404, 'LayerVersionNotFound'):
        new.create('svc', 'g', USES, layers=['0' * 32 + '#l#1'])
    new.api.delete_layer_version('l', '1')
    ask('DELETE', 'layers/l/versions/2')
    assert ask('GET', 'layers').json()['layers'] == []
    assert b'"two"' in old.invoke('svc', 'f')[1]


def test_who_may_do_what_with_layers(server, ram, fc):
    publish(fc, 'l', layer_files('x'))
    mine = f'acs:fc:{REGION}:{ACCOUNT}:layers'
    reader = Fc3(server, ram.user('reader', allow('fc:GetLayerVersion', f'{mine}/l/versions/1')))
    reader.api.get_layer_version('l', '1')
    for act, action in ((lambda: reader.api.get_layer_version('l', '2'), 'fc:GetLayerVersion'),
                        (lambda: versions(reader, 'l'), 'fc:ListLayerVersions'),
                        (lambda: layers(reader), 'fc:ListLayers'),
                        (lambda: acl(reader, 'l', acl='1'), 'fc:PutLayerACL'),
                        (lambda: reader.api.delete_layer_version('l', '1'), 'fc:DeleteLayerVersion'),
                        (lambda: publish(reader, 'l', layer_files('y')), 'fc:CreateLayerVersion'),
                        (lambda: reader.api.get_layer_version_by_arn(f'{mine}/l/versions/1'), 'fc:GetLayerVersionByArn')):
        with refused(403, 'AccessDenied', message=action):
            act()


@pytest.mark.skipif(not has_namespaces(), reason='/opt is that of the machine where functions have no namespaces')
def test_a_custom_runtime_searches_layers_only_if_it_is_told_to(fc):
    arn = publish(fc, 'l', {'python/shared.py': 'WORD = "found"\n', 'bin/say': ''})['layerVersionArn']
    server = """
import http.server, json, os
try:
    import shared
    word = shared.WORD
except ImportError:
    word = None
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        answer = json.dumps([word, sorted(os.listdir('/opt')), '/opt' in os.environ['PATH'],
                             'LD_LIBRARY_PATH' in os.environ]).encode()
        self.send_response(200)
        self.send_header('content-length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
http.server.HTTPServer(('0.0.0.0', 9000), Handler).serve_forever()
"""
    settings = {'layers': [arn], 'runtime': 'custom.debian10', 'handler': 'none',
                'custom_runtime_config': fc3_models.CustomRuntimeConfig(command=['python3', 'index.py'])}
    fc.create('f', server, **settings)
    assert said(fc, 'f', b'') == [None, ['bin', 'python'], False, False]
    fc.create('g', server, environment_variables={'PYTHONPATH': '/opt/python'}, **settings)
    assert said(fc, 'g', b'') == ['found', ['bin', 'python'], False, False]


def test_a_node_function_finds_modules_of_layers(fc):
    arn = publish(fc, 'l', {'nodejs/node_modules/shared/index.js': 'exports.WORD = "found";'})['layerVersionArn']
    code = {'index.js': 'const shared = require("shared");\nexports.handler = async () => shared.WORD;\n'}
    fc.create('f', code, runtime='nodejs20', layers=[arn])
    assert fc.invoke('f')[1] == b'found'
