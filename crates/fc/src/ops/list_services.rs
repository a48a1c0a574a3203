//! ListServices: services in the order of their names.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-listservices>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::functions::Page;
use crate::reply::Reply;
use crate::route::Route;
use crate::services::FoundService;
use crate::tags::{self, Filter, Kind, Tagged};
use crate::{Fc, Generation, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListServices",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services",
        resource: "services/*",
        query: &["prefix", "limit", "nextToken", "startKey", "tag_*"],
    },
    action: Action::One("fc:ListServices"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let wanted = Page::read(&call.head)?;
    let filters = tags::of_services(&call.head);
    let (found, next) = match filters.is_empty() {
        true => call.service.services(&call.target.place(), &wanted).await?,
        false => with_tags(&call, &wanted, &filters).await?,
    };
    let shown = found.iter().map(|found| show::service(found).into());
    Reply::json(&show::list("services", shown.collect(), next.as_deref()))
}

/// Those that have all of these tags.
async fn with_tags(
    call: &Call<Fc>,
    page: &Page,
    filters: &[Filter],
) -> Result<(Vec<FoundService>, Option<String>), Fault> {
    let (fc, mut place) = (&call.service, call.target.place());
    let fits = |tagged: &Tagged| tags::fit(&tagged.tags, filters);
    let (tagged, next) = fc.tagged(&place, Kind::Service, page, fits).await?;
    let mut found = Vec::with_capacity(tagged.len());
    for tagged in tagged {
        place.service = tagged.name.into();
        match fc.service(&place).await {
            Ok(service) => found.push(service),
            // It was deleted since.
            Err(fault) if fault.code() == "ServiceNotFound" => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok((found, next))
}
