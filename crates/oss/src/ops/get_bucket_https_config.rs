//! GetBucketHttpsConfig: which versions of TLS a bucket accepts.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbuckethttpsconfig>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use super::put_bucket_https_config::Https;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketHttpsConfig",
    route: Route::get(Scope::Bucket).sub("httpsConfig"),
    action: Action::One("oss:GetBucketHttpsConfig"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let https = call.service.setting::<Https>(&bucket).await?;
    let versions = https
        .map(|https| https.versions.clone())
        .unwrap_or_default();
    let mut xml = Xml::new();
    xml.group("HttpsConfiguration", |config| {
        config.group("TLS", |tls| {
            tls.value("Enable", !versions.is_empty());
            for version in &versions {
                tls.value("TLSVersion", version);
            }
        });
    });
    Ok(Reply::xml(xml))
}
