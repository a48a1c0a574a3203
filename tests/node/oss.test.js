'use strict';

const assert = require('node:assert/strict');
const dns = require('node:dns');
const { after, before, describe, test } = require('node:test');
const OSS = require('ali-oss');
const { ADMIN, allow, key, role, start, sts } = require('./server');

let server;
let writer;

// Not every system resolves bucket.localhost.
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(/(^|\.)localhost$/.test(name) ? '127.0.0.1' : name, ...rest);

// How ali-oss addresses a server that is not the real one (its options): the bucket in the path; in the Host header
// alone, while it connects to an IP address; as a part of the host name. (sldEnable on an IP address is no fourth way:
// it puts the bucket into the path and into the Host header.)
const ADDRESSES = {
  'path style': () => ({ endpoint: `http://localhost:${server.port}`, sldEnable: true }),
  'Host header on an IP address': () => ({ endpoint: server.url }),
  'bucket.localhost': () => ({ endpoint: `http://localhost:${server.port}` }),
};

const connect = (address, authorizationV4, credentials, bucket = 'demo') => new OSS({
  region: 'oss-cn-hangzhou', bucket, authorizationV4, retryMax: 0, refreshSTSTokenInterval: 300000,
  refreshSTSToken: async () => credentials, ...address(), ...credentials,
});
const session = ({ securityToken, ...rest }) => ({ ...rest, stsToken: securityToken });

before(async () => {
  server = await start('--bucket', 'demo');
  const arn = await role(server, 'writer', allow(['oss:PutObject', 'oss:GetObject'], 'acs:oss:*:*:demo/*'));
  const assumed = await sts(server).request('AssumeRole', { RoleArn: arn, RoleSessionName: 'node' });
  writer = session(key(assumed.Credentials));
});
after(async () => assert.equal(await server.stop(), 0));

for (const version of ['V1', 'V4']) {
  for (const [how, address] of Object.entries(ADDRESSES)) {
    describe(`ali-oss, ${version}, ${how}`, () => {
      const client = (credentials = writer, bucket = 'demo') => connect(address, version === 'V4', credentials, bucket);

      test('puts and gets with a session', async () => {
        const name = 'dir/中文 a+b.txt';
        const put = await client().put(name, Buffer.from('hello'), { headers: { 'x-oss-meta-color': 'blue' } });
        assert.equal(put.res.status, 200);
        const got = await client().get(name);
        assert.equal(got.content.toString(), 'hello');
        assert.equal(got.res.headers['x-oss-meta-color'], 'blue');
        assert.equal(got.res.headers.etag, '"5D41402ABC4B2A76B9719D911017C592"');
      });

      test('is denied what the role does not allow', async () => {
        await client().put('kept', Buffer.from('kept'));
        await assert.rejects(client().delete('kept'), { status: 403, code: 'AccessDenied' });
        assert.equal((await client().get('kept')).content.toString(), 'kept');
      });

      test('is told that the secret is wrong', async () => {
        const forged = client({ ...writer, accessKeySecret: 'wrong' });
        await assert.rejects(forged.put('forged', Buffer.from('x')), { status: 403, code: 'SignatureDoesNotMatch' });
        await assert.rejects(client().get('forged'), { status: 404, code: 'NoSuchKey' });
      });

      // Refused by the client itself on an IP address: such a URL has no bucket.
      if (how !== 'Host header on an IP address') {
        test('signs a URL', async () => {
          await client().put('signed', Buffer.from('by URL'));
          const url = version === 'V4'
            ? await client().signatureUrlV4('GET', 60, undefined, 'signed') : client().signatureUrl('signed');
          const answer = await fetch(url);
          assert.equal(answer.status, 200, await answer.clone().text());
          assert.equal(await answer.text(), 'by URL');
        });

        test('signs a URL to put with', async () => {
          const headers = { 'Content-Type': 'text/plain', 'x-oss-meta-color': 'blue' };
          const url = version === 'V4'
            ? await client().signatureUrlV4('PUT', 60, { headers }, 'put/a b')
            : client().signatureUrl('put/a b', { method: 'PUT', expires: 60, ...headers });
          const put = (more) => fetch(url, { method: 'PUT', body: 'by URL', headers: { ...headers, ...more } });
          assert.equal((await put({ 'x-oss-meta-color': 'red' })).status, 403);
          const answer = await put({});
          assert.equal(answer.status, 200, await answer.text());
          assert.equal((await client().get('put/a b')).res.headers['x-oss-meta-color'], 'blue');
        });
      }

      test('lists as the administrator', async () => {
        await client().put('listed/a', Buffer.from('1'));
        const answer = await client(ADMIN).listV2({ prefix: 'listed/', 'max-keys': 10 });
        assert.deepEqual(answer.objects.map((o) => o.name), ['listed/a']);
      });
    });
  }
}
