//! CreateTrigger: what makes a function run.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-createtrigger>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::rows::TriggerRow;
use crate::web::address;
use crate::{Fc, Generation, body, etag, fault, roles, settings, show, triggers};

pub(crate) const OP: Op<Fc> = Op {
    name: "CreateTrigger",
    route: Route {
        method: Method::POST,
        doors: Generation::FC3,
        path: "functions/{functionName}/triggers",
        resource: "functions/{functionName}/triggers/*",
        query: &[],
    },
    action: Action::PerItem("fc:CreateTrigger"),
    run: |call| Box::pin(run(call)),
};

/// Of a function in a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "CreateTrigger",
    route: Route {
        method: Method::POST,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/triggers",
        resource: "services/{serviceName}/functions/{functionName}/triggers/*",
        query: &[],
    },
    action: Action::PerItem("fc:CreateTrigger"),
    run: |call| Box::pin(run(call)),
};

/// The name is in the body, so the permission is asked for once it has been read.
async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let mut body = body::object(&mut call, body::WITHOUT_CODE).await?;
    let name = settings::take_text(&mut body, "triggerName")?;
    let name = name.ok_or_else(|| fault::missing_field("triggerName"))?;
    let (target, owner) = (&call.target, call.target.function());
    let place = match &*owner.place.service {
        "" => String::new(),
        service => format!("services/{service}/"),
    };
    let arn = target.arn(&format!(
        "{place}functions/{}/triggers/{name}",
        owner.function
    ));
    let made = TriggerRow::create(name, body, call.now.virtual_);
    let mut guard = target.guard();
    if let Ok(trigger) = &made {
        trigger.describe(&mut guard);
    }
    call.require_on("fc:CreateTrigger", &arn, &guard).await?;
    let mut trigger = made?;
    if trigger.kind == triggers::HTTP {
        trigger.prefix = address::prefix(&owner)?;
    }
    call.service.expect_source(target, &trigger).await?;
    roles::pass_for(&call, &trigger).await?;
    let version = call.service.create_trigger(&owner, &trigger).await?;
    let reply = Reply::json(&show::trigger(target, &trigger))?;
    Ok(reply.tagged(target.generation, &etag::of(version)))
}
