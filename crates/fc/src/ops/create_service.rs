//! CreateService: what functions of FC 2.0 are in.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-createservice>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::rows::Place;
use crate::settings::{self, SERVICE};
use crate::{Fc, Generation, body, etag, fault, names, roles, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "CreateService",
    route: Route {
        method: Method::POST,
        doors: Generation::WITH_SERVICES,
        path: "services",
        resource: "services/*",
        query: &[],
    },
    action: Action::One("fc:CreateService"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let mut body = body::object(&mut call, body::WITHOUT_CODE).await?;
    let name = settings::take_text(&mut body, "serviceName")?;
    let name = name.ok_or_else(|| fault::missing_field("serviceName"))?;
    names::check("serviceName", &name)?;
    let settings = settings::create(SERVICE, body)?;
    roles::check_in(&call, &settings).await?;
    let place = Place {
        service: name.into(),
        ..call.target.place()
    };
    let now = call.now.virtual_;
    let made = call.service.create_service(&place, settings, now).await?;
    let reply = Reply::json(&show::service(&made))?;
    Ok(reply.tagged(call.target.generation, &etag::of(made.version)))
}
