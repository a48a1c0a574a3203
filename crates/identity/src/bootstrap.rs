//! What a fresh cloud has.

use chrono::{DateTime, Utc};
use gateway::Fault;
use signature::Secret;

use crate::accounts::{AccountError, DEFAULT_ACCOUNT, FirstKey};
use crate::attachments::Entity;
use crate::keys::Owner;
use crate::policies::{Kind, NewPolicy};
use crate::roles::{NewRole, RoleChanges};
use crate::users::Profile;
use crate::{Identity, random, rows, trust};

/// The RAM user of every account that may do everything, and at once its key's id and secret in the default account.
pub const DEFAULT_USER: &str = "localyun";
/// The root's key of the default account: id and secret.
pub const ROOT_KEY: &str = "localyun.root";

impl Identity {
    /// Makes the default account: the user `localyun` with `AdministratorAccess` and the key `localyun`/`localyun`,
    /// the root's key `localyun.root`/`localyun.root`, and what seals tokens.
    ///
    /// An account that is there already is left alone, so what somebody deleted from a cloud on disk stays deleted.
    /// It may be called by several processes at once.
    pub async fn bootstrap(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        self.make_sealing_key().await?;
        self.make_account(DEFAULT_ACCOUNT, now).await
    }

    /// Makes an account with its first keys, unless it is there, in which case it is left alone.
    pub async fn make_account(&self, uid: &str, now: DateTime<Utc>) -> Result<(), Fault> {
        if self.account(uid).await?.is_some() {
            return Ok(());
        }
        self.furnish_account(uid, now).await?;
        // Last: an account whose making was cut short is made to its end by the next start.
        match self.put_account(uid, None, now).await {
            Err(AccountError::Failed(fault)) => Err(fault),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The administrator and the first keys of an account.
    pub(crate) async fn furnish_account(
        &self,
        account: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        self.make_administrator(account, now).await?;
        let user = Owner::User(DEFAULT_USER.to_owned());
        for (owner, key) in [
            (user, FirstKey::of_administrator(account)),
            (Owner::Root, FirstKey::of_root(account)),
        ] {
            self.put_key(account, &owner, &key.id, &key.secret, now)
                .await?;
        }
        Ok(())
    }

    /// A further key of the user `localyun`, which is made if it is gone.
    ///
    /// # Errors
    ///
    /// `InvalidParameter` for an id with other characters than letters, digits and `._=-`, or one that begins like
    /// the keys of STS.
    pub async fn add_default_key(
        &self,
        id: &str,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let owner = Owner::User(DEFAULT_USER.to_owned());
        match self.put_key(DEFAULT_ACCOUNT, &owner, id, secret, now).await {
            Err(fault) if fault.code() == "EntityNotExist.User" => {
                self.make_administrator(DEFAULT_ACCOUNT, now).await?;
                self.put_key(DEFAULT_ACCOUNT, &owner, id, secret, now).await
            }
            done => done,
        }
    }

    /// A role of the default account that `service` (such as `fc.aliyuncs.com`) may assume and that has exactly one
    /// policy of its own, `<name>` with dots written as hyphens. Made anew or brought up to date; policies that
    /// somebody else attached stay. Returns the role's ARN.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.RoleName.*`, `MalformedPolicyDocument`, `InvalidParameter.PolicyDocument.Length` and limits.
    pub async fn make_role(
        &self,
        name: &str,
        service: &str,
        policy_document: &str,
        now: DateTime<Utc>,
    ) -> Result<String, Fault> {
        let account = DEFAULT_ACCOUNT;
        let trust = trust::of_service(service);
        let role = match self
            .create_role(account, NewRole::new(name, &*trust), now)
            .await
        {
            Err(fault) if fault.code() == "EntityAlreadyExists.Role" => {
                let changes = RoleChanges {
                    trust: Some(trust),
                    ..RoleChanges::default()
                };
                self.update_role(account, name, &changes, now).await?
            }
            made => made?,
        };
        let policy = name.replace('.', "-");
        let new = NewPolicy {
            name: &policy,
            document: policy_document,
            ..NewPolicy::default()
        };
        match self.create_policy(account, new, now).await {
            Err(fault) if fault.code() == "EntityAlreadyExists.Policy" => {
                self.create_policy_version(account, &policy, policy_document, (true, true), now)
                    .await?;
            }
            made => drop(made?),
        }
        let attached = self
            .attach(account, (Entity::Role, name), (Kind::Custom, &policy), now)
            .await;
        unless("EntityAlreadyExists.Role.Policy", attached)?;
        Ok(crate::arn::role(account, &role.name))
    }

    async fn make_sealing_key(&self) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            if change.exists(rows::SEALING_KEY).await? {
                return Ok(());
            }
            change.put_bytes(rows::SEALING_KEY, &random::bytes::<32>()?);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    async fn make_administrator(&self, account: &str, now: DateTime<Utc>) -> Result<(), Fault> {
        let profile = Profile {
            display_name: DEFAULT_USER.to_owned(),
            ..Profile::default()
        };
        let made = self
            .create_user(account, DEFAULT_USER, profile, Vec::new(), now)
            .await;
        unless("EntityAlreadyExists.User", made.map(drop))?;
        let everything = (Kind::System, "AdministratorAccess");
        let attached = self
            .attach(account, (Entity::User, DEFAULT_USER), everything, now)
            .await;
        unless("EntityAlreadyExists.User.Policy", attached)
    }
}

/// That it is so already is as good.
fn unless(code: &str, done: Result<(), Fault>) -> Result<(), Fault> {
    match done {
        Err(fault) if fault.code() == code => Ok(()),
        done => done,
    }
}
