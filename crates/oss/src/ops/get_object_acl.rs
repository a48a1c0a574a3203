//! GetObjectAcl: who may use an object.
//! <https://help.aliyun.com/zh/oss/developer-reference/getobjectacl>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::route::{Route, Scope};
use crate::{Oss, Reply};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetObjectAcl",
    route: Route::get(Scope::Object).sub("acl"),
    action: Action::One("oss:GetObjectAcl"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let target = call.target.object()?;
    let object = &target.existing()?.object;
    let owner = &*target.bucket.owner;
    let mut xml = Xml::new();
    xml.group("AccessControlPolicy", |policy| {
        policy
            .group("Owner", |o| {
                o.text("ID", owner).text("DisplayName", owner);
            })
            .group("AccessControlList", |list| {
                list.value("Grant", object.acl.name());
            });
    });
    Ok(Reply::xml(xml))
}
