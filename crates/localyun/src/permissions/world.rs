//! The world that a permission test declares, as a cloud in memory.

mod bucket;

use std::sync::Arc;

use gateway::{Clock, Fault};
use identity::attachments::Entity;
use identity::policies::{Kind, NewPolicy};
use identity::roles::{NewRole, RoleChanges};
use identity::users::Profile;
use identity::{DEFAULT_ACCOUNT, system_policies};
use serde_saphyr::Spanned;

use super::file::{Account, File, Named};
use super::text::Texts;
use super::{At, Slip, Unusable};
use crate::{Cloud, Config};

/// A cloud with everything that a file declares.
#[derive(Debug)]
pub(crate) struct World {
    /// The cloud.
    pub(crate) cloud: Arc<Cloud>,
    /// The policies that the file wrote.
    pub(crate) documents: Vec<Written>,
}

/// A policy that a file wrote.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// Which.
    pub(crate) source: Source,
    /// Its text.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) at: At,
}

/// Which policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// A custom policy of an account.
    Custom(String, String),
    /// The trust policy of a role of an account.
    Trust(String, String),
    /// The policy of a bucket.
    Bucket(String),
    /// The policy of a session that the file declares.
    Session(String),
}

impl World {
    /// Makes it.
    pub(crate) async fn make(file: &File) -> Result<Self, Unusable> {
        let of_file = |slip: Slip| slip.of(file.path());
        let clock = file.now.map_or_else(Clock::system, Clock::fixed);
        let cloud = Cloud::new(Config::default(), clock).await;
        let cloud = cloud.map_err(|error| of_file(Slip::new(At::default(), error)))?;
        let mut maker = Maker {
            cloud: &cloud,
            file,
            documents: Vec::new(),
            users: 0,
        };
        maker.make().await.map_err(of_file)?;
        let documents = maker.documents;
        Ok(Self { cloud, documents })
    }
}

/// Makes everything, in an order in which each thing finds what it names.
struct Maker<'a> {
    cloud: &'a Cloud,
    file: &'a File,
    documents: Vec<Written>,
    /// How many users got an id.
    users: u64,
}

