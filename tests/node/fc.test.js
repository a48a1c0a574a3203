'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const FC = require('@alicloud/fc2');
const { ACCOUNT, ADMIN, start } = require('./server');

let server;

before(async () => { server = await start(); });
after(async () => assert.equal(await server.stop(), 0));

function client(secret = ADMIN.accessKeySecret) {
  const fc = new FC(ACCOUNT, { accessKeyID: ADMIN.accessKeyId, accessKeySecret: secret, region: 'cn-hangzhou' });
  fc.endpoint = server.url;
  return fc;
}

function packed(code, file = 'index.py') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'localyun-node-'));
  fs.writeFileSync(path.join(folder, file), code);
  execFileSync('python3', ['-m', 'zipfile', '-c', 'f.zip', file], { cwd: folder });
  const zip = fs.readFileSync(path.join(folder, 'f.zip'), 'base64');
  fs.rmSync(folder, { recursive: true });
  return zip;
}

const EXAMPLES = {
  'example-1': ['import json\ndef handler(event, context):\n    return json.loads(event)["key"]\n', /^value$/],
  'example-3': ['import subprocess\ndef handler(event, context):\n    return subprocess.check_output(["ls", "-l"])\n', /index\.py/],
};

test('@alicloud/fc2 makes and runs functions', async () => {
  const fc = client();
  assert.equal((await fc.createService('svc')).data.serviceName, 'svc');
  for (const [functionName, [code, expected]] of Object.entries(EXAMPLES)) {
    const settings = { functionName, runtime: 'python3.10', handler: 'index.handler', code: { zipFile: packed(code) } };
    assert.equal((await fc.createFunction('svc', settings)).data.functionName, functionName);
    assert.match(String((await fc.invokeFunction('svc', functionName, '{"key": "value"}')).data), expected);
  }
  const listed = (await fc.listFunctions('svc')).data.functions.map((one) => one.functionName);
  assert.deepEqual(listed, ['example-1', 'example-3']);
});

test('@alicloud/fc2 reads the errors', async () => {
  await assert.rejects(client().getFunction('nowhere', 'f'), { name: 'FCServiceNotFoundError', code: 'ServiceNotFound' });
  await assert.rejects(client('wrong').listServices(), { name: 'FCSignatureNotMatchError' });
});

test('@alicloud/fc2 calls functions over HTTP', async () => {
  const fc = client();
  const code = [
    'import json',
    'def handler(environ, start_response):',
    '    told = [environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], environ["wsgi.input"].read().decode()]',
    '    start_response("200 OK", [("Content-Type", "application/json")])',
    '    return [json.dumps(told).encode()]',
  ].join('\n');
  await fc.createService('web');
  await fc.createFunction('web', { functionName: 'f', runtime: 'python3.10', handler: 'index.handler', code: { zipFile: packed(code) } });
  const triggerConfig = { authType: 'function', methods: ['GET', 'POST'] };
  await fc.createTrigger('web', 'f', { triggerName: 'http', triggerType: 'http', triggerConfig });
  const got = await fc.get('/proxy/web/f/a', { b: ['2', '1'], c: 'x y' });
  assert.deepEqual(got.data, ['GET', '/a', 'b=2&b=1&c=x%20y', '']);
  const posted = await fc.post('/proxy/web.LATEST/f/', 'hello', {}, null);
  assert.deepEqual(posted.data, ['POST', '/', '', 'hello']);
  await assert.rejects(client('wrong').get('/proxy/web/f/a', {}), { code: 'SignatureNotMatch' });
});

test('@alicloud/fc2 calls handlers of Node.js over HTTP', async () => {
  const fc = client();
  const code = `exports.handler = async (req, resp, context) => {
    const parts = [];
    for await (const part of req) parts.push(part);
    resp.setHeader('content-type', 'application/json');
    resp.send(JSON.stringify([req.method, req.path, req.queries, Buffer.concat(parts).toString(), context.function.name]));
  }`;
  await fc.createService('node');
  const zipFile = packed(code, 'index.js');
  await fc.createFunction('node', { functionName: 'f', runtime: 'nodejs16', handler: 'index.handler', code: { zipFile } });
  const triggerConfig = { authType: 'function', methods: ['GET', 'POST'] };
  await fc.createTrigger('node', 'f', { triggerName: 'http', triggerType: 'http', triggerConfig });
  const got = await fc.get('/proxy/node/f/a', { b: ['2', '1'], c: 'x y' });
  assert.deepEqual(got.data, ['GET', '/a', { b: ['2', '1'], c: 'x y' }, '', 'f']);
  const posted = await fc.post('/proxy/node.LATEST/f/', 'hello', {}, null);
  assert.deepEqual(posted.data, ['POST', '/', {}, 'hello', 'f']);
  await assert.rejects(client('wrong').get('/proxy/node/f/a', {}), { code: 'SignatureNotMatch' });
});
