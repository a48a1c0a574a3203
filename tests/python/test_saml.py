"""SAML: providers through the real IMS SDK, and roles assumed with responses that an XML signature library signed."""
import json

import pytest
from alibabacloud_sts20150401 import models as sts_models
from aliyunsdksts.request.v20150401.AssumeRoleWithSAMLRequest import AssumeRoleWithSAMLRequest
from lxml import etree

import clients
import saml
from clients import allow, refused, role_arn, trust
from localyun import ACCOUNT, run
from saml import PROVIDER, SAML, encode
from signing import rpc

SSO = f'{role_arn("sso")},{PROVIDER}'
NAMES = {'p': f'{SAML}protocol', 'a': f'{SAML}assertion', 's': saml.SIGNATURE}


def assume(server, response, arn=None, **more):
    """AssumeRoleWithSAML by alibabacloud_sts20150401 (anonymous there too)."""
    request = sts_models.AssumeRoleWithSAMLRequest(samlprovider_arn=PROVIDER, role_arn=arn or role_arn('sso'),
                                                   samlassertion=encode(response), **more)
    return clients.sts(server).assume_role_with_saml(request).body.to_map()


def unsigned(server, method='POST', **params):
    """What no SDK spoils: the call without a signature."""
    params = {'Action': 'AssumeRoleWithSAML', 'Version': '2015-04-01', 'Format': 'JSON', 'SAMLProviderArn': PROVIDER,
              'RoleArn': role_arn('sso'), **params}
    where = {'params': params} if method == 'GET' else {'data': params}
    return server.http.request(method, server.url + '/', timeout=20, **where)


@pytest.fixture(scope='module')
def idp():
    return saml.Idp()


@pytest.fixture
def company(ims, ram, idp):
    """A provider with its metadata, and a role that trusts it."""
    ims('CreateSAMLProvider', samlprovider_name='company', encoded_samlmetadata_document=encode(idp.metadata()))
    condition = {'StringEquals': {'saml:recipient': saml.RECIPIENT}}
    ram.role('sso', allow('oss:PutObject'), trusts=trust(Federated=[PROVIDER], condition=condition))


# ------------------------------------------------------------------ providers

def test_a_providers_life(ims, idp):
    document = encode(idp.metadata())
    made = ims('CreateSAMLProvider', samlprovider_name='company', encoded_samlmetadata_document=document,
               description='first')['SAMLProvider']
    assert (made['Arn'], made['Description'], made['AuthnSignAlgo']) == (PROVIDER, 'first', 'rsa-sha1')
    assert ims('GetSAMLProvider', samlprovider_name='company')['SAMLProvider'] == {
        **made, 'EncodedSAMLMetadataDocument': document}
    with refused(409, 'EntityAlreadyExists.SAMLProvider'):
        ims('CreateSAMLProvider', samlprovider_name='company', encoded_samlmetadata_document=document)
    other = encode(saml.Idp().metadata('https://other.example.com'))
    changed = ims('UpdateSAMLProvider', samlprovider_name='company', new_description='second', authn_sign_algo='rsa-sha256',
                  new_encoded_samlmetadata_document=other)['SAMLProvider']
    assert (changed['Description'], changed['AuthnSignAlgo']) == ('second', 'rsa-sha256')
    shown = ims('GetSAMLProvider', samlprovider_name='company')['SAMLProvider']
    assert shown['EncodedSAMLMetadataDocument'] == other
    ims('DeleteSAMLProvider', samlprovider_name='company')
    for action in 'GetSAMLProvider', 'UpdateSAMLProvider', 'DeleteSAMLProvider':
        with refused(404, 'EntityNotExist.SAMLProvider'):
            ims(action, samlprovider_name='company')


