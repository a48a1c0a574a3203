//! QueryAvailableInstances: the things that the account pays for. Nothing here is paid for, so there are none.
//! <https://help.aliyun.com/zh/user-center/developer-reference/api-bssopenapi-2017-12-14-queryavailableinstances>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::bss::Bss;
use crate::ram::params;

pub(super) const OP: Op<Bss> = Op {
    name: "QueryAvailableInstances",
    route: (),
    action: Action::One("bssapi:QueryAvailableInstances"),
    run: |call| Box::pin(run(call)),
};

/// Pages have 20 entries if nobody says, and 300 at most.
async fn run(call: Call<Bss>) -> Result<Reply, Fault> {
    let page = params::number(&call.head, "PageNum", 1..=u32::MAX)?;
    let size = params::number(&call.head, "PageSize", 1..=300)?;
    Ok(Reply::of(&json!({
        "Code": "Success",
        "Message": "Successful!",
        "Success": true,
        "Data": {
            "PageNum": page.unwrap_or(1),
            "PageSize": size.unwrap_or(20),
            "TotalCount": 0,
            "InstanceList": [],
        },
    })))
}
