//! TagResources: gives functions tags; a key that is there gets the new value.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-tagresources>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::rows::Owner;
use crate::settings::Fields;
use crate::tags::{self, Change, Tags};
use crate::{Fc, Generation, body, fault};

/// What is tagged is in the body, and each function is asked for.
pub(crate) const OP: Op<Fc> = Op {
    name: "TagResources",
    route: Route {
        method: Method::POST,
        doors: Generation::FC3,
        path: "tags-v2",
        resource: "functions/*",
        query: &[],
    },
    action: Action::PerItem("fc:TagResources"),
    run: |call| Box::pin(run(call)),
};

/// The most functions of one call.
const MOST: usize = 50;
/// How the type of functions is written.
const TYPES: [&str; 3] = ["function", "aliyun::fc::function", "aliyun::fc:function"];

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let mut body = body::object(&mut call, body::WITHOUT_CODE).await?;
    check_type(&tags::name(&mut body, "ResourceType")?)?;
    let named = body.remove("ResourceId").unwrap_or_default();
    let named: Vec<String> =
        serde_json::from_value(named).map_err(|_| fault::no_list_of_texts("ResourceId"))?;
    let tag = body.remove("Tag").unwrap_or_default();
    let new = tags::list("Tag", tag)?;
    if new.is_empty() {
        return Err(fault::missing_field("Tag"));
    }
    let owners = owners(&call, &named)?;
    require(&call, "fc:TagResources", &owners, &new).await?;
    if let Some(unknown) = body.keys().next() {
        return Err(fault::unknown_field(unknown));
    }
    call.service.change_tags(&owners, &Change::Add(new)).await?;
    Reply::json(&Fields::new())
}

/// # Errors
///
/// `InvalidArgument`: only functions have tags in FC 3.0.
pub(super) fn check_type(kind: &str) -> Result<(), Fault> {
    match TYPES.contains(&kind.to_ascii_lowercase().as_str()) {
        true => Ok(()),
        false => Err(fault::bad_resource_type(kind)),
    }
}

/// The functions of these ARNs, each once.
pub(super) fn owners(call: &Call<Fc>, named: &[String]) -> Result<Vec<Owner>, Fault> {
    if named.is_empty() || named.len() > MOST {
        return Err(fault::invalid_argument(format!(
            "'ResourceId' has {} items and must have 1 to {MOST}",
            named.len()
        )));
    }
    let mut owners = Vec::with_capacity(named.len());
    for arn in named {
        let owner = tags::function(&call.target, arn)?;
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    Ok(owners)
}

/// Asks for the permission on each function, with its tags and those of the request.
pub(super) async fn require(
    call: &Call<Fc>,
    action: &'static str,
    owners: &[Owner],
    given: &Tags,
) -> Result<(), Fault> {
    for owner in owners {
        let mut guard = call.target.guard();
        let has = call.service.tags(owner).await?;
        guard.conditions.extend(tags::of_resource(&has));
        guard.conditions.extend(tags::of_request(given));
        let arn = call.target.arn(&format!("functions/{}", owner.function));
        call.require_on(action, &arn, &guard).await?;
    }
    Ok(())
}