def test_listing_providers_by_pages(ims, idp):
    for name in 'c', 'a', 'b':
        ims('CreateSAMLProvider', samlprovider_name=name, encoded_samlmetadata_document=encode(idp.metadata()))

    def names(page):
        return [provider['SAMLProviderName'] for provider in page['SAMLProviders']['SAMLProvider']]

    first = ims('ListSAMLProviders', max_items=2)
    assert names(first) == ['a', 'b'] and first['IsTruncated'] is True
    assert 'EncodedSAMLMetadataDocument' not in first['SAMLProviders']['SAMLProvider'][0]
    last = ims('ListSAMLProviders', max_items=2, marker=first['Marker'])
    assert names(last) == ['c'] and last['IsTruncated'] is False
    with refused(400, 'InvalidParameter.MaxItems'):
        ims('ListSAMLProviders', max_items=101)


def test_a_provider_that_cannot_be(server, ims, idp):
    good = idp.metadata()
    for document, code in [
            ('x', 'InvalidParameter.EncodedSAMLMetadataDocument.Format'),
            (encode('<a/>'), 'InvalidParameter.EncodedSAMLMetadataDocument.Format'),
            (encode(good.replace('use="signing"', 'use="encryption"')), 'InvalidParameter.EncodedSAMLMetadataDocument.Format'),
            (encode(good.replace('entityID', 'entityId')), 'InvalidParameter.EncodedSAMLMetadataDocument.Format'),
            (encode(f'<!DOCTYPE x>{good.split("?>", 1)[1]}'), 'InvalidParameter.EncodedSAMLMetadataDocument.Format'),
            (None, 'MissingParameter')]:
        with refused(400, code):
            ims('CreateSAMLProvider', samlprovider_name='company', encoded_samlmetadata_document=document)
    for name, code in ('_x', 'InvalidChars'), ('a b', 'InvalidChars'), ('x' * 129, 'Length'):
        with refused(400, f'InvalidParameter.SAMLProviderName.{code}'):
            ims('CreateSAMLProvider', samlprovider_name=name, encoded_samlmetadata_document=encode(good))
    with refused(400, 'InvalidParameter.AuthnSignAlgo'):
        ims('CreateSAMLProvider', samlprovider_name='company', encoded_samlmetadata_document=encode(good),
            authn_sign_algo='rsa-md5')
    answer = rpc(server, 'CreateSAMLProvider', '2019-08-15', method='POST', SAMLProviderName='company',
                 EncodedSAMLMetadataDocument='A' * (512 * 1024 + 1))  # the SDK would put it into the URL
    assert answer.json()['Code'] == 'InvalidParameter.EncodedSAMLMetadataDocument.Length'
    assert ims('ListSAMLProviders')['SAMLProviders']['SAMLProvider'] == []


def test_a_user_who_may_not(server, ram):
    ims = clients.Ims(server, ram.user('anna', allow('ram:GetSAMLProvider')))
    with refused(403, 'NoPermission') as refusal:
        ims('ListSAMLProviders')
    assert refusal.detail['AuthAction'] == 'ram:ListSAMLProviders'
    with refused(404, 'EntityNotExist.SAMLProvider'):
        ims('GetSAMLProvider', samlprovider_name='company')


# ------------------------------------------------------------------ roles

@pytest.mark.parametrize('how', [{}, {'sign': 'both'}, {'algorithm': 'rsa-sha1', 'digest': 'sha1'}, {'prefixes': ['xs', 'xsi']}],
                         ids=str)
def test_a_response_opens_a_role(server, idp, company, auth, how):
    clients.bucket(server, 'demo', auth).create_bucket()
    answer = assume(server, idp.response([SSO], **how))
    assert answer['AssumedRoleUser']['Arn'] == f'acs:ram::{ACCOUNT}:assumed-role/sso/anna@example.com'
    assert answer['SAMLAssertionInfo'] == {
        'SubjectType': 'persistent', 'Subject': 'anna', 'Recipient': saml.RECIPIENT, 'Issuer': saml.ENTITY}
    key = clients.session(answer['Credentials'])
    assert clients.sts(server, key).get_caller_identity().body.identity_type == 'AssumedRoleUser'
    anna = clients.bucket(server, 'demo', auth, key)
    anna.put_object('key', b'x')
    with refused(403, 'AccessDenied'):
        anna.get_object('key')


