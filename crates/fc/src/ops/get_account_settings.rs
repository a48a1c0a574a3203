//! GetAccountSettings: what an account has in a region.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-getaccountsettings>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::json;

use crate::reply::Reply;
use crate::route::Route;
use crate::settings::Fields;
use crate::{Fc, Generation};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetAccountSettings",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "account-settings",
        resource: "account-settings",
        query: &[],
    },
    action: Action::One("fc:GetAccountSettings"),
    run: |call| Box::pin(run(call)),
};

/// The letters of the zones that every region is told to have. Nothing here lies in a zone.
const ZONES: [&str; 2] = ["a", "b"];

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let region = &call.target.region;
    let mut shown = Fields::new();
    let zones = ZONES.map(|zone| format!("{region}-{zone}"));
    shown.insert("availableAZs".to_owned(), json!(zones));
    shown.insert("defaultRole".to_owned(), json!(""));
    Reply::json(&shown)
}
