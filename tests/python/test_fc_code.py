"""Where code comes from and where it can be fetched: signed URLs, and the bucket for packages that are on their way."""
import base64
import os
import random
import time
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import oss2
import pytest
from alibabacloud_fc20230330.client import Client as Fc3Client

import clients
from clients import ADMIN, allow, config, refused
from functions import EXAMPLE_1, Fc3, Fc2016, Fc2021, fc2_models, fc3_models, packed
from localyun import ACCOUNT, REGION

OTHER = '6543210987654321'
BUCKET = f'localyun-fc-{REGION}'


@pytest.fixture
def fc(server):
    return Fc3(server)


def code(fc, name='f', **query):
    return fc.api.get_function_code(name, fc3_models.GetFunctionCodeRequest(**query)).body.to_map()


def fetch(url):
    """As anybody does who has the URL and no keys; the proxies of this machine are not asked."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20) as answer:
        return answer.read()


def refusal(url):
    with pytest.raises(urllib.error.HTTPError) as error:
        fetch(url)
    return error.value.code


def with_query(url, **changes):
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return urlunsplit(parts._replace(query=urlencode({**query, **changes})))


# ------------------------------------------------------------------ downloads

def test_code_is_fetched_as_it_came(fc):
    one, two = packed(EXAMPLE_1), packed({'index.py': EXAMPLE_1, 'filler': random.Random(1).randbytes(200_000)})
    made = fc.create('f', fc3_models.InputCodeLocation(zip_file=base64.b64encode(one).decode()))
    answer = code(fc)
    assert answer['checksum'] == made['codeChecksum']
    assert fetch(answer['url']) == one
    fc.api.publish_function_version('f', fc3_models.PublishFunctionVersionRequest(body=fc3_models.PublishVersionInput()))
    fc.update('f', code=fc3_models.InputCodeLocation(zip_file=base64.b64encode(two).decode()))
    assert fetch(code(fc)['url']) == two
    assert fetch(code(fc, qualifier='1')['url']) == one and fetch(code(fc, qualifier='LATEST')['url']) == two
    assert fetch(answer['url']) == one, 'a URL is of the code that it was given for'
    with refused(404, 'FunctionNotFound'):
        code(fc, 'nothing')
    with refused(404, 'VersionNotFound'):
        code(fc, qualifier='7')


def test_code_is_fetched_through_the_older_doors(server):
    old, new = Fc2016(server), Fc2021(server)
    old.create_service('svc')
    made = old.create('svc', 'f', EXAMPLE_1)
    for answer in (old.api.get_function_code('svc', 'f').data,
                   old.api.get_function_code('svc', 'f', qualifier='LATEST').data,
                   new.api.get_function_code('svc', 'f', fc2_models.GetFunctionCodeRequest()).body.to_map()):
        assert answer['checksum'] == made['codeChecksum']
        assert fetch(answer['url']) == packed(EXAMPLE_1)
    old.api.publish_version('svc')
    old.api.update_function('svc', 'f', description='other')
    assert fetch(old.api.get_function_code('svc', 'f', qualifier='1').data['url']) == packed(EXAMPLE_1)
    assert fetch(new.api.get_function_code('svc', 'f', fc2_models.GetFunctionCodeRequest(qualifier='1'))
                 .body.url) == packed(EXAMPLE_1)


def test_a_url_ends_and_cannot_be_changed(server, fc):
    fc.create('f')
    url = code(fc)['url']
    later = str(int(time.time()) + 86400)
    for changed in (with_query(url, Expires=later), with_query(url, Signature='x'), url.split('?')[0],
                    url.replace('.zip', '.zap'), with_query(url, **{'security-token': 'CAIS'})):
        assert refusal(changed) == 403, changed
    parts = urlsplit(url)
    keys = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert keys['OSSAccessKeyId'].startswith('STS.')
    server.advance(590)
    assert fetch(url)
    server.advance(20)
    assert refusal(url) == 403


def test_who_may_fetch(server, ram):
    Fc3(server).create('f')
    url = code(Fc3(server, ram.user('reader', allow('fc:GetFunctionCode', f'acs:fc:*:{ACCOUNT}:functions/f'))))['url']
    assert fetch(url) == packed(EXAMPLE_1)
    with refused(403, 'AccessDenied', message='fc:GetFunctionCode'):
        code(Fc3(server, ram.user('lister', allow('fc:GetFunction'))))


def test_a_handler_fetches_code(server, fc):
    """The address in the URL is the one that was asked, which inside a function is that of the real cloud."""
    fc.create('f', 'import urllib.request\n'
                   'def handler(event, context):\n'
                   '    return urllib.request.urlopen(event.decode()).read()\n')
    real = config(server)
    real.endpoint, real.http_proxy = f'fcv3.{REGION}.aliyuncs.com', server.url
    url = Fc3Client(real).get_function_code('f', fc3_models.GetFunctionCodeRequest()).body.url
    assert url.startswith(f'http://{BUCKET}.oss-{REGION}.aliyuncs.com/code/'), url
    assert fc.invoke('f', url.encode())[1] == fetch(code(fc)['url'])


# ------------------------------------------------------------------ uploads

def token(server, key=ADMIN):
    """GetTempBucketToken, as @alicloud/fc2 asks for it: aliyun-fc2 signs the request and has no method for it."""
    api = Fc2016(server, key).api
    path = f'/{api.api_version}/tempBucketToken'
    return api._do_request('GET', path, api._build_common_headers('GET', path, {})).json()


def place(server, given, **more):
    """The bucket as whoever has the token sees it."""
    keys = given['credentials']
    auth = oss2.StsAuth(keys['AccessKeyId'], keys['AccessKeySecret'], keys['SecurityToken'], auth_version='v4')
    return oss2.Bucket(auth, server.url, given['ossBucket'], region=REGION, **more)


def object_code(given, key):
    return fc3_models.InputCodeLocation(oss_bucket_name=given['ossBucket'], oss_object_name=key)


def big(word='big'):
    return packed({'index.py': f'def handler(event, context):\n    return "{word}"\n',
                   'filler': random.Random(word).randbytes(3_000_000)})


def test_a_package_goes_through_the_temporary_bucket(server, fc):
    given = token(server)
    assert given['ossRegion'] == f'oss-{REGION}' and given['ossBucket'] == BUCKET
    assert given['credentials']['Expiration'].endswith('Z')
    key = f"{ACCOUNT}/{given['objectName']}"
    place(server, given).put_object(key, big())
    assert fc.create('f', object_code(given, key))['codeSize'] == len(big())
    assert fc.invoke('f')[1] == b'big'
    again = f"{ACCOUNT}/svc/{given['objectName']}"  # as @alicloud/fc2 names them
    oss2.resumable_upload(place(server, given), again, write(server, big('more')), multipart_threshold=100_000,
                          part_size=1_000_000)
    fc.update('f', code=object_code(given, again))
    assert fc.invoke('f')[1] == b'more'
    old = Fc2016(server)
    old.create_service('svc')
    old.api.create_function('svc', 'g', 'python3.10', 'index.handler', codeOSSBucket=BUCKET, codeOSSObject=again)
    assert old.invoke('svc', 'g')[1] == b'more'


def test_serverless_devs_uploads_through_the_acceleration_endpoint(server, fc):
    given = token(server)
    keys = given['credentials']
    auth = oss2.StsAuth(keys['AccessKeyId'], keys['AccessKeySecret'], keys['SecurityToken'])
    key = f"{ACCOUNT}/{given['objectName']}"
    oss2.Bucket(auth, 'http://oss-accelerate.aliyuncs.com', given['ossBucket'],
                proxies={'http': server.url}).put_object(key, big())
    fc.create('f', object_code(given, key))
    assert fc.invoke('f')[1] == b'big'


def write(server, content):
    path = os.path.join(server.folder.name, 'package.zip')
    with open(path, 'wb') as file:
        file.write(content)
    return path


def test_a_token_stores_below_its_prefix_and_does_nothing_else(server):
    given = token(server)
    bucket = place(server, given)
    key = f"{ACCOUNT}/{given['objectName']}"
    bucket.put_object(key, b'x')
    for other in (f"{OTHER}/{given['objectName']}", f'code/{ACCOUNT}/x.zip', ACCOUNT, f'{ACCOUNT}0/x'):
        with refused(403, 'AccessDenied'):
            bucket.put_object(other, b'x')
    for act in (lambda: bucket.get_object(key), lambda: bucket.list_objects(), lambda: bucket.delete_object(key),
                lambda: bucket.put_object_acl(key, 'public-read'), lambda: bucket.delete_bucket()):
        with refused(403, 'AccessDenied'):
            act()
    clients.bucket(server, 'mine').create_bucket()
    with refused(403, 'AccessDenied'):
        oss2.Bucket(bucket.auth, server.url, 'mine', region=REGION).put_object(key, b'x')
    with refused(403, 'AccessDenied'):
        clients.bucket(server, BUCKET).get_object(key)
    assert BUCKET not in [b.name for b in clients.service(server).list_buckets().buckets]
    server.advance(3601)
    with refused(403, ('InvalidAccessKeyId', 'SecurityTokenExpired')):
        bucket.put_object(key, b'x')


@pytest.fixture
def other(server):
    server.admin('POST', 'accounts', json={'uid': OTHER})
    return f'localyun.{OTHER}', f'localyun.{OTHER}'


def test_an_upload_is_its_accounts_alone(server, fc, other):
    given = token(server)
    key = f"{ACCOUNT}/{given['objectName']}"
    place(server, given).put_object(key, big())
    with refused(403, 'AccessDenied'):
        Fc3(server, other).create('f', object_code(given, key))
    # Neither does the code of another account come out of the place where it is fetched from.
    fc.create('f', object_code(given, key))
    path = urlsplit(code(fc)['url']).path.removeprefix(f'/{BUCKET}/')
    for whose in (ADMIN, other):
        with refused(403, 'AccessDenied'):
            Fc3(server, whose).create('g', object_code(given, path))
    theirs = token(server, other)
    assert theirs['ossBucket'] == given['ossBucket'] and theirs['objectName'] != given['objectName']
    with refused(403, 'AccessDenied'):
        place(server, theirs).put_object(key, b'x')
    with refused(400, 'InvalidArgument', message='does not exist'):
        fc.create('g', object_code(given, f'{ACCOUNT}/nothing'))


def test_who_may_upload(server, ram):
    """Function Compute alone has to allow it: the bucket is nothing that a user's policies speak of."""
    user = ram.user('deployer', allow('fc:*'))
    given = token(server, user)
    key = f"{ACCOUNT}/{given['objectName']}"
    place(server, given).put_object(key, big())
    Fc3(server, user).create('f', object_code(given, key))
    with refused(403, 'AccessDenied', message='fc:GetTempBucketToken'):
        token(server, ram.user('reader', allow('fc:Get*', f'acs:fc:*:{ACCOUNT}:functions/*')))


def test_a_bucket_that_stands_in_the_way(server, fc):
    fc.create('f')
    clients.bucket(server, BUCKET).create_bucket()
    with refused(400, 'InvalidArgument', message=f"needs the bucket '{BUCKET}'"):
        code(fc)
    with refused(400, 'InvalidArgument', message=f"needs the bucket '{BUCKET}'"):
        token(server)
    clients.bucket(server, BUCKET).delete_bucket()
    assert fetch(code(fc)['url']) == packed(EXAMPLE_1)


# ------------------------------------------------------------------ accounts

def test_account_settings(server, ram):
    old, new = Fc2016(server), Fc2021(server)
    for answer in (old.api.get_account_settings().data, new.api.get_account_settings().body.to_map()):
        assert answer['availableAZs'] and all(zone.startswith(f'{REGION}-') for zone in answer['availableAZs'])
    with refused(403, 'AccessDenied', message='fc:GetAccountSettings'):
        Fc2016(server, ram.user('nobody')).api.get_account_settings()
