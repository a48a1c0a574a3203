'use strict';

// Start the binary for one test file, and what the tests share: signed RAM calls and documents.
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { RPCClient } = require('@alicloud/pop-core');

const ROOT = path.join(__dirname, '..', '..');
const BINARY = process.env.LOCALYUN_BIN || path.join(ROOT, 'target', 'release', 'localyun');
const ADMIN = { accessKeyId: 'localyun', accessKeySecret: 'localyun' };
const ACCOUNT = '1234567890123456';

async function start(...flags) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'localyun-node-'));
  const urlFile = path.join(folder, 'url');
  const log = fs.openSync(path.join(folder, 'log'), 'w');
  const child = spawn(BINARY, ['start', '--listen', '127.0.0.1:0', '--url-file', urlFile, ...flags],
    { stdio: ['ignore', log, log] });
  let ended = null;
  const exit = new Promise((resolve) => {
    child.once('error', (error) => { ended = error; resolve(error); });
    child.once('exit', (code, signal) => { ended = code ?? signal; resolve(ended); });
  });
  const giveUp = Date.now() + 60000;
  let url = '';
  while (!url) {
    if (ended !== null || Date.now() > giveUp) {
      child.kill('SIGKILL');
      throw new Error(`the server did not start (${ended}): ${fs.readFileSync(path.join(folder, 'log'), 'utf8')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (fs.existsSync(urlFile)) url = fs.readFileSync(urlFile, 'utf8').trim().replace(/\/$/, '');
  }
  const stop = async () => {
    child.kill('SIGTERM');
    const code = await exit;
    fs.rmSync(folder, { recursive: true });
    return code;
  };
  /** A call of the admin API; what it answers. */
  const admin = async (method, page, body) => {
    const answer = await fetch(`${url}/_localyun/${page}`, { method, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${page}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  return { url, port: Number(new URL(url).port), folder, admin, stop };
}

/** Run the binary once; what it prints. */
function run(env, ...args) {
  return execFileSync(BINARY, args, { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } });
}

const rpc = (server, apiVersion, key = ADMIN) => new RPCClient({ endpoint: server.url, apiVersion, ...key });
const sts = (server, key) => rpc(server, '2015-04-01', key);
const ram = (server, key) => rpc(server, '2015-05-01', key);
const ims = (server, key) => rpc(server, '2019-08-15', key);

const policy = (...Statement) => JSON.stringify({ Version: '1', Statement });
const allow = (Action, Resource = '*') => ({ Effect: 'Allow', Action, Resource });

/** A role of the account that may do this; its ARN. */
const role = (server, name, ...statements) => roleFor(server, { RAM: [`acs:ram::${ACCOUNT}:root`] }, name, ...statements);

/** The same for whom the principal names. */
async function roleFor(server, Principal, RoleName, ...statements) {
  const client = ram(server);
  const AssumeRolePolicyDocument = policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal });
  const { Role } = await client.request('CreateRole', { RoleName, AssumeRolePolicyDocument }, { method: 'POST' });
  if (statements.length > 0) {
    const names = { PolicyType: 'Custom', PolicyName: `${RoleName}-policy`, RoleName };
    const document = { PolicyName: names.PolicyName, PolicyDocument: policy(...statements) };
    await client.request('CreatePolicy', document, { method: 'POST' });
    await client.request('AttachPolicyToRole', names);
  }
  return Role.Arn;
}

/** Credentials in the spelling that the SDKs want. */
const key = (credentials) => ({
  accessKeyId: credentials.AccessKeyId,
  accessKeySecret: credentials.AccessKeySecret,
  securityToken: credentials.SecurityToken,
});

module.exports = { ACCOUNT, ADMIN, allow, ims, key, policy, ram, role, roleFor, run, start, sts };
