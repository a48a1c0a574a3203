"""How users may log on, what passwords must be like, and what else an account sets for all: by the SDK of RAM."""
import pytest

from clients import Ram, refused, trust
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
