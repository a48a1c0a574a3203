'use strict';

// node assume-role.js URL GET|POST ROLE_ARN SESSION_NAME: print the credentials that @alicloud/pop-core gets.
const RPCClient = require('@alicloud/pop-core').RPCClient;

const [endpoint, method, RoleArn, RoleSessionName] = process.argv.slice(2);
const client = new RPCClient({
  endpoint, apiVersion: '2015-04-01', accessKeyId: 'localyun', accessKeySecret: 'localyun',
});

client.request('AssumeRole', { RoleArn, RoleSessionName }, { method }).then(
  (answer) => console.log(JSON.stringify(answer.Credentials)),
  (error) => { console.error(error); process.exitCode = 1; },
);
