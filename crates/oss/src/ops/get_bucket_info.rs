//! GetBucketInfo: what a bucket is.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketinfo>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use super::put_bucket_transfer_acceleration::TransferAcceleration;
use crate::rows::acl_name;
use crate::{Bucket, Oss, Reply, Route, Scope, time};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketInfo",
    route: Route::get(Scope::Bucket).sub("bucketInfo"),
    action: Action::One("oss:GetBucketInfo"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let accelerated = call
        .service
        .setting::<TransferAcceleration>(&bucket)
        .await?;
    let accelerated = accelerated.is_some_and(|setting| setting.enabled);
    let mut xml = Xml::new();
    xml.group("BucketInfo", |info| {
        info.group("Bucket", |element| describe(element, &bucket, accelerated));
    });
    Ok(Reply::xml(xml))
}

/// Elements without elements come first, in the order of their names. What this emulator cannot switch on says
/// that it is off.
fn describe(xml: &mut Xml, bucket: &Bucket, accelerated: bool) {
    let region = &bucket.region;
    xml.value("AccessMonitor", "Disabled")
        .value("BlockPublicAccess", false)
        .value("Comment", "")
        .value("CreationDate", time::iso(time::from_millis(bucket.created)))
        .value("CrossRegionReplication", "Disabled")
        .value("DataRedundancyType", bucket.redundancy.name())
        .value(
            "ExtranetEndpoint",
            format_args!("oss-{region}.aliyuncs.com"),
        )
        .value(
            "IntranetEndpoint",
            format_args!("oss-{region}-internal.aliyuncs.com"),
        )
        .value("Location", format_args!("oss-{region}"))
        .value("Name", &bucket.name)
        .value("ResourceGroupId", "")
        .value("StorageClass", bucket.storage_class.name())
        .value("TransferAcceleration", switch(accelerated))
        .group("Owner", |owner| {
            owner
                .value("DisplayName", &bucket.owner)
                .value("ID", &bucket.owner);
        })
        .group("AccessControlList", |list| {
            list.value("Grant", acl_name(bucket.acl));
        })
        .group("ServerSideEncryptionRule", |rule| {
            rule.value("SSEAlgorithm", "None");
        })
        .group("BucketPolicy", |policy| {
            policy.value("LogBucket", "").value("LogPrefix", "");
        });
}

fn switch(on: bool) -> &'static str {
    if on { "Enabled" } else { "Disabled" }
}
