"""Captures oss2 and alibabacloud_oss_v2 into ../oss_python.json."""

import datetime
import sys

import recorder

recorder.install()

import alibabacloud_oss_v2 as oss
import oss2

ENDPOINT = f"http://127.0.0.1:{recorder.PORT}"
ID, SECRET, TOKEN = "LTAIexample", "secret-of-an-example", "CAIS+example/token=="
KEY = "dir/a b+c~*'(é)/文 件.txt"
POLICY = "image/resize,w_100/format,png"


def classic(record, version):
    def bucket(token=None):
        if token:
            auth = oss2.StsAuth(ID, SECRET, token, auth_version=version)
        else:
            auth = oss2.make_auth(ID, SECRET, version)
        return oss2.Bucket(auth, ENDPOINT, "examplebucket", region="cn-hangzhou", enable_crc=False)

    def sent(name, act, key="", token=None):
        record.sent(f"oss2 2.19.1 {version} {name}", SECRET, lambda: act(bucket(token)), "examplebucket", key)

    headers = {"x-oss-meta-b": "spaced  out", "x-oss-meta-Author": "é", "Content-Type": "text/plain; charset=utf-8"}
    sent("put", lambda b: b.put_object(KEY, b"hello", headers=headers), KEY)
    sent("put, token", lambda b: b.put_object("k", b"hello"), "k", TOKEN)
    sent("get, process", lambda b: b.get_object("p.jpg", byte_range=(0, 9), process=POLICY), "p.jpg")
    sent("get, response headers", lambda b: b.get_object(
        KEY, params={"response-content-type": "text/x y", "response-content-disposition": 'attachment; filename="ä b"'}), KEY)
    sent("get, version", lambda b: b.get_object("k", params={"versionId": "CAEQ+/="}), "k")
    sent("list v2", lambda b: b.list_objects_v2("a b/", "/", "ChR0b2tlbg==", "s+t", True, "url", 7))
    sent("list", lambda b: b.list_objects(prefix="pre/fix", delimiter="/", marker="m m", max_keys=3))
    sent("acl", lambda b: b.get_bucket_acl())
    sent("initiate", lambda b: b.init_multipart_upload(KEY), KEY)
    sent("part", lambda b: b.upload_part("k", "0004B9", 2, b"part"), "k")
    sent("delete many", lambda b: b.batch_delete_objects(["a", "b"]))
    sent("append", lambda b: b.append_object("k", 0, b"x"), "k")
    sent("copy", lambda b: b.copy_object("examplebucket", KEY, "k2"), "k2")
    sent("tags", lambda b: b.get_object_tagging("k"), "k")
    sent("live", lambda b: b.get_vod_playlist("ch", start_time=100, end_time=200), "ch")
    service = oss2.Service(oss2.make_auth(ID, SECRET, version), ENDPOINT, region="cn-hangzhou")
    record.sent(f"oss2 2.19.1 {version} list buckets", SECRET, lambda: service.list_buckets(prefix="a", max_keys=2))

    signed_headers = {"x-oss-meta-a": "1", "Content-Type": "text/plain"}
    for name, token, params, headers in [
        ("plain", None, None, {}),
        ("headers", None, None, signed_headers),
        ("token, parameters", TOKEN, {"response-content-type": "a b", "x-oss-process": POLICY, "other": "1"}, {}),
    ]:
        record.presigned(
            f"oss2 2.19.1 {version} presigned, {name}", SECRET, "PUT",
            lambda: bucket(token).sign_url("PUT", KEY, 3600, headers=headers, params=params, slash_safe=name == "plain"),
            "examplebucket", KEY, headers.items())
    if version == "v4":
        extra = {"x-oss-meta-a": "1", "Host": f"127.0.0.1:{recorder.PORT}", "range": "bytes=0-1"}
        record.presigned(
            "oss2 2.19.1 v4 presigned, additional headers", SECRET, "GET",
            lambda: bucket().sign_url("GET", "k", 60, headers=dict(extra), additional_headers={"host", "Range"}),
            "examplebucket", "k", [pair for pair in extra.items() if pair[0] != "Host"])


def modern(record, version):
    def client(token=None, extra=None):
        config = oss.config.load_default()
        config.credentials_provider = oss.credentials.StaticCredentialsProvider(ID, SECRET, token)
        config.region, config.endpoint, config.signature_version = "cn-hangzhou", ENDPOINT, version
        config.additional_headers = extra
        config.retry_max_attempts = 1
        return oss.Client(config)

    def sent(name, act, key=None, token=None, extra=None, bucket="examplebucket"):
        record.sent(f"alibabacloud_oss_v2 1.4.1 {version} {name}", SECRET, lambda: act(client(token, extra)), bucket, key)

    name = "examplebucket"
    sent("put", lambda c: c.put_object(oss.PutObjectRequest(name, KEY, body=b"hello", metadata={"a": "b c"})), KEY)
    sent("get, range, token", lambda c: c.get_object(oss.GetObjectRequest(name, KEY, range_header="bytes=0-3")), KEY, TOKEN, ["range", "Host"])
    sent("list v2", lambda c: c.list_objects_v2(oss.ListObjectsV2Request(
        name, prefix="a b/", delimiter="/", continuation_token="ChR0b2tlbg==")))
    sent("list buckets", lambda c: c.list_buckets(oss.ListBucketsRequest(prefix="p")), bucket=None)
    sent("acl", lambda c: c.get_bucket_acl(oss.GetBucketAclRequest(name)))
    sent("part", lambda c: c.upload_part(oss.UploadPartRequest(name, "k", part_number=1, upload_id="0004B9", body=b"x")), "k")
    sent("worm of an object", lambda c: c.get_bucket_overwrite_config(oss.GetBucketOverwriteConfigRequest(name)))
    for token in (None, TOKEN):
        record.presigned(
            f"alibabacloud_oss_v2 1.4.1 {version} presigned{', token' if token else ''}", SECRET, "GET",
            lambda: client(token).presign(
                oss.GetObjectRequest(name, KEY, response_content_type="a b"), expires=datetime.timedelta(minutes=5)).url,
            name, KEY)


def main(path):
    record = recorder.Recorder()
    for version in ("v1", "v4"):
        classic(record, version)
        modern(record, version)
    record.save(path)


main(sys.argv[1])