def test_the_old_sdk_assumes_it(server, idp, company):
    request = clients.core_request(server, AssumeRoleWithSAMLRequest(), SAMLProviderArn=PROVIDER, RoleArn=role_arn('sso'),
                                   SAMLAssertion=encode(idp.response([SSO])))
    request.set_method('POST')
    answer = json.loads(clients.core(server).do_action_with_exception(request))
    assert answer['AssumedRoleUser']['AssumedRoleId'].endswith(':anna@example.com')
    request.set_SAMLAssertion(encode(saml.response([SSO])))
    with refused(401, 'AuthenticationFail.SAMLAssertion.Invalid', message='The SAML Assertion is invalid.'):
        clients.core(server).do_action_with_exception(request)


@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_nobody_signs_the_call(server, idp, company, method):
    answer = unsigned(server, method, SAMLAssertion=encode(idp.response([SSO])))
    assert answer.status_code == 200 and answer.json()['Credentials']['SecurityToken']
    narrowed = clients.policy(allow('oss:GetObject'))
    answer = unsigned(server, method, SAMLAssertion=encode(idp.response([SSO])), Policy=narrowed, DurationSeconds='900')
    clients.bucket(server, 'demo').create_bucket()
    with refused(403, 'AccessDenied'):
        clients.bucket(server, 'demo', 'v4', clients.session(answer.json()['Credentials'])).put_object('key', b'x')


def test_xml(server, idp, company):
    answer = unsigned(server, SAMLAssertion=encode(idp.response([SSO])), Format='XML')
    assert '<SAMLAssertionInfo><SubjectType>persistent</SubjectType>' in answer.text
    assert '<AssumeRoleWithSAMLResponse>' in answer.text
    answer = unsigned(server, SAMLAssertion=encode(saml.response([SSO])), Format='XML')
    assert answer.status_code == 401 and '<Code>AuthenticationFail.SAMLAssertion.Invalid</Code>' in answer.text


def test_one_of_several_roles(server, ram, idp, company):
    ram.role('Other', trusts=trust(Federated=[PROVIDER]))
    response = idp.response([f'{role_arn("none")},{PROVIDER}', SSO, f'{PROVIDER},{role_arn("Other")}'])
    for name in 'sso', 'SSO', 'other', 'Other':
        assert assume(server, response, role_arn(name))['Credentials']


@pytest.mark.parametrize('fields,code', [
    ({'sign': 'nothing'}, 'Invalid'), ({'sign': 'response'}, 'Invalid'), ({'issuer': 'https://other.example.com'}, 'Invalid'),
    ({'audience': 'urn:amazon:webservices'}, 'Invalid'), ({'recipient': 'https://signin.example.com/saml'}, 'Invalid'),
    ({'status': f'{SAML}status:Requester'}, 'Invalid'), ({'begins': 600, 'ends': 900, 'subject_ends': 900}, 'Invalid'),
    ({'made': 900, 'ends': 1800, 'subject_ends': 1800}, 'Invalid'), ({'algorithm': 'rsa-sha512'}, 'Invalid'),
    ({'digest': 'sha512'}, 'Invalid'), ({'name': 'an<!-- -->na'}, 'Invalid'), ({'name': 'anna<b/>'}, 'Invalid'),
    ({'conditions': '<saml:Condition/>'}, 'Invalid'), ({'session': '</saml:AttributeValue><saml:AttributeValue>x'}, 'Invalid'),
    ({'made': -600, 'ends': -1}, 'Expired'), ({'made': -600, 'subject_ends': -1}, 'Expired')], ids=str)
