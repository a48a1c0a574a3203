//! One question, with everything that its answer rests on.

mod search;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use gateway::{AuthFailure, Caller, CredentialError, Fault, Head, Moment, Service, Supposed};
use http::{HeaderValue, Request, header};
use policy::{Context, Decision, Explanation};
use search::Search;
use signature::Query;

use super::actions::{self, Asked};
use super::resource::Resource;
use super::{Given, Wrong};
use crate::Cloud;

/// What a request would bring along.
#[derive(Debug)]
pub(crate) struct Circumstances {
    head: Head,
    now: Moment,
    given: Given,
}

/// One question, prepared.
#[derive(Debug)]
pub(crate) struct Case {
    /// Who asks.
    pub(crate) caller: Arc<Caller>,
    /// For what, as the service spells it.
    pub(crate) action: String,
    /// On what, as policies see it.
    pub(crate) arn: String,
    /// What the answer rests on.
    pub(crate) grounds: Grounds,
}

/// What an answer rests on.
#[derive(Debug)]
pub(crate) enum Grounds {
    /// On policies, ownership and ACLs.
    Policies(Box<Supposed>),
    /// On a rule of the service, which refuses before policies are asked.
    Rule(Box<Fault>),
}

/// Why the credentials of a session are no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The session is over.
    Expired,
    /// The token is that of another session.
    OfAnother,
}

impl Trouble {
    fn failure(self) -> AuthFailure {
        AuthFailure::Credential {
            access_key_id: "STS.simulated".to_owned(),
            error: match self {
                Self::Expired => CredentialError::TokenExpired,
                Self::OfAnother => CredentialError::TokenMismatch,
            },
        }
    }
}

/// Where to look for the guard of a resource.
struct Place {
    arn: String,
    supposed: Supposed,
}

/// Why there is no place to look at.
enum Nowhere {
    Wrong(Wrong),
    Refused(Fault),
}

impl From<Wrong> for Nowhere {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<Fault> for Nowhere {
    fn from(fault: Fault) -> Self {
        match fault.status().as_u16() {
            500.. => Self::Wrong(fault.into()),
            _ => Self::Refused(fault),
        }
    }
}

impl Circumstances {
    /// A plain request from this machine, or what the condition keys say of it.
    pub(crate) fn new(cloud: &Cloud, given: &Given) -> Result<Self, Wrong> {
        let value = |name: &str| {
            let mut all = given.iter().rev();
            let (_, value) = all.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            value.as_deref()
        };
        let peer = match value("acs:SourceIp") {
            None => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Some(text) => text.parse().map_err(|_| {
                Wrong(format!(
                    "acs:SourceIp is an IP address, and `{text}` is none"
                ))
            })?,
        };
        let request = Request::new(());
        let (mut parts, ()) = request.into_parts();
        parts
            .headers
            .insert(header::HOST, HeaderValue::from_static("localhost"));
        let secure = value("acs:SecureTransport") == Some("true");
        let mut head = Head::new(parts, peer, secure, &[]);
        if let Some(id) = value("sts:ExternalId") {
            head.query = Query::from_pairs([("ExternalId", id)]);
        }
        Ok(Self {
            head,
            now: cloud.gateway.clock.now(),
            given: given.clone(),
        })
    }

    /// The keys of a request, with those that were given in their place.
    fn overlay(&self, context: &Context) -> Context {
        let is_given = |key: &str| self.given.iter().any(|(k, _)| k.eq_ignore_ascii_case(key));
        let kept = context.iter().filter(|(key, _)| !is_given(key));
        let mut all: Context = kept.collect();
        for (key, value) in &self.given {
            if let Some(value) = value {
                all.insert(key, value.as_str());
            }
        }
        all
    }
}

impl Case {
    /// Looks up everything that bears on the question.
    pub(crate) async fn prepare(
        cloud: &Cloud,
        caller: Arc<Caller>,
        action: &str,
        resource: &str,
        circumstances: &Circumstances,
    ) -> Result<Self, Wrong> {
        let asked = actions::find(action)?;
        let resource = Resource::parse(resource)?;
        let search = Search {
            cloud,
            caller: &caller,
            circumstances,
        };
        let (arn, grounds) = match search.place(&asked, &resource).await {
            Ok(place) => (place.arn, Grounds::Policies(Box::new(place.supposed))),
            Err(Nowhere::Refused(fault)) => {
                let arn = search.written(&asked, &resource);
                (arn, Grounds::Rule(Box::new(fault)))
            }
            Err(Nowhere::Wrong(wrong)) => return Err(wrong),
        };
        Ok(Self {
            action: asked.name().to_owned(),
            caller,
            arn,
            grounds,
        })
    }

    /// The question of a caller whose credentials are no good: the service says so before anything is looked up.
    pub(crate) fn unauthenticated(
        cloud: &Cloud,
        caller: Arc<Caller>,
        action: &str,
        resource: &str,
        (circumstances, trouble): (&Circumstances, Trouble),
    ) -> Result<Self, Wrong> {
        let asked = actions::find(action)?;
        let resource = Resource::parse(resource)?;
        let search = Search {
            cloud,
            caller: &caller,
            circumstances,
        };
        let arn = search.written(&asked, &resource);
        let (failure, head) = (trouble.failure(), &circumstances.head);
        let fault = match &asked {
            Asked::Oss { .. } => cloud.oss.unauthenticated(failure, head),
            Asked::Sts { .. } => cloud.sts.unauthenticated(failure, head),
            Asked::Ram { .. } | Asked::Other { .. } => cloud.ram.unauthenticated(failure, head),
        };
        Ok(Self {
            action: asked.name().to_owned(),
            caller,
            arn,
            grounds: Grounds::Rule(Box::new(fault)),
        })
    }

    /// The decision, unless a rule of the service makes it.
    pub(crate) fn decide(&self) -> Option<Decision> {
        Some(self.decide_on(self.supposed()?))
    }

    /// The decision, were it to rest on this.
    pub(crate) fn decide_on(&self, supposed: &Supposed) -> Decision {
        supposed.layers.decide(&self.request(supposed), &mut ())
    }

    /// The decision in full, unless a rule of the service makes it.
    pub(crate) fn explain(&self) -> Option<Explanation> {
        let supposed = self.supposed()?;
        Some(supposed.layers.explain(&self.request(supposed)))
    }

    fn supposed(&self) -> Option<&Supposed> {
        match &self.grounds {
            Grounds::Policies(supposed) => Some(supposed),
            Grounds::Rule(_) => None,
        }
    }

    /// As the policies see it.
    fn request<'a>(&'a self, supposed: &'a Supposed) -> policy::Request<'a> {
        policy::Request {
            principal: &self.caller.principal,
            action: &self.action,
            resource: &self.arn,
            context: &supposed.context,
        }
    }
}
