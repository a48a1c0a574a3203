"""`localyun permissions test`: files of policies and expectations, without a server."""
import os
import re
import xml.etree.ElementTree as ElementTree

import pytest

from localyun import ROOT, run

WORLD = """\
policies:
  read-photos:
    Version: "1"
    Statement:
      - Effect: Allow
        Action: oss:GetObject
        Resource: acs:oss:*:*:photos/*
      - Effect: Allow
        Action: oss:ListObjects
        Resource: acs:oss:*:*:photos
        Condition: {StringLike: {oss:Prefix: 2026/*}}
groups:
  staff: {policies: [AliyunSTSAssumeRoleAccess]}
users:
  anna: {policies: [read-photos], groups: [staff], id: "299999999999999999"}
  bob: {}
roles:
  ci:
    policies: [AliyunOSSFullAccess]
    trust:
      Version: "1"
      Statement:
        - {Effect: Allow, Action: sts:AssumeRole, Principal: {RAM: ["acs:ram::1234567890123456:user/anna"]}}
sessions:
  narrow:
    role: ci
    policy: '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}]}'
buckets:
  photos:
    policy:
      Version: "1"
      Statement:
        - {Effect: Deny, Principal: ["*"], Action: oss:DeleteObject, Resource: "acs:oss:*:1234567890123456:photos/*",
           Condition: {StringLike: {acs:SourceVpc: "*"}}}
        - {Effect: Allow, Principal: ["299999999999999999"], Action: oss:PutObject,
           Resource: "acs:oss:*:1234567890123456:photos/in/*"}
    objects:
      open.jpg: {acl: public-read}
accounts:
  2222222222222222:
    users:
      eve: {policies: [AdministratorAccess]}
"""
EXPECT = """\
expect:
  - {allow: oss:GetObject, to: user/anna, on: oss://photos/cat.jpg, by: read-photos#0}
  - {deny: [oss:PutObject, oss:DeleteObject], to: [user/anna, user/bob, anonymous], on: oss://photos/cat.jpg}
  - {allow: oss:PutObject, to: user/anna, on: oss://photos/in/cat.jpg, by: bucket policy#1}
  - {allow: oss:ListObjects, to: user/anna, on: oss://photos, with: {oss:Prefix: 2026/x}}
  - {deny: oss:ListObjects, to: user/anna, on: oss://photos, by: nothing}
  - {allow: sts:AssumeRole, to: user/anna, on: "acs:ram:*:*:role/ci"}
  - {deny: sts:AssumeRole, to: user/localyun, on: "acs:ram:*:*:role/ci", by: trust policy}
  - {deny: sts:AssumeRole, to: root, on: "acs:ram:*:*:role/ci", by: service}
  - {allow: [oss:GetObject, oss:PutObject], to: role/ci, on: [oss://photos/x, oss://photos/y]}
  - {deny: oss:PutObject, to: session/narrow, on: oss://photos/x, by: session policy}
  - {allow: oss:GetObject, to: session/narrow, on: oss://photos/x}
  - {deny: oss:DeleteObject, to: [role/ci, root], on: oss://photos/x, by: bucket policy#0}
  - {allow: oss:GetObject, to: anonymous, on: oss://photos/open.jpg, by: acl}
  - {allow: oss:PutObject, to: root, on: oss://photos/x, by: owner}
  - {deny: oss:GetObject, to: "2222222222222222:user/eve", on: oss://photos/x}
  - {allow: ram:CreateUser, to: "acs:ram::2222222222222222:user/eve"}
"""


@pytest.fixture
def test(tmp_path):
    def test(text, *flags, code=0):
        path = tmp_path / 'test.yaml'
        path.write_text(text)
        done = run('permissions', 'test', str(path), *flags)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done
    return test


def test_everything_that_a_file_can_say(test):
    done = test(WORLD + EXPECT)
    assert '25 of 25 expectations hold' in done.stdout


def test_what_fails_is_explained(test):
    done = test(WORLD + EXPECT.replace('deny: oss:PutObject, to: session', 'allow: oss:PutObject, to: session'), code=1)
    assert ':53 allow oss:PutObject to session/narrow on oss://photos/x\n' in done.stdout
    assert 'expected to be allowed, but the session policy does not allow it' in done.stdout
    assert 'DENIED  oss:PutObject on acs:oss:*:1234567890123456:photos/x' in done.stdout
    assert '24 of 25 expectations hold' in done.stdout


def test_it_is_not_enough_to_be_right_for_the_wrong_reason(test):
    done = test(WORLD + EXPECT.replace('by: read-photos#0', 'by: bucket policy#1'), code=1)
    assert 'expected by bucket policy#1, but read-photos (Custom) Statement[0] allows it' in done.stdout


