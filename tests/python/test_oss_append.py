"""AppendObject as the real client calls it."""
import threading

import oss2
import pytest

from clients import refused


def test_appending(bucket):
    first = bucket.append_object('log', 0, b'one ', headers={'x-oss-meta-color': 'blue'}, init_crc=0)
    assert first.next_position == 4
    second = bucket.append_object('log', 4, b'two', init_crc=first.crc)  # the client checks the CRC of the whole
    assert second.next_position == 7 and second.etag != first.etag and second.etag.endswith('00000000')
    head = bucket.head_object('log')
    assert head.object_type == 'Appendable' and head.headers['x-oss-next-append-position'] == '7'
    assert head.headers['x-oss-meta-color'] == 'blue' and head.etag == second.etag
    assert bucket.get_object('log').read() == b'one two'
    assert bucket.get_object('log', byte_range=(2, 5)).read() == b'e tw'
    listed, = bucket.list_objects().object_list
    assert (listed.type, listed.size, listed.etag) == ('Appendable', 7, second.etag)


def test_a_wrong_position_names_the_right_one(bucket):
    bucket.append_object('log', 0, b'abc')
    with pytest.raises(oss2.exceptions.PositionNotEqualToLength) as error:
        bucket.append_object('log', 0, b'x')
    assert error.value.next_position == 3 and error.value.headers['x-oss-ec'] == '0026-00000016'
    assert bucket.get_object('log').read() == b'abc'


def test_a_normal_object_cannot_grow(bucket):
    bucket.put_object('key', b'abc')
    with refused(409, 'ObjectNotAppendable', ec='0026-00000017'):
        bucket.append_object('key', 3, b'x')


def test_a_large_one_and_its_copy(bucket):
    pieces = [bytes([n]) * (100_000 if n % 2 else 3) for n in range(80)]
    position = 0
    for piece in pieces:
        position = bucket.append_object('log', position, piece).next_position
    bucket.copy_object(bucket.bucket_name, 'log', 'copy')
    bucket.append_object('log', position, b'more')
    assert bucket.get_object('copy').read() == b''.join(pieces)
    assert bucket.head_object('copy').object_type == 'Normal'
    bucket.delete_object('log')
    assert bucket.get_object('copy', byte_range=(position - 2, position - 1)).read() == b''.join(pieces)[-2:]


def test_appends_at_one_position(bucket):
    won = []

    def append(n):
        try:
            bucket.append_object('log', 0, b'%d' % n)
            won.append(n)
        except oss2.exceptions.PositionNotEqualToLength as e:
            assert e.next_position == 1

    threads = [threading.Thread(target=append, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and bucket.get_object('log').read() == b'%d' % won[0]