def test_responses_that_prove_nothing(server, idp, company, fields, code):
    says = {'Invalid': 'The SAML Assertion is invalid.', 'Expired': 'The SAML Assertion is expired.'}[code]
    with refused(401, f'AuthenticationFail.SAMLAssertion.{code}', message=says):
        assume(server, idp.response([SSO], **fields))


def test_a_stranger_signs(server, idp, company):
    with refused(401, 'AuthenticationFail.SAMLAssertion.Invalid'):
        assume(server, saml.Idp().response([SSO]))


def test_what_is_not_a_response(server, idp, company):
    alone = etree.tostring(etree.fromstring(idp.response([SSO])).find('a:Assertion', NAMES))
    deep = b'<a>' * 10_000 + b'</a>' * 10_000
    good = encode(idp.response([SSO]))
    for text in [encode(text) for text in (b'x', b'<a/>', alone, b'\xff\xfe', idp.response([SSO])[:-20], deep)] + [
            'x', '<a/>', good[:-4], good + '!', good + '\n' * (100_001 - len(good))]:
        answer = unsigned(server, SAMLAssertion=text)
        assert (answer.status_code, answer.json()['Code']) == (401, 'AuthenticationFail.SAMLAssertion.Invalid')
    broken = '\n'.join(good[at:at + 76] for at in range(0, len(good), 76))
    assert unsigned(server, SAMLAssertion=broken).status_code == 200, 'lines may be broken'


def test_the_role_must_be_in_the_assertion(server, ram, idp, company):
    ram.role('other', trusts=trust(Federated=[PROVIDER]))
    for roles in [f'{role_arn("other")},{PROVIDER}x'], [SSO], [f'{role_arn("other")}']:
        with refused(401, 'AuthenticationFail.SAMLAssertion.Invalid'):
            assume(server, idp.response(roles), role_arn('other'))


def test_the_role_must_trust_the_provider(server, ram, idp, company):
    elsewhere = {'StringEquals': {'saml:recipient': 'https://signin.alibabacloud.com/saml-role/sso'}}
    ram.role('none', trusts=trust())
    ram.role('elsewhere', trusts=trust(Federated=[PROVIDER], condition=elsewhere))
    roles = [f'{role_arn(name)},{PROVIDER}' for name in ('none', 'elsewhere', 'missing')]
    for name in 'none', 'elsewhere':
        with refused(401, 'AuthenticationFail.NoPermission', message='There is no permission'):
            assume(server, idp.response(roles), role_arn(name))
    abroad = idp.response(roles, recipient='https://signin.alibabacloud.com/saml-role/sso')
    assert assume(server, abroad, role_arn('elsewhere'))['Credentials']
    with refused(404, 'EntityNotExist.RoleArn', message='The specified Role does not exists.'):
        assume(server, idp.response(roles), role_arn('missing'))


@pytest.mark.parametrize('params,status,code,says', [
    ({'SAMLAssertion': ''}, 400, 'MissingParameter.SAMLAssertion', 'Parameter SAMLAssertion is required.'),
    ({'SAMLProviderArn': ''}, 400, 'MissingParameter.SAMLProviderArn', 'Parameter SAMLProviderArn is required.'),
    ({'RoleArn': ''}, 400, 'MissingParameter.RoleArn', 'Parameter RoleArn is required.'),
    ({'RoleArn': 'sso'}, 404, 'EntityNotExist.RoleArn', 'The specified Role does not exists.'),
    ({'SAMLProviderArn': f'{PROVIDER}x'}, 404, 'EntityNotExist.SAMLProvider', 'Can not find SAML provider.'),
    ({'SAMLProviderArn': 'company'}, 404, 'EntityNotExist.SAMLProvider', 'Can not find SAML provider.'),
    ({'SAMLProviderArn': PROVIDER.replace('saml', 'oidc')}, 404, 'EntityNotExist.SAMLProvider', 'Can not find SAML provider.'),
    ({'Policy': '{'}, 400, 'InvalidParameter.PolicyGrammar', 'Invalid Policy.'),
    ({'Policy': 'x' * 2049}, 400, 'InvalidParameter.PolicySize', 'The max size of policy string is 1024.'),
    ({'DurationSeconds': '899'}, 400, 'InvalidParameter.DurationSeconds', 'The DurationSeconds is invalid.'),
    ({'DurationSeconds': '3601'}, 400, 'InvalidParameter.DurationSeconds', 'The DurationSeconds is invalid.')], ids=str)
