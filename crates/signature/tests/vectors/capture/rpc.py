"""Captures the Python clients of STS into ../rpc_python.json."""

import sys

import recorder

recorder.install()

from alibabacloud_credentials.provider.ram_role_arn import RamRoleArnCredentialsProvider
from alibabacloud_sts20150401.client import Client
from alibabacloud_sts20150401.models import AssumeRoleRequest
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

ENDPOINT = f"127.0.0.1:{recorder.PORT}"
ID, SECRET, TOKEN = "LTAIexample", "secret-of-an-example", "CAIS+example/token=="
ROLE, POLICY = "acs:ram::1:role/r", '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*~+"}]}'


def tea(record, name, endpoint=ENDPOINT, **options):
    config = Config(access_key_id=ID, access_key_secret=SECRET, endpoint=endpoint, protocol="http", **options)
    request = AssumeRoleRequest(role_arn=ROLE, role_session_name="s 1", policy=POLICY)
    record.sent(f"tea_openapi 0.4.6 {name}", SECRET, lambda: Client(config).assume_role(request))


def core(record, method):
    client = AcsClient(ID, SECRET, "cn-hangzhou", auto_retry=False)
    request = CommonRequest(domain=ENDPOINT, version="2015-04-01", action_name="AssumeRole")
    request.set_protocol_type("http")
    request.set_method(method)
    for name, value in [("RoleArn", ROLE), ("RoleSessionName", "s 1"), ("Policy", POLICY)]:
        request.add_query_param(name, value)
    record.sent(f"aliyun-python-sdk-core 2.16.1 {method}", SECRET, lambda: client.do_action_with_exception(request))


def credentials(record, policy, name):
    from alibabacloud_credentials.http import HttpOptions
    provider = RamRoleArnCredentialsProvider(
        access_key_id=ID, access_key_secret=SECRET, role_arn=ROLE, role_session_name="s1", policy=policy,
        sts_endpoint=f"http://{ENDPOINT}", http_options=HttpOptions())
    record.sent(f"alibabacloud_credentials 1.0.12 {name}", SECRET, provider.get_credentials)


def main(path):
    record = recorder.Recorder()
    tea(record, "v3")
    tea(record, "v3, token", security_token=TOKEN)
    tea(record, "v3, endpoint with scheme", endpoint=f"http://{ENDPOINT}")
    tea(record, "v2", signature_algorithm="v2")
    tea(record, "v2, token", signature_algorithm="v2", security_token=TOKEN)
    core(record, "GET")
    core(record, "POST")
    credentials(record, POLICY, "blanks as +")
    credentials(record, POLICY.replace(" ", ""), "no blanks")
    record.save(path)


main(sys.argv[1])
