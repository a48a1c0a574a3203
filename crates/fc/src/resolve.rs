//! From what a request names to what runs: the function, its version, its role.

use std::sync::Arc;

use bytes::Bytes;
use gateway::Fault;
use serde_json::Value;

use crate::functions::Found;
use crate::locate::{LATEST, Target};
use crate::revisions::Packages;
use crate::rows::{AliasRow, Code, Place, ServiceRow, VersionRow};
use crate::{Fc, Revision, RevisionKey, fault};

/// A function of one version, with what its service adds.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) function: Found,
    /// The ARN of the role that it runs with; empty without one.
    pub(crate) role: String,
    /// The published version, empty for what is not published.
    pub(crate) version_id: String,
    /// FC 2.0: the version of the service that ran.
    pub(crate) service_version: Option<String>,
    /// Changes whenever the function or its service does.
    revision: u64,
    /// The row with the bytes of a small package.
    code_row: String,
}

impl Resolved {
    /// What it is in the host.
    pub(crate) fn key(&self, target: &Target) -> RevisionKey {
        let (name, qualifier) = (&self.function.row.name, target.qualifier());
        key(&target.place(), name, qualifier, self.revision)
    }

    /// Adds what a service says for all its functions. `revision` is the version of its row.
    fn join(&mut self, service: ServiceRow, revision: u64, version: String) {
        let mut settings = service.settings;
        let role = settings.get("role").and_then(Value::as_str);
        self.role = role.unwrap_or_default().to_owned();
        self.service_version = Some(version);
        self.revision = self.revision.max(revision);
        let log = settings.remove("logConfig");
        let own = &mut self.function.row.settings;
        own.extend(log.map(|log| ("logConfig".to_owned(), log)));
    }
}

impl Fc {
    /// Finds the function that a request names, in the version that its qualifier means.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound`, `VersionNotFound`, `AliasNotFound`.
    pub(crate) async fn resolve(&self, target: &Target) -> Result<Resolved, Fault> {
        self.resolve_by(target, AliasRow::draw).await
    }

    /// The same where an alias always means its own version, and never the other one that shares its requests.
    ///
    /// # Errors
    ///
    /// Those of [`resolve`](Self::resolve).
    pub(crate) async fn resolve_first(&self, target: &Target) -> Result<Resolved, Fault> {
        self.resolve_by(target, |alias| alias.version).await
    }

    async fn resolve_by(
        &self,
        target: &Target,
        pick: fn(&AliasRow) -> u64,
    ) -> Result<Resolved, Fault> {
        let (mut place, name) = (target.place(), target.name("functionName"));
        let published = self.published(target, pick).await?;
        if let Some(version) = &published {
            place = place.at(version.number);
        }
        let function = self.function(&place, name).await?;
        let mut resolved = Resolved {
            role: function.row.text("role").to_owned(),
            version_id: String::new(),
            service_version: None,
            code_row: place.code(name),
            revision: function.version,
            function,
        };
        let mut service_version = LATEST.to_owned();
        let mut service = None;
        if let Some(version) = published {
            resolved.version_id = version.number.to_string();
            service_version.clone_from(&resolved.version_id);
            service = version.service.map(|row| (row, 0));
        } else if !place.is_bare() {
            let found = self.service(&place).await?;
            service = Some((found.row, found.version));
        }
        if let Some((row, version)) = service {
            resolved.join(row, version, service_version);
        }
        Ok(resolved)
    }

    /// The version that the qualifier means; `None` for what is not published.
    async fn published(
        &self,
        target: &Target,
        pick: fn(&AliasRow) -> u64,
    ) -> Result<Option<VersionRow>, Fault> {
        let owner = target.owner();
        let qualifier = target.qualifier.as_deref();
        let Some(qualifier) = qualifier.filter(|q| *q != LATEST) else {
            return Ok(None);
        };
        self.expect_owner(&owner).await?;
        let number = match qualifier.bytes().all(|b| b.is_ascii_digit()) {
            true => qualifier.to_owned(),
            false => pick(&self.alias(&owner, qualifier).await?.row).to_string(),
        };
        Ok(Some(self.version(&owner, &number).await?.row))
    }

    /// The package of a function.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound` if it was deleted meanwhile.
    pub(crate) async fn code_of(
        &self,
        target: &Target,
        resolved: &Resolved,
        code: &Code,
    ) -> Result<Bytes, Fault> {
        let bytes = self.package(code, &resolved.code_row).await?;
        let name = &resolved.function.row.name;
        bytes.ok_or_else(|| fault::function_not_found(name, &target.place().service))
    }

    /// Makes it ready to run.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound` if it was deleted meanwhile; `InvalidArgument` for what cannot be run here.
    pub(crate) async fn revision(
        &self,
        target: &Target,
        resolved: &Resolved,
    ) -> Result<Arc<Revision>, Fault> {
        let row = &resolved.function.row;
        let key = resolved.key(target);
        let code = row.code.as_ref().ok_or_else(fault::image_not_here)?;
        let packages = async {
            Ok(Packages {
                code: self.code_of(target, resolved, code).await?,
                layers: self.layer_packages(row).await?,
            })
        };
        self.revisions
            .get(&key, row, &resolved.version_id, packages)
            .await
    }

    /// Forgets what is unpacked of a function that was changed or deleted, and lets its idle instances end.
    pub(crate) fn retire(&self, place: &Place, name: &str, version: u64) {
        let key = key(place, name, LATEST, version);
        self.revisions.forget(&key);
        self.host.retire(&key);
        self.provision.look();
    }
}

fn key(place: &Place, name: &str, qualifier: &str, revision: u64) -> RevisionKey {
    RevisionKey {
        account: place.account.clone(),
        region: place.region.clone(),
        service: (!place.service.is_empty()).then(|| place.service.clone()),
        function: name.into(),
        qualifier: qualifier.into(),
        revision,
    }
}
