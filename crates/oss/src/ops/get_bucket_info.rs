//! GetBucketInfo: what a bucket is.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketinfo>

use std::sync::Arc;

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use super::put_bucket_access_monitor::AccessMonitor;
use super::put_bucket_resource_group::default_group;
use crate::rows::acl_name;
use crate::settings::{BucketEncryption, Logging, TransferAcceleration};
use crate::text::Text;
use crate::{Bucket, Oss, Reply, Route, Scope, time};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketInfo",
    route: Route::get(Scope::Bucket).sub("bucketInfo"),
    action: Action::One("oss:GetBucketInfo"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let service = &call.service;
    let accelerated = service.setting::<TransferAcceleration>(&bucket).await?;
    let monitor = service.setting::<AccessMonitor>(&bucket).await?;
    let settings = Settings {
        accelerated: accelerated.is_some_and(|setting| setting.enabled),
        monitored: monitor.is_some_and(|monitor| monitor.enabled),
        logging: service.setting::<Logging>(&bucket).await?,
        encryption: service.setting::<BucketEncryption>(&bucket).await?,
    };
    let mut xml = Xml::new();
    xml.group("BucketInfo", |info| {
        info.group("Bucket", |element| describe(element, &bucket, &settings));
    });
    Ok(Reply::xml(xml))
}

/// What is not part of the bucket's own row.
struct Settings {
    accelerated: bool,
    monitored: bool,
    logging: Option<Arc<Logging>>,
    encryption: Option<Arc<BucketEncryption>>,
}

/// Elements without elements come first, in the order of their names. What this emulator cannot switch on says
/// that it is off.
fn describe(xml: &mut Xml, bucket: &Bucket, settings: &Settings) {
    let region = &bucket.region;
    let logging = settings.logging.as_deref();
    let log = |what: fn(&Logging) -> &String| logging.map_or("", |logging| what(logging).as_str());
    xml.value("AccessMonitor", switch(settings.monitored))
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
        .value("ResourceGroupId", default_group(&bucket.owner))
        .value("StorageClass", bucket.storage_class.name())
        .value("TransferAcceleration", switch(settings.accelerated))
        .group("Owner", |owner| {
            owner
                .value("DisplayName", &bucket.owner)
                .value("ID", &bucket.owner);
        })
        .group("AccessControlList", |list| {
            list.value("Grant", acl_name(bucket.acl));
        })
        .group("ServerSideEncryptionRule", |rule| {
            match &settings.encryption {
                Some(encryption) => encryption.write(rule),
                None => {
                    rule.value("SSEAlgorithm", "None");
                }
            }
        })
        .group("BucketPolicy", |policy| {
            policy
                .value("LogBucket", log(|logging| &logging.bucket))
                .value("LogPrefix", Text(log(|logging| &logging.prefix)));
        });
}

/// As answers say that something is on or off.
pub(super) fn switch(on: bool) -> &'static str {
    if on { "Enabled" } else { "Disabled" }
}
