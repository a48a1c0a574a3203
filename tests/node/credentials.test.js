'use strict';

// @alicloud/credentials with the sources that need no https, and what gets keys from it.
const assert = require('node:assert/strict');
const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const { after, before, describe, test } = require('node:test');
const Credentials = require('@alicloud/credentials');
const { RPCClient } = require('@alicloud/pop-core');
const OSS = require('ali-oss');
const { ACCOUNT, ADMIN, allow, ram, role, roleFor, run, start, sts } = require('./server');

const Credential = Credentials.default;
const CHAIN = `
  new (require('@alicloud/credentials').default)().getCredential().then((found) => console.log(JSON.stringify(found)));
`;

let server;

before(async () => {
  server = await start('--bucket', 'demo');
  await role(server, 'app', allow(['oss:PutObject', 'oss:GetObject'], 'acs:oss:*:*:demo/*'));
});
after(async () => assert.equal(await server.stop(), 0));

const env = (...args) => JSON.parse(run({}, 'env', '--format', 'json', '--endpoint', server.url, ...args));
const whoami = async (key) => (await sts(server, key).request('GetCallerIdentity', {})).Arn;
const byUrl = (uri) => new Credential(null, Credentials.URICredentialsProvider.builder().withCredentialsURI(uri).build());

/** What the default chain finds in a program that has just these variables. */
function chain(variables) {
  const options = { cwd: __dirname, encoding: 'utf8', env: { PATH: process.env.PATH, HOME: server.folder, ...variables } };
  return JSON.parse(execFileSync(process.execPath, ['-e', CHAIN], options));
}

describe('the URL of a role', () => {
  const session = `acs:ram::${ACCOUNT}:assumed-role/app/credentials-uri`;

  test('gives credentials to @alicloud/pop-core and ali-oss', async () => {
    const { uri } = await server.admin('GET', 'credentials-uri/app');
    const key = await byUrl(uri).getCredential();
    assert.match(key.accessKeyId, /^STS\./);
    assert.equal(await whoami(key), session);
    const credentialsProvider = Credentials.URICredentialsProvider.builder().withCredentialsURI(uri).build();
    const client = new RPCClient({ endpoint: server.url, apiVersion: '2015-04-01', credentialsProvider });
    assert.equal((await client.request('GetCallerIdentity', {})).Arn, session);
    const oss = new OSS({ ...key, stsToken: key.securityToken, endpoint: server.url, bucket: 'demo' });
    await oss.put('node', Buffer.from('by URL'));
    assert.equal((await oss.get('node')).content.toString(), 'by URL');
    await assert.rejects(oss.delete('node'), { status: 403, code: 'AccessDenied' });
  });

  test('is what the default chain finds', async () => {
    const found = chain(env('--role', 'app'));
    assert.equal(found.providerName, 'default/credential_uri');
    assert.equal(await whoami(found), session);
  });

  test('is refused with another secret', async () => {
    const { uri } = await server.admin('GET', 'credentials-uri/other');
    await assert.rejects(byUrl(uri.replace('/other/', '/app/')).getCredential(), /httpStatus: 403, message = .*"Forbidden"/);
  });

  test('says that a role is missing, or whom it does not trust', async () => {
    const { uri } = await server.admin('GET', 'credentials-uri/late');
    await assert.rejects(byUrl(uri).getCredential(), /httpStatus: 404, message = .*"EntityNotExist.Role"/);
    await roleFor(server, { Service: ['ecs.aliyuncs.com'] }, 'late');
    await assert.rejects(byUrl(uri).getCredential(), /httpStatus: 403, message = .*"NoPermission".*acs:ram::\d+:root/);
  });

  test('gives nothing once the role is gone', async () => {
    await role(server, 'gone');
    const { uri } = await server.admin('GET', 'credentials-uri/gone');
    const key = await byUrl(uri).getCredential();
    await ram(server).request('DeleteRole', { RoleName: 'gone' });
    await assert.rejects(whoami(key), (error) => {
      assert.equal(error.code, 'InvalidSecurityToken.Malformed');
      return true;
    });
    await assert.rejects(byUrl(uri).getCredential(), /httpStatus: 404/);
  });
});

describe('other sources', () => {
  test('keys in variables', async () => {
    const found = chain(env());
    assert.equal(found.providerName, 'default/env');
    assert.equal(await whoami(found), `acs:ram::${ACCOUNT}:user/localyun`);
  });

  test('profile files', async () => {
    const variables = env('--write-profile', '--home', server.folder);
    assert.equal(chain(variables).providerName, 'default/cli_profile');
    fs.rmSync(path.join(server.folder, '.aliyun', 'config.json'));
    const found = chain(variables);
    assert.equal(found.providerName, 'default/profile');
    assert.deepEqual([found.accessKeyId, found.accessKeySecret], [ADMIN.accessKeyId, ADMIN.accessKeySecret]);
    assert.equal(await whoami(found), `acs:ram::${ACCOUNT}:user/localyun`);
  });
});

test('an ECS instance: all of instance.js, in a network where this machine has 100.100.100.200', async () => {
  const inside = [path.join(__dirname, '..', 'namespace'), process.execPath, '--test', path.join(__dirname, 'instance.js')];
  // A test runner inside another would report to it, and not fail by itself.
  const { NODE_TEST_CONTEXT, ...rest } = process.env;
  const options = { env: rest, encoding: 'utf8' };
  const { stdout } = await promisify(execFile)('python3', inside, options).catch((failed) => assert.fail(failed.stdout));
  assert.match(stdout, /# pass [1-9]\d*\n# fail 0\n# cancelled 0\n# skipped 0\n/);
});
