'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { ACCOUNT, allow, ims, policy, ram, start, sts } = require('./server');

let server;

before(async () => { server = await start(); });
after(async () => assert.equal(await server.stop(), 0));

/** The call must be refused with exactly this. */
const refused = (call, statusCode, code) => assert.rejects(call, (error) => {
  assert.deepEqual([error.entry.response.statusCode, error.code], [statusCode, code]);
  return true;
});

describe('@alicloud/pop-core', () => {
  for (const method of ['GET', 'POST']) {
    const call = (action, params) => ram(server).request(action, params, { method });
    const name = (text) => `${text}-${method}`;

    test(`manages groups (${method})`, async () => {
      const [GroupName, UserName] = [name('readers'), name('anna')];
      const named = { PolicyType: 'Custom', PolicyName: name('read') };
      await call('CreateUser', { UserName });
      await call('CreatePolicy', { PolicyName: named.PolicyName, PolicyDocument: policy(allow('oss:GetObject')) });
      const made = await call('CreateGroup', { GroupName, Comments: 'a b+c/中' });
      assert.equal(made.Group.Comments, 'a b+c/中');
      await refused(call('CreateGroup', { GroupName }), 409, 'EntityAlreadyExists.Group');
      await call('AddUserToGroup', { GroupName, UserName });
      await refused(call('AddUserToGroup', { GroupName, UserName }), 409, 'EntityAlreadyExists.User.Group');
      await call('AttachPolicyToGroup', { ...named, GroupName });
      await refused(call('AttachPolicyToGroup', { ...named, GroupName }), 409, 'EntityAlreadyExists.Group.Policy');
      assert.equal((await call('ListPoliciesForGroup', { GroupName })).Policies.Policy[0].PolicyName, named.PolicyName);
      assert.equal((await call('ListUsersForGroup', { GroupName })).Users.User[0].UserName, UserName);
      assert.equal((await call('ListGroupsForUser', { UserName })).Groups.Group[0].GroupName, GroupName);
      await refused(call('DeleteUser', { UserName }), 409, 'DeleteConflict.User.Group');
      await refused(call('DeleteGroup', { GroupName }), 409, 'DeleteConflict.Group.User');
      await call('RemoveUserFromGroup', { GroupName, UserName });
      await refused(call('RemoveUserFromGroup', { GroupName, UserName }), 404, 'EntityNotExist.User.Group');
      await call('DetachPolicyFromGroup', { ...named, GroupName });
      await refused(call('DetachPolicyFromGroup', { ...named, GroupName }), 404, 'EntityNotExist.Group.Policy');
      await call('UpdateGroup', { GroupName, NewComments: '' });
      assert.equal((await call('GetGroup', { GroupName })).Group.Comments, '');
      const { Groups } = await call('ListGroups', {});
      assert.ok(Groups.Group.some((group) => group.GroupName === GroupName));
      await call('DeleteGroup', { GroupName });
      for (const action of ['GetGroup', 'UpdateGroup', 'DeleteGroup', 'ListUsersForGroup', 'ListPoliciesForGroup']) {
        await refused(call(action, { GroupName }), 404, 'EntityNotExist.Group');
      }
      await refused(call('ListGroupsForUser', { UserName: 'none' }), 404, 'EntityNotExist.User');
    });

    test(`manages tags and descriptions (${method})`, async () => {
      const PolicyName = name('tagged');
      const ResourceType = 'policy';
      const ResourceNames = JSON.stringify([PolicyName]);
      const Tag = JSON.stringify([{ Key: 'team', Value: 'a b' }]);
      await call('CreatePolicy', { PolicyName, PolicyDocument: policy(allow('oss:GetObject')) });
      await call('TagResources', { ResourceType, ResourceNames, Tag });
      const { TagResources } = await call('ListTagResources', { ResourceType, ResourceNames });
      assert.deepEqual(TagResources.map((tag) => ({ ...tag })),
        [{ ResourceType, ResourceName: PolicyName, TagKey: 'team', TagValue: 'a b' }]);
      await call('UntagResources', { ResourceType, ResourceNames, TagKeys: JSON.stringify(['team']) });
      assert.deepEqual((await call('ListTagResources', { ResourceType, ResourceNames })).TagResources, []);
      const none = JSON.stringify(['none']);
      await refused(call('TagResources', { ResourceType, ResourceNames: none, Tag }), 404, 'EntityNotExist.Policy');
      await refused(call('UntagResources', { ResourceType, ResourceNames: none, All: true }), 404, 'EntityNotExist.Policy');
      await refused(call('ListTagResources', { ResourceType: 'bucket' }), 400, 'InvalidParameter.ResourceType');
      const { Policy } = await call('UpdatePolicyDescription', { PolicyName, NewDescription: 'new' });
      assert.equal(Policy.Description, 'new');
      await refused(call('UpdatePolicyDescription', { PolicyName: 'none', NewDescription: 'x' }), 404, 'EntityNotExist.Policy');
    });

    test(`manages providers (${method})`, async () => {
      const client = (action, params) => ims(server).request(action, params, { method });
      const OIDCProviderName = name('idp');
      const IssuerUrl = `https://idp.example.com/${method}`;
      const { OIDCProvider } = await client('CreateOIDCProvider', { OIDCProviderName, IssuerUrl, ClientIds: 'a,b' });
      assert.equal(OIDCProvider.Arn, `acs:ram::${ACCOUNT}:oidc-provider/${OIDCProviderName}`);
      await refused(client('CreateOIDCProvider', { OIDCProviderName, IssuerUrl }), 409, 'EntityAlreadyExists.OIDCProvider');
      await client('DeleteOIDCProvider', { OIDCProviderName });
      await refused(client('GetOIDCProvider', { OIDCProviderName }), 404, 'EntityNotExist.OIDCProvider');
    });
  }

  test('is told that a token is none', async () => {
    const params = { OIDCProviderArn: `acs:ram::${ACCOUNT}:oidc-provider/none`, RoleArn: `acs:ram::${ACCOUNT}:role/none`,
      RoleSessionName: 'node', OIDCToken: 'a.b' };
    await refused(sts(server).request('AssumeRoleWithOIDC', params), 401, 'AuthenticationFail.OIDCToken.Invalid');
  });
});
