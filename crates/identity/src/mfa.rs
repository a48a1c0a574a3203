//! Virtual MFA devices: apps that show a code of six digits, a new one every 30 seconds (RFC 6238).

mod picture;
mod totp;

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};
use signature::Secret;
use store::View;

use crate::rows::{self, Change, Counted};
use crate::users::{self, User};
use crate::{Identity, fault, names, random, time};

pub use totp::{STEP, code};

/// A virtual MFA device.
#[derive(Clone, Serialize, Deserialize)]
pub struct Device {
    /// Unique in the account.
    pub name: String,
    seed: [u8; 20],
    /// Who has it, by user id, and since when.
    pub bound: Option<Bound>,
}

/// Who has a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The user's id.
    pub user_id: String,
    /// Since when, `YYYY-MM-DDThh:mm:ssZ`.
    pub since: String,
}

impl Device {
    /// `acs:ram::<uid>:mfa/<name>`.
    pub fn serial_number(&self, account: &str) -> String {
        format!("{}{}", serial_prefix(account), self.name)
    }

    /// What codes are made of, in Base32, as it is typed into an app. RAM shows it once.
    pub fn seed(&self) -> Secret {
        Secret::new(totp::base32(&self.seed))
    }

    /// The same as a picture to point the app at: a PNG of a QR code.
    pub fn picture(&self, account: &str) -> Result<Vec<u8>, Fault> {
        let seed = self.seed();
        let label = format!("Aliyun:{}@{account}", self.name);
        let text = format!(
            "otpauth://totp/{label}?secret={}&issuer=Aliyun",
            seed.expose()
        );
        picture::png(&text)
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("name", &self.name)
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}

fn serial_prefix(account: &str) -> String {
    format!("acs:ram::{account}:mfa/")
}

/// The name in a serial number of the account's own; `None` if it is none.
pub fn name_of<'a>(account: &str, serial_number: &'a str) -> Option<&'a str> {
    let name = serial_number.strip_prefix(&serial_prefix(account))?;
    names::DEVICE.check(name).is_ok().then_some(name)
}

impl Identity {
    /// Makes a device that nobody has yet.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.VirtualMFADeviceName.*`, `EntityAlreadyExists.VirtualMFADevice`, `LimitExceeded.VirtualMFADevice`.
    pub async fn create_device(&self, account: &str, name: &str) -> Result<Device, Fault> {
        fault::check_name("VirtualMFADeviceName", names::DEVICE, name)?;
        let device = Device {
            name: name.to_owned(),
            seed: random::bytes()?,
            bound: None,
        };
        loop {
            let mut change = self.begin().await?;
            let row = rows::mfa(account, name);
            if change.exists(&row).await? {
                return Err(fault::mfa_device_exists());
            }
            let count = rows::count(account, Counted::Devices);
            if change.counter(&count).await? >= self.limits.devices as i64 {
                return Err(fault::too_many_mfa_devices());
            }
            change.add(&count, 1);
            change.put(&row, &device)?;
            if change.commit().await? {
                return Ok(device);
            }
        }
    }

    /// Deletes a device that nobody has.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.VirtualMFADevice`, `DeleteConflict.VirtualMFADevice.User`.
    pub async fn delete_device(&self, account: &str, name: &str) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let device = need(&mut change, account, name).await?;
            if device.bound.is_some() {
                return Err(fault::mfa_device_has_user());
            }
            change.delete(&rows::mfa(account, name));
            change.add(&rows::count(account, Counted::Devices), -1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Gives a device to a user who knows two codes that it shows one after the other.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.VirtualMFADevice`, `EntityAlreadyExists.User.MFADevice`,
    /// `EntityAlreadyExists.VirtualMFADevice.User`, `CheckAuthenticationCodeFail`.
    pub async fn bind_device(
        &self,
        account: &str,
        (user, device): (&str, &str),
        codes: (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let user = users::need(&mut change, account, user).await?;
            let mut device = need(&mut change, account, device).await?;
            let of_user = rows::mfa_of(account, &user.id);
            if change.exists(&of_user).await? {
                return Err(fault::user_has_bound_a_device());
            }
            if device.bound.is_some() {
                return Err(fault::mfa_device_is_bound());
            }
            if !totp::shows(&device.seed, codes, now) {
                return Err(fault::wrong_code());
            }
            device.bound = Some(Bound {
                user_id: user.id,
                since: time::iso(now),
            });
            change.put(&of_user, &device.name)?;
            change.put(&rows::mfa(account, &device.name), &device)?;
            change.add(&rows::count(account, Counted::DevicesInUse), 1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Takes the device from a user.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.MFADevice`.
    pub async fn unbind_device(&self, account: &str, user: &str) -> Result<Device, Fault> {
        loop {
            let mut change = self.begin().await?;
            let user = users::need(&mut change, account, user).await?;
            let of_user = rows::mfa_of(account, &user.id);
            let name: Option<String> = change.read(&of_user).await?;
            let name = name.ok_or_else(fault::no_mfa_device_of_user)?;
            let mut device = need(&mut change, account, &name).await?;
            device.bound = None;
            change.delete(&of_user);
            change.put(&rows::mfa(account, &name), &device)?;
            change.add(&rows::count(account, Counted::DevicesInUse), -1);
            if change.commit().await? {
                return Ok(device);
            }
        }
    }

    /// The device of a user.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.MFADevice`.
    pub async fn device_of(&self, account: &str, user: &str) -> Result<Device, Fault> {
        let device = self.find_device_of(account, user).await?;
        device.ok_or_else(fault::no_mfa_device_of_user)
    }

    /// The device of a user, if there is one.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`.
    pub async fn find_device_of(&self, account: &str, user: &str) -> Result<Option<Device>, Fault> {
        let view = self.store.meta.view().await?;
        let user = users::find(&view, account, user).await?;
        let user = user.ok_or_else(fault::no_such_user)?;
        let name: Option<String> = rows::get(&view, &rows::mfa_of(account, &user.id)).await?;
        match name {
            Some(name) => rows::get(&view, &rows::mfa(account, &name)).await,
            None => Ok(None),
        }
    }

    /// Every device by name, each with the user who has it.
    pub async fn devices(&self, account: &str) -> Result<Vec<(Device, Option<User>)>, Fault> {
        let view = self.store.meta.view().await?;
        let mut devices = Vec::new();
        for device in rows::all::<Device>(&view, &rows::mfa(account, "")).await? {
            let user = user_of(&view, account, &device).await?;
            devices.push((device, user));
        }
        Ok(devices)
    }
}

async fn need(change: &mut Change<'_>, account: &str, name: &str) -> Result<Device, Fault> {
    let device = change.read(&rows::mfa(account, name)).await?;
    device.ok_or_else(fault::no_such_mfa_device)
}

async fn user_of(view: &View, account: &str, device: &Device) -> Result<Option<User>, Fault> {
    match &device.bound {
        Some(bound) => rows::get(view, &rows::user(account, &bound.user_id)).await,
        None => Ok(None),
    }
}
