//! CompleteMultipartUpload: makes an object of the parts of an upload, which ends with it.
//! <https://help.aliyun.com/zh/oss/developer-reference/completemultipartupload>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Head, Op};

use super::multipart::{
    ENCRYPTION, OF_UPLOAD, UPLOAD_ID, ended, refuse_encryption, upload, write_name,
};
use crate::attributes::Attributes;
use crate::events::telling;
use crate::fault::multipart as fault;
use crate::listing::params::{encoding, escape};
use crate::locate::ObjectTarget;
use crate::route::{Route, Scope};
use crate::rows::Object;
use crate::text::Text;
use crate::uploads::{Completion, Listed};
use crate::xml_in::complete;
use crate::{Oss, Reply, Target, document, headers};

pub(crate) const OP: Op<Oss> = Op {
    name: "CompleteMultipartUpload",
    route: Route::post(Scope::Object).sub(UPLOAD_ID).takes(&ENCRYPTION),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

/// The largest body, in bytes: ten thousand parts take half of it.
const LIMIT: usize = 4 << 20;
/// The header that asks for every part that is there.
const ALL: &str = "x-oss-complete-all";

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let at = std::mem::replace(&mut call.target, Target::Service).object()?;
    let encoding = encoding(&call.head.query)?;
    refuse_encryption(&call.head)?;
    let acl = headers::object_acl(&call.head.headers)?;
    let parts = parts(&mut call).await?;
    let running = upload(&call.service, &at, &call.head, OF_UPLOAD).await?;
    let own = &running.upload.extras.tags;
    let given = Attributes {
        acl,
        tags: Some(own.clone()).filter(|tags| !tags.is_empty()),
        ..Attributes::default()
    };
    given.permit(&call, &at).await?;
    let how = Completion {
        parts,
        acl,
        forbid_overwrite: headers::forbids_overwrite(&call.head.headers),
        modified: call.now.virtual_.timestamp_millis(),
    };
    let tell = telling(&call, &at, "ObjectCreated:CompleteMultipartUpload").await?;
    let object = call.service.complete(&at, &running, &how, &tell).await?;
    let object = object.ok_or_else(|| ended(&call.head, OF_UPLOAD))?;
    Ok(reply(&call.head, &at, &object, encoding.as_deref()))
}

/// The parts that the body lists; `None` where the header asks for all.
async fn parts(call: &mut Call<Oss>) -> Result<Option<Vec<Listed>>, Fault> {
    let body = std::mem::replace(&mut call.body, gateway::Body::from_bytes(""));
    let document = document::read(&call.head, body, LIMIT).await?;
    let all = call.head.headers.get(ALL);
    let all = all.map(|value| String::from_utf8_lossy(value.as_bytes()));
    match all.as_deref() {
        None => complete(&document).map(Some),
        Some(value) if !value.eq_ignore_ascii_case("yes") => Err(fault::bad_complete_all(value)),
        Some(value) if !document.is_empty() => Err(fault::complete_all_with_body(value)),
        Some(_) => Ok(None),
    }
}

fn reply(head: &Head, at: &ObjectTarget, object: &Object, encoding: Option<&str>) -> Reply {
    let mut xml = Xml::new();
    xml.group("CompleteMultipartUploadResult", |result| {
        if let Some(encoding) = encoding {
            result.value("EncodingType", Text(encoding));
        }
        result
            .value("Location", Text(&location(head, at)))
            .value("Bucket", &at.bucket.name);
        write_name(result, "Key", &at.key, encoding.is_some());
        result.text("ETag", &object.etag());
    });
    let mut reply = Reply::xml(xml);
    headers::write_etag(object, &mut reply.headers);
    headers::write_digests(object, &mut reply.headers);
    headers::write_encryption(&object.extras, &mut reply.headers);
    reply
}

/// The URL of the object, as the client came here.
fn location(head: &Head, at: &ObjectTarget) -> String {
    let scheme = if head.secure { "https" } else { "http" };
    let bucket = match head.endpoint.bucket {
        Some(_) => String::new(),
        None => format!("{}/", at.bucket.name),
    };
    let key = escape(&at.key).to_string().replace("%2F", "/");
    format!("{scheme}://{}/{bucket}{key}", head.host)
}
