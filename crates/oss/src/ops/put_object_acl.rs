//! PutObjectAcl: changes who may use an object.
//! <https://help.aliyun.com/zh/oss/developer-reference/putobjectacl>

use gateway::{Action, Call, Fault, Op};

use crate::route::{Route, Scope};
use crate::{Object, Oss, Reply, fault, headers};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutObjectAcl",
    route: Route::put(Scope::Object).sub("acl"),
    action: Action::One("oss:PutObjectAcl"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let target = call.target.object()?;
    let acl = headers::object_acl(&call.head.headers)?;
    let acl = acl.ok_or_else(fault::missing_object_acl)?;
    let change = |object: &mut Object| {
        object.acl = acl;
        Ok(())
    };
    call.service.change(&target, change).await?;
    Ok(Reply::ok())
}
