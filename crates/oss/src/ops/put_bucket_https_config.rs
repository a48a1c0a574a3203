//! PutBucketHttpsConfig: which versions of TLS a bucket accepts.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbuckethttpsconfig>

use gateway::{Action, Call, Fault, Op};
use serde::{Deserialize, Serialize};

use crate::fault::malformed_xml;
use crate::rows::Kind;
use crate::settings::Setting;
use crate::xml_in::Element;
use crate::xml_in::shape::{Shape, any, one, times};
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketHttpsConfig",
    route: Route::put(Scope::Bucket).sub("httpsConfig"),
    action: Action::One("oss:PutBucketHttpsConfig"),
    run: |call| Box::pin(run(call)),
};

const VERSIONS: [&str; 4] = ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

const SHAPE: &[Shape] = &[times("TLS", 1, 1, &[one("Enable"), any("TLSVersion")])];

/// The versions of TLS that a bucket accepts; none where all are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Https {
    pub(crate) versions: Vec<String>,
}

impl Setting for Https {
    const KIND: Kind = Kind::HttpsConfig;
}

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let root = document::shaped(&call.head, call.body, "HttpsConfiguration", SHAPE).await?;
    let https = read(&root)?;
    let bucket = call.target.bucket()?;
    call.service.put_setting(&bucket, &https).await?;
    Ok(Reply::ok())
}

fn read(root: &Element) -> Result<Https, Fault> {
    let tls = root
        .child("TLS")
        .ok_or_else(|| malformed_xml("the node TLS is missing."))?;
    match tls.child_text("Enable") {
        Some("true") => {}
        Some("false") => return Ok(Https::default()),
        _ => return Err(malformed_xml("Enable must be true or false.")),
    }
    let mut versions = Vec::new();
    for node in tls.all("TLSVersion") {
        let version = node.text.trim();
        if !VERSIONS.contains(&version) {
            return Err(malformed_xml("TLSVersion must be TLSv1.0 to TLSv1.3."));
        }
        if !versions.iter().any(|v| v == version) {
            versions.push(version.to_owned());
        }
    }
    match versions.is_empty() {
        true => Err(malformed_xml("the node TLSVersion is missing.")),
        false => Ok(Https { versions }),
    }
}
