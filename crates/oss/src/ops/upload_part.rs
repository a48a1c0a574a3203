//! UploadPart: stores a part of an upload, instead of the one that had its number.
//! <https://help.aliyun.com/zh/oss/developer-reference/uploadpart>

use gateway::{Action, Call, Fault, Op};
use http::HeaderValue;
use http::header::ETAG;

use super::multipart::{
    ENCRYPTION, PART_NUMBER, UPLOAD_ID, ended, part_number, refuse_encryption, upload,
};
use crate::events::telling;
use crate::headers::{self, CONTENT_MD5, CRC64};
use crate::objects::Expected;
use crate::route::{Route, Scope};
use crate::rows::{self, Part};
use crate::uploads::{NewPart, Stored};
use crate::{Oss, Reply, Target};

pub(crate) const OP: Op<Oss> = Op {
    name: "UploadPart",
    route: Route::put(Scope::Object).sub(UPLOAD_ID).takes(&[
        PART_NUMBER,
        ENCRYPTION[0],
        ENCRYPTION[1],
        ENCRYPTION[2],
    ]),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

/// The EC of `NoSuchUpload` here.
const EC: Option<&str> = Some("0042-00000104");

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let body = std::mem::replace(&mut call.body, gateway::Body::from_bytes(""));
    let at = std::mem::replace(&mut call.target, Target::Service).object()?;
    refuse_encryption(&call.head)?;
    let number = part_number(&call.head)?;
    headers::check_sized(&call.head)?;
    let expected = Expected::read(&call.head)?;
    let running = upload(&call.service, &at, &call.head, EC).await?;
    let incoming = call.service.receive(body, &expected, call.now.wall).await?;
    let new = NewPart {
        number,
        incoming,
        start: 0,
        modified: call.now.virtual_.timestamp_millis(),
    };
    let tell = telling(&call, &at, "ObjectCreated:UploadPart").await?;
    match call.service.put_part(&running, &new, &tell).await? {
        Stored::Done(part) => {
            let mut reply = reply(Reply::ok(), &part, true)?;
            headers::write_encryption(&running.upload.extras, &mut reply.headers);
            Ok(reply)
        }
        Stored::NoUpload => Err(ended(&call.head, EC)),
        Stored::SourceGone => Err(Fault::internal("a part that was received is gone")),
    }
}

/// Adds what is said of a part that was stored.
pub(super) fn reply(mut reply: Reply, part: &Part, with_md5: bool) -> Result<Reply, Fault> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let etag = format!("\"{}\"", rows::upper_hex(&part.md5));
    let text = |text| HeaderValue::try_from(text).map_err(Fault::internal);
    reply.headers.insert(ETAG, text(etag)?);
    reply.headers.insert(CRC64, part.crc64.into());
    if with_md5 {
        reply
            .headers
            .insert(CONTENT_MD5, text(STANDARD.encode(part.md5))?);
    }
    Ok(reply)
}
