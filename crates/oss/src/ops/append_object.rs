//! AppendObject: adds bytes to the end of an object, or makes one that can be added to.
//! <https://help.aliyun.com/zh/oss/developer-reference/appendobject>
//!
//! Metadata, ACL, tags and storage class count in the request that makes the object, and mean nothing in later ones.

use gateway::{Action, Call, Fault, Head, Op};

use crate::attributes::Attributes;
use crate::events::telling;
use crate::fault::multipart::{NEXT_POSITION, bad_position, missing_position};
use crate::objects::{Append, Expected, check_position};
use crate::route::{Route, Scope};
use crate::rows::Object;
use crate::{Oss, Reply, Target, headers};

pub(crate) const OP: Op<Oss> = Op {
    name: "AppendObject",
    route: Route::post(Scope::Object).sub("append").takes(&[
        "position",
        headers::TAGGING,
        headers::encryption::METHOD,
        headers::encryption::DATA,
        headers::encryption::KEY,
    ]),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let body = std::mem::replace(&mut call.body, gateway::Body::from_bytes(""));
    let target = std::mem::replace(&mut call.target, Target::Service).object()?;
    let position = position(&call.head)?;
    headers::check_sized(&call.head)?;
    // What would be wrong with it in a later one nobody looks at (oss2's `test_append_object_with_tagging_wrong_num`).
    let first = match position {
        0 => Attributes::read(&call.head.headers)?,
        _ => Attributes::default(),
    };
    let expected = Expected::read(&call.head)?;
    let first = match position {
        0 => first.settle(&call, &target).await?,
        _ => first,
    };
    check_position(target.found.as_ref(), position)?;
    let incoming = call.service.receive(body, &expected, call.now.wall).await?;
    let append = Append {
        position,
        incoming,
        modified: call.now.virtual_.timestamp_millis(),
        first,
    };
    let tell = telling(&call, &target, "ObjectCreated:AppendObject").await?;
    let object = call.service.append(&target, append, &tell).await?;
    Ok(reply(&object))
}

fn position(head: &Head) -> Result<u64, Fault> {
    let text = head.query.first("position").unwrap_or_default();
    if text.is_empty() {
        return Err(missing_position());
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or_else(bad_position)
}

fn reply(object: &Object) -> Reply {
    let mut reply = Reply::ok();
    headers::write_etag(object, &mut reply.headers);
    headers::write_crc64(object, &mut reply.headers);
    headers::write_encryption(&object.extras, &mut reply.headers);
    reply.header(NEXT_POSITION, object.size.into())
}