def test_time_and_circumstances_are_those_of_the_file(test):
    world = """
now: 2030-01-02T03:04:05Z
context: {acs:SourceIp: 203.0.113.7}
policies:
  office:
    Version: "1"
    Statement:
      - Effect: Allow
        Action: oss:ListBuckets
        Resource: "*"
        Condition:
          IpAddress: {acs:SourceIp: 203.0.113.0/24}
          DateGreaterThan: {acs:CurrentTime: "2030-01-01T00:00:00Z"}
users: {anna: {policies: [office]}}
expect:
  - {allow: oss:ListBuckets, to: user/anna}
  - {deny: oss:ListBuckets, to: user/anna, with: {acs:SourceIp: 198.51.100.1}}
  - {deny: oss:ListBuckets, to: user/anna, with: {acs:CurrentTime: 2029-12-31T00:00:00Z}}
  - {deny: oss:ListBuckets, to: user/anna, with: {acs:SourceIp: null}}
"""
    assert '4 of 4' in test(world).stdout


def test_policies_in_files_of_their_own(test, tmp_path):
    (tmp_path / 'read.json').write_text('{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:ListBuckets", "Resource": "*"}]}')
    world = 'policies: {read: "file:read.json"}\nusers: {anna: {policies: [read]}}\nexpect: [{allow: oss:ListBuckets, to: user/anna}]\n'
    test(world)
    assert 'cannot read' in test(world.replace('read.json', 'none.json'), code=2).stderr


def test_the_results_for_ci(test, tmp_path):
    junit = tmp_path / 'junit.xml'
    test(WORLD + EXPECT.replace('deny: oss:PutObject, to: session', 'allow: oss:PutObject, to: session'), '--junit', str(junit), code=1)
    suite, = ElementTree.parse(junit).getroot()
    assert (suite.get('tests'), suite.get('failures')) == ('25', '1') and len(suite) == 25
    failed, = [case for case in suite if len(case)]
    assert failed.get('name') == 'allow oss:PutObject to session/narrow on oss://photos/x' and failed.get('line') == '53'
    assert 'DENIED' in failed[0].text


def test_what_no_expectation_notices(test):
    done = test(WORLD + EXPECT, '--mutate', code=1)
    assert 'policy read-photos Statement[0]: Resource widened to *: no expectation notices' in done.stdout
    assert 'Condition' not in done.stdout and 'left out' not in done.stdout
    more = EXPECT.replace('expect:', """expect:
  - {deny: oss:GetObject, to: user/anna, on: oss://other/x}
  - {deny: oss:ListObjects, to: user/anna, on: oss://other, with: {oss:Prefix: 2026/x}}
  - {deny: oss:GetBucketAcl, to: user/anna, on: oss://photos, with: {oss:Prefix: 2026/x}}
  - {deny: oss:GetObjectAcl, to: user/anna, on: [oss://photos/x, oss://photos/in/x]}
  - {deny: sts:AssumeRole, to: role/ci, on: "acs:ram:*:*:role/ci"}
  - {deny: oss:PutObject, to: user/bob, on: oss://photos/in/x}""")
    complete = test(WORLD.replace('buckets:', 'buckets:\n  other: {}') + more, '--mutate')
    assert '23 of 23 changes to its policies are noticed' in complete.stdout


def test_every_slip_in_a_policy_is_noticed_by_tests_that_are_complete(test):
    world = """
policies:
  read:
    Version: "1"
    Statement:
      - {Effect: Allow, Action: [oss:GetObject, oss:GetObjectAcl], Resource: "acs:oss:*:*:photos/*"}
users: {anna: {policies: [read]}}
buckets: {photos: {}, other: {}}
expect:
  - {allow: [oss:GetObject, oss:GetObjectAcl], to: user/anna, on: oss://photos/x}
  - {deny: oss:PutObject, to: user/anna, on: oss://photos/x}
  - {deny: oss:GetObject, to: user/anna, on: oss://other/x}
"""
    assert '6 of 6 changes to its policies are noticed' in test(world, '--mutate').stdout
    idle = test(world.replace('  read:', '  idle: {Version: "1", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}\n  read:'),
                '--mutate', code=1)
    assert 'policy idle: no expectation asks about anybody or anything that has it' in idle.stdout


