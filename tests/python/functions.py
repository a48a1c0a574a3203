"""Function Compute's clients, one a generation of the API, and what functions are made of."""
import base64
import io
import tempfile
import zipfile

import fc2
from alibabacloud_fc20230330 import models as fc3_models
from alibabacloud_fc20230330.client import Client as Fc3Client
from alibabacloud_fc_open20210406 import models as fc2_models
from alibabacloud_fc_open20210406.client import Client as Fc2021Client
from alibabacloud_tea_util.models import RuntimeOptions

from clients import ADMIN, allow, config, trust

TRUST_FC = trust(Service=['fc.aliyuncs.com'])

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
    with zipfile.ZipFile(whole, 'w') as archive:
        for name, text in files.items():
            # Without a time of its own: the same files give the same bytes.
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def zip_file(files):
    return base64.b64encode(packed(files)).decode()


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


class Fc2016:
    """aliyun-fc2."""

    def __init__(self, server, key=ADMIN):
        self.api = fc2.Client(endpoint=server.url, accessKeyID=key[0], accessKeySecret=key[1],
                              **({'securityToken': key[2]} if len(key) > 2 else {}))

    def create_service(self, name, **settings):
        return self.api.create_service(name, **settings).data

    def create(self, service, name, code, **settings):
        with tempfile.NamedTemporaryFile(suffix='.zip') as file:
            file.write(packed(code))
            file.flush()
            return self.api.create_function(service, name, 'python3.10', 'index.handler', codeZipFile=file.name,
                                            **settings).data

    def invoke(self, service, name, event=b'', qualifier=None, headers=None):
        """The answer's headers in lower case, and its body; a failure of the function is raised as FcError."""
        answer = self.api.invoke_function(service, name, event, headers or {}, qualifier)
        return {k.lower(): v for k, v in answer.headers.items()}, answer.data


class Fc2021:
    """alibabacloud_fc_open20210406."""

    def __init__(self, server, key=ADMIN):
        self.api = Fc2021Client(config(server, key))

    def create_service(self, name, **settings):
        return self.api.create_service(fc2_models.CreateServiceRequest(service_name=name, **settings)).body.to_map()

    def create(self, service, name, code, **settings):
        return self.api.create_function(service, fc2_models.CreateFunctionRequest(
            function_name=name, runtime='python3.10', handler='index.handler',
            code=fc2_models.Code(zip_file=zip_file(code)), **settings)).body.to_map()

    def invoke(self, service, name, event=b'', qualifier=None, headers=None):
        answer = self.api.invoke_function_with_options(
            service, name, fc2_models.InvokeFunctionRequest(body=event, qualifier=qualifier),
            fc2_models.InvokeFunctionHeaders(common_headers=headers or {}), RuntimeOptions(read_timeout=60000))
        return {k.lower(): v for k, v in answer.headers.items()}, answer.body
