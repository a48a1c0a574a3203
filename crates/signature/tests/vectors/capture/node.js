// Captures ali-oss and @alicloud/pop-core into ../node.json, together with every string that they sign: the functions
// of `crypto` that hash are wrapped before a client is loaded.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');

const PORT = 14577;
const NOISE = ['user-agent', 'accept', 'accept-encoding', 'connection', 'x-sdk-client', 'x-sdk-invoke-type'];
const [ID, SECRET, TOKEN] = ['LTAIexample', 'secret-of-an-example', 'CAIS+example/token=='];
const KEY = "dir/a b+c~*'(é)/文 件.txt";
const ROLE = 'acs:ram::1:role/r';
const POLICY = '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*~+"}]}';

let signed = [];
let hashed = [];
let requests = [];
const vectors = [];

function wrap(name, kept) {
  const original = crypto[name];
  crypto[name] = (...options) => {
    const mac = original(...options);
    const update = mac.update.bind(mac);
    mac.update = (message, ...rest) => {
      kept(Buffer.from(message).toString());
      update(message, ...rest);
      return mac;
    };
    return mac;
  };
  return original;
}

wrap('createHmac', text => signed.push(text));
const createHash = wrap('createHash', text => hashed.push(text));

function keep(client, method, target, headers, body, bucket, key) {
  const stringToSign = signed[signed.length - 1];
  const digest = stringToSign.split('\n').pop();
  const canonical = hashed.find(text => createHash('sha256').update(text).digest('hex') === digest);
  vectors.push({
    client,
    secret: SECRET,
    method,
    target,
    headers: headers.filter(([name]) => !NOISE.includes(name)),
    body,
    bucket,
    key,
    string_to_sign: stringToSign,
    canonical_request: canonical === undefined ? null : canonical,
  });
}

function reset() {
  [signed, hashed, requests] = [[], [], []];
}

async function sent(client, act, bucket = null, key = null) {
  reset();
  await act().catch(refused => console.log(`${client}: ${refused.name}`));
  const { method, target, headers, body } = requests[0];
  keep(client, method, target, headers, body, bucket, key);
}

async function presigned(client, method, make, bucket, key, headers = []) {
  reset();
  const url = new URL(await make());
  keep(client, method, url.pathname + url.search, [['host', url.host], ...headers], '', bucket, key);
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    const headers = [];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      headers.push([request.rawHeaders[at].toLowerCase(), request.rawHeaders[at + 1]]);
    }
    requests.push({ method: request.method, target: request.url, headers, body: Buffer.concat(chunks).toString() });
    response.end();
  });
});

async function oss(v4) {
  const OSS = require('ali-oss');
  const bucket = 'examplebucket';
  const name = `ali-oss ${require('ali-oss/package.json').version} ${v4 ? 'v4' : 'v1'}`;
  const options = {
    accessKeyId: ID, accessKeySecret: SECRET, bucket, region: 'oss-cn-hangzhou', authorizationV4: v4,
    endpoint: `http://127.0.0.1:${PORT}`, retryMax: 0,
  };
  const plain = new OSS(options);
  const temporary = new OSS({ ...options, stsToken: TOKEN });
  // No URL is signed for an IP address, and making one sends nothing.
  const named = new OSS({ ...options, endpoint: undefined, stsToken: TOKEN });
  const meta = { headers: { 'x-oss-meta-a': 'b c', 'Content-Type': 'text/plain' } };
  await sent(`${name} put`, () => plain.put(KEY, Buffer.from('hello'), meta), bucket, KEY);
  await sent(`${name} put, token`, () => temporary.put('k', Buffer.from('hello')), bucket, 'k');
  await sent(`${name} get, process`, () => plain.get('p.jpg', { process: 'image/resize,w_100' }), bucket, 'p.jpg');
  await sent(`${name} list`, () => plain.list({ prefix: 'a b/', delimiter: '/', 'max-keys': 3, marker: '' }), bucket);
  await sent(`${name} list v2`, () => plain.listV2({ prefix: 'p', 'continuation-token': 'ChR0b2tlbg==' }), bucket);
  await sent(`${name} delete many`, () => plain.deleteMulti(['a', 'b']), bucket);
  await sent(`${name} versions`, () => plain.getBucketVersions({ prefix: '' }), bucket);
  await sent(`${name} tags`, () => plain.getObjectTagging('k', { versionId: 'CAEQ+/=' }), bucket, 'k');
  await sent(`${name} initiate`, () => plain.initMultipartUpload(KEY), bucket, KEY);
  if (v4) {
    const extra = { headers: { 'x-oss-meta-a': '1' }, queries: { 'response-content-type': 'a b', prefix: '' } };
    await presigned(`${name} presigned`, 'GET', () => named.signatureUrlV4('GET', 60, extra, KEY), bucket, KEY,
      [['x-oss-meta-a', '1']]);
    const hosted = { headers: { host: `${bucket}.oss-cn-hangzhou.aliyuncs.com` } };
    await presigned(`${name} presigned, additional headers`, 'PUT',
      () => named.signatureUrlV4('PUT', 60, hosted, 'k', ['Host']), bucket, 'k');
  } else {
    const extra = { response: { 'content-type': 'a b' }, process: 'image/resize,w_100', method: 'GET' };
    await presigned(`${name} presigned`, 'GET', async () => named.signatureUrl(KEY, extra), bucket, KEY);
  }
}

async function rpc() {
  const Pop = require('@alicloud/pop-core');
  const { version } = require('@alicloud/pop-core/package.json');
  const client = new Pop({
    accessKeyId: ID, accessKeySecret: SECRET, endpoint: `http://127.0.0.1:${PORT}`, apiVersion: '2015-04-01',
  });
  const parameters = { RoleArn: ROLE, RoleSessionName: 's 1', Policy: POLICY };
  await sent(`pop-core ${version} POST`, () => client.request('AssumeRole', parameters, { method: 'POST' }));
  await sent(`pop-core ${version} GET`, () => client.request('AssumeRole', parameters));
  const { STS } = require('ali-oss');
  const sts = new STS({ accessKeyId: ID, accessKeySecret: SECRET, endpoint: `http://127.0.0.1:${PORT}` });
  await sent('ali-oss STS', () => sts.assumeRole(ROLE, POLICY, 900, 's'));
}

server.listen(PORT, '127.0.0.1', async () => {
  await oss(false);
  await oss(true);
  await rpc();
  fs.writeFileSync(process.argv[2], `${JSON.stringify(vectors, null, 1)}\n`);
  server.close();
  process.exit(0);
});
