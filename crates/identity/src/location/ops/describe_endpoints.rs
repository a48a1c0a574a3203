//! DescribeEndpoints: the host that answers for a service in a region.
//!
//! Whoever asks an address, `localhost` or a name of this server is told to go on there, as every service answers at one
//! place. Whoever asks `location.aliyuncs.com`, and so reaches this server by a proxy or a name service, is told the host
//! of the real cloud, which leads here in the same way.
//! <https://help.aliyun.com/api/location/describeendpoints.html>

use gateway::host::Family;
use gateway::region;
use gateway::rpc::{self as envelope, Reply};
use gateway::{Action, Call, Fault, Head, Op};
use serde_json::{Value, json};

use crate::location::Location;
use crate::{fault, rpc};

pub(super) const OP: Op<Location> = Op {
    name: "DescribeEndpoints",
    route: (),
    action: Action::Signed,
    run: |call| Box::pin(run(call)),
};

/// The services that answer here.
const SERVICES: &[&str] = &["oss", "sts", "ram", "ims"];

async fn run(call: Call<Location>) -> Result<Reply, Fault> {
    let head = &call.head;
    let service = rpc::need(head, "ServiceCode")?;
    let region = rpc::need(head, "Id")?;
    let kind = rpc::given(head, "Type").unwrap_or("openAPI");
    if !region::is_known(region) {
        return Err(fault::no_such_region());
    }
    if !SERVICES.contains(&service) {
        return Err(fault::no_such_service_code());
    }
    let found: Vec<Value> = endpoint(head, (service, region, kind))
        .map(|endpoint| {
            json!({
                "Protocols": { "Protocols": ["HTTP", "HTTPS"] },
                "Type": kind,
                "Namespace": "",
                "Id": region,
                // So it is spelt.
                "SerivceCode": service,
                "Endpoint": endpoint,
            })
        })
        .into_iter()
        .collect();
    Ok(Reply::of(&json!({
        "Endpoints": envelope::list("Endpoint", &found),
        "Success": true,
    })))
}

/// `None` for other kinds of endpoints than the public and the internal one.
fn endpoint(head: &Head, (service, region, kind): (&str, &str, &str)) -> Option<String> {
    let inner = match kind {
        "openAPI" => false,
        "innerAPI" => true,
        _ => return None,
    };
    if head.endpoint.family == Family::Bare {
        let host = head.host.rsplit("//").next().unwrap_or_default();
        return Some(host.to_owned());
    }
    Some(match (service, inner) {
        ("oss", false) => format!("oss-{region}.aliyuncs.com"),
        ("oss", true) => format!("oss-{region}-internal.aliyuncs.com"),
        ("sts", false) => format!("sts.{region}.aliyuncs.com"),
        ("sts", true) => format!("sts-vpc.{region}.aliyuncs.com"),
        (global, _) => format!("{global}.aliyuncs.com"),
    })
}
