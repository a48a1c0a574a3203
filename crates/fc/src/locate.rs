//! What a request is aimed at, and the resource that policies see for it (spec/fc.md §3.9).

use std::collections::HashMap;
use std::sync::Arc;

use gateway::host::Family;
use gateway::{Caller, Fault, Guard, Head, Located, Op, region};

use crate::route::Name;
use crate::rows::{Owner, Place};
use crate::tags::{self, Tags};
use crate::{Fc, Generation, fault, names};

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
}

impl Target {
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
    let account = caller.account().unwrap_or_default();
    if host_account(head).is_some_and(|named| named != account) {
        return Err(fault::account_does_not_match());
    }
    let named = head.endpoint.region.as_deref().unwrap_or(region::DEFAULT);
    if !region::is_known(named) {
        return Err(fault::unknown_region(named));
    }
    let mut target = Target {
        generation: name.generation,
        account: account.into(),
        region: named.into(),
        names: name.names,
        qualifier: name.qualifier,
        tags: Tags::new(),
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

/// The uid that `<uid>.<region>.fc.aliyuncs.com` begins with.
fn host_account(head: &Head) -> Option<&str> {
    if head.endpoint.family != Family::Fc {
        return None;
    }
    let (first, _) = head.host.split_once('.')?;
    let digits = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
    digits.then_some(first)
}
