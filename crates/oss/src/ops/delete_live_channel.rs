//! DeleteLiveChannel: removes a live channel, but none of its fragments.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletelivechannel>

use gateway::{Action, Call, Fault, Op};

use crate::live::check_name;
use crate::route::{Route, Scope};
use crate::{Oss, Reply};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteLiveChannel",
    route: Route::delete(Scope::Object).sub("live"),
    action: Action::One("oss:DeleteLiveChannel"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let at = call.target.object()?;
    check_name(&at.key)?;
    call.service.delete_channel(&at.bucket, &at.key).await?;
    Ok(Reply::no_content())
}
