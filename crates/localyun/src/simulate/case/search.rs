//! Where the guard of a resource is found: where the services themselves find it.

use gateway::{Caller, Guard, Head, Op, Service, Supposed};
use http::Request;
use identity::{Ram, Sts};
use oss::{Name, Oss, Scope};
use policy::Principal;
use signature::Query;

use super::{Circumstances, Nowhere, Place};
use crate::Cloud;
use crate::simulate::actions::{self, Asked};
use crate::simulate::principal::no_role;
use crate::simulate::resource::Resource;
use crate::simulate::{Wrong, there_are};

/// A look for what guards a resource.
pub(super) struct Search<'a> {
    pub(super) cloud: &'a Cloud,
    pub(super) caller: &'a Caller,
    pub(super) circumstances: &'a Circumstances,
}

impl Search<'_> {
    /// Finds it.
    pub(super) async fn place(&self, asked: &Asked, resource: &Resource) -> Result<Place, Nowhere> {
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
    pub(super) fn written(&self, asked: &Asked, resource: &Resource) -> String {
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
