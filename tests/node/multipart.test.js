'use strict';

// ali-oss in pieces: multipart uploads that are interrupted and resumed, part copies, appends, streams.
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const dns = require('node:dns');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const OSS = require('ali-oss');
const { ADMIN, start } = require('./server');

// Not every system resolves bucket.localhost.
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(/(^|\.)localhost$/.test(name) ? '127.0.0.1' : name, ...rest);

const PART = 100 * 1024;
const SIZE = 10 * PART + 12345;
const body = crypto.createHash('shake256', { outputLength: SIZE }).update('multipart').digest();

let server;
let folder;
let file;

before(async () => {
  server = await start('--bucket', 'demo');
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'localyun-multipart-'));
  file = path.join(folder, 'body.bin');
  fs.writeFileSync(file, body);
});
after(async () => {
  fs.rmSync(folder, { recursive: true });
  assert.equal(await server.stop(), 0);
});

const ADDRESSES = {
  'path style': () => ({ endpoint: `http://localhost:${server.port}`, sldEnable: true }),
  'Host header on an IP address': () => ({ endpoint: server.url }),
};

for (const version of ['V1', 'V4']) {
  for (const [how, address] of Object.entries(ADDRESSES)) {
    describe(`ali-oss, ${version}, ${how}`, () => {
      const key = (name) => `${version}/${how.split(' ')[0]}/${name}`;
      const client = () => new OSS({
        region: 'oss-cn-hangzhou', bucket: 'demo', authorizationV4: version === 'V4', retryMax: 0, ...address(), ...ADMIN,
      });

      test('uploads a file in parts', async () => {
        const seen = [];
        const progress = async (done) => { seen.push(done); };
        const upload = await client().multipartUpload(key('whole'), file, { partSize: PART, parallel: 3, progress });
        assert.match(upload.etag, /^"[0-9A-F]{32}-11"$/);
        assert.equal(seen.at(-1), 1);
        const got = await client().get(key('whole'));
        assert.ok(got.content.equals(body));
        assert.equal(got.res.headers['x-oss-object-type'], 'Multipart');
        assert.equal(got.res.headers.etag, upload.etag);
      });

      test('resumes an upload that was interrupted', async () => {
        const name = key('resumed');
        const first = client();
        let checkpoint;
        const interrupted = first.multipartUpload(name, file, {
          partSize: PART,
          parallel: 1,
          progress: async (done, at) => {
            checkpoint = at && structuredClone(at);
            if (at && at.doneParts.length === 4) first.cancel();
          },
        });
        await assert.rejects(interrupted, { name: 'cancel' });
        await assert.rejects(client().head(name), { status: 404 });
        assert.equal(checkpoint.doneParts.length, 4);
        const listed = await client().listParts(name, checkpoint.uploadId);
        assert.deepEqual(listed.parts.map((part) => Number(part.PartNumber)), [1, 2, 3, 4]);
        const uploads = await client().listUploads({ prefix: name, 'max-uploads': 10 });
        assert.deepEqual(uploads.uploads.map((upload) => upload.uploadId), [checkpoint.uploadId]);

        let parts = 0;
        const progress = async (done, at) => { parts += at ? 1 : 0; };
        const upload = await client().multipartUpload(name, file, { checkpoint, parallel: 2, progress });
        assert.equal(parts, 7, 'the parts that were there are not sent again');
        assert.match(upload.etag, /-11"$/);
        assert.ok((await client().get(name)).content.equals(body));
        assert.equal((await client().listUploads({ prefix: name, 'max-uploads': 10 })).uploads.length, 0);
        await assert.rejects(client().listParts(name, checkpoint.uploadId), { status: 404, code: 'NoSuchUpload' });
      });

      test('aborts an upload', async () => {
        const name = key('aborted');
        const { uploadId } = await client().initMultipartUpload(name);
        const part = await client().uploadPart(name, uploadId, 1, file, 0, PART);
        assert.equal(part.etag, `"${crypto.createHash('md5').update(body.subarray(0, PART)).digest('hex').toUpperCase()}"`);
        await client().abortMultipartUpload(name, uploadId);
        const late = client().uploadPart(name, uploadId, 2, file, PART, 2 * PART);
        await assert.rejects(late, { status: 404, code: 'NoSuchUpload' });
        await assert.rejects(client().abortMultipartUpload(name, uploadId), { status: 404, code: 'NoSuchUpload' });
        await assert.rejects(client().head(name), { status: 404 });
      });

      test('copies in parts', async () => {
        await client().put(key('source'), body);
        const source = { sourceKey: key('source'), sourceBucketName: 'demo' };
        const copy = await client().multipartUploadCopy(key('copy'), source, { partSize: 3 * PART, parallel: 2 });
        assert.match(copy.etag, /^"[0-9A-F]{32}-4"$/);
        assert.ok((await client().get(key('copy'))).content.equals(body));
      });

      test('is told which parts are wrong', async () => {
        const name = key('wrong');
        const { uploadId } = await client().initMultipartUpload(name);
        const one = await client().uploadPart(name, uploadId, 1, file, 0, 1000);
        const two = await client().uploadPart(name, uploadId, 2, file, 1000, 2000);
        const parts = [{ number: 1, etag: one.etag }, { number: 2, etag: two.etag }];
        const complete = (list) => client().completeMultipartUpload(name, uploadId, list);
        await assert.rejects(complete(parts), { status: 400, code: 'EntityTooSmall' });
        await assert.rejects(complete([{ number: 1, etag: two.etag }]), { status: 400, code: 'InvalidPart' });
        await complete(parts.slice(1));
        assert.ok((await client().get(name)).content.equals(body.subarray(1000, 2000)));
      });

      test('appends', async () => {
        const name = key('log');
        let nextAppendPosition = 0;
        for (const text of ['one ', 'two ', 'three']) {
          const done = await client().append(name, Buffer.from(text), { position: nextAppendPosition });
          nextAppendPosition = Number(done.nextAppendPosition);
        }
        assert.equal((await client().get(name)).content.toString(), 'one two three');
        const stale = client().append(name, Buffer.from('x'), { position: 4 });
        await assert.rejects(stale, { status: 409, code: 'PositionNotEqualToLength' });
        assert.equal((await client().get(name)).content.toString(), 'one two three');
      });

      test('streams both ways', async () => {
        await client().putStream(key('stream'), fs.createReadStream(file));
        const { stream } = await client().getStream(key('stream'));
        const pieces = [];
        for await (const piece of stream) pieces.push(piece);
        assert.ok(Buffer.concat(pieces).equals(body));
        const range = await client().get(key('stream'), { headers: { Range: `bytes=${PART}-${PART + 99}` } });
        assert.equal(range.res.status, 206);
        assert.ok(range.content.equals(body.subarray(PART, PART + 100)));
      });
    });
  }
}
