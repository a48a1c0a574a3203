//! What a request is aimed at, and what guards it.

use std::sync::Arc;

use gateway::host::Family;
use gateway::{Caller, Fault, Guard, Head, Located, region};
use policy::{Access, Acl, Fallback, Merge};

use crate::hot::{HotObject, Known};
use crate::route::{Bucketless, Route, Scope, Verb};
use crate::rows::{self, Bucket, Object};
use crate::settings::{Referers, TransferAcceleration};
use crate::{Name, Oss, fault};

/// What a request is aimed at, looked up.
#[derive(Debug)]
pub enum Target {
    /// The service itself.
    Service,
    /// A bucket of this name, which does not exist.
    Vacant(Arc<str>),
    /// A bucket.
    Bucket(Arc<Bucket>),
    /// A place for an object in a bucket.
    Object(ObjectTarget),
}

/// A place for an object.
#[derive(Debug, Clone)]
pub struct ObjectTarget {
    /// The bucket.
    pub bucket: Arc<Bucket>,
    /// The key.
    pub key: Arc<str>,
    /// What is there.
    pub(crate) found: Option<Found>,
}

/// An object as it was when it was looked up.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) object: Known,
    /// The row's version.
    pub(crate) version: u64,
}

impl Found {
    fn hot(hot: Arc<HotObject>) -> Self {
        Self {
            version: hot.version(),
            object: Known::Hot(hot),
        }
    }
}

impl Target {
    /// The bucket, for operations whose row says that there is one.
    pub(crate) fn bucket(self) -> Result<Arc<Bucket>, Fault> {
        match self {
            Self::Bucket(bucket) => Ok(bucket),
            other => Err(Fault::internal(format!("{other:?} is no bucket"))),
        }
    }

    /// The place of an object, for operations whose row says that there is one.
    pub(crate) fn object(self) -> Result<ObjectTarget, Fault> {
        match self {
            Self::Object(object) => Ok(object),
            other => Err(Fault::internal(format!("{other:?} is no object"))),
        }
    }
}

impl ObjectTarget {
    /// The object that is there.
    pub(crate) fn existing(&self) -> Result<&Found, Fault> {
        let found = self.found.as_ref();
        found.ok_or_else(|| fault::no_such_key(&self.key))
    }

    /// Whether both are the same place.
    pub(crate) fn is_place_of(&self, other: &Self) -> bool {
        self.bucket.incarnation == other.bucket.incarnation && self.key == other.key
    }

    /// The resource that policies see.
    pub(crate) fn arn(&self) -> String {
        let (owner, name) = (&*self.bucket.owner, &*self.bucket.name);
        let parts = ["acs:oss:*:", owner, ":", name, "/", &*self.key];
        let mut arn = String::with_capacity(parts.iter().map(|part| part.len()).sum());
        for part in parts {
            arn.push_str(part);
        }
        arn
    }

    /// What guards the place: the bucket's policy, then the object's own ACL or the bucket's. `None` is an access
    /// that no ACL gives away.
    pub(crate) fn guard(&self, access: Option<Access>) -> Guard {
        let own = self.found.as_ref().and_then(|found| found.object.acl.own());
        let fallback = match access {
            Some(access) => Fallback {
                acl: own.unwrap_or(self.bucket.acl),
                access,
            },
            None => Fallback {
                acl: Acl::Private,
                access: Access::Write,
            },
        };
        Guard {
            fallback: Some(fallback),
            own_acl: own.is_some(),
            conditions: self.conditions(),
            ..bucket_guard(&self.bucket)
        }
    }

    /// What policies may ask of the object that is there: its tags (spec/identity.md §4.3).
    fn conditions(&self) -> Vec<(String, String)> {
        let found = self.found.as_ref();
        found.map_or_else(Vec::new, |found| {
            found
                .object
                .extras
                .tags
                .conditions("oss:ExistingObjectTag/")
        })
    }

    pub(crate) fn located(self, access: Option<Access>) -> Located<Oss> {
        Located {
            arn: self.arn(),
            guard: self.guard(access),
            target: Target::Object(self),
        }
    }
}

/// What guards a bucket: its owner, and its policy.
pub(crate) fn bucket_guard(bucket: &Bucket) -> Guard {
    Guard {
        owner: bucket.owner.clone(),
        policies: bucket.policy.iter().map(|p| p.attached()).collect(),
        merge: Merge::Either,
        fallback: None,
        own_acl: false,
        conditions: Vec::new(),
    }
}

pub(crate) fn bucket_arn(owner: &str, name: &str) -> String {
    format!("acs:oss:*:{owner}:{name}")
}

/// What a request does, as far as an ACL cares. ACLs themselves are the owner's business, and so are tags,
/// live channels and restores.
fn access(route: &Route) -> Option<Access> {
    match (route.keyword, route.verb) {
        (Some("acl" | "tagging" | "live" | "restore" | "cleanRestoredObject"), _) => None,
        (Some("uploadId"), Verb::Get) => None,
        (_, Verb::Get | Verb::Head | Verb::Options) => Some(Access::Read),
        (_, Verb::Put | Verb::Post | Verb::Delete) => Some(Access::Write),
    }
}

