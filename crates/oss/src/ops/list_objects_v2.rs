//! ListObjectsV2: the objects of a bucket, page by page, with tokens.
//! <https://help.aliyun.com/zh/oss/developer-reference/listobjectsv2>

use gateway::{Action, Call, Fault, Op};

use super::list_objects::answer;
use crate::listing::Params;
use crate::{Oss, Reply, Route, Scope, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "ListObjectsV2",
    route: Route::get(Scope::Bucket).sub("list-type"),
    action: Action::One("oss:ListObjects"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let query = &call.head.query;
    match query.first("list-type") {
        Some("2") => {
            let params = Params::v2(query)?;
            answer(call, &params).await
        }
        other => Err(fault::bucket::bad_list_type(other.unwrap_or_default())),
    }
}