@pytest.mark.parametrize('wrong, instead, says', [
    ('policies: [read-photos]', 'policies: [read-photo]', ':15:9: there is no policy `read-photo`'),
    ('Effect: Allow\n        Action: oss:G', 'Effect: allow\n        Action: oss:G', 'MalformedPolicyDocument: Statement[0].Effect must be'),
    ('Version: "1"\n    Statement:\n      - Effect', 'Version: 1\n    Statement:\n      - Effect', ':3:5: the policy `read-photos` is refused'),
    ('expect:', 'expects:', 'unknown field `expects`'),
    ('to: user/anna, on: oss://photos/cat.jpg, by', 'too: user/anna, on: oss://photos/cat.jpg, by', 'unknown field `too`'),
    ('allow: oss:GetObject, to: user', 'allow: oss:GetObjekt, to: user', 'did you mean oss:GetObject?'),
    ('oss://photos/cat.jpg, by', 'oss://fotos/cat.jpg, by', 'there is no bucket `fotos`; there are: photos'),
    ('session/narrow', 'session/wide', 'there is no session `wide`'),
    ('acl: public-read', 'acl: public', 'the object `open.jpg` of the bucket `photos` is refused: InvalidArgument'),
    ('groups: [staff]', 'groups: [stuff]', 'there is no group `stuff`'),
    ('1234567890123456:user/anna', '1234567890123456:user/nobody', 'the trust policy of the role `ci` is refused'),
    ('role: ci', 'role: cd', 'there is no role `cd`'),
    ("policy: '{\"Version\"", "policy: '{\"Vers\"", 'the session policy is refused'),
    ('Principal: ["*"]', 'Principal: {RAM: ["*"]}', 'the policy of the bucket `photos` is refused: InvalidPolicyDocument'),
    ('by: bucket policy#0', 'by: bucket policy#x', '`by` names a policy'),
    ('to: user/anna, on: oss://photos/in', 'on: oss://photos/in', 'an expectation says `to` whom'),
    ('allow: oss:ListObjects', 'deny: oss:GetObject, allow: oss:ListObjects', 'either `allow` or `deny`'),
    ('id: "299999999999999999"', 'id: "me"', '`me` is no id of a user'),
    ('2222222222222222:\n', '22:\n', '`22` cannot be the uid of an account'),
    ('users:\n  anna', 'users:\n  bob: {}\n  anna', 'there is a second bob'),
])
def test_files_that_cannot_be_used(test, wrong, instead, says):
    text = WORLD + EXPECT
    assert wrong in text
    done = test(text.replace(wrong, instead, 1), code=2)
    assert says in done.stderr and re.search(r'test\.yaml:\d+:\d+: ', done.stderr) and not done.stdout


def test_a_file_that_is_not_there_or_is_no_yaml(test, tmp_path):
    assert 'cannot be read' in run('permissions', 'test', str(tmp_path / 'none.yaml')).stderr
    for text in ['expect: 1', '\tx', 'expect: [', '[]', '- 1', '&a [*a]', 'a: b\n---\nc: d', '"' + 'x' * 100_000 + '": 1']:
        done = test(text, code=2)
        assert 'panicked' not in done.stderr and len(done.stderr) < 1000, done.stderr


def test_an_empty_file_expects_nothing(test):
    assert '0 of 0 expectations hold' in test('').stdout


def test_thousands_of_expectations(test):
    keys = ', '.join(f'oss://photos/{n}' for n in range(1000))
    rows = f'  - {{allow: oss:GetObject, to: [user/anna, role/ci, root, user/localyun, session/narrow], on: [{keys}]}}\n'
    assert '5025 of 5025 expectations hold' in test(WORLD + EXPECT + rows).stdout


def test_the_example_of_the_documentation(test):
    with open(os.path.join(ROOT, 'docs', 'permission-tests.md'), encoding='utf-8') as page:
        blocks = re.findall(r'```yaml\n(.*?)```', page.read(), re.S)
    assert '5 of 5 expectations hold' in test(blocks[0]).stdout
    gap = test(blocks[0], '--mutate', code=1).stdout
    assert 'policy read-photos Statement[0]: Resource widened to *: no expectation notices' in gap and '3 of 4 changes' in gap
    assert '4 of 4 changes' in test(blocks[0].replace('photos: {}', 'photos: {}\n  other: {}') + blocks[1], '--mutate').stdout


def test_the_example_of_the_help(test):
    page = run('permissions', 'test', '--help').stdout
    example = page.split('A file:\n')[1].split('\n\n')[0]
    assert '5 of 5 expectations hold' in test(example + '\n').stdout


def test_every_decision_is_told_if_asked_for(test):
    told = test(WORLD + EXPECT, '--explain').stdout
    assert len(re.findall(r'^  (?:ALLOWED|DENIED)  ', told, re.M)) == 25
