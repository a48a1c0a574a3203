"""How users may log on, what passwords must be like, and what else an account sets for all: by the SDKs of RAM and IMS."""
import pytest

from clients import Ims, Ram, allow, refused, trust
from localyun import ACCOUNT

GOOD = 'correct horse'
OTHER = '2345678901234567'


@pytest.fixture
def anna(ram):
    ram('CreateUser', user_name='anna')
    return dict(user_name='anna')


# ------------------------------------------------------------------ login profiles

def test_a_login_profiles_life(ram, anna):
    with refused(404, 'EntityNotExist.User.LoginProfile', message='The user login profile does not exist.'):
        ram('GetLoginProfile', **anna)
    made = ram('CreateLoginProfile', **anna, password=GOOD, password_reset_required=True)['LoginProfile']
    assert made == {'UserName': 'anna', 'PasswordResetRequired': True, 'MFABindRequired': False, 'CreateDate': made['CreateDate']}
    with refused(409, 'EntityAlreadyExists.User.LoginProfile'):
        ram('CreateLoginProfile', **anna, password=GOOD)
    ram('UpdateLoginProfile', **anna, password_reset_required=False, mfabind_required=True)
    changed = ram('GetLoginProfile', **anna)['LoginProfile']
    assert changed == {**made, 'PasswordResetRequired': False, 'MFABindRequired': True}
    with refused(409, 'DeleteConflict.User.LoginProfile'):
        ram('DeleteUser', **anna)
    ram('DeleteLoginProfile', **anna)
    for action in 'GetLoginProfile', 'UpdateLoginProfile', 'DeleteLoginProfile':
        with refused(404, 'EntityNotExist.User.LoginProfile'):
            ram(action, **anna)
    ram('DeleteUser', **anna)
    for action, more in ('CreateLoginProfile', {'password': GOOD}), ('GetLoginProfile', {}), ('DeleteLoginProfile', {}):
        with refused(404, 'EntityNotExist.User'):
            ram(action, **anna, **more)


def test_a_login_profile_that_cannot_be(ram, anna):
    with refused(400, 'MissingParameter'):
        ram('CreateLoginProfile', **anna)
    with refused(400, 'InvalidParameter.Password.TooWeak', message='is not compliant with the password policy'):
        ram('CreateLoginProfile', **anna, password='short')
    with refused(400, 'InvalidParameter.PasswordResetRequired'):
        ram('CreateLoginProfile', **anna, password=GOOD, password_reset_required='perhaps')
    with refused(404, 'EntityNotExist.User.LoginProfile'):
        ram('GetLoginProfile', **anna)


def principal(name, domain=ACCOUNT):
    return f'{name}@{domain}.onaliyun.com'


def test_a_login_profiles_life_in_ims(server, ram, ims, anna):
    anna = dict(user_principal_name=principal('anna'))
    server.admin('POST', 'clock', json={'set': '2031-05-01T10:00:00Z'})
    made = ims('CreateLoginProfile', **anna, password=GOOD, mfabind_required=True)['LoginProfile']
    assert made['UpdateDate'].startswith('2031-05-01T10:')
    assert made == {'UserPrincipalName': principal('anna'), 'Status': 'Active', 'PasswordResetRequired': False, 'MFABindRequired': True,
                    'PasswordStatus': 'InitialValid', 'UpdateDate': made['UpdateDate']}
    assert ims('GetLoginProfile', **anna)['LoginProfile'] == {**made, 'AutoDisableLoginStatus': 'Active'}
    assert ram('GetLoginProfile', user_name='anna')['LoginProfile']['MFABindRequired'] is True
    with refused(409, 'EntityAlreadyExists.User.LoginProfile'):
        ims('CreateLoginProfile', **anna, password=GOOD)
    with refused(400, 'InvalidParameter.Password.TooWeak'):
        ims('UpdateLoginProfile', **anna, password='short')
    server.advance(14 * 24 * 3600)
    assert ims('GetLoginProfile', **anna)['LoginProfile']['PasswordStatus'] == 'InitialExpired'
    changed = ims('UpdateLoginProfile', **anna, password='another good one')['LoginProfile']
    assert changed['PasswordStatus'] == 'NotInitial' and changed['UpdateDate'].startswith('2031-05-15')
    assert ims('UpdateLoginProfile', **anna, status='Inactive')['LoginProfile']['Status'] == 'Inactive'
    again = ims('UpdateLoginProfile', **anna, status='Active', password='switched on again')['LoginProfile']
    assert again['PasswordStatus'] == 'InitialValid'
    ims('DeleteLoginProfile', **anna)
    for action in 'GetLoginProfile', 'UpdateLoginProfile', 'DeleteLoginProfile':
        with refused(404, 'EntityNotExist.User.LoginProfile'):
            ims(action, **anna)
        with refused(404, 'EntityNotExist.User'):
            ims(action, user_principal_name=principal('none'))


