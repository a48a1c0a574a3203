//! Which trigger a request over HTTP is for, and whether it is asked who makes it.

use std::collections::HashMap;
use std::sync::Arc;

use gateway::host::Family;
use gateway::{Fault, Head, Moment, Op};
use http::header::HOST;
use percent_encoding::percent_decode_str;
use signature::{Payload, Reading, Scheme, Signable};

use super::settings::{Auth, Settings};
use crate::functions::Page;
use crate::locate::{self, LATEST};
use crate::ops::http_trigger_proxy;
use crate::route::Name;
use crate::rows::{Kind, Owner, Place, TriggerRow};
use crate::{Fc, Generation, fault, triggers};

/// A request over HTTP on its way to a function.
#[derive(Debug)]
pub(crate) struct Visit {
    /// Whether it comes through the address that is for everywhere.
    pub(crate) from_outside: bool,
    /// The path that the function sees, as on the wire.
    pub(crate) path: String,
    /// Whether the request may lead browsers elsewhere: not under the domains that everybody has.
    pub(crate) is_default_domain: bool,
    /// What it is for, once that has been looked up; `None` if there is no such trigger.
    pub(crate) trigger: Option<Arrived>,
}

/// The trigger that a request has come to.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) owner: Owner,
    pub(crate) row: TriggerRow,
    pub(crate) settings: Settings,
}

/// The operation and the name of a request to a function; `None` if it is one to the API.
pub(crate) fn read(head: &Head) -> Option<(&'static Op<Fc>, Name)> {
    let visit = |path: &str, from_outside| Visit {
        from_outside,
        path: if path.is_empty() { "/" } else { path }.to_owned(),
        is_default_domain: from_outside,
        trigger: None,
    };
    if head.endpoint.family == Family::FcApp {
        let name = Name {
            generation: Generation::V2023,
            names: HashMap::new(),
            qualifier: None,
            visit: Some(Box::new(visit(&head.path, !head.endpoint.intranet))),
        };
        return Some((&http_trigger_proxy::OF_FC3, name));
    }
    let (generation, service, function, path) = split(&head.path)?;
    let mut name = Name {
        generation,
        names: HashMap::new(),
        qualifier: None,
        visit: Some(Box::new(visit(path, true))),
    };
    let (service, qualifier) = match service.split_once('.') {
        Some((service, qualifier)) => (service, Some(qualifier)),
        None => (&*service, None),
    };
    name.names.insert("serviceName", service.to_owned());
    name.names.insert("functionName", function);
    name.qualifier = qualifier.map(str::to_owned);
    Some((&http_trigger_proxy::IN_SERVICE, name))
}

