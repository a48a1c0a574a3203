"""What the application needs: a bucket, a role that its machine may take, and a policy. Run twice, it does it once.

It stays when it is done, and says so with a file: `docker-compose up --exit-code-from app` takes everything down as soon
as any container ends.
"""
import json
import os
import pathlib
import signal

import oss2
from alibabacloud_ram20150501 import models
from alibabacloud_ram20150501.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.models import Config

KEY = ('localyun', 'localyun')
ACCOUNT = '1234567890123456'
ROLE, POLICY, BUCKET = 'app', 'app-puts', 'stack-app'

TRUST = {'Version': '1', 'Statement': [{
    'Effect': 'Allow', 'Action': 'sts:AssumeRole',
    'Principal': {'Service': ['ecs.aliyuncs.com'], 'RAM': [f'acs:ram::{ACCOUNT}:root']},
}]}
PUTS = {'Version': '1', 'Statement': [{
    'Effect': 'Allow', 'Action': 'oss:PutObject', 'Resource': f'acs:oss:*:*:{BUCKET}/*',
}]}


def unless_there(call, request):
    try:
        call(request)
    except AlibabaCloudException as error:
        if not error.code.startswith('EntityAlreadyExist'):
            raise


def unless_gone(call, request):
    try:
        call(request)
    except AlibabaCloudException as error:
        if not error.code.startswith('EntityNotExist'):
            raise


def main():
    ram = Client(Config(access_key_id=KEY[0], access_key_secret=KEY[1], endpoint='localyun:4577', protocol='http'))
    unless_there(ram.create_role, models.CreateRoleRequest(
        role_name=ROLE, assume_role_policy_document=json.dumps(TRUST)))
    unless_there(ram.create_policy, models.CreatePolicyRequest(
        policy_name=POLICY, policy_document=json.dumps(PUTS)))
    attachment = {'policy_type': 'Custom', 'policy_name': POLICY, 'role_name': ROLE}
    if os.environ['GRANT'] == 'yes':
        unless_there(ram.attach_policy_to_role, models.AttachPolicyToRoleRequest(**attachment))
    else:
        unless_gone(ram.detach_policy_from_role, models.DetachPolicyFromRoleRequest(**attachment))

    endpoint = 'http://oss-cn-shenzhen-internal.aliyuncs.com'
    oss2.Bucket(oss2.Auth(*KEY), endpoint, BUCKET).create_bucket()
    print(f'bucket {BUCKET}, role {ROLE}, policy {POLICY} {"attached" if os.environ["GRANT"] == "yes" else "not attached"}')


if __name__ == '__main__':
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
    pathlib.Path('/tmp/ready').touch()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
