"""Hand-made signatures and raw requests, for what no SDK would send. Written from the specification alone."""
import base64
import hashlib
import hmac
import http.client
import socket
import time
import urllib.parse
import uuid
from email.utils import formatdate

from localyun import REGION

ADMIN = ('localyun', 'localyun')


def sha1(key, text):
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


def sha256(key, text):
    return hmac.new(key if isinstance(key, bytes) else key.encode(), text.encode(), hashlib.sha256).digest()


def percent(text, safe='-_.~'):
    return urllib.parse.quote(text, safe=safe)


# ------------------------------------------------------------------ RPC

def rpc_params(action, version, key=ADMIN, method='GET', skew=0, **params):
    """All parameters of a signed RPC request (V1). `params` may overwrite or, with None, remove common ones."""
    common = {
        'Action': action, 'Version': version, 'Format': 'JSON', 'AccessKeyId': key[0], 'SignatureMethod': 'HMAC-SHA1',
        'SignatureVersion': '1.0', 'SignatureNonce': str(uuid.uuid4()),
        'Timestamp': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + skew))}
    if len(key) > 2:
        common['SecurityToken'] = key[2]
    common.update(params)
    signed = {k: v for k, v in common.items() if v is not None}
    query = '&'.join(f'{percent(k)}={percent(v)}' for k, v in sorted(signed.items()))
    signed.setdefault('Signature', sha1(key[1] + '&', f'{method}&%2F&{percent(query)}'))
    return signed


def rpc(server, action, version, key=ADMIN, method='GET', **params):
    """Send it; GET puts everything into the query, POST into a form."""
    signed = rpc_params(action, version, key, method, **params)
    where = {'params': signed} if method == 'GET' else {'data': signed}
    return server.http.request(method, server.url + '/', timeout=20, **where)


def acs3_headers(server, action, version, key=ADMIN, query=None, skew=0):
    empty = hashlib.sha256(b'').hexdigest()
    headers = {
        'host': server.address, 'x-acs-action': action, 'x-acs-version': version, 'x-acs-content-sha256': empty,
        'x-acs-date': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + skew)),
        'x-acs-signature-nonce': str(uuid.uuid4())}
    names = sorted(headers)
    canonical_query = '&'.join(f'{percent(k)}={percent(v)}' for k, v in sorted((query or {}).items()))
    lines = ''.join(f'{n}:{headers[n]}\n' for n in names)
    request = '\n'.join(['POST', '/', canonical_query, lines, ';'.join(names), empty])
    to_sign = 'ACS3-HMAC-SHA256\n' + hashlib.sha256(request.encode()).hexdigest()
    headers['Authorization'] = (f"ACS3-HMAC-SHA256 Credential={key[0]},SignedHeaders={';'.join(names)},"
                                f"Signature={sha256(key[1], to_sign).hex()}")
    return headers


# ------------------------------------------------------------------ OSS

def v1_headers(method, resource, headers=None, key=ADMIN, date=None):
    """Headers of an OSS V1 request. `resource` is /bucket/key?signed&sub=resources, not encoded."""
    headers = {k.lower(): v for k, v in (headers or {}).items()}
    headers.setdefault('date', date or formatdate(usegmt=True))
    if len(key) > 2:
        headers['x-oss-security-token'] = key[2]
    oss = ''.join(f'{k}:{headers[k].strip()}\n' for k in sorted(headers) if k.startswith('x-oss-'))
    to_sign = '\n'.join([method, headers.get('content-md5', ''), headers.get('content-type', ''),
                         headers.get('x-oss-date', headers['date']), oss + resource])
    headers['authorization'] = f'OSS {key[0]}:{sha1(key[1], to_sign)}'
    return headers


def v4_query(params):
    pairs = sorted((percent(k), percent(v) if v else '') for k, v in params.items())
    return '&'.join(f'{k}={v}' if v else k for k, v in pairs)


def v4_signature(method, path, params, headers, additional, stamp, region, secret):
    signed = {k: v for k, v in headers.items()
              if k.startswith('x-oss-') or k in ('content-type', 'content-md5') or k in additional}
    lines = ''.join(f'{k}:{signed[k].strip()}\n' for k in sorted(signed))
    request = '\n'.join([method, percent(path, '-_.~/'), v4_query(params), lines, ';'.join(sorted(additional)),
                         headers.get('x-oss-content-sha256', 'UNSIGNED-PAYLOAD')])
    scope = f'{stamp[:8]}/{region}/oss/aliyun_v4_request'
    to_sign = '\n'.join(['OSS4-HMAC-SHA256', stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    derived = 'aliyun_v4' + secret
    for part in scope.split('/'):
        derived = sha256(derived, part)
    return sha256(derived, to_sign).hex()


def v4_stamp(skew=0):
    return time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(time.time() + skew))


def v4_headers(method, path, params=None, headers=None, key=ADMIN, region=REGION, skew=0, additional=()):
    """Headers of an OSS V4 request. `path` is /bucket/key, not encoded."""
    headers = {k.lower(): v for k, v in (headers or {}).items()}
    stamp = v4_stamp(skew)
    headers.update({'x-oss-date': stamp, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD'})
    if len(key) > 2:
        headers['x-oss-security-token'] = key[2]
    signature = v4_signature(method, path, params or {}, headers, additional, stamp, region, key[1])
    extra = f",AdditionalHeaders={';'.join(sorted(additional))}" if additional else ''
    headers['authorization'] = (f'OSS4-HMAC-SHA256 Credential={key[0]}/{stamp[:8]}/{region}/oss/aliyun_v4_request'
                                f'{extra},Signature={signature}')
    return headers


def oss(server, method, path, params=None, body=b'', headers=None, key=ADMIN):
    """One V4 request in path style. The path is sent percent-encoded, never normalised."""
    signed = v4_headers(method, path, params, headers, key)
    query = v4_query(params or {})
    return send(server, method, percent(path, '-_.~/') + (f'?{query}' if query else ''), signed, body)


def send(server, method, target, headers, body=b''):
    """One request with this exact target. Returns an http.client response with its body in `.content`."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    try:
        connection.putrequest(method, target, skip_host='host' in {k.lower() for k in headers}, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body or method in ('PUT', 'POST'):
            connection.putheader('Content-Length', str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        response.content = response.read()
        return response
    finally:
        connection.close()


def talk(server, data, method='GET', hang_up=False):
    """Send these bytes as they are and read one response; with hang_up, stop sending first."""
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(data)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        return read_response(connection, method)


def read_response(connection, method='GET'):
    """The response's status, headers and content; None when the server closed without one."""
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        response.content = response.read()
    except (http.client.HTTPException, ConnectionResetError, BrokenPipeError):
        return None
    return response


def raw(method, target, headers, body=b''):
    """The bytes of a request."""
    head = f'{method} {target} HTTP/1.1\r\n' + ''.join(f'{k}: {v}\r\n' for k, v in headers.items()) + '\r\n'
    return head.encode('utf-8') + body
