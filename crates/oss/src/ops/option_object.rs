//! OptionObject: a browser asks whether a page of another origin may send a request. Nobody signs that.
//! <https://help.aliyun.com/zh/oss/developer-reference/optionobject>

use gateway::{Action, Call, Fault, Op};
use http::HeaderValue;
use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY};

use crate::fault::settings::{cors_forbidden, incomplete_preflight};
use crate::settings::{Cors, CorsQuestion};
use crate::{Oss, Reply, Route, Scope, Target, Verb, cors};

/// About an object, which need not exist.
pub(crate) const OBJECT: Op<Oss> = Op {
    route: Route::new(Verb::Options, Scope::Object),
    ..BUCKET
};

/// About the bucket itself.
pub(crate) const BUCKET: Op<Oss> = Op {
    name: "OptionObject",
    route: Route::new(Verb::Options, Scope::Bucket),
    action: Action::Public,
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let header = |name: http::HeaderName| call.head.header(name.as_str());
    let origin = header(ORIGIN).ok_or_else(|| {
        incomplete_preflight("Insufficient information. Origin request header needed.")
    })?;
    let method = header(ACCESS_CONTROL_REQUEST_METHOD).ok_or_else(|| {
        incomplete_preflight(
            "Insufficient information. Request Access-Control-Request-Method header needed.",
        )
    })?;
    let question = CorsQuestion {
        origin,
        method,
        headers: header(ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default(),
    };
    let bucket = match &call.target {
        Target::Object(object) => &object.bucket,
        Target::Bucket(bucket) => bucket,
        other => return Err(Fault::internal(format!("{other:?} has no rules"))),
    };
    let rules = call.service.setting::<Cors>(bucket).await?;
    let rules = rules.ok_or_else(cors_forbidden)?;
    let headers = cors::headers(&rules, question).ok_or_else(cors_forbidden)?;
    let mut reply = Reply::ok();
    reply.headers.extend(headers);
    match rules.vary {
        true => Ok(reply.header(VARY, HeaderValue::from_static("Origin"))),
        false => Ok(reply),
    }
}
