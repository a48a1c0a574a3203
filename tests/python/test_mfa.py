"""Virtual MFA devices by the SDKs of RAM and IMS. The codes are made here, from the seed that RAM shows once, as an app makes them."""
import base64
import hmac
import struct

import pytest

from clients import ROOT_KEY, Ims, refused
from localyun import ACCOUNT

STEP = 30


def serial(name):
    return f'acs:ram::{ACCOUNT}:mfa/{name}'


def code(seed, step):
    """RFC 6238."""
    digest = hmac.digest(base64.b32decode(seed), struct.pack('>q', step), 'sha1')
    at = digest[19] & 15
    return f'{(struct.unpack(">I", digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06}'


@pytest.fixture
def phone(server, ram):
    """A device, its user to be, and the codes that it shows now and then."""
    seed = ram('CreateVirtualMFADevice', virtual_mfadevice_name='phone')['VirtualMFADevice']['Base32StringSeed']
    ram('CreateUser', user_name='anna', display_name='Anna')
    # The virtual clock is set to the beginning of a step, so that none ends while a test runs.
    server.admin('POST', 'clock', json={'set': '2031-05-01T10:00:01Z'})
    return lambda step: code(seed, 1935396000 // STEP + step)


def bind(ram, one, two, user='anna', device='phone'):
    ram('BindMFADevice', user_name=user, serial_number=serial(device), authentication_code_1=one, authentication_code_2=two)


def test_a_devices_life(ram, phone):
    with refused(409, 'EntityAlreadyExists.VirtualMFADevice', message='The virtual mfa device does already EXIST.'):
        ram('CreateVirtualMFADevice', virtual_mfadevice_name='phone')
    assert ram('ListVirtualMFADevices')['VirtualMFADevices']['VirtualMFADevice'] == [{'SerialNumber': serial('phone')}]
    with refused(404, 'EntityNotExist.User.MFADevice', message='The user has not bound any MFA device.'):
        ram('GetUserMFAInfo', user_name='anna')
    bind(ram, phone(-1), phone(0))
    assert ram('GetUserMFAInfo', user_name='anna')['MFADevice'] == {'SerialNumber': serial('phone'), 'Type': 'VMFA'}
    listed, = ram('ListVirtualMFADevices')['VirtualMFADevices']['VirtualMFADevice']
    assert listed.pop('ActivateDate').startswith('2031-05-01T10:00:')
    assert listed == {'SerialNumber': serial('phone'),
                      'User': {'UserId': ram('GetUser', user_name='anna')['User']['UserId'], 'UserName': 'anna', 'DisplayName': 'Anna'}}
    with refused(409, 'DeleteConflict.VirtualMFADevice.User'):
        ram('DeleteVirtualMFADevice', serial_number=serial('phone'))
    with refused(409, 'DeleteConflict.User.MFADevice'):
        ram('DeleteUser', user_name='anna')
    assert ram('UnbindMFADevice', user_name='anna')['MFADevice'] == {'SerialNumber': serial('phone')}
    with refused(404, 'EntityNotExist.User.MFADevice'):
        ram('UnbindMFADevice', user_name='anna')
    ram('DeleteVirtualMFADevice', serial_number=serial('phone'))
    with refused(404, 'EntityNotExist.VirtualMFADevice', message='The virtual mfa device does not exist.'):
        ram('DeleteVirtualMFADevice', serial_number=serial('phone'))
    assert ram('ListVirtualMFADevices')['VirtualMFADevices']['VirtualMFADevice'] == []
    ram('DeleteUser', user_name='anna')


def test_only_two_codes_in_order_bind_a_device(ram, phone):
    for one, two in (phone(0), phone(0)), (phone(0), phone(-1)), (phone(-1), phone(1)), (phone(-3), phone(-2)), (phone(1), phone(2)), ('000000', phone(0)):
        with refused(403, 'CheckAuthenticationCodeFail', message='The parameter - "AuthenticationCode" is inccorrect.'):
            bind(ram, one, two)
    for one, two in ('12345', phone(0)), (phone(-1), '1234567'), ('12345x', phone(0)):
        with refused(400, 'InvalidParameter.AuthenticationCode.Format', message='MUST be 6 numbers'):
            bind(ram, one, two)
    with refused(404, 'EntityNotExist.User.MFADevice'):
        ram('GetUserMFAInfo', user_name='anna')
    bind(ram, phone(0), phone(1))


def test_codes_follow_the_virtual_clock(server, ram, phone):
    old = phone(-1), phone(0)
    server.advance(10 * STEP)
    with refused(403, 'CheckAuthenticationCodeFail'):
        bind(ram, *old)
    bind(ram, phone(9), phone(10))


def test_a_device_has_one_user_and_a_user_one_device(ram, phone):
    ram('CreateUser', user_name='otto')
    ram('CreateVirtualMFADevice', virtual_mfadevice_name='other')
    bind(ram, phone(-1), phone(0))
    with refused(409, 'EntityAlreadyExists.User.MFADevice', message='The user has already bound a MFA device.'):
        bind(ram, '000000', '000000', device='other')
    with refused(409, 'EntityAlreadyExists.VirtualMFADevice.User'):
        bind(ram, phone(-1), phone(0), user='otto')
    with refused(404, 'EntityNotExist.User'):
        bind(ram, phone(-1), phone(0), user='none')
    for device in 'none', 'other/../phone':
        with refused(404, 'EntityNotExist.VirtualMFADevice'):
            bind(ram, phone(-1), phone(0), user='otto', device=device)


def test_the_device_of_a_user_in_ims(server, ram, ims, phone):
    anna = dict(user_principal_name=f'anna@{ACCOUNT}.onaliyun.com')
    assert ims('GetUserMFAInfo', **anna)['IsMFAEnable'] is False
    bind(ram, phone(-1), phone(0))
    answer = ims('GetUserMFAInfo', **anna)
    assert answer['IsMFAEnable'] is True and answer['MFADevice'] == {'SerialNumber': serial('phone'), 'Type': 'VMFA'}
    with refused(404, 'EntityNotExist.User'):
        ims('GetUserMFAInfo', user_principal_name=f'none@{ACCOUNT}.onaliyun.com')
    # Without a name it is the caller; the account itself has no such device.
    assert ims('GetUserMFAInfo')['IsMFAEnable'] is False
    with refused(400, 'MissingParameter'):
        Ims(server, ROOT_KEY)('GetUserMFAInfo')


@pytest.mark.parametrize('name,code', [('a_b', 'InvalidChars'), ('a b', 'InvalidChars'), ('m' * 65, 'Length')])
def test_a_device_name_that_cannot_be(ram, name, code):
    with refused(400, f'InvalidParameter.VirtualMFADeviceName.{code}'):
        ram('CreateVirtualMFADevice', virtual_mfadevice_name=name)
    ram('CreateVirtualMFADevice', virtual_mfadevice_name='m' * 64)


def test_the_picture_is_a_png(ram):
    made = ram('CreateVirtualMFADevice', virtual_mfadevice_name='phone')['VirtualMFADevice']
    assert made['SerialNumber'] == serial('phone') and len(base64.b32decode(made['Base32StringSeed'])) == 20
    assert base64.b64decode(made['QRCodePNG']).startswith(b'\x89PNG\r\n\x1a\n')