impl Oss {
    /// Looks up what a request names.
    pub(crate) async fn find_target(
        &self,
        route: &Route,
        name: Name,
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Oss>, Fault> {
        check_host(route, head)?;
        let Some(bucket_name) = name.bucket else {
            return Ok(own(caller, "*", Target::Service));
        };
        if head.endpoint.family == Family::Oss && head.endpoint.bucket.is_none() {
            return Err(fault::second_level_domain_forbidden());
        }
        let bucket = match (self.bucket(&bucket_name).await?, route.bucketless) {
            (None, Bucketless::Refused) => return Err(fault::no_such_bucket(&bucket_name)),
            (None, _) => {
                let target = Target::Vacant(bucket_name.clone());
                return Ok(own(caller, &bucket_name, target));
            }
            (Some(bucket), Bucketless::Claims) => {
                return Ok(own(caller, &bucket_name, Target::Bucket(bucket)));
            }
            (Some(bucket), _) => bucket,
        };
        check_region(&bucket, head)?;
        if head.endpoint.accelerated {
            self.check_acceleration(&bucket).await?;
        }
        self.check_referer(&bucket, route, head).await?;
        if route.verb != Verb::Options {
            self.check_payer(&bucket, caller, head).await?;
        }
        match name.key {
            Some(key) if matches!(route.scope, Scope::Object | Scope::Form) => {
                Ok(self.place(bucket, key).await?.located(access(route)))
            }
            _ => Ok(Located {
                arn: bucket_arn(&bucket.owner, &bucket.name),
                guard: bucket_guard(&bucket),
                target: Target::Bucket(bucket),
            }),
        }
    }

    /// Acceleration endpoints serve the buckets that asked for it.
    async fn check_acceleration(&self, bucket: &Bucket) -> Result<(), Fault> {
        match self.setting::<TransferAcceleration>(bucket).await? {
            Some(acceleration) if acceleration.enabled => Ok(()),
            _ => Err(fault::settings::acceleration_disabled()),
        }
    }

    /// Whether a bucket may be used from the page that a request comes from. A preflight says nothing of a page.
    async fn check_referer(
        &self,
        bucket: &Bucket,
        route: &Route,
        head: &Head,
    ) -> Result<(), Fault> {
        match self.setting::<Referers>(bucket).await? {
            Some(referers) if route.verb != Verb::Options && !referers.admit(head) => {
                Err(fault::settings::denied_by_referer())
            }
            _ => Ok(()),
        }
    }

    /// A place in a bucket, and what is there.
    pub(crate) async fn place(
        &self,
        bucket: Arc<Bucket>,
        key: Arc<str>,
    ) -> Result<ObjectTarget, Fault> {
        let found = self.find(&bucket, &key).await?;
        Ok(ObjectTarget { bucket, key, found })
    }

    /// The object of this key.
    pub(crate) async fn find(&self, bucket: &Bucket, key: &str) -> Result<Option<Found>, Fault> {
        let row = rows::head_key(bucket.incarnation, key);
        let mark = self.store.meta.mark(&row);
        let hot = self.hot.get(&row);
        if let Some(hot) = hot.as_ref().filter(|hot| hot.is_marked(mark)) {
            return Ok(Some(Found::hot(hot.clone())));
        }
        let Some(row) = self.store.get(&row).await? else {
            return Ok(None);
        };
        if let Some(hot) = hot.filter(|hot| hot.version() == row.version) {
            hot.marked(mark);
            return Ok(Some(Found::hot(hot)));
        }
        let object = Object::decode(&row.value)?;
        Ok(Some(Found {
            version: row.version,
            object: Known::Read(Box::new((row, mark, object))),
        }))
    }
}

/// Something of the caller's own account.
fn own(caller: &Caller, resource: &str, target: Target) -> Located<Oss> {
    let owner = caller.account().unwrap_or("*");
    Located {
        arn: bucket_arn(owner, resource),
        guard: Guard::owned_by(owner),
        target,
    }
}

/// Hosts of regions that do not exist serve nothing; neither they nor the acceleration endpoints make buckets (§1.6).
fn check_host(route: &Route, head: &Head) -> Result<(), Fault> {
    let endpoint = &head.endpoint;
    let region = endpoint.region.as_ref();
    let unknown = endpoint.family == Family::Oss && region.is_some_and(|id| !region::is_known(id));
    let creates = route.bucketless != Bucketless::Refused;
    match (unknown, endpoint.accelerated) {
        (true, _) | (_, true) if creates => Err(fault::settings::invalid_host_for_bucket()),
        (true, _) => Err(fault::settings::non_standard_host()),
        (false, _) => Ok(()),
    }
}

/// A host that names a region serves the buckets of that region (§1.5).
fn check_region(bucket: &Bucket, head: &Head) -> Result<(), Fault> {
    match &head.endpoint.region {
        Some(region) if **region != *bucket.region => {
            Err(fault::wrong_endpoint(&bucket.name, &bucket.region))
        }
        _ => Ok(()),
    }
}
