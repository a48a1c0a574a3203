//! What a request is aimed at, and the resource that policies see for it (spec/fc.md §3.9).

use std::collections::HashMap;
use std::sync::Arc;

use gateway::host::Family;
use gateway::{Caller, Fault, Guard, Head, Located, Op, region};

use crate::route::Name;
use crate::rows::{Owner, Place};
use crate::tags::{self, Tags};
use crate::web::Visit;
use crate::{Fc, Generation, RevisionKey, fault, names};

/// The version of a function that nobody published.
pub(crate) const LATEST: &str = "LATEST";

/// What a request is aimed at. Rows are looked up while it runs: who may not ask is not told what there is.
#[derive(Debug, Clone)]
pub struct Target {
    /// Through which door it comes.
    pub generation: Generation,
    pub(crate) account: Arc<str>,
    pub(crate) region: Arc<str>,
    names: HashMap<&'static str, String>,
    pub(crate) qualifier: Option<String>,
    /// The tags of the function, or in FC 2.0 of the service.
    tags: Tags,
    /// Set for a request over HTTP to a function.
    pub(crate) visit: Option<Arc<Visit>>,
}

impl Target {
    /// A function that a row names. The generations with services are one to what is invoked.
    pub(crate) fn kept(place: &Place, function: &str, qualifier: Option<String>) -> Self {
        let generation = match place.is_bare() {
            true => Generation::V2023,
            false => Generation::V2021,
        };
        Self::of_function(generation, place, function, qualifier)
    }

    /// A function that no request names.
    pub(crate) fn of_function(
        generation: Generation,
        place: &Place,
        function: &str,
        qualifier: Option<String>,
    ) -> Self {
        let names = [
            ("serviceName", place.service.to_string()),
            ("functionName", function.to_owned()),
        ];
        Self {
            generation,
            account: place.account.clone(),
            region: place.region.clone(),
            names: names.into(),
            qualifier,
            tags: Tags::new(),
            visit: None,
        }
    }

    /// A name of the path. Empty if the path has none like it.
    pub(crate) fn name(&self, what: &str) -> &str {
        self.names.get(what).map_or("", String::as_str)
    }

    /// Where the functions of the service lie, or those that are in none.
    pub(crate) fn place(&self) -> Place {
        Place {
            account: self.account.clone(),
            region: self.region.clone(),
            service: self.name("serviceName").into(),
            version: None,
        }
    }

    /// What the versions and aliases of the request belong to: a function in FC 3.0, a service in FC 2.0.
    pub(crate) fn owner(&self) -> Owner {
        match self.generation.has_services() {
            true => self.place().owner(),
            false => self.place().owner_of(self.name("functionName")),
        }
    }

    /// The version or alias that is meant, `LATEST` if none is named.
    pub(crate) fn qualifier(&self) -> &str {
        self.qualifier.as_deref().unwrap_or(LATEST)
    }

    /// The resource of its function, in this version or alias.
    pub(crate) fn function_resource(&self) -> String {
        self.resource(match self.generation.has_services() {
            true => "services/{serviceName}{.qualifier}/functions/{functionName}",
            false => "functions/{functionName}{/qualifier}",
        })
    }

    /// What its function is in the host, whatever the revision.
    pub(crate) fn key(&self) -> RevisionKey {
        let place = self.place();
        RevisionKey {
            service: (!place.is_bare()).then(|| place.service.clone()),
            account: place.account,
            region: place.region,
            function: self.name("functionName").into(),
            qualifier: self.qualifier().into(),
            revision: 0,
        }
    }

    /// The function of the path, as an owner.
    pub(crate) fn function(&self) -> Owner {
        self.place().owner_of(self.name("functionName"))
    }

    /// The ARN of something in this account and region.
    pub(crate) fn arn(&self, resource: &str) -> String {
        format!("acs:fc:{}:{}:{resource}", self.region, self.account)
    }

    /// What guards whatever is in this account: its owner alone. Policies may ask for its tags.
    pub(crate) fn guard(&self) -> Guard {
        Guard {
            conditions: tags::of_resource(&self.tags),
            ..Guard::owned_by(self.account.clone())
        }
    }

    /// Whether the request names something that can have tags.
    fn has_tags(&self) -> bool {
        let name = match self.generation.has_services() {
            true => "serviceName",
            false => "functionName",
        };
        !self.name(name).is_empty()
    }

    /// The resource of a route. A qualifier belongs to the resource where its template has a place for it.
    pub(crate) fn resource(&self, template: &str) -> String {
        let mut text = template.to_owned();
        for (what, name) in &self.names {
            text = text.replace(&format!("{{{what}}}"), name);
        }
        let (dotted, slashed) = match &self.qualifier {
            Some(qualifier) => (format!(".{qualifier}"), format!("/{qualifier}")),
            None => (String::new(), String::new()),
        };
        text.replace("{.qualifier}", &dotted)
            .replace("{/qualifier}", &slashed)
    }
}

/// Finds the account and the region, and the resource.
///
/// # Errors
///
/// `InvalidArgument`; `AccessDenied` where the host names another account than the caller's.
pub(crate) async fn locate(
    fc: &Fc,
    op: &'static Op<Fc>,
    name: Name,
    caller: &Caller,
    head: &Head,
) -> Result<Located<Fc>, Fault> {
    for (what, text) in &name.names {
        match *what {
            "arn" => names::check_arn(text)?,
            what => names::check_path(what, text)?,
        }
    }
    if let Some(qualifier) = &name.qualifier {
        names::check_path("qualifier", qualifier)?;
    }
    let (account, region) = match name.visit.as_ref().and_then(|visit| visit.trigger.as_ref()) {
        // It is the trigger's, whoever calls.
        Some(trigger) => {
            let place = &trigger.owner.place;
            (place.account.clone(), place.region.clone())
        }
        None => (account(caller, head)?, region(head)?.into()),
    };
    let mut target = Target {
        generation: name.generation,
        account,
        region,
        names: name.names,
        qualifier: name.qualifier,
        tags: Tags::new(),
        visit: name.visit.map(Arc::from),
    };
    if target.has_tags() {
        target.tags = fc.tags(&target.owner()).await?;
    }
    Ok(Located {
        arn: target.arn(&target.resource(op.route.resource)),
        guard: target.guard(),
        target,
    })
}

fn account(caller: &Caller, head: &Head) -> Result<Arc<str>, Fault> {
    let account = caller.account().unwrap_or_default();
    match host_account(head).is_some_and(|named| named != account) {
        true => Err(fault::account_does_not_match()),
        false => Ok(account.into()),
    }
}

/// The region that the host names, or the default one.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn region(head: &Head) -> Result<&str, Fault> {
    let named = head.endpoint.region.as_deref().unwrap_or(region::DEFAULT);
    match region::is_known(named) {
        true => Ok(named),
        false => Err(fault::unknown_region(named)),
    }
}

/// The uid that `<uid>.<region>.fc.aliyuncs.com` begins with.
pub(crate) fn host_account(head: &Head) -> Option<&str> {
    if head.endpoint.family != Family::Fc {
        return None;
    }
    let (first, _) = head.host.split_once('.')?;
    let digits = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
    digits.then_some(first)
}
