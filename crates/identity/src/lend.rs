//! Credentials of a role for a program that asks for them by URL (`ALIBABA_CLOUD_CREDENTIALS_URI`, spec/identity.md
//! §5.2). They are what AssumeRole gives to the user `localyun` of the role's account, who must be allowed to.

use gateway::{Caller, Directory, Fault, Issued, Moment};
use policy::Principal;
use signature::Secret;

use crate::arn::RoleArn;
use crate::bootstrap::DEFAULT_USER;
use crate::roles::KnownRole;
use crate::sessions::NewSession;
use crate::{Identity, directory, fault, random};

/// The name of such sessions.
const SESSION: &str = "credentials-uri";
/// Letters of the secret in a URL.
const SECRET_LENGTH: usize = 32;

impl Identity {
    /// Credentials of a role for an hour.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Role`; `NoPermission`, if the user `localyun` of the account may not assume the role.
    pub async fn lend(&self, role: &RoleArn, now: &Moment) -> Result<Issued, Fault> {
        let role = self.assumable(Ok(role.clone())).await?;
        let administrator = self.administrator_for(&role, now).await?;
        let session = NewSession::of(&role, SESSION, administrator.arn());
        self.open_session(session, now.virtual_).await
    }

    /// What the URL of a role's credentials ends with. It is of this store and this name: a role that is made anew has
    /// it again, and a reset changes it.
    pub async fn lending_secret(&self, role: &RoleArn) -> Result<Secret, Fault> {
        let generation = self.generation().await?;
        let sealer = self.sealer(&generation).await?;
        let proof = sealer.proof("credentials uri", role.to_string().as_bytes());
        Ok(Secret::new(random::letters(&proof[..SECRET_LENGTH])))
    }

    /// The user `localyun` of the role's account, who may assume it.
    async fn administrator_for(&self, role: &KnownRole, now: &Moment) -> Result<Principal, Fault> {
        let refused = || fault::administrator_may_not_assume(&role.account, &role.arn());
        let user = self.user(&role.account, DEFAULT_USER).await;
        let user = user.map_err(|fault| match fault.status().is_server_error() {
            true => fault,
            false => refused(),
        })?;
        let caller = Caller {
            principal: Principal::User {
                account: role.account.clone(),
                id: user.id.as_str().into(),
                name: user.name.as_str().into(),
            },
            ..Caller::anonymous()
        };
        let policies = self.policies(&caller).await?;
        match directory::may_assume(&caller.principal, policies, role, now) {
            true => Ok(caller.principal),
            false => Err(refused()),
        }
    }
}