/// The parts of `/<version>/proxy/<service>[.<qualifier>]/<function><path>`.
pub(crate) fn split(path: &str) -> Option<(Generation, String, String, &str)> {
    let mut parts = path.strip_prefix('/')?.splitn(4, '/');
    let version = parts.next()?;
    let generation = Generation::WITH_SERVICES
        .iter()
        .find(|g| g.version() == version)?;
    if parts.next()? != "proxy" {
        return None;
    }
    let decoded = |part: &str| {
        percent_decode_str(part)
            .decode_utf8()
            .ok()
            .map(|text| text.into_owned())
    };
    let (service, rest) = (decoded(parts.next()?)?, parts.next()?);
    let (function, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let function = decoded(function)?;
    (!service.is_empty() && !function.is_empty()).then_some((*generation, service, function, path))
}

/// Whether a head is of a request to a function.
pub(crate) fn is_one(head: &Head) -> bool {
    head.endpoint.family == Family::FcApp || split(&head.path).is_some()
}

impl Fc {
    /// Looks the trigger up, and says which operation the request is: one that asks who makes it, or one that does not.
    ///
    /// # Errors
    ///
    /// `DomainNameNotFound`.
    pub(crate) async fn settle_visit(
        &self,
        op: &'static Op<Fc>,
        mut name: Name,
        head: &Head,
        now: &Moment,
    ) -> Result<(&'static Op<Fc>, Name), Fault> {
        if name.visit.is_none() {
            return Ok((op, name));
        }
        let found = self.found(&name, head, now).await?;
        let Some((owner, row)) = found else {
            // Who may not invoke is not told that there is nothing.
            return Ok((op, name));
        };
        let settings = Settings::read(&row.config)?;
        name.names = HashMap::from([("functionName", owner.function.to_string())]);
        if !owner.place.is_bare() {
            let service = owner.place.service.to_string();
            name.names.insert("serviceName", service);
        }
        let qualifier = row.qualifier.clone();
        name.qualifier = (!qualifier.is_empty()).then_some(qualifier);
        if head.endpoint.family == Family::FcApp && !owner.place.is_bare() {
            name.generation = Generation::V2021;
        }
        let op = match (&settings.auth, owner.place.is_bare()) {
            (Auth::Anonymous | Auth::Jwt(_), _) => &http_trigger_proxy::OPEN,
            (Auth::Function, true) => &http_trigger_proxy::OF_FC3,
            (Auth::Function, false) => &http_trigger_proxy::IN_SERVICE,
        };
        if let Some(visit) = &mut name.visit {
            visit.trigger = Some(Arrived {
                owner,
                row,
                settings,
            });
        }
        Ok((op, name))
    }

    /// The trigger that a host or a path means, and whose it is.
    async fn found(
        &self,
        name: &Name,
        head: &Head,
        now: &Moment,
    ) -> Result<Option<(Owner, TriggerRow)>, Fault> {
        let endpoint = &head.endpoint;
        if let (Family::FcApp, Some(prefix), Some(region)) =
            (endpoint.family, &endpoint.bucket, &endpoint.region)
        {
            let found = self.trigger_at(region, prefix).await?;
            let none = || fault::domain_name_not_found(&format!("{prefix}.{region}.fcapp.run"));
            return found.ok_or_else(none).map(Some);
        }
        let text = |what| name.names.get(what).map_or("", String::as_str);
        let place = Place {
            account: self.account_of(head, now).await,
            region: locate::region(head)?.into(),
            service: text("serviceName").into(),
            version: None,
        };
        let owner = place.owner_of(text("functionName"));
        let qualifier = name.qualifier.as_deref().unwrap_or_default();
        let found = self.http_trigger(&owner, qualifier).await?;
        Ok(found.map(|row| (owner, row)))
    }

    /// The account whose functions a path means: what the host names, else that of the key, else the default one. Whether
    /// the key is good is not asked here.
    async fn account_of(&self, head: &Head, now: &Moment) -> Arc<str> {
        if let Some(account) = locate::host_account(head) {
            return account.into();
        }
        let signable = Signable {
            method: head.method.as_str(),
            path: &head.path,
            query: &head.query,
            form: None,
            headers: &head.headers,
            resource: None,
            payload: Payload::Streamed,
        };
        if let Reading::Mine(claim) = signature::read(&[Scheme::Acs3, Scheme::FcV1], &signable) {
            let token = claim.security_token.as_deref();
            let key = self.directory.credential(&claim.access_key_id, token, now);
            let account = key
                .await
                .ok()
                .and_then(|key| key.caller.account().map(Arc::from));
            if let Some(account) = account {
                return account;
            }
        }
        let default = self.directory.stand_in();
        default.account().unwrap_or_default().into()
    }

    /// The HTTP trigger of a function for a qualifier.
    async fn http_trigger(
        &self,
        owner: &Owner,
        qualifier: &str,
    ) -> Result<Option<TriggerRow>, Fault> {
        let page = Page {
            prefix: String::new(),
            from: None,
            limit: triggers::MOST,
        };
        let (all, _): (Vec<TriggerRow>, _) = self.all_owned(owner, Kind::Trigger, &page).await?;
        let of = |row: &TriggerRow| row.kind == triggers::HTTP && same(&row.qualifier, qualifier);
        Ok(all.into_iter().find(of))
    }
}

/// Whether two qualifiers mean one version: none is the latest.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let full = |qualifier: &str| {
        if qualifier.is_empty() {
            LATEST
        } else {
            qualifier
        }
        .to_owned()
    };
    full(a) == full(b)
}

/// The headers that a function gets: without those of one connection, and without those that only the service may say.
pub(super) fn headers(head: &Head) -> http::HeaderMap {
    const OF_A_CONNECTION: [&str; 8] = [
        "connection",
        "expect",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let named = head.headers.get_all("connection").iter();
    let named: Vec<String> = named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let mut kept = head.headers.clone();
    let gone = |name: &str| {
        OF_A_CONNECTION.contains(&name)
            // Programs that read headers as variables cannot tell `_` from `-`.
            || name.replace('_', "-").starts_with("x-fc-")
            || named.iter().any(|n| n == name)
    };
    for name in head.headers.keys().filter(|name| gone(name.as_str())) {
        if *name != HOST {
            kept.remove(name);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_of_triggers() {
        let parts = |path| {
            split(path).map(|(g, service, function, path)| (g.version(), service, function, path))
        };
        let named = |version, path| Some((version, "svc.prod".to_owned(), "f".to_owned(), path));
        assert_eq!(
            parts("/2016-08-15/proxy/svc.prod/f/a%20b/"),
            named("2016-08-15", "/a%20b/")
        );
        assert_eq!(
            parts("/2021-04-06/proxy/svc.prod/f"),
            named("2021-04-06", "")
        );
        assert_eq!(
            parts("/2016-08-15/proxy/svc.prod/f//x"),
            named("2016-08-15", "//x")
        );
        for path in [
            "/2016-08-15/proxy/svc",
            "/2016-08-15/proxy/svc/",
            "/2016-08-15/proxy//f",
            "/2016-08-15/services/svc/f",
            "/2023-03-30/proxy/svc/f",
            "/2016-08-15/proxy/%FF/f",
        ] {
            assert!(parts(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_latest_version_has_two_names() {
        assert!(same("", "LATEST") && same("LATEST", "") && same("1", "1"));
        assert!(!same("", "1"));
    }

    proptest! {
        #[test]
        fn any_path_is_split_or_not(path in "(/2016-08-15|/2021-04-06)?(/proxy)?[/a-z.%0-9]{0,30}") {
            if let Some((_, service, function, rest)) = split(&path) {
                prop_assert!(!service.is_empty() && !function.is_empty());
                prop_assert!(rest.is_empty() || rest.starts_with('/'));
                prop_assert!(path.ends_with(rest));
            }
        }
    }
}
