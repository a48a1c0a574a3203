//! ListAccessKeys: lists the access keys of a user, or of the caller.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-listaccesskeys>

use gateway::rpc::{self, Reply};
use gateway::{Action, Call, Fault, Op};
use serde_json::{Value, json};

use crate::ims::{Ims, On};
use crate::keys::Key;
use crate::ram::show;

pub(super) const OP: Op<Ims> = Op {
    name: "ListAccessKeys",
    route: On::UserOrCaller,
    action: Action::One("ram:ListAccessKeys"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let keys = identity.keys(&target.account, &target.owner()).await?;
    let row = |key: &Key| {
        let mut fields = show::key(key);
        fields["UpdateDate"] = json!(key.updated());
        fields
    };
    let rows: Vec<Value> = keys.iter().map(row).collect();
    Ok(Reply::of(
        &json!({ "AccessKeys": rpc::list("AccessKey", &rows) }),
    ))
}
