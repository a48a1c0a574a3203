//! DescribeRegions: the endpoints of all regions, or of one.
//! <https://help.aliyun.com/zh/oss/developer-reference/describeregions>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op, region};

use crate::{Oss, Reply, Route, Scope, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "DescribeRegions",
    route: Route::get(Scope::Service).sub("regions"),
    action: Action::One("oss:DescribeRegions"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let wanted = call.head.query.first("regions").unwrap_or_default();
    let all = region::all().iter().copied();
    let found: Vec<&str> = all
        .filter(|id| wanted.is_empty() || wanted.strip_prefix("oss-") == Some(id))
        .collect();
    if found.is_empty() {
        return Err(fault::settings::no_such_region(wanted));
    }
    let mut xml = Xml::new();
    xml.group("RegionInfoList", |list| {
        for id in found {
            list.group("RegionInfo", |info| write(info, id));
        }
    });
    Ok(Reply::xml(xml))
}

fn write(xml: &mut Xml, id: &str) {
    xml.value("Region", format_args!("oss-{id}"))
        .value("InternetEndpoint", format_args!("oss-{id}.aliyuncs.com"))
        .value(
            "InternalEndpoint",
            format_args!("oss-{id}-internal.aliyuncs.com"),
        )
        .value("AccelerateEndpoint", "oss-accelerate.aliyuncs.com");
}
