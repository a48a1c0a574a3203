"""Bodies far larger than the memory that the server may take for them, on disk."""
import hashlib
import http.client
import os
import tempfile

import pytest

import signing
from localyun import ROOT, Server

GIB = 1 << 30
MIB = 1 << 20
# What the vendor takes in one request.
SIZE = 5 * GIB
# How much more memory than at rest the server may ever have used.
ALLOWED = 100 * MIB


def peak(server):
    """The most memory that the process has had resident, in bytes."""
    with open(f'/proc/{server.process.pid}/status') as status:
        line = next(line for line in status if line.startswith('VmHWM:'))
    return int(line.split()[1]) * 1024


@pytest.fixture
def disk():
    """A server on disk, in the project's own folder: the machine's temporary folder may be memory."""
    folder = os.path.join(ROOT, 'target')
    space = os.statvfs(folder)
    if space.f_bavail * space.f_frsize < 2 * SIZE:
        pytest.skip('less than 10 GiB are free')
    with tempfile.TemporaryDirectory(dir=folder, prefix='large-') as data:
        with Server.start('--data', data, '--bucket', 'demo') as server:
            yield server


REST = hashlib.shake_256(b'large').digest(MIB - 8)


def piece_number(number):
    """A MiB that no other is like."""
    return number.to_bytes(8, 'big') + REST


def put(server, key, size, claimed=None):
    """Send an object, hashing it on the way; the answer's status and body, and the MD5."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=120)
    md5 = hashlib.md5()
    try:
        connection.putrequest('PUT', f'/demo/{key}', skip_accept_encoding=True)
        for name, value in signing.v4_headers('PUT', f'/demo/{key}').items():
            connection.putheader(name, value)
        connection.putheader('Content-Length', str(claimed or size))
        connection.endheaders()
        if claimed is None:
            for piece in map(piece_number, range(size // MIB)):
                md5.update(piece)
                connection.send(piece)
        response = connection.getresponse()
        return response.status, response.read(), md5.hexdigest().upper()
    finally:
        connection.close()


def test_five_gib_through_a_hundred_mib_of_memory(disk):
    before = peak(disk)
    status, answer, md5 = put(disk, 'large', SIZE)
    assert status == 200, answer
    head = signing.oss(disk, 'HEAD', '/demo/large')
    assert (head.status, head.headers['Content-Length']) == (200, str(SIZE))
    assert head.headers['ETag'] == f'"{md5}"'

    connection = http.client.HTTPConnection(disk.host, disk.port, timeout=120)
    connection.request('GET', '/demo/large', headers=signing.v4_headers('GET', '/demo/large'))
    response = connection.getresponse()
    assert response.status == 200
    read = hashlib.md5()
    while piece := response.read(MIB):
        read.update(piece)
    connection.close()
    assert read.hexdigest().upper() == md5

    tail = signing.oss(disk, 'GET', '/demo/large', headers={'range': f'bytes={SIZE - MIB}-'})
    assert (tail.status, tail.content) == (206, piece_number(SIZE // MIB - 1))
    used = peak(disk) - before
    print(f'{SIZE // GIB} GiB in and out: {used // MIB} MiB more than at rest ({before // MIB} MiB)')
    assert used <= ALLOWED


def test_one_byte_more_is_refused_before_it_is_sent(disk):
    status, answer, _ = put(disk, 'larger', SIZE, claimed=SIZE + 1)
    assert status == 400 and b'<Code>EntityTooLarge</Code>' in answer
    assert signing.oss(disk, 'HEAD', '/demo/larger').status == 404
