//! InitiateMultipartUpload: begins an upload in parts.
//! <https://help.aliyun.com/zh/oss/developer-reference/initiatemultipartupload>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use super::multipart::write_name;
use crate::attributes::Attributes;
use crate::events::telling;
use crate::listing::params::encoding;
use crate::route::{Route, Scope};
use crate::rows::{self, Upload};
use crate::text::Text;
use crate::{Oss, Reply, Target, fault, headers};

pub(crate) const OP: Op<Oss> = Op {
    name: "InitiateMultipartUpload",
    route: Route::post(Scope::Object).sub("uploads").takes(&[
        SEQUENTIAL,
        headers::TAGGING,
        headers::encryption::METHOD,
        headers::encryption::DATA,
        headers::encryption::KEY,
    ]),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

/// The parameter that asks for parts in order.
const SEQUENTIAL: &str = "sequential";

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let at = std::mem::replace(&mut call.target, Target::Service).object()?;
    let attributes = Attributes::read(&call.head.headers)?;
    let encoding = encoding(&call.head.query)?;
    let attributes = attributes.settle(&call, &at).await?;
    if attributes.forbid_overwrite && at.found.is_some() {
        return Err(fault::file_already_exists());
    }
    let upload = Upload {
        initiated: call.now.virtual_.timestamp_millis(),
        storage_class: attributes.class(&at.bucket),
        acl: attributes.acl.unwrap_or_default(),
        extras: attributes.extras(),
        metadata: attributes.metadata,
        forbid_overwrite: attributes.forbid_overwrite,
        sequential: call.head.query.has(SEQUENTIAL),
    };
    let tell = telling(&call, &at, "ObjectCreated:InitiateMultipartUpload").await?;
    let id = call.service.begin_upload(&at, &upload, &tell).await?;
    let mut xml = Xml::new();
    xml.group("InitiateMultipartUploadResult", |result| {
        if let Some(encoding) = &encoding {
            result.value("EncodingType", Text(encoding));
        }
        result.value("Bucket", &at.bucket.name);
        write_name(result, "Key", &at.key, encoding.is_some());
        result.value("UploadId", rows::upper_hex(&id));
    });
    let mut reply = Reply::xml(xml);
    headers::write_encryption(&upload.extras, &mut reply.headers);
    Ok(reply)
}
