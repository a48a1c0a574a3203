'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const OSS = require('ali-oss');
const { ACCOUNT, ADMIN, allow, key, policy, role, start, sts } = require('./server');

let server;
let arn;

before(async () => {
  server = await start();
  arn = await role(server, 'reader', allow('oss:GetObject'));
});
after(async () => assert.equal(await server.stop(), 0));

describe('@alicloud/pop-core', () => {
  for (const method of ['GET', 'POST']) {
    test(`assumes a role (${method})`, async () => {
      const answer = await sts(server).request('AssumeRole', { RoleArn: arn, RoleSessionName: 'node' }, { method });
      assert.match(answer.RequestId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
      assert.equal(answer.AssumedRoleUser.Arn, `acs:ram::${ACCOUNT}:assumed-role/reader/node`);
      assert.match(answer.AssumedRoleUser.AssumedRoleId, /^\d+:node$/);
      assert.match(answer.Credentials.AccessKeyId, /^STS\./);
      assert.match(answer.Credentials.Expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    });

    test(`says who it is (${method})`, async () => {
      const user = await sts(server).request('GetCallerIdentity', {}, { method });
      assert.equal(user.IdentityType, 'RAMUser');
      assert.equal(user.Arn, `acs:ram::${ACCOUNT}:user/localyun`);
      assert.equal(user.AccountId, ACCOUNT);
      const assumed = await sts(server).request('AssumeRole', { RoleArn: arn, RoleSessionName: 'node' }, { method });
      const session = await sts(server, key(assumed.Credentials)).request('GetCallerIdentity', {}, { method });
      assert.equal(session.IdentityType, 'AssumedRoleUser');
      assert.equal(session.Arn, `acs:ram::${ACCOUNT}:assumed-role/reader/node`);
    });

    test(`sends a session policy with every kind of character (${method})`, async () => {
      const Policy = policy(allow('oss:GetObject', "acs:oss:*:*:demo/a b+c*'()!~/中文&=%"));
      const params = { RoleArn: arn, RoleSessionName: 'node', Policy };
      assert.ok((await sts(server).request('AssumeRole', params, { method })).Credentials.SecurityToken);
    });

    test(`is told when the secret is wrong (${method})`, async () => {
      const wrong = sts(server, { ...ADMIN, accessKeySecret: 'wrong' });
      await assert.rejects(wrong.request('GetCallerIdentity', {}, { method }), (error) => {
        assert.equal(error.code, 'SignatureDoesNotMatch');
        assert.equal(error.entry.response.statusCode, 400);
        assert.match(error.data.Message, /server string to sign is:(GET|POST)&%2F&/);
        return true;
      });
    });
  }

  test('is told that a role does not exist', async () => {
    const params = { RoleArn: `acs:ram::${ACCOUNT}:role/missing`, RoleSessionName: 'node' };
    await assert.rejects(sts(server).request('AssumeRole', params), (error) => {
      assert.equal(error.code, 'EntityNotExist.Role');
      assert.equal(error.entry.response.statusCode, 404);
      return true;
    });
  });
});

describe('the STS client of ali-oss', () => {
  const client = () => new OSS.STS({ ...ADMIN, endpoint: server.url });

  test('assumes a role', async () => {
    const { credentials } = await client().assumeRole(arn, policy(allow('oss:GetObject')), 900, 'node');
    assert.match(credentials.AccessKeyId, /^STS\./);
    const left = (Date.parse(credentials.Expiration) - Date.now()) / 1000;
    assert.ok(left > 840 && left <= 960, `expires in ${left} seconds`);
  });

  test('is told that a role does not exist', async () => {
    await assert.rejects(client().assumeRole(`acs:ram::${ACCOUNT}:role/missing`),
      { status: 404, code: 'EntityNotExist.Role' });
  });
});
