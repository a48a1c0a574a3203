//! ListObjects: the objects of a bucket, page by page.
//! <https://help.aliyun.com/zh/oss/developer-reference/listobjects>

use gateway::{Action, Call, Fault, Op};

use crate::listing::Params;
use crate::listing::render::render;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "ListObjects",
    route: Route::get(Scope::Bucket),
    action: Action::One("oss:ListObjects"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let params = Params::v1(&call.head.query)?;
    answer(call, &params).await
}

/// Either version lists the same way.
pub(super) async fn answer(call: Call<Oss>, params: &Params) -> Result<Reply, Fault> {
    let now = call.now.virtual_.timestamp_millis();
    let bucket = call.target.bucket()?;
    let page = call.service.list(&bucket, &params.ask()).await?;
    Ok(Reply::xml(render(&bucket, params, &page, now)))
}