def test_a_profile_that_is_switched_off_needs_no_password(ims, anna):
    anna = dict(user_principal_name=principal('anna'))
    with refused(400, 'InvalidParameter.Status'):
        ims('CreateLoginProfile', **anna, status='Asleep')
    with refused(400, 'MissingParameter'):
        ims('CreateLoginProfile', **anna)
    assert 'PasswordStatus' not in ims('CreateLoginProfile', **anna, status='Inactive')['LoginProfile']
    with refused(400, 'MissingParameter'):
        ims('UpdateLoginProfile', **anna, status='Active')
    assert ims('GetLoginProfile', **anna)['LoginProfile']['Status'] == 'Inactive'


# ------------------------------------------------------------------ passwords

USUAL = {'MinimumPasswordLength': 8, 'RequireLowercaseCharacters': False, 'RequireUppercaseCharacters': False, 'RequireNumbers': False,
         'RequireSymbols': False, 'HardExpiry': False, 'MaxPasswordAge': 0, 'PasswordReusePrevention': 0, 'MaxLoginAttemps': 0}


def test_what_passwords_must_be_like(ram, anna):
    assert ram('GetPasswordPolicy')['PasswordPolicy'] == USUAL
    set_ = ram('SetPasswordPolicy', minimum_password_length=12, require_numbers=True, require_symbols=True, max_password_age=90,
               password_reuse_prevention=2, hard_expiry=True)['PasswordPolicy']
    assert set_ == {**USUAL, 'MinimumPasswordLength': 12, 'RequireNumbers': True, 'RequireSymbols': True, 'MaxPasswordAge': 90,
                    'PasswordReusePrevention': 2, 'HardExpiry': True}
    assert ram('GetPasswordPolicy')['PasswordPolicy'] == set_
    for weak in 'aB3$aB3$aB3', 'no digit here!', 'nosymbol1234':
        with refused(400, 'InvalidParameter.Password.TooWeak'):
            ram('CreateLoginProfile', **anna, password=weak)
    ram('CreateLoginProfile', **anna, password='the 1st password')
    ram('UpdateLoginProfile', **anna, password='the 2nd password')
    for earlier in 'the 1st password', 'the 2nd password':
        with refused(400, 'InvalidParameter.Password.TooWeak'):
            ram('UpdateLoginProfile', **anna, password=earlier)
    ram('UpdateLoginProfile', **anna, password='the 3rd password')
    ram('UpdateLoginProfile', **anna, password='the 1st password')
    # What is left out becomes what it is in a new account.
    assert ram('SetPasswordPolicy')['PasswordPolicy'] == USUAL


@pytest.mark.parametrize('code,setting', [
    ('InvalidParameter.MinimumPasswordLength.Range', {'minimum_password_length': 7}),
    ('InvalidParameter.MinimumPasswordLength.Range', {'minimum_password_length': 33}),
    ('InvalidParameter.MaxPasswordAge', {'max_password_age': 1096}),
    ('InvalidParameter.PasswordReusePrevention', {'password_reuse_prevention': 25}),
    ('InvalidParameter.MaxLoginAttemps', {'max_login_attemps': -1}),
    ('InvalidParameter.RequireNumbers', {'require_numbers': 'yes'}),
])
def test_a_password_policy_that_cannot_be(ram, code, setting):
    ram('SetPasswordPolicy', minimum_password_length=20)
    with refused(400, code):
        ram('SetPasswordPolicy', **setting)
    assert ram('GetPasswordPolicy')['PasswordPolicy'] == {**USUAL, 'MinimumPasswordLength': 20}


def test_what_passwords_must_be_like_in_ims(ram, ims, anna):
    usual = {**USUAL, 'InitialPasswordAge': 14, 'MinimumPasswordDifferentCharacter': 0, 'PasswordNotContainUserName': False,
             'InterceptRiskPasswordOnApi': False}
    usual['HardExpire'] = usual.pop('HardExpiry')
    assert ims('GetPasswordPolicy')['PasswordPolicy'] == usual
    set_ = ims('SetPasswordPolicy', minimum_password_different_character=5, password_not_contain_user_name=True, initial_password_age=0,
               hard_expire=True)['PasswordPolicy']
    assert set_ == {**usual, 'MinimumPasswordDifferentCharacter': 5, 'PasswordNotContainUserName': True, 'InitialPasswordAge': 0,
                    'HardExpire': True}
    assert ims('GetPasswordPolicy')['PasswordPolicy'] == set_ and ram('GetPasswordPolicy')['PasswordPolicy']['HardExpiry'] is True
    for weak in 'aabbccdd', 'my name is Anna':
        with refused(400, 'InvalidParameter.Password.TooWeak'):
            ims('CreateLoginProfile', user_principal_name=principal('anna'), password=weak)
    for setting, code in (({'initial_password_age': 91}, 'InitialPasswordAge'), ({'minimum_password_length': 7}, 'MinimumPasswordLength.Range'),
                          ({'minimum_password_different_character': 9}, 'MinimumPasswordDifferentCharacter')):
        with refused(400, f'InvalidParameter.{code}'):
            ims('SetPasswordPolicy', **setting)
    assert ims('GetPasswordPolicy')['PasswordPolicy'] == set_