def test_parameters_that_cannot_be(server, idp, company, params, status, code, says):
    answer = unsigned(server, **{'SAMLAssertion': encode(idp.response([SSO])), **params})
    body = answer.json()
    assert (answer.status_code, body['Code'], body['Message']) == (status, code, says)


@pytest.mark.parametrize('name,fits', [('a,b=c+d@e.f-g_h', True), ('x' * 64, True), ('x', False), ('x' * 65, False), ('a b', False)])
def test_session_names(server, idp, company, name, fits):
    response = idp.response([SSO], session=name)
    if fits:
        assert assume(server, response)['AssumedRoleUser']['Arn'].endswith(f'/{name}')
        return
    with refused(400, 'InvalidParameter.RoleSessionName', message='The RoleSessionName is invalid.'):
        assume(server, response)


def test_how_long_a_session_lasts(server, ram, idp, company):
    """`SessionDuration` is for logins to the console; calls say it themselves."""
    ram('UpdateRole', role_name='sso', new_max_session_duration=7200)
    response = idp.response([SSO], duration=1800)
    key = clients.session(assume(server, response, duration_seconds=7200)['Credentials'])
    server.advance(7000)
    assert clients.sts(server, key).get_caller_identity().body.account_id == ACCOUNT
    server.advance(300)
    with refused(400, 'InvalidSecurityToken.Expired'):
        clients.sts(server, key).get_caller_identity()


def test_an_assertions_life_is_counted_on_the_virtual_clock(server, idp, company):
    response = idp.response([SSO], made=-5, begins=-5)
    assert assume(server, response)['Credentials']
    server.advance(301)
    with refused(401, 'AuthenticationFail.SAMLAssertion.Expired'):
        assume(server, response)
    assert assume(server, idp.response([SSO]))['Credentials'], 'what is made after the clock was moved is not born expired'


def test_metadata_that_hold_no_more(server, ims, idp, company):
    until = f'validUntil="{saml.instant(600)}"'
    ims('UpdateSAMLProvider', samlprovider_name='company', new_encoded_samlmetadata_document=encode(idp.metadata(more=until)))
    assert assume(server, idp.response([SSO]))['Credentials']
    server.advance(601)
    with refused(401, 'AuthenticationFail.IDPMetadata.Invalid', message='The IdP Metadata of your SAML Provider is invalid.'):
        assume(server, idp.response([SSO]))


def test_a_provider_of_another_account_opens_no_role(server, ims, ram, idp):
    other = server.admin('POST', 'accounts', json={})
    theirs = clients.Ims(server, (other['root']['access_key_id'], other['root']['access_key_secret']))
    theirs('CreateSAMLProvider', samlprovider_name='company', encoded_samlmetadata_document=encode(idp.metadata()))
    provider = f'acs:ram::{other["uid"]}:saml-provider/company'
    ram.role('sso', trusts=trust(Federated=[provider]))
    answer = unsigned(server, SAMLProviderArn=provider, SAMLAssertion=encode(idp.response([f'{role_arn("sso")},{provider}'])))
    assert (answer.status_code, answer.json()['Code']) == (401, 'AuthenticationFail.NoPermission')


