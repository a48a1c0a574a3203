"""CORS: rules through the real SDK, and what a browser would send."""
import oss2
import pytest
from oss2.models import BucketCors, CorsRule

from clients import refused

ORIGIN = 'http://www.a.com'


@pytest.fixture
def rules(bucket):
    rule = CorsRule(allowed_origins=['http://*.a.com'], allowed_methods=['GET', 'PUT'], allowed_headers=['*'],
                    expose_headers=['ETag'], max_age_seconds=30)
    bucket.put_bucket_cors(BucketCors([rule]))
    return bucket


def preflight(server, target, **headers):
    names = {'origin': 'Origin', 'method': 'Access-Control-Request-Method', 'asked': 'Access-Control-Request-Headers'}
    return server.http.options(server.url + target, headers={names[k]: v for k, v in headers.items()}, timeout=10)


def test_rules(bucket):
    with refused(404, 'NoSuchCORSConfiguration', ec='0034-00000001'):
        bucket.get_bucket_cors()
    first = CorsRule(allowed_origins=['*'], allowed_methods=['GET', 'HEAD'], allowed_headers=['x-oss-*'],
                     expose_headers=['ETag', 'x-oss-request-id'], max_age_seconds=100)
    second = CorsRule(allowed_origins=['http://b.com'], allowed_methods=['DELETE'])
    bucket.put_bucket_cors(BucketCors([first, second]))
    got = bucket.get_bucket_cors().rules
    assert [vars(rule) for rule in got][0] == vars(first)
    assert (got[1].allowed_origins, got[1].allowed_methods) == (['http://b.com'], ['DELETE'])
    with refused(400, 'MalformedXML', ec='0034-00000002'):
        bucket.put_bucket_cors(BucketCors([]))
    with refused(400, 'CORSRuleBeyondLimit'):
        bucket.put_bucket_cors(BucketCors([second] * 11))
    assert bucket.delete_bucket_cors().status == 204
    with refused(404, 'NoSuchCORSConfiguration'):
        bucket.get_bucket_cors()


def test_preflights(server, rules):
    answer = preflight(server, '/demo/key?uploads', origin=ORIGIN, method='PUT', asked='x-oss-meta-a')
    assert answer.status_code == 200 and answer.headers['Access-Control-Allow-Origin'] == ORIGIN
    assert answer.headers['Access-Control-Allow-Methods'] == 'GET, PUT'
    assert answer.headers['Access-Control-Allow-Headers'] == 'x-oss-meta-a'
    assert answer.headers['Access-Control-Max-Age'] == '30'
    assert preflight(server, '/demo/key', origin=ORIGIN, method='DELETE').status_code == 403
    assert preflight(server, '/demo/key', origin='http://a.com', method='GET').status_code == 403
    assert preflight(server, '/demo/key', origin=ORIGIN).status_code == 400
    assert preflight(server, '/none/key', origin=ORIGIN, method='GET').status_code == 404


def test_an_upload_by_a_signed_url_from_a_page(server, rules):
    url = rules.sign_url('PUT', 'key', 60, slash_safe=True)
    target = url[len(server.url):]
    assert preflight(server, target, origin=ORIGIN, method='PUT').status_code == 200
    put = server.http.put(url, data=b'x', headers={'Origin': ORIGIN}, timeout=10)
    assert put.status_code == 200 and put.headers['Access-Control-Allow-Origin'] == ORIGIN
    assert put.headers['Access-Control-Expose-Headers'] == 'ETag'
    denied = server.http.get(f'{server.url}/demo/key', headers={'Origin': ORIGIN}, timeout=10)
    assert denied.status_code == 403 and denied.headers['Access-Control-Allow-Origin'] == ORIGIN
    other = server.http.get(f'{server.url}/demo/key', headers={'Origin': 'http://b.com'}, timeout=10)
    assert 'Access-Control-Allow-Origin' not in other.headers
