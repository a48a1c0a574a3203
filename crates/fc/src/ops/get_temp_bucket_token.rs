//! GetTempBucketToken: credentials with which a package that is too large for a request is stored in a bucket of the
//! platform. Not documented; Serverless Devs and `@alicloud/fc2` ask for it (spec/fc.md §3.2).
//! <https://github.com/aliyun/fc-nodejs-sdk>

use chrono::SecondsFormat;
use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, temporary};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetTempBucketToken",
    route: Route {
        method: Method::GET,
        doors: &[Generation::V2016],
        path: "tempBucketToken",
        resource: "tempBucketToken",
        query: &[],
    },
    action: Action::One("fc:GetTempBucketToken"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let upload = temporary::upload(&call).await?;
    let keys = &upload.credentials;
    let ends = keys.expiration.to_rfc3339_opts(SecondsFormat::Secs, true);
    let shown = json!({
        "credentials": {
            "AccessKeyId": keys.access_key_id,
            "AccessKeySecret": keys.access_key_secret.expose(),
            "SecurityToken": keys.security_token.expose(),
            "Expiration": ends,
        },
        "ossRegion": format!("oss-{}", call.target.region),
        "ossBucket": upload.bucket,
        "objectName": upload.object,
    });
    match shown {
        Value::Object(shown) => Reply::json(&shown),
        other => Err(Fault::internal(format!("{other} is no object"))),
    }
}
