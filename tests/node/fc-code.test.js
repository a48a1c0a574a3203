'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const FC = require('@alicloud/fc2');
const OSS = require('ali-oss');
const { ACCOUNT, ADMIN, start } = require('./server');

let server;
let folder;
let fc;

before(async () => {
  server = await start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'localyun-node-'));
  fc = new FC(ACCOUNT, {
    accessKeyID: ADMIN.accessKeyId, accessKeySecret: ADMIN.accessKeySecret, region: 'cn-hangzhou', endpoint: server.url,
  });
});
after(async () => {
  fs.rmSync(folder, { recursive: true });
  assert.equal(await server.stop(), 0);
});

function packed(name, files) {
  const place = fs.mkdtempSync(path.join(folder, name));
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(place, file)), { recursive: true });
    fs.writeFileSync(path.join(place, file), text);
  }
  const tops = [...new Set(Object.keys(files).map((file) => file.split('/')[0]))];
  execFileSync('python3', ['-m', 'zipfile', '-c', 'package.zip', ...tops], { cwd: place });
  return path.join(place, 'package.zip');
}

/** As Serverless Devs and publishLayerVersionForBigCode upload a package, but for the endpoint. */
async function uploaded(zip) {
  const { credentials, ossBucket, ossRegion, objectName } = (await fc.getTempBucketToken()).data;
  const oss = new OSS({
    region: ossRegion, endpoint: server.url, accessKeyId: credentials.AccessKeyId, bucket: ossBucket,
    accessKeySecret: credentials.AccessKeySecret, stsToken: credentials.SecurityToken, retryMax: 0,
    refreshSTSTokenInterval: 3000000, refreshSTSToken: async () => credentials,
  });
  const ossObjectName = `${fc.accountid}/${objectName}`;
  await oss.put(ossObjectName, zip);
  return { ossBucketName: ossBucket, ossObjectName };
}

test('@alicloud/fc2 deploys through the temporary bucket, with layers and tags', async () => {
  const layer = packed('layer', { 'python/shared.py': 'WORD = "shared"\n' });
  const { arn, version } = (await fc.publishLayerVersion('words', { code: await uploaded(layer) })).data;
  assert.equal(version, 1);
  const zip = packed('code', { 'index.py': 'import shared\ndef handler(event, context):\n    return shared.WORD\n' });
  await fc.createService('svc');
  const settings = { functionName: 'f', runtime: 'python3.10', handler: 'index.handler', layers: [arn] };
  const made = (await fc.createFunction('svc', { ...settings, code: await uploaded(zip) })).data;
  assert.deepEqual(made.layers, [arn]);
  assert.equal(String((await fc.invokeFunction('svc', 'f', '')).data), 'shared');

  const { url, checksum } = (await fc.getFunctionCode('svc', 'f')).data;
  assert.equal(checksum, made.codeChecksum);
  assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), fs.readFileSync(zip));
  assert.deepEqual((await fc.listLayers()).data.layers.map((one) => one.arn), [arn]);
  assert.equal((await fc.getLayerVersion('words', 1)).data.codeSize, fs.statSync(layer).size);

  await fc.tagResource('services/svc', { team: 'dev' });
  assert.deepEqual((await fc.getResourceTags({ resourceArn: 'services/svc' })).data.tags, { team: 'dev' });
  assert.deepEqual((await fc.listServices({ tags: { team: 'dev' } })).data.services.map((s) => s.serviceName), ['svc']);
  await fc.untagResource('services/svc', ['team']);
  assert.deepEqual((await fc.listServices({ tags: { team: 'dev' } })).data.services, []);
  assert.ok((await fc.getAccountSettings()).data.availableAZs.length > 0);
});
