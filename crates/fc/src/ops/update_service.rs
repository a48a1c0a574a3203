//! UpdateService: the settings that are given take the place of what was there.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-updateservice>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::settings::{self, SERVICE};
use crate::{Fc, Generation, body, etag, roles, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "UpdateService",
    route: Route {
        method: Method::PUT,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}",
        resource: "services/{serviceName}",
        query: &[],
    },
    action: Action::One("fc:UpdateService"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let body = body::object(&mut call, body::WITHOUT_CODE).await?;
    let place = call.target.place();
    let mut found = call.service.service(&place).await?;
    etag::check(&call, found.version)?;
    roles::check_in(&call, &body).await?;
    settings::update(SERVICE, &mut found.row.settings, body)?;
    let now = call.now.virtual_;
    let updated = call.service.update_service(&place, found, now).await?;
    let reply = Reply::json(&show::service(&updated))?;
    Ok(reply.tagged(call.target.generation, &etag::of(updated.version)))
}
