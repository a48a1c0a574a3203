//! One question, with everything that its answer rests on.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use gateway::{
    AuthFailure, Caller, CredentialError, Fault, Guard, Head, Moment, Op, Service, Supposed,
};
use http::{HeaderValue, Request, header};
use identity::{Ram, Sts};
use oss::{Name, Oss, Scope};
use policy::{Context, Decision, Explanation, Principal};
use signature::Query;

use super::actions::{self, Asked};
use super::principal::no_role;
use super::resource::Resource;
use super::{Given, Wrong, there_are};
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

/// A look for what guards a resource.
struct Search<'a> {
    cloud: &'a Cloud,
    caller: &'a Caller,
    circumstances: &'a Circumstances,
}

impl Search<'_> {
    async fn place(&self, asked: &Asked, resource: &Resource) -> Result<Place, Nowhere> {
        let place = match asked {
            Asked::Oss { ops, name } => self.oss(ops, name, resource).await?,
            Asked::Sts { op, .. } => self.role(op, resource).await?,
            Asked::Ram { op, .. } => self.ram(*op, resource).await?,
            Asked::Other { .. } => {
                self.elsewhere(self.written(asked, resource), resource)
                    .await?
            }
        };
        let context = self.circumstances.overlay(&place.supposed.context);
        let supposed = Supposed {
            context,
            ..place.supposed
        };
        Ok(Place { supposed, ..place })
    }

    /// The caller's account, where one is needed.
    fn account(&self) -> &str {
        self.caller.account().unwrap_or(identity::DEFAULT_ACCOUNT)
    }

    /// The ARN of a resource that was not looked up.
    fn written(&self, asked: &Asked, resource: &Resource) -> String {
        let own = self.account();
        match resource {
            Resource::Any => match asked {
                Asked::Ram { op: Some(op), .. } => op.route.widest(own),
                _ => format!("acs:{}:*:{own}:*", asked.service()),
            },
            Resource::Oss { owner, bucket, key } => {
                let owner = owner.as_deref().unwrap_or(own);
                let key = key
                    .as_ref()
                    .map(|key| format!("/{key}"))
                    .unwrap_or_default();
                format!("acs:oss:*:{owner}:{bucket}{key}")
            }
            Resource::Arn {
                service,
                account,
                relative,
                region,
            } => {
                let account = account.as_deref().unwrap_or(own);
                format!("acs:{service}:{region}:{account}:{relative}")
            }
        }
    }

    async fn oss(
        &self,
        ops: &[&'static Op<Oss>],
        action: &str,
        resource: &Resource,
    ) -> Result<Place, Nowhere> {
        let Circumstances { head, now, .. } = self.circumstances;
        let oss = &*self.cloud.oss;
        let (name, owner) = match resource {
            Resource::Any => return self.any_oss(ops).await,
            Resource::Oss { owner, bucket, key } => {
                let name = Name {
                    bucket: Some(bucket.as_str().into()),
                    key: key.as_deref().map(Into::into),
                };
                (name, owner.as_deref())
            }
            Resource::Arn { .. } => {
                return Err(actions::misplaced(action, "acs:oss:*:*:BUCKET/KEY").into());
            }
        };
        let op = actions::on(ops, action, &name)?;
        if self.caller.is_anonymous() {
            oss.admit_anonymous(op, head)?;
        }
        let located = match oss.locate(op, name, self.caller, head).await {
            Err(fault) if fault.code() == "NoSuchBucket" => {
                return Err(self.no_bucket(resource).await.into());
            }
            located => located?,
        };
        if let Some(owner) = owner.filter(|owner| *owner != &*located.guard.owner) {
            let real = &located.guard.owner;
            let text = format!("{} belongs to account {real}, not to {owner}", located.arn);
            return Err(Wrong(text).into());
        }
        let supposed =
            self.cloud
                .gateway
                .suppose((oss, op), self.caller, head, &located.guard, now);
        Ok(Place {
            supposed: supposed.await?,
            arn: located.arn,
        })
    }

    /// Whatever buckets and objects the caller's account may have.
    async fn any_oss(&self, ops: &[&'static Op<Oss>]) -> Result<Place, Nowhere> {
        let Circumstances { head, now, .. } = self.circumstances;
        let oss = &*self.cloud.oss;
        let own = self.account();
        let on_objects = ops.iter().all(|op| actions::is_on_objects(op));
        let relative = if on_objects { "*/*" } else { "*" };
        let op = actions::row(
            ops,
            if on_objects {
                Scope::Object
            } else {
                Scope::Bucket
            },
        )?;
        if self.caller.is_anonymous() {
            oss.admit_anonymous(op, head)?;
        }
        let guard = Guard::owned_by(own);
        let supposed = self
            .cloud
            .gateway
            .suppose((oss, op), self.caller, head, &guard, now);
        Ok(Place {
            supposed: supposed.await?,
            arn: format!("acs:oss:*:{own}:{relative}"),
        })
    }

    async fn no_bucket(&self, resource: &Resource) -> Wrong {
        let Resource::Oss { bucket, .. } = resource else {
            return Wrong("there is no such bucket".to_owned());
        };
        match self.cloud.oss.bucket_names().await {
            Ok(names) => Wrong(format!(
                "there is no bucket `{bucket}`; {}",
                there_are(&names)
            )),
            Err(fault) => fault.into(),
        }
    }

    /// The role that is to be assumed, guarded by its trust policy.
    async fn role(&self, op: &'static Op<Sts>, resource: &Resource) -> Result<Place, Nowhere> {
        let role = match resource {
            Resource::Arn {
                service,
                account,
                relative,
                ..
            } if service == "ram" => relative
                .strip_prefix("role/")
                .map(|name| (account.as_deref().unwrap_or(self.account()), name)),
            _ => None,
        };
        let form = "acs:ram:*:UID:role/NAME";
        let (account, name) = role.ok_or_else(|| actions::misplaced("sts:AssumeRole", form))?;
        self.trusts(account)?;
        let Circumstances { head, now, .. } = self.circumstances;
        let arn = format!("acs:ram::{account}:role/{name}");
        let mut pairs = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "simulated")];
        pairs.extend(head.query.first("ExternalId").map(|id| ("ExternalId", id)));
        let head = self.with_query(Query::from_pairs(pairs));
        let sts = &*self.cloud.sts;
        if self.caller.is_anonymous() {
            sts.admit_anonymous(op, &head)?;
        }
        let located = match sts.locate(op, (), self.caller, &head).await {
            Err(fault) if fault.code() == "EntityNotExist.Role" => {
                let wrong = no_role(&self.cloud.identity, account, name).await?;
                return Err(wrong.into());
            }
            located => located?,
        };
        let supposed =
            self.cloud
                .gateway
                .suppose((sts, op), self.caller, &head, &located.guard, now);
        Ok(Place {
            supposed: supposed.await?,
            arn: located.arn,
        })
    }

    /// A provider vouches for nobody outside of its own account.
    fn trusts(&self, account: &str) -> Result<(), Wrong> {
        let Principal::Federated { provider } = &self.caller.principal else {
            return Ok(());
        };
        match provider.split(':').nth(3) == Some(account) {
            true => Ok(()),
            false => Err(Wrong(format!(
                "{provider} is of another account than the role: only roles of its own account can be assumed with it"
            ))),
        }
    }

    fn with_query(&self, query: Query) -> Head {
        let head = &self.circumstances.head;
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.headers = head.headers.clone();
        let mut copy = Head::new(parts, head.peer, head.secure, &[]);
        copy.query = query;
        copy
    }

    async fn ram(
        &self,
        op: Option<&'static Op<Ram>>,
        resource: &Resource,
    ) -> Result<Place, Nowhere> {
        let Circumstances { head, .. } = self.circumstances;
        if let Some(op) = op.filter(|_| self.caller.is_anonymous()) {
            self.cloud.ram.admit_anonymous(op, head)?;
        }
        let name = op.map_or("ram:PassRole", |op| {
            op.action.names().first().copied().unwrap_or_default()
        });
        if !matches!(resource, Resource::Any)
            && !matches!(resource, Resource::Arn { service, .. } if service == "ram")
        {
            return Err(actions::misplaced(name, "acs:ram:*:UID:KIND/NAME").into());
        }
        let arn = match (op, resource) {
            (Some(op), Resource::Any) => op.route.widest(self.account()),
            _ => self.written(
                &Asked::Ram {
                    op,
                    name: name.to_owned(),
                },
                resource,
            ),
        };
        self.elsewhere(arn, resource).await
    }

    /// What has no policy of its own.
    async fn elsewhere(&self, arn: String, resource: &Resource) -> Result<Place, Nowhere> {
        let Circumstances { head, now, .. } = self.circumstances;
        let owner = match resource {
            Resource::Arn {
                account: Some(account),
                ..
            } => account.as_str(),
            _ => self.account(),
        };
        let guard = Guard::owned_by(owner);
        let supposed = self
            .cloud
            .gateway
            .suppose_any(self.caller, head, &guard, now);
        Ok(Place {
            supposed: supposed.await?,
            arn,
        })
    }
}
