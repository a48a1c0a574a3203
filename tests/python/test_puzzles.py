"""The examples of permission tests, asked of a real server with the real SDKs: what the files expect is what happens."""
import glob
import json
import os
from datetime import datetime, timedelta

import oss2
import pytest
import yaml
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

import clients
from localyun import ACCOUNT, ROOT

FOLDER = os.path.join(ROOT, 'examples', 'permissions')
PUZZLES = sorted(os.path.splitext(os.path.basename(path))[0] for path in glob.glob(os.path.join(FOLDER, '*.yaml')))
# Nothing here asks for ram:PassRole, and every request comes from this machine.
UNASKED = ['pass-role', 'source-ip']
KEYS = {'oss:Prefix', 'oss:x-oss-object-acl', 'sts:ExternalId'}
ACTIONS = {'oss:GetObject', 'oss:PutObject', 'oss:DeleteObject', 'oss:ListObjects', 'oss:ListBuckets', 'sts:AssumeRole', 'ram:CreateUser'}
FORBIDDEN = {'AccessDenied', 'NoPermission', 'NoPermission.RAM', 'SecurityTokenExpired', 'AccessKeyIdAndSecurityTokenNotMatch'}


class Loader(yaml.SafeLoader):
    """YAML 1.2 takes `on` and times for text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((':bool', ':timestamp'))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def several(value):
    return value if isinstance(value, list) else [value]


class World:
    """What a file declares, made with the real SDKs by the administrators of its accounts."""

    def __init__(self, server, file):
        self.server, self.file = server, file
        self.now = datetime.fromisoformat(file['now'].replace('Z', '+00:00'))
        self.keys, self.ids = {}, {}
        self.set_clock(self.now)
        accounts = {ACCOUNT: file}
        for uid, account in file.get('accounts', {}).items():
            server.admin('POST', 'accounts', json={'uid': str(uid)})
            accounts[str(uid)] = account
        for uid, account in accounts.items():
            self.identities(uid, account)
        for uid, account in accounts.items():
            self.trusts(uid, account)
            self.buckets(uid, account)

    def set_clock(self, time):
        self.server.admin('POST', 'clock', json={'set': time.isoformat()})

    def admin(self, uid):
        name = 'localyun' if uid == ACCOUNT else f'localyun.{uid}'
        return name, name

    def identities(self, uid, account):
        ram = clients.Ram(self.server, self.admin(uid))
        own = account.get('policies', {})
        for name, document in own.items():
            ram('CreatePolicy', policy_name=name, policy_document=json.dumps(document))

        def attach(action, holder, **who):
            for name in holder.get('policies', []):
                ram(action, policy_type='Custom' if name in own else 'System', policy_name=name, **who)
        for name, group in account.get('groups', {}).items():
            ram('CreateGroup', group_name=name)
            attach('AttachPolicyToGroup', group, group_name=name)
        for name, user in account.get('users', {}).items():
            made = ram('CreateUser', user_name=name)['User']
            self.ids[user.get('id', name)] = made['UserId']
            attach('AttachPolicyToUser', user, user_name=name)
            for group in user.get('groups', []):
                ram('AddUserToGroup', user_name=name, group_name=group)
            key = ram('CreateAccessKey', user_name=name)['AccessKey']
            self.keys[uid, f'user/{name}'] = key['AccessKeyId'], key['AccessKeySecret']
        for name, role in account.get('roles', {}).items():
            trust = clients.trust(RAM=[f'acs:ram::{uid}:root'])
            arn = ram('CreateRole', role_name=name, assume_role_policy_document=trust)['Role']['Arn']
            attach('AttachPolicyToRole', role, role_name=name)
            self.keys[uid, f'role/{name}'] = clients.assume_acs3(self.server, arn, key=self.admin(uid))
        for name, session in account.get('sessions', {}).items():
            self.keys[uid, f'session/{name}'] = self.session(uid, name, session)
        for name, session in account.get('sessions', {}).items():
            if 'token-of' in session:
                token = self.keys[uid, f'session/{session["token-of"]}'][2]
                self.keys[uid, f'session/{name}'] = (*self.keys[uid, f'session/{name}'][:2], token)

    def session(self, uid, name, session):
        more = {'policy': json.dumps(session['policy'])} if 'policy' in session else {}
        end = datetime.fromisoformat(session['expires'].replace('Z', '+00:00')) if 'expires' in session else None
        if end and end <= self.now:
            self.set_clock(end - timedelta(seconds=900))
            more['duration_seconds'] = 900
        arn = f'acs:ram::{uid}:role/{session["role"]}'
        key = clients.assume_acs3(self.server, arn, name=name, key=self.admin(uid), **more)
        self.set_clock(self.now)
        return key

    def trusts(self, uid, account):
        ram = clients.Ram(self.server, self.admin(uid))
        for name, role in account.get('roles', {}).items():
            if role and 'trust' in role:
                ram('UpdateRole', role_name=name, new_assume_role_policy_document=json.dumps(role['trust']))

    def buckets(self, uid, account):
        for name, declared in account.get('buckets', {}).items():
            bucket = clients.bucket(self.server, name, key=self.admin(uid))
            bucket.create_bucket(declared.get('acl', 'private'))
            for key, thing in declared.get('objects', {}).items():
                bucket.put_object(key, b'x', headers={'x-oss-object-acl': thing['acl']} if 'acl' in thing else {})
            if 'policy' in declared:
                text = json.dumps(declared['policy'])
                for written, real in self.ids.items():
                    text = text.replace(f'"{written}"', f'"{real}"')
                bucket.put_bucket_policy(text)

    def key(self, principal):
        """The credentials of a principal; none for nobody."""
        if principal == 'anonymous':
            return None
        uid, _, name = principal.rpartition(':')
        return self.keys[uid or ACCOUNT, name]

    def ask(self, key, action, resource, given):
        """Whether a real request is let through. What then fails for want of the thing itself was allowed."""
        try:
            self.request(key, action, resource, given)
        except oss2.exceptions.NoSuchKey:
            return True
        except oss2.exceptions.ServerError as refusal:
            assert refusal.status == 403 and refusal.code in FORBIDDEN, refusal
            return False
        except AlibabaCloudException as refusal:
            assert refusal.status_code == 403 and refusal.code in FORBIDDEN, refusal
            return False
        return True

    def request(self, key, action, resource, given):
        server = self.server
        if action == 'sts:AssumeRole':
            external = {'external_id': given['sts:ExternalId']} if given else {}
            uid, role = resource.split(':')[3:]
            return clients.assume_acs3(server, f'acs:ram::{uid.replace("*", ACCOUNT)}:{role}', key=key, **external)
        if action == 'ram:CreateUser':
            return clients.Ram(server, key)('CreateUser', user_name='made')
        auth = oss2.AnonymousAuth() if key is None else clients.oss_auth('v4', key)
        if action == 'oss:ListBuckets':
            return oss2.Service(auth, server.url, region='cn-hangzhou').list_buckets()
        name, _, path = resource.removeprefix('oss://').partition('/')
        bucket = oss2.Bucket(auth, server.url, name, region='cn-hangzhou')
        if action == 'oss:ListObjects':
            return bucket.list_objects(prefix=given.get('oss:Prefix', ''))
        if action == 'oss:PutObject':
            acl = given.get('oss:x-oss-object-acl')
            return bucket.put_object(path, b'x', headers={'x-oss-object-acl': acl} if acl else {})
        return {'oss:GetObject': bucket.get_object, 'oss:DeleteObject': bucket.delete_object}[action](path)


def rows(file):
    for one in file['expect']:
        verdict = 'allow' if 'allow' in one else 'deny'
        given = {**file.get('context', {}), **one.get('with', {})}
        for principal in several(one['to']):
            for action in several(one[verdict]):
                for resource in several(one.get('on', '*')):
                    if action in ACTIONS and set(given) <= KEYS:
                        yield principal, action, resource, given, verdict == 'allow'


@pytest.mark.parametrize('name', PUZZLES)
def test_a_real_server_answers_as_the_file_expects(server, name):
    with open(os.path.join(FOLDER, f'{name}.yaml'), encoding='utf-8') as text:
        file = yaml.load(text, Loader)
    questions = list(rows(file))
    assert bool(questions) == (name not in UNASKED), questions
    world = World(server, file)
    for principal, action, resource, given, allowed in questions:
        assert world.ask(world.key(principal), action, resource, given) == allowed, (principal, action, resource, given)


def test_there_are_as_many_as_were_promised():
    assert len(PUZZLES) >= 20 and len(set(PUZZLES) - set(UNASKED)) >= 18
