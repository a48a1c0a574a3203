//! ListFunctions: functions in the order of their names.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listfunctions>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::functions::{Found, Page};
use crate::reply::Reply;
use crate::route::Route;
use crate::tags::{self, Filter, Kind, Tagged};
use crate::{Fc, Generation, page, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListFunctions",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions",
        resource: "functions/*",
        query: &["prefix", "limit", "nextToken", "tags"],
    },
    action: Action::One("fc:ListFunctions"),
    run: |call| Box::pin(run(call)),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "ListFunctions",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions",
        resource: "services/{serviceName}/functions/*",
        query: page::PARAMETERS_2,
    },
    action: Action::One("fc:ListFunctions"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (target, place) = (&call.target, call.target.place());
    let wanted = Page::read(&call.head)?;
    if !place.is_bare() {
        call.service.service(&place).await?;
    }
    let filters = tags::filters(&call.head, "tags")?;
    let (found, next) = match filters {
        None => call.service.functions(&place, &wanted).await?,
        Some(filters) => with_tags(&call, &wanted, &filters).await?,
    };
    let mut shown = Vec::with_capacity(found.len());
    for found in &found {
        shown.push(call.service.shown(target, found).await?.into());
    }
    Reply::json(&show::list("functions", shown, next.as_deref()))
}

/// Those that have all of these tags.
async fn with_tags(
    call: &Call<Fc>,
    page: &Page,
    filters: &[Filter],
) -> Result<(Vec<Found>, Option<String>), Fault> {
    let (fc, place) = (&call.service, call.target.place());
    let fits = |tagged: &Tagged| tags::fit(&tagged.tags, filters);
    let (tagged, next) = fc.tagged(&place, Kind::Function, page, fits).await?;
    let mut found = Vec::with_capacity(tagged.len());
    for tagged in tagged {
        match fc.function(&place, &tagged.name).await {
            Ok(function) => found.push(function),
            // It was deleted since.
            Err(fault) if fault.code() == "FunctionNotFound" => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok((found, next))
}
