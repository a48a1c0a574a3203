"""The real clients, pointed at the server under test, and one way to expect their refusals."""
import contextlib
import json
import re

import oss2
import pytest
from alibabacloud_ims20190815 import models as ims_models
from alibabacloud_ims20190815.client import Client as ImsClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdksts.request.v20150401.AssumeRoleRequest import AssumeRoleRequest

from fc2.fc_exceptions import FcError

from localyun import ACCOUNT, REGION

ADMIN = ('localyun', 'localyun')
ROOT_KEY = ('localyun.root', 'localyun.root')


# ------------------------------------------------------------------ documents

def policy(*statements):
    return json.dumps({'Version': '1', 'Statement': list(statements)})


def allow(action, resource='*', **more):
    return {'Effect': 'Allow', 'Action': action, 'Resource': resource, **more}


def deny(action, resource='*', **more):
    return {'Effect': 'Deny', 'Action': action, 'Resource': resource, **more}


def trust(effect='Allow', condition=None, **principal):
    statement = {'Effect': effect, 'Action': 'sts:AssumeRole', 'Principal': principal or {'RAM': [ROOT_ARN]}}
    if condition:
        statement['Condition'] = condition
    return json.dumps({'Version': '1', 'Statement': [statement]})


ROOT_ARN = f'acs:ram::{ACCOUNT}:root'


def role_arn(name):
    return f'acs:ram::{ACCOUNT}:role/{name}'


# ------------------------------------------------------------------ RAM and STS

def config(server, key=ADMIN):
    return Config(access_key_id=key[0], access_key_secret=key[1], security_token=key[2] if len(key) > 2 else None,
                  endpoint=server.address, protocol='http', region_id=REGION, read_timeout=20000)


class Tea:
    """A client of the tea family, called as ram('CreateUser', user_name='x'); the answer is the response's JSON."""
    models = client = None

    def __init__(self, server, key=ADMIN):
        self.api = self.client(config(server, key))

    def __call__(self, action, **params):
        # MFADevice becomes mfadevice there, and what takes no parameters has no request.
        method = next(name for name in dir(self.api) if name.replace('_', '') == action.lower())
        request = getattr(self.models, f'{action}Request', None)
        args = [request(**params)] if request else []
        return getattr(self.api, method)(*args).body.to_map()


class Ims(Tea):
    """alibabacloud_ims20190815."""
    models, client = ims_models, ImsClient


class Ram(Tea):
    """alibabacloud_ram20150501."""
    models, client = ram_models, RamClient

    def user(self, name, *statements):
        """A user with these permissions. Returns its key."""
        self('CreateUser', user_name=name)
        if statements:
            self.custom_policy(f'{name}-policy', *statements)
            self('AttachPolicyToUser', user_name=name, policy_type='Custom', policy_name=f'{name}-policy')
        key = self('CreateAccessKey', user_name=name)['AccessKey']
        return key['AccessKeyId'], key['AccessKeySecret']

    def role(self, name, *statements, trusts=None, **more):
        """A role with these permissions that the whole account may assume. Returns its ARN."""
        made = self('CreateRole', role_name=name, assume_role_policy_document=trusts or trust(), **more)['Role']
        if statements:
            self.custom_policy(f'{name}-policy', *statements)
            self('AttachPolicyToRole', role_name=name, policy_type='Custom', policy_name=f'{name}-policy')
        return made['Arn']

    def custom_policy(self, name, *statements):
        return self('CreatePolicy', policy_name=name, policy_document=policy(*statements))['Policy']


def sts(server, key=ADMIN):
    return StsClient(config(server, key))


def core(server, key=ADMIN):
    if len(key) > 2:  # with `ak` and `secret` the SDK would leave the token out
        return AcsClient(region_id=REGION, credential=StsTokenCredential(*key), auto_retry=False)
    return AcsClient(key[0], key[1], REGION, auto_retry=False)


def core_request(server, request, **params):
    """Point a request of aliyun-python-sdk-* at the server."""
    request.set_endpoint(server.address)
    request.set_protocol_type('http')
    for name, value in params.items():
        getattr(request, f'set_{name}')(value)
    return request


def session(credentials):
    return credentials['AccessKeyId'], credentials['AccessKeySecret'], credentials['SecurityToken']


def assume_acs3(server, arn, name='session', key=ADMIN, **more):
    """AssumeRole by alibabacloud_sts20150401 (ACS3-HMAC-SHA256). Returns (id, secret, token)."""
    request = sts_models.AssumeRoleRequest(role_arn=arn, role_session_name=name, **more)
    return session(sts(server, key).assume_role(request).body.to_map()['Credentials'])


def assume_rpc(server, arn, name='session', key=ADMIN, method='POST', **more):
    """AssumeRole by aliyun-python-sdk-sts (RPC, HMAC-SHA1)."""
    request = core_request(server, AssumeRoleRequest(), RoleArn=arn, RoleSessionName=name, **more)
    request.set_method(method)
    return session(json.loads(core(server, key).do_action_with_exception(request))['Credentials'])


# ------------------------------------------------------------------ OSS

def oss_auth(version, key=ADMIN):
    if len(key) > 2:
        return oss2.StsAuth(*key, auth_version=version)
    return oss2.make_auth(*key, auth_version=version)


def bucket(server, name, version='v4', key=ADMIN, region=REGION, **more):
    return oss2.Bucket(oss_auth(version, key), server.url, name, region=region, **more)


def service(server, version='v4', key=ADMIN):
    return oss2.Service(oss_auth(version, key), server.url, region=REGION)


# ------------------------------------------------------------------ refusals

class Refusal:
    status = code = message = ec = body = detail = error = None


def element(body, name):
    """The text of an element of an error body, wherever it stands (oss2 keeps only the first 4096 bytes)."""
    text = body.decode('utf-8', 'replace') if isinstance(body, bytes) else body
    found = re.search(f'<{name}>(.*?)</{name}>', text, re.S)
    return found.group(1) if found else None


@contextlib.contextmanager
def refused(status, code, ec=None, message=None):
    """The block must be refused by the service with exactly this status and code (several codes: a tuple)."""
    got = Refusal()
    try:
        yield got
    except oss2.exceptions.ServerError as e:
        got.error, got.status, got.code, got.message, got.body = e, e.status, e.code, e.message, e.body
        got.ec = e.headers.get('x-oss-ec')
    except AlibabaCloudException as e:
        got.error, got.status, got.code, got.message, got.detail = e, e.status_code, e.code, e.message, e.access_denied_detail
    except FcError as e:
        got.error, got.status, got.code, got.message = e, e.status_code, e.err_code, e.message
    except ServerException as e:
        got.error, got.status, got.code, got.message = e, e.http_status, e.error_code, e.message
    else:
        pytest.fail(f'expected {status} {code}, but the call succeeded')
    codes = code if isinstance(code, tuple) else (code,)
    assert got.status == status and got.code in codes, f'expected {status} {codes}, got {got.error}'
    if ec is not None:
        ecs = ec if isinstance(ec, tuple) else (ec,)
        assert got.ec in ecs, f'expected EC {ecs}, got {got.ec}: {got.error}'
    if message is not None:
        assert message in got.message, f'{message!r} is not in {got.message!r}'
