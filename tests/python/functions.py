"""Function Compute's clients, one a generation of the API, and what functions are made of."""
import base64
import io
import json
import zipfile

from alibabacloud_fc20230330 import models as fc3_models
from alibabacloud_fc20230330.client import Client as Fc3Client
from alibabacloud_tea_util.models import RuntimeOptions

from clients import ADMIN, allow, config, policy

TRUST_FC = json.dumps({'Version': '1', 'Statement': [
    {'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'Service': ['fc.aliyuncs.com']}}]})

EXAMPLE_1 = '''# -*- coding: utf-8 -*-
import json
def handler(event, context):
    evt = json.loads(event)
    return evt['key']
'''

EXAMPLE_2 = '''import json
import oss2
def handler(event, context):
    evt = json.loads(event)
    creds = context.credentials
    # do not forget security_token
    auth = oss2.StsAuth(creds.access_key_id, creds.access_key_secret, creds.security_token)
    bucket = oss2.Bucket(auth, evt['endpoint'], evt['bucket'])
    bucket.put_object(evt['objectName'], evt['message'])
    return 'success'
'''

EXAMPLE_3 = '''import os
import subprocess
def handler(event, context):
    ret = subprocess.check_output(['ls', "-l"])
    return ret
'''


def packed(files):
    """A ZIP archive; text alone is index.py."""
    if isinstance(files, str):
        files = {'index.py': files}
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return whole.getvalue()


def zip_file(files):
    return base64.b64encode(packed(files)).decode()


def make_role(ram, name='fc-role', *statements, trust=TRUST_FC):
    """A role for functions with one policy. The ARN."""
    arn = ram('CreateRole', role_name=name, assume_role_policy_document=trust)['Role']['Arn']
    if statements:
        ram('CreatePolicy', policy_name=name, policy_document=policy(*statements))
        ram('AttachPolicyToRole', role_name=name, policy_name=name, policy_type='Custom')
    return arn


PUT = allow('oss:PutObject')


class Fc3:
    """alibabacloud_fc20230330."""

    def __init__(self, server, key=ADMIN):
        self.api = Fc3Client(config(server, key))

    def create(self, name, code=EXAMPLE_1, **settings):
        settings = {'runtime': 'python3.10', 'handler': 'index.handler', 'timeout': 60, **settings}
        if not isinstance(code, fc3_models.InputCodeLocation):
            code = fc3_models.InputCodeLocation(zip_file=zip_file(code))
        return self.api.create_function(fc3_models.CreateFunctionRequest(body=fc3_models.CreateFunctionInput(
            function_name=name, code=code, **settings))).body.to_map()

    def get(self, name, **query):
        return self.api.get_function(name, fc3_models.GetFunctionRequest(**query)).body.to_map()

    def update(self, name, **settings):
        return self.api.update_function(name, fc3_models.UpdateFunctionRequest(
            body=fc3_models.UpdateFunctionInput(**settings))).body.to_map()

    def list(self, **query):
        return self.api.list_functions(fc3_models.ListFunctionsRequest(**query)).body.to_map()

    def invoke(self, name, event=b'', qualifier=None, **headers):
        """The answer: headers in lower case, and the body as bytes."""
        headers = fc3_models.InvokeFunctionHeaders(**headers)
        request = fc3_models.InvokeFunctionRequest(body=io.BytesIO(event), qualifier=qualifier)
        answer = self.api.invoke_function_with_options(name, request, headers, RuntimeOptions(read_timeout=60000))
        body = answer.body.read() if answer.body else b''
        return {k.lower(): v for k, v in answer.headers.items()}, body
