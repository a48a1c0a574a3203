'use strict';

// The fields of forms that ali-oss signs, V1 and V4, for a policy given as JSON.
const OSS = require('ali-oss');

const policy = JSON.parse(process.argv[2]);
const client = new OSS({
  region: 'oss-cn-hangzhou', accessKeyId: 'localyun', accessKeySecret: 'localyun', bucket: 'demo',
});
const date = new Date();
const stamp = `${date.toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
const named = {
  'x-oss-signature-version': 'OSS4-HMAC-SHA256',
  'x-oss-credential': `localyun/${stamp.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request`,
  'x-oss-date': stamp,
};
const conditions = Object.entries(named).map(([name, value]) => ({ [name]: value }));
const policyV4 = { ...policy, conditions: [...policy.conditions, ...conditions] };
console.log(JSON.stringify({
  v1: client.calculatePostSignature(policy),
  v4: {
    ...named,
    policy: Buffer.from(JSON.stringify(policyV4), 'utf8').toString('base64'),
    'x-oss-signature': client.signPostObjectPolicyV4(policyV4, date),
  },
}));