# ------------------------------------------------------------------ what users may do

def test_what_users_may_do_by_themselves(ram):
    usual = ram('GetSecurityPreference')['SecurityPreference']
    assert usual == {
        'AccessKeyPreference': {'AllowUserToManageAccessKeys': False},
        'LoginProfilePreference': {'AllowUserToChangePassword': True, 'EnableSaveMFATicket': False, 'LoginNetworkMasks': '',
                                   'LoginSessionDuration': 6},
        'MFAPreference': {'AllowUserToManageMFADevices': True},
        'PublicKeyPreference': {'AllowUserToManagePublicKeys': False}}
    masks = '192.168.0.0/16;10.0.0.0/8'
    changed = ram('SetSecurityPreference', allow_user_to_manage_access_keys=True, allow_user_to_manage_public_keys=True,
                  login_network_masks=masks, login_session_duration=24)['SecurityPreference']
    assert changed['AccessKeyPreference'] == {'AllowUserToManageAccessKeys': True}
    assert changed['PublicKeyPreference'] == {'AllowUserToManagePublicKeys': True}
    assert changed['LoginProfilePreference'] == {**usual['LoginProfilePreference'], 'LoginNetworkMasks': masks, 'LoginSessionDuration': 24}
    # What is left out stays as it is.
    ram('SetSecurityPreference', enable_save_mfaticket=True)
    changed['LoginProfilePreference']['EnableSaveMFATicket'] = True
    for setting, code in (({'login_session_duration': 25}, 'LoginSessionDuration'), ({'login_network_masks': 'here'}, 'LoginNetworkMasks'),
                          ({'login_network_masks': ';'.join(['10.0.0.0/8'] * 41)}, 'LoginNetworkMasks')):
        with refused(400, f'InvalidParameter.{code}'):
            ram('SetSecurityPreference', **setting)
    assert ram('GetSecurityPreference')['SecurityPreference'] == changed


def test_what_users_may_do_by_themselves_in_ims(ram, ims):
    usual = ims('GetSecurityPreference')['SecurityPreference']
    assert usual == {
        'AccessKeyPreference': {'AllowUserToManageAccessKeys': False, 'AllowUserToManageServiceCredentials': False},
        'LoginProfilePreference': {'AllowUserToChangePassword': True, 'EnableSaveMFATicket': False, 'LoginNetworkMasks': '',
                                   'LoginSessionDuration': 6, 'AllowUserToLoginWithPasskey': True, 'MFAOperationForLogin': 'independent',
                                   'OperationForRiskLogin': 'autonomous'},
        'MFAPreference': {'AllowUserToManageMFADevices': True},
        'PersonalInfoPreference': {'AllowUserToManagePersonalDingTalk': True},
        'MaxIdleDays': {'MaxIdleDaysForAccessKeys': 730, 'MaxIdleDaysForUsers': 730},
        'VerificationPreference': {'VerificationTypes': []}}
    changed = ims('SetSecurityPreference', mfaoperation_for_login='adaptive', max_idle_days_for_users=90, verification_types=['sms'],
                  allow_user_to_change_password=False)['SecurityPreference']
    assert changed['LoginProfilePreference']['MFAOperationForLogin'] == 'adaptive'
    assert changed['MaxIdleDays'] == {'MaxIdleDaysForAccessKeys': 730, 'MaxIdleDaysForUsers': 90}
    assert changed['VerificationPreference'] == {'VerificationTypes': ['sms']}
    assert ram('GetSecurityPreference')['SecurityPreference']['LoginProfilePreference']['AllowUserToChangePassword'] is False
    for setting, code in (({'mfaoperation_for_login': 'never'}, 'MFAOperationForLogin'), ({'max_idle_days_for_users': 91}, 'MaxIdleDaysForUsers'),
                          ({'verification_types': ['pigeon']}, 'VerificationTypes')):
        with refused(400, f'InvalidParameter.{code}'):
            ims('SetSecurityPreference', **setting)
    assert ims('GetSecurityPreference')['SecurityPreference'] == changed


# ------------------------------------------------------------------ aliases