impl Maker<'_> {
    async fn make(&mut self) -> Result<(), Slip> {
        let mut accounts = vec![(DEFAULT_ACCOUNT.to_owned(), self.file.default_account())];
        for (uid, account) in &self.file.accounts {
            let now = self.cloud.now();
            let made = self
                .cloud
                .identity
                .create_account(Some(uid), None, now)
                .await;
            made.map_err(|error| Slip::new(account.referenced.into(), error))?;
            accounts.push((uid.clone(), account.value.clone()));
        }
        for (uid, account) in &accounts {
            self.policies(uid, account).await?;
            self.groups(uid, account).await?;
            self.users(uid, account).await?;
            self.roles(uid, account).await?;
        }
        // Trust policies may name users and roles of every account.
        for (uid, account) in &accounts {
            self.trust(uid, account).await?;
            self.buckets(uid, account).await?;
        }
        for (name, session) in &self.file.sessions {
            if let Some(policy) = &session.value.policy {
                self.document(Source::Session(name.clone()), policy)?;
            }
        }
        Ok(())
    }

    /// Takes down the text of a policy.
    fn document(
        &mut self,
        source: Source,
        written: &Spanned<serde_json::Value>,
    ) -> Result<String, Slip> {
        let text = self.file.document(written)?;
        self.documents.push(Written {
            source,
            text: text.clone(),
            at: written.referenced.into(),
        });
        Ok(text)
    }

    async fn policies(&mut self, uid: &str, account: &Account) -> Result<(), Slip> {
        for (name, written) in &account.policies {
            let source = Source::Custom(uid.to_owned(), name.clone());
            let document = self.document(source, written)?;
            let new = NewPolicy {
                name,
                document: &document,
                ..NewPolicy::default()
            };
            let made = self
                .cloud
                .identity
                .create_policy(uid, new, self.cloud.now())
                .await;
            made.map_err(|fault| refused("policy", name, written, &fault))?;
        }
        Ok(())
    }

    async fn groups(&self, uid: &str, account: &Account) -> Result<(), Slip> {
        for (name, group) in &account.groups {
            let identity = &self.cloud.identity;
            let made = identity
                .create_group(uid, name, String::new(), String::new(), self.cloud.now())
                .await;
            made.map_err(|fault| refused("group", name, group, &fault))?;
            let entity = (Entity::Group, name.as_str());
            self.attach(
                uid,
                account,
                entity,
                &group.value.policies,
                group.referenced.into(),
            )
            .await?;
        }
        Ok(())
    }

    async fn users(&mut self, uid: &str, account: &Account) -> Result<(), Slip> {
        for (name, user) in &account.users {
            let id = self.id(user)?;
            let identity = &self.cloud.identity;
            let now = self.cloud.now();
            let made = identity
                .create_user_as(uid, (name, &id), <(Profile, _)>::default(), now)
                .await;
            made.map_err(|fault| refused("user", name, user, &fault))?;
            for group in &user.value.groups.0 {
                let added = identity.add_member(uid, group, name, now).await;
                added.map_err(|fault| match fault.code() {
                    "EntityNotExist.Group" => {
                        let text = format!("there is no group `{group}`; declare it under groups");
                        Slip::new(user.referenced.into(), text)
                    }
                    _ => refused("user", name, user, &fault),
                })?;
            }
            let entity = (Entity::User, name.as_str());
            self.attach(
                uid,
                account,
                entity,
                &user.value.policies,
                user.referenced.into(),
            )
            .await?;
        }
        Ok(())
    }

    /// The id that the file says, or one that is the same in every run.
    fn id(&mut self, user: &Spanned<super::file::User>) -> Result<String, Slip> {
        self.users += 1;
        match &user.value.id {
            None => Ok(format!("2{:017}", self.users)),
            Some(id) if id.len() >= 15 && id.bytes().all(|b| b.is_ascii_digit()) => Ok(id.clone()),
            Some(id) => {
                let text = format!("`{id}` is no id of a user: it has 15 digits or more");
                Err(Slip::new(user.referenced.into(), text))
            }
        }
    }

    /// With a trust policy that a later step replaces: it may name roles that are not there yet.
    async fn roles(&self, uid: &str, account: &Account) -> Result<(), Slip> {
        let own = serde_json::json!({
            "Version": "1",
            "Statement": [{
                "Effect": "Allow",
                "Action": identity::trust::ASSUME_ROLE,
                "Principal": { "RAM": [format!("acs:ram::{uid}:root")] },
            }],
        });
        for (name, role) in &account.roles {
            let new = NewRole::new(name, own.to_string());
            let made = self
                .cloud
                .identity
                .create_role(uid, new, self.cloud.now())
                .await;
            made.map_err(|fault| refused("role", name, role, &fault))?;
            let entity = (Entity::Role, name.as_str());
            self.attach(
                uid,
                account,
                entity,
                &role.value.policies,
                role.referenced.into(),
            )
            .await?;
        }
        Ok(())
    }

    async fn trust(&mut self, uid: &str, account: &Account) -> Result<(), Slip> {
        for (name, role) in &account.roles {
            let Some(written) = &role.value.trust else {
                continue;
            };
            let source = Source::Trust(uid.to_owned(), name.clone());
            let changes = RoleChanges {
                trust: Some(self.document(source, written)?),
                ..RoleChanges::default()
            };
            let made = self
                .cloud
                .identity
                .update_role(uid, name, &changes, self.cloud.now())
                .await;
            made.map_err(|fault| refused("trust policy of the role", name, written, &fault))?;
        }
        Ok(())
    }

    /// A name is that of a policy of the account, else of a system policy.
    async fn attach(
        &self,
        uid: &str,
        account: &Account,
        entity: (Entity, &str),
        names: &Texts,
        at: At,
    ) -> Result<(), Slip> {
        for name in &names.0 {
            let kind = match account.policies.contains_key(name) {
                true => Kind::Custom,
                false if system_policies::find(name).is_some() => Kind::System,
                false => return Err(Slip::new(at, no_policy(name, &account.policies))),
            };
            let identity = &self.cloud.identity;
            let made = identity
                .attach(uid, entity, (kind, name), self.cloud.now())
                .await;
            made.map_err(|fault| Slip::new(at, said(entity.0.name(), entity.1, &fault)))?;
        }
        Ok(())
    }
}

fn no_policy<T>(name: &str, declared: &Named<T>) -> String {
    let names: Vec<_> = declared.keys().map(String::as_str).collect();
    let declared = match names.as_slice() {
        [] => "none are declared".to_owned(),
        names => format!("declared are {}", names.join(", ")),
    };
    format!(
        "there is no policy `{name}`, neither of the account ({declared}) nor of the system; declare it under policies"
    )
}

fn refused<T>(kind: &str, name: &str, written: &Spanned<T>, fault: &Fault) -> Slip {
    Slip::new(written.referenced.into(), said(kind, name, fault))
}

/// What the service says, with where in the document it is.
fn said(kind: &str, name: &str, fault: &Fault) -> String {
    let cause = fault
        .cause()
        .map(|cause| format!(" ({cause})"))
        .unwrap_or_default();
    format!(
        "the {kind} `{name}` is refused: {}: {}{cause}",
        fault.code(),
        fault.text()
    )
}

impl Source {
    /// As people call it.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Custom(account, name) if account == DEFAULT_ACCOUNT => format!("policy {name}"),
            Self::Custom(account, name) => format!("policy {name} of account {account}"),
            Self::Trust(account, role) if account == DEFAULT_ACCOUNT => {
                format!("trust policy of the role {role}")
            }
            Self::Trust(account, role) => {
                format!("trust policy of the role {role} of account {account}")
            }
            Self::Bucket(bucket) => format!("bucket policy of {bucket}"),
            Self::Session(session) => format!("policy of the session {session}"),
        }
    }
}
