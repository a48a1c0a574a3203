//! AbortMultipartUpload: ends an upload and removes its parts.
//! <https://help.aliyun.com/zh/oss/developer-reference/abortmultipartupload>

use gateway::{Action, Call, Fault, Op};

use super::multipart::{OF_UPLOAD, UPLOAD_ID, ended, upload};
use crate::events::telling;
use crate::route::{Route, Scope};
use crate::{Oss, Reply, Target};

pub(crate) const OP: Op<Oss> = Op {
    name: "AbortMultipartUpload",
    route: Route::delete(Scope::Object).sub(UPLOAD_ID),
    action: Action::One("oss:AbortMultipartUpload"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let at = std::mem::replace(&mut call.target, Target::Service).object()?;
    let running = upload(&call.service, &at, &call.head, OF_UPLOAD).await?;
    let tell = telling(&call, &at, "ObjectRemoved:AbortMultipartUpload").await?;
    match call.service.abort_upload(&running, &tell).await? {
        true => Ok(Reply::no_content()),
        false => Err(ended(&call.head, OF_UPLOAD)),
    }
}
