//! GetSymlink: where a symbolic link leads to.
//! <https://help.aliyun.com/zh/oss/developer-reference/getsymlink>

use gateway::{Action, Call, Fault, Op};
use http::{HeaderName, HeaderValue};

use super::put_symlink::TARGET;
use crate::listing::params::escape;
use crate::route::{Route, Scope};
use crate::{Oss, Reply, fault, headers};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetSymlink",
    route: Route::get(Scope::Object).sub("symlink"),
    action: Action::One("oss:GetObject"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let at = call.target.object()?;
    let object = &at.existing()?.object;
    let link = object.extras.link.as_deref();
    let link = link.ok_or_else(fault::not_symlink)?;
    let mut reply = Reply::ok();
    headers::write_identity(object, &mut reply.headers);
    headers::write_metadata(object, &mut reply.headers);
    let value = HeaderValue::try_from(escape(link).to_string()).map_err(Fault::internal)?;
    Ok(reply.header(HeaderName::from_static(TARGET), value))
}
