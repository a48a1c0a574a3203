//! PutBucketAcl: gives a bucket another ACL. With the header, a bucket that does not exist is made.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketacl>

use gateway::{Action, Call, Fault, Guard, Op};

use super::put_bucket::{acl, asked, create, named};
use crate::xml_in::CreateBucket;
use crate::{Bucketless, Oss, Reply, Route, Scope, Target, fault, locate};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketAcl",
    route: Route::put(Scope::Bucket)
        .sub("acl")
        .bucketless(Bucketless::Creates),
    action: Action::One("oss:PutBucketAcl"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    match &call.target {
        Target::Vacant(name) if acl(&call.head)?.is_none() => Err(fault::no_such_bucket(name)),
        Target::Vacant(name) => {
            let new = asked(
                name.clone(),
                &call.head,
                &call.caller,
                &CreateBucket::default(),
            )?;
            let arn = locate::bucket_arn(&new.owner, &new.name);
            let guard = Guard::owned_by(new.owner.clone());
            call.require_on("oss:PutBucket", &arn, &guard).await?;
            create(&call, &new).await
        }
        Target::Bucket(bucket) => {
            // Without the header nothing changes, as documented.
            if let Some(acl) = acl(&call.head)? {
                call.service.set_bucket_acl(bucket, acl).await?;
            }
            Ok(named(&bucket.name))
        }
        other => Err(Fault::internal(format!("{other:?} is no bucket"))),
    }
}
