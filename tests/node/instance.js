'use strict';

// @alicloud/credentials on an ECS instance. credentials.test.js runs this in a network where this machine has
// 100.100.100.200.
const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const Credentials = require('@alicloud/credentials');
const OSS = require('ali-oss');
const { ACCOUNT, allow, ram, roleFor, start, sts } = require('./server');

const ECS = { Service: ['ecs.aliyuncs.com'] };
const SESSION = `acs:ram::${ACCOUNT}:assumed-role/app/vm-ram-i-localyun000000000000`;

for (const flags of [[], ['--metadata-token-required']]) {
  describe(flags.length > 0 ? 'where tokens are required' : 'in both modes', () => {
    const required = flags.length > 0;
    /** The SDK tries again without a token, which hides the first refusal, so where one is required it must not. */
    const provider = (change = (builder) => builder) =>
      change(Credentials.ECSRAMRoleCredentialsProvider.builder().withDisableIMDSv1(required)).build();

    async function on(use) {
      const server = await start('--metadata', '100.100.100.200:80', '--bucket', 'demo', ...flags);
      const app = () => roleFor(server, ECS, 'app', allow(['oss:PutObject', 'oss:GetObject'], 'acs:oss:*:*:demo/*'));
      try {
        await use(server, app);
      } finally {
        assert.equal(await server.stop(), 0);
      }
    }
    const whoami = async (server, key) => (await sts(server, key).request('GetCallerIdentity', {})).Arn;

    test('the role of the instance gives credentials', () => on(async (server, app) => {
      await app();
      await server.admin('PUT', 'ecs-role', { role: 'app' });
      for (const change of [undefined, (builder) => builder.withRoleName('app')]) {
        const key = await provider(change).getCredentials();
        assert.equal(await whoami(server, key), SESSION);
        const oss = new OSS({ ...key, stsToken: key.securityToken, endpoint: server.url, bucket: 'demo' });
        await oss.put('node', Buffer.from('on an instance'));
        assert.equal((await oss.get('node')).content.toString(), 'on an instance');
        await assert.rejects(oss.delete('node'), { status: 403, code: 'AccessDenied' });
      }
      const fromClient = new Credentials.default(new Credentials.Config({ type: 'ecs_ram_role', roleName: 'app', disableIMDSv1: required }));
      assert.equal(await whoami(server, await fromClient.getCredential()), SESSION);
    }));

    test('no role, a missing one, and one that does not trust ECS', () => on(async (server) => {
      await assert.rejects(provider().getCredentials(), /get role name failed: .* 404/);
      await server.admin('PUT', 'ecs-role', { role: 'app' });
      await assert.rejects(provider().getCredentials(), /get sts token failed, httpStatus: 404/);
      await roleFor(server, { RAM: [`acs:ram::${ACCOUNT}:root`] }, 'app');
      await assert.rejects(provider().getCredentials(), /get sts token failed, httpStatus: 404/);
    }));

    test('a role that is removed while it is used', () => on(async (server, app) => {
      await app();
      await server.admin('PUT', 'ecs-role', { role: 'app' });
      const key = await provider().getCredentials();
      const names = { PolicyType: 'Custom', PolicyName: 'app-policy', RoleName: 'app' };
      await ram(server).request('DetachPolicyFromRole', names);
      await ram(server).request('DeleteRole', { RoleName: 'app' });
      await assert.rejects(whoami(server, key), (error) => {
        assert.equal(error.code, 'InvalidSecurityToken.Malformed');
        return true;
      });
      await assert.rejects(provider().getCredentials(), /httpStatus: 404/);
    }));

    test('credentials that are past their end', () => on(async (server, app) => {
      await app();
      await server.admin('PUT', 'ecs-role', { role: 'app' });
      const key = await provider().getCredentials();
      await server.admin('POST', 'clock', { advance_seconds: 6 * 3600 + 1 });
      await assert.rejects(whoami(server, key), (error) => {
        assert.equal(error.code, 'InvalidSecurityToken.Expired');
        return true;
      });
      assert.equal(await whoami(server, await provider().getCredentials()), SESSION);
    }));

    if (required) {
      test('an SDK that may go without a token is told 403', () => on(async (server, app) => {
        await app();
        await server.admin('PUT', 'ecs-role', { role: 'other' });
        const old = Credentials.ECSRAMRoleCredentialsProvider.builder().withRoleName('app').build();
        await assert.rejects(old.getCredentials(), /httpStatus: 403, message = [^]*403 - Forbidden/);
      }));
    }
  });
}