def test_a_record_names_the_provider_behind_a_session(server, idp, company):
    key = clients.session(assume(server, idp.response([SSO]))['Credentials'])
    with refused(403, 'NoPermission') as got:
        clients.Ram(server, key)('ListUsers')
    done = run('explain', '--endpoint', server.url, '--format', 'json', got.error.request_id)
    session = json.loads(done.stdout)['caller']['session']
    assert [link['principal'] for link in session['chain']] == [PROVIDER]


# ------------------------------------------------------------------ signatures that are moved

def parts(idp):
    root = etree.fromstring(idp.response([SSO]))
    return root, root.find('a:Assertion', NAMES)


def forged(assertion):
    """The same assertion for somebody else, without a signature."""
    copy = etree.fromstring(etree.tostring(assertion))
    copy.remove(copy.find('s:Signature', NAMES))
    for value in copy.iterfind('.//a:AttributeValue', NAMES):
        if value.text == 'anna@example.com':
            value.text = 'mallory'
    return copy


def before(root, good):
    bad = forged(good)
    bad.set('ID', '_evil')
    good.addprevious(bad)


def behind(root, good):
    bad = forged(good)
    bad.set('ID', '_evil')
    good.addnext(bad)


def in_the_signature(root, good):
    bad, signature = forged(good), good.find('s:Signature', NAMES)
    root.replace(good, bad)
    bad.set('ID', '_evil')
    bad.insert(1, signature)
    etree.SubElement(signature, f'{{{saml.SIGNATURE}}}Object').append(etree.fromstring(etree.tostring(good)))


def in_extensions(root, good):
    bad = forged(good)
    bad.set('ID', '_evil')
    root.replace(good, bad)
    extensions = etree.Element(f'{{{SAML}protocol}}Extensions')
    extensions.append(good)
    bad.addprevious(extensions)


def with_the_same_id(root, good):
    bad = forged(good)
    bad.insert(1, etree.fromstring(etree.tostring(good.find('s:Signature', NAMES))))
    root.replace(good, bad)
    extensions = etree.Element(f'{{{SAML}protocol}}Extensions')
    extensions.append(good)
    bad.addprevious(extensions)


def around(root, good):
    bad = forged(good)
    bad.set('ID', '_evil')
    root.replace(good, bad)
    bad.append(good)


def changed(root, good):
    for value in good.iterfind('.//a:AttributeValue', NAMES):
        value.text = value.text.replace('anna', 'mallory')


def without_reference(root, good):
    info = good.find('s:Signature/s:SignedInfo', NAMES)
    info.remove(info.find('s:Reference', NAMES))


def of_the_whole_document(root, good):
    good.find('.//s:Reference', NAMES).set('URI', '')


def to_the_response(root, good):
    good.find('.//s:Reference', NAMES).set('URI', '#' + root.get('ID'))


def with_another_transform(root, good):
    good.findall('.//s:Transform', NAMES)[1].set('Algorithm', 'http://www.w3.org/TR/1999/REC-xpath-19991116')


def with_a_key_of_its_own(root, good):
    other = saml.Idp().signed(forged(good))
    root.replace(good, other)


@pytest.mark.parametrize('move', [before, behind, in_the_signature, in_extensions, with_the_same_id, around, changed,
                                  without_reference, of_the_whole_document, to_the_response, with_another_transform,
                                  with_a_key_of_its_own], ids=lambda move: move.__name__)
def test_a_signature_covers_what_is_read(server, idp, company, move):
    root, good = parts(idp)
    assert assume(server, etree.tostring(root))['Credentials']
    move(root, good)
    with refused(401, 'AuthenticationFail.SAMLAssertion.Invalid'):
        assume(server, etree.tostring(root))


def test_entities_are_refused(server, idp, company):
    response = idp.response([SSO]).decode()
    laughs = '<!DOCTYPE x [<!ENTITY a "anna">]>' + response.replace('>anna<', '>&a;<')
    for text in laughs, f'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x">{response}':
        with refused(401, 'AuthenticationFail.SAMLAssertion.Invalid'):
            assume(server, text)