def test_the_alias_of_an_account(server, ram):
    assert ram('GetAccountAlias')['AccountAlias'] == ACCOUNT
    ram('SetAccountAlias', account_alias='our-company')
    ram('SetAccountAlias', account_alias='our-company')
    assert ram('GetAccountAlias')['AccountAlias'] == 'our-company'
    role = ram('CreateRole', role_name='r', assume_role_policy_document=trust())['Role']['RoleName']
    assert ram('GetRole', role_name=role)['Role']['RolePrincipalName'] == 'r@role.our-company.onaliyunservice.com'
    server.admin('POST', 'accounts', json={'uid': OTHER})
    other = Ram(server, (f'localyun.{OTHER}', f'localyun.{OTHER}'))
    with refused(409, 'EntityAlreadyExists.AccountAlias', message='The account alias does already exist.'):
        other('SetAccountAlias', account_alias='our-company')
    ram('ClearAccountAlias')
    assert ram('GetAccountAlias')['AccountAlias'] == ACCOUNT
    other('SetAccountAlias', account_alias='our-company')
    ram('ClearAccountAlias')
    with refused(409, 'EntityAlreadyExists.AccountAlias'):
        ram('SetAccountAlias', account_alias='our-company')


@pytest.mark.parametrize('alias,code', [('ab', 'Length'), ('a' * 64, 'Length'), ('-abc', 'Format'), ('abc-', 'Format'), ('a--b', 'Format'),
                                        ('Abc', 'Format'), ('a_b', 'Format'), ('1234', 'Format')])
def test_an_alias_that_cannot_be(ram, alias, code):
    with refused(400, f'InvalidParameter.AccountAlias.{code}'):
        ram('SetAccountAlias', account_alias=alias)
    assert ram('GetAccountAlias')['AccountAlias'] == ACCOUNT


def test_the_default_domain(ram, ims, anna):
    assert ims('GetDefaultDomain')['DefaultDomainName'] == f'{ACCOUNT}.onaliyun.com'
    assert ims('SetDefaultDomain', default_domain_name='our-company.onaliyun.com')['DefaultDomainName'] == 'our-company.onaliyun.com'
    assert ram('GetAccountAlias')['AccountAlias'] == 'our-company'
    user = ims('GetUser', user_principal_name=principal('anna', 'our-company'))['User']
    assert user['UserPrincipalName'] == principal('anna', 'our-company')
    for wrong in 'our-company', 'our-company.example.com', '.onaliyun.com', 'a--b.onaliyun.com', 'a' * 64 + '.onaliyun.com':
        with refused(400, 'InvalidParameter.DefaultDomainName.Format'):
            ims('SetDefaultDomain', default_domain_name=wrong)
    assert ims('GetDefaultDomain')['DefaultDomainName'] == 'our-company.onaliyun.com'
    ims('SetDefaultDomain', default_domain_name=f'{ACCOUNT}.onaliyun.com')
    assert ram('GetAccountAlias')['AccountAlias'] == ACCOUNT


# ------------------------------------------------------------------ the whole account

def test_the_summary_of_an_account(server, ram, ims, anna):
    ram('CreateGroup', group_name='g')
    ram('CreateRole', role_name='r', assume_role_policy_document=trust())
    ram.custom_policy('p', allow('oss:GetObject'))
    ram('CreateVirtualMFADevice', virtual_mfadevice_name='m')
    summary = ims('GetAccountSummary')['SummaryMap']
    counts = {name: summary.pop(name) for name in ('Users', 'Groups', 'Roles', 'Policies', 'MFADevices', 'MFADevicesInUse')}
    assert counts == {'Users': 2, 'Groups': 1, 'Roles': 1, 'Policies': 1, 'MFADevices': 1, 'MFADevicesInUse': 0}
    assert summary == {
        'UsersQuota': 1000, 'GroupsQuota': 50, 'RolesQuota': 1000, 'PoliciesQuota': 1500, 'VirtualMFADevicesQuota': 1000,
        'AccessKeysPerUserQuota': 2, 'AccountAccessKeysPerAccountQuota': 2, 'GroupsPerUserQuota': 5, 'AttachedPoliciesPerUserQuota': 10,
        'AttachedPoliciesPerGroupQuota': 5, 'AttachedPoliciesPerRoleQuota': 5, 'AttachedSystemPoliciesPerUserQuota': 20,
        'AttachedSystemPoliciesPerGroupQuota': 20, 'AttachedSystemPoliciesPerRoleQuota': 20, 'PolicySizeQuota': 6144,
        'VersionsPerPolicyQuota': 5, 'ConditionsPerAKPolicyQuota': 8, 'IPItemsPerAKPolicyQuota': 50}
    with refused(403, 'NoPermission'):
        Ims(server, ram.user('otto'))('GetAccountSummary')
