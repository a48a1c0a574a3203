"""Records what real clients send, together with every string that they sign.

`Recorder` is a server on the loopback interface that answers every request with an empty 200. `hmac.new` and
`hashlib.sha256` are wrapped before a client is imported, so the string to sign and the canonical request of a vector
come from the client and not from a second implementation of ours.
"""

import hashlib
import hmac
import json
import socketserver
import threading
import urllib.parse

PORT = 14577
NOISE = {"user-agent", "accept", "accept-encoding", "connection", "x-sdk-client", "x-sdk-invoke-type"}

_signed, _hashed = [], []
_new, _sha256 = hmac.new, hashlib.sha256


def _as_bytes(message):
    return message.encode() if isinstance(message, str) else bytes(message or b"")


def _record_new(key, msg=None, digestmod=None):
    _signed.append(_as_bytes(msg))
    return _new(key, msg, _sha256 if digestmod is _record_sha256 else digestmod)


def _record_sha256(data=b"", **options):
    _hashed.append(_as_bytes(data))
    return _sha256(data, **options)


def install():
    hmac.new, hashlib.sha256 = _record_new, _record_sha256


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        method, target, _ = self.rfile.readline().decode("latin-1").split(" ", 2)
        headers = []
        while (line := self.rfile.readline().decode("latin-1").rstrip("\r\n")):
            name, _, value = line.partition(":")
            headers.append([name.lower(), value.strip()])
        length = int(dict(headers).get("content-length", "0"))
        body = self.rfile.read(length)
        self.server.requests.append((method, target, headers, body))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")


class Recorder:
    def __init__(self):
        socketserver.TCPServer.allow_reuse_address = True
        self.server = socketserver.TCPServer(("127.0.0.1", PORT), _Handler)
        self.server.requests = []
        self.vectors = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def sent(self, client, secret, act, bucket=None, key=None):
        """Lets the client act, and keeps the first request that arrives."""
        self._reset()
        try:
            act()
        except Exception as refused:  # the empty answer is no answer to most clients
            print(f"{client}: {type(refused).__name__}")
        method, target, headers, body = self.server.requests[0]
        self._keep(client, secret, method, target, headers, body, bucket, key)

    def presigned(self, client, secret, method, make, bucket, key, headers=()):
        """Keeps a signed URL, and the headers that have to go with it."""
        self._reset()
        url = urllib.parse.urlsplit(make())
        target = urllib.parse.urlunsplit(("", "", url.path, url.query, ""))
        headers = [["host", url.netloc], *([name.lower(), value] for name, value in headers)]
        self._keep(client, secret, method, target, headers, b"", bucket, key)

    def save(self, path):
        self.server.shutdown()
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.vectors, file, indent=1, ensure_ascii=False)
            file.write("\n")

    def _reset(self):
        _signed.clear()
        _hashed.clear()
        self.server.requests.clear()

    def _keep(self, client, secret, method, target, headers, body, bucket, key):
        string_to_sign = _signed[-1]
        digest = string_to_sign.rsplit(b"\n", 1)[-1].decode()
        canonical = [text for text in _hashed if _sha256(text).hexdigest() == digest]
        authorization = dict(headers).get("authorization", "")
        signed = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        self.vectors.append({
            "client": client,
            "secret": secret,
            "method": method,
            "target": target,
            "headers": [pair for pair in headers if pair[0] not in NOISE or pair[0] in signed],
            "body": body.decode(),
            "bucket": bucket,
            "key": key,
            "string_to_sign": string_to_sign.decode(),
            "canonical_request": canonical[-1].decode() if canonical else None,
        })
