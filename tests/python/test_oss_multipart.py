"""Uploads in parts as the real clients make them, interrupted and resumed."""
import alibabacloud_oss_v2 as oss_v2
import crcmod
import oss2
import pytest
from oss2.models import PartInfo

import clients
import localyun
from clients import refused

LEAST = 100 * 1024
crc64 = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, xorOut=0xffffffffffffffff, rev=True)


def body(size, seed=0):
    return bytes((n * 7 + seed) % 251 for n in range(251)) * (size // 251) + b'x' * (size % 251)


class Interrupted(Exception):
    pass


def interrupt_after(share):
    def progress(done, total):
        if total and done > share * total:
            raise Interrupted
    return progress


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(body(1_500_000))
    return str(path)


@pytest.fixture
def v2(server):
    provider = oss_v2.credentials.StaticCredentialsProvider(*clients.ADMIN)
    config = oss_v2.config.Config(region=localyun.REGION, endpoint=server.url, credentials_provider=provider)
    client = oss_v2.Client(config)
    client.put_bucket(oss_v2.PutBucketRequest(bucket='demo'))
    return client


# ------------------------------------------------------------------ oss2

def test_an_object_of_parts(bucket):
    upload = bucket.init_multipart_upload('key', headers={'x-oss-meta-color': 'blue'}).upload_id
    parts, whole = [], b''
    for number in (1, 2, 5):
        piece = body(LEAST, number)
        stored = bucket.upload_part('key', upload, number, piece)
        assert stored.crc == crc64(piece)
        parts.append(PartInfo(number, stored.etag, size=len(piece), part_crc=stored.crc))
        whole += piece
    done = bucket.complete_multipart_upload('key', upload, parts)  # the client compares the CRC of the whole
    assert done.etag.endswith('-3') and done.crc == crc64(whole)
    head = bucket.head_object('key')
    assert head.object_type == 'Multipart' and head.etag == done.etag and head.headers['x-oss-meta-color'] == 'blue'
    assert bucket.get_object('key').read() == whole
    assert bucket.get_object('key', byte_range=(LEAST - 1, LEAST)).read() == whole[LEAST - 1:LEAST + 1]
    with refused(404, 'NoSuchUpload'):
        bucket.complete_multipart_upload('key', upload, parts)


def test_parts_from_objects(bucket):
    source = body(500_000)
    bucket.put_object('source', source)
    upload = bucket.init_multipart_upload('key').upload_id
    parts = []
    for number, cut in ((1, (0, 199_999)), (2, (200_000, 499_999))):
        copied = bucket.upload_part_copy('demo', 'source', cut, 'key', upload, number)
        parts.append(PartInfo(number, copied.etag))
    bucket.complete_multipart_upload('key', upload, parts)
    bucket.delete_object('source')
    assert bucket.get_object('key').read() == source
    assert bucket.head_object('key').server_crc == crc64(source)


def test_listing_uploads_and_parts(bucket):
    uploads = {bucket.init_multipart_upload(key).upload_id: key for key in ('a b', 'a b', 'dir/x', 'dir/y', '中文')}
    found = {u.upload_id: u.key for u in oss2.MultipartUploadIterator(bucket, max_uploads=2)}
    assert found == uploads
    page = bucket.list_multipart_uploads(delimiter='/')
    assert page.prefix_list == ['dir/'] and not page.is_truncated and len(page.upload_list) == 3
    upload = next(iter(uploads))
    for number in range(1, 8):
        bucket.upload_part('a b', upload, number, b'x' * number)
    parts = list(oss2.PartIterator(bucket, 'a b', upload, max_parts=3))
    assert [(p.part_number, p.size) for p in parts] == [(n, n) for n in range(1, 8)]
    stat = bucket.get_bucket_stat()
    assert stat.multi_part_upload_count == 5 and stat.multipart_part_count == 7


def test_aborting(bucket):
    upload = bucket.init_multipart_upload('key').upload_id
    bucket.upload_part('key', upload, 1, body(LEAST))
    with refused(409, 'BucketNotEmpty'):
        bucket.delete_bucket()
    assert bucket.abort_multipart_upload('key', upload).status == 204
    with refused(404, 'NoSuchUpload', ec='0042-00000002'):
        bucket.abort_multipart_upload('key', upload)
    with refused(404, 'NoSuchUpload', ec='0042-00000104'):
        bucket.upload_part('key', upload, 2, b'x')
    bucket.delete_bucket()


def test_what_cannot_be_completed(bucket):
    upload = bucket.init_multipart_upload('key').upload_id
    small = bucket.upload_part('key', upload, 1, b'small').etag
    large = bucket.upload_part('key', upload, 2, body(LEAST)).etag
    with refused(400, 'EntityTooSmall', ec='0042-00000213'):
        bucket.complete_multipart_upload('key', upload, [PartInfo(1, small), PartInfo(2, large)])
    with refused(400, 'InvalidPart'):
        bucket.complete_multipart_upload('key', upload, [PartInfo(1, large)])
    with refused(400, 'MalformedXML', ec='0042-00000205'):
        bucket.complete_multipart_upload('key', upload, [])
    with refused(400, 'InvalidArgument', ec='0017-00000220'):
        bucket.upload_part('key', upload, 10001, b'x')
    bucket.complete_multipart_upload('key', upload, [PartInfo(1, small)])
    assert bucket.get_object('key').read() == b'small'


def test_a_resumable_upload_goes_on_where_it_was(bucket, file, tmp_path):
    store = oss2.ResumableStore(root=str(tmp_path))
    options = dict(store=store, multipart_threshold=LEAST, part_size=LEAST, num_threads=1)
    with pytest.raises(Interrupted):
        oss2.resumable_upload(bucket, 'key', file, progress_callback=interrupt_after(.5), **options)
    upload, = bucket.list_multipart_uploads().upload_list
    before = [p.part_number for p in bucket.list_parts('key', upload.upload_id).parts]
    assert 0 < len(before) < 15
    times = {p.part_number: p.last_modified for p in bucket.list_parts('key', upload.upload_id).parts}
    starts = []
    oss2.resumable_upload(bucket, 'key', file, progress_callback=lambda done, total: starts.append(done), **options)
    assert starts[0] >= len(before) * LEAST, f'it began anew, though {sorted(times)} were there'
    assert not bucket.list_multipart_uploads().upload_list
    with open(file, 'rb') as whole:
        assert bucket.get_object('key').read() == whole.read()


def test_a_resumable_download(bucket, file, tmp_path):
    oss2.resumable_upload(bucket, 'key', file, multipart_threshold=LEAST, part_size=LEAST, num_threads=4)
    copy = str(tmp_path / 'copy')
    options = dict(multiget_threshold=LEAST, part_size=LEAST, num_threads=3,
                   store=oss2.ResumableDownloadStore(root=str(tmp_path)))
    with pytest.raises(Interrupted):
        oss2.resumable_download(bucket, 'key', copy, progress_callback=interrupt_after(.5), **options)
    oss2.resumable_download(bucket, 'key', copy, **options)
    with open(copy, 'rb') as got, open(file, 'rb') as whole:
        assert got.read() == whole.read()


def test_parts_in_order(bucket):
    upload = bucket.init_multipart_upload('key', params={'sequential': ''}).upload_id
    with refused(400, 'PartNotSequential'):
        bucket.upload_part('key', upload, 2, body(LEAST))
    parts = [PartInfo(n, bucket.upload_part('key', upload, n, body(LEAST, n)).etag) for n in (1, 2)]
    bucket.complete_multipart_upload('key', upload, parts)
    assert bucket.head_object('key').headers['Content-MD5'] == bucket.put_object('same', body(LEAST, 1) + body(LEAST, 2)) \
        .headers['Content-MD5']


# ------------------------------------------------------------------ alibabacloud-oss-v2

def test_the_newer_clients_uploader(v2, file, tmp_path):
    uploader = v2.uploader(part_size=LEAST, parallel_num=1, enable_checkpoint=True, checkpoint_dir=str(tmp_path),
                           leave_parts_on_error=True)
    request = oss_v2.PutObjectRequest(bucket='demo', key='key', metadata={'color': 'blue'})
    real, left = v2.upload_part, [5]

    def failing(part, **more):
        left[0] -= 1
        if left[0] < 0:
            raise Interrupted
        return real(part, **more)

    uploader._client.upload_part = failing
    with pytest.raises(Exception):
        uploader.upload_file(request, file)
    uploads = v2.list_multipart_uploads(oss_v2.ListMultipartUploadsRequest(bucket='demo')).uploads
    assert len(uploads) == 1
    sent = []
    uploader._client.upload_part = lambda part, **more: (sent.append(part.part_number), real(part, **more))[1]
    done = uploader.upload_file(request, file)
    assert done.upload_id == uploads[0].upload_id and sent and min(sent) > 1
    got = v2.get_object(oss_v2.GetObjectRequest(bucket='demo', key='key'))
    with open(file, 'rb') as whole:
        assert got.body.read() == whole.read()
    assert got.metadata == {'color': 'blue'} and got.object_type == 'Multipart'


def test_the_newer_clients_copier(v2, file):
    v2.put_object_from_file(oss_v2.PutObjectRequest(bucket='demo', key='source'), file)
    request = oss_v2.CopyObjectRequest(bucket='demo', key='copy', source_key='source')
    v2.copier().copy(request, part_size=LEAST * 3, multipart_copy_threshold=LEAST, disable_shallow_copy=True)
    with open(file, 'rb') as whole:
        assert v2.get_object(oss_v2.GetObjectRequest(bucket='demo', key='copy')).body.read() == whole.read()


def test_the_newer_clients_append_file(v2):
    with v2.append_file(bucket='demo', key='log') as log:
        log.write(b'one ')
        log.write(b'two')
        log.flush()
    assert v2.get_object(oss_v2.GetObjectRequest(bucket='demo', key='log')).body.read() == b'one two'
    with pytest.raises(Exception) as error:
        v2.append_object(oss_v2.AppendObjectRequest(bucket='demo', key='log', position=0, body=b'x'))
    assert 'PositionNotEqualToLength' in str(error.value)


def test_complete_all(v2):
    begun = v2.initiate_multipart_upload(oss_v2.InitiateMultipartUploadRequest(bucket='demo', key='key'))
    for number in (1, 2):
        v2.upload_part(oss_v2.UploadPartRequest(bucket='demo', key='key', upload_id=begun.upload_id,
                                                part_number=number, body=body(LEAST, number)))
    v2.complete_multipart_upload(oss_v2.CompleteMultipartUploadRequest(
        bucket='demo', key='key', upload_id=begun.upload_id, complete_all='yes'))
    got = v2.get_object(oss_v2.GetObjectRequest(bucket='demo', key='key'))
    assert got.body.read() == body(LEAST, 1) + body(LEAST, 2)
