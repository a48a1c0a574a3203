//! From what a request names to what runs: the function, its version, its role.

use std::sync::Arc;

use gateway::Fault;

use crate::functions::Found;
use crate::locate::{LATEST, Target};
use crate::rows::Place;
use crate::services::FoundService;
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
    /// Adds what a service says for all its functions.
    fn join(&mut self, service: &FoundService) {
        self.role = service.role().to_owned();
        self.service_version = Some(LATEST.to_owned());
        self.revision = self.revision.max(service.version);
        let log = service.row.settings.get("logConfig").cloned();
        let settings = &mut self.function.row.settings;
        settings.extend(log.map(|log| ("logConfig".to_owned(), log)));
    }
}

impl Fc {
    /// Finds the function that a request names, in the version that its qualifier means.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound`, `VersionNotFound`, `AliasNotFound`.
    pub(crate) async fn resolve(&self, target: &Target) -> Result<Resolved, Fault> {
        let (place, name) = (target.place(), target.name("functionName"));
        let function = self.function(&place, name).await?;
        if let Some(qualifier) = target.qualifier.as_deref().filter(|q| *q != LATEST) {
            return Err(fault::qualifier_not_found(qualifier, name));
        }
        let mut resolved = Resolved {
            role: function.row.text("role").to_owned(),
            version_id: String::new(),
            service_version: None,
            code_row: place.code(name),
            revision: function.version,
            function,
        };
        if !place.is_bare() {
            resolved.join(&self.service(&place).await?);
        }
        Ok(resolved)
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
        let (row, version) = (&resolved.function.row, resolved.revision);
        let qualifier = target.qualifier.as_deref().unwrap_or(LATEST);
        let key = key(&target.place(), &row.name, qualifier, version);
        let code = row.code.as_ref().ok_or_else(fault::image_not_here)?;
        let bytes = async {
            let bytes = self.package(code, &resolved.code_row).await?;
            bytes.ok_or_else(|| fault::function_not_found(&row.name, &target.place().service))
        };
        self.revisions
            .get(&key, row, &resolved.version_id, bytes)
            .await
    }

    /// Forgets what is unpacked of a function that was changed or deleted, and lets its idle instances end.
    pub(crate) fn retire(&self, place: &Place, name: &str, version: u64) {
        let key = key(place, name, LATEST, version);
        self.revisions.forget(&key);
        self.host.retire(&key);
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
