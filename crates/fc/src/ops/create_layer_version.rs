//! CreateLayerVersion: the next version of a layer.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-createlayerversion>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::Value;

use crate::layers::{self, LayerPlace, NewLayerVersion};
use crate::reply::Reply;
use crate::route::Route;
use crate::settings::{self, Fields};
use crate::{Fc, Generation, body, fault, names, packages};

pub(crate) const OP: Op<Fc> = Op {
    name: "CreateLayerVersion",
    route: Route {
        method: Method::POST,
        doors: &[Generation::V2021, Generation::V2023],
        path: "layers/{layerName}/versions",
        resource: "layers/{layerName}/versions/*",
        query: &[],
    },
    action: Action::One("fc:CreateLayerVersion"),
    run: |call| Box::pin(run(call)),
};

/// The longest description and license, in characters.
const LONGEST: usize = 256;
/// The most runtimes that a version may name.
const MOST_RUNTIMES: usize = 64;

pub(super) async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let mut body = body::object(&mut call, body::WITH_CODE).await?;
    let place = LayerPlace::of(&call.target);
    names::check("layerName", &place.name)?;
    let description = text(&mut body, "description")?;
    let license = text(&mut body, "license")?;
    let compatible_runtime = runtimes(body.remove("compatibleRuntime"))?;
    // The API 2021-04-06 writes it with a capital.
    let source = body.remove("code").or_else(|| body.remove("Code"));
    let source = source.filter(|code| !code.is_null());
    let source = source.ok_or_else(|| fault::missing_field("code"))?;
    if let Some(unknown) = body.keys().next() {
        return Err(fault::unknown_field(unknown));
    }
    let checksum = call.head.header("x-fc-code-checksum");
    let code = packages::receive(&call, source, checksum).await?;
    let new = NewLayerVersion {
        description,
        license,
        compatible_runtime,
        code,
    };
    let now = call.now.virtual_;
    let made = call.service.create_layer_version(&place, new, now).await?;
    Reply::json(&layers::shown(call.target.generation, &made, None))
}

fn text(body: &mut Fields, name: &'static str) -> Result<String, Fault> {
    let text = settings::take_text(body, name)?.unwrap_or_default();
    match text.chars().count() > LONGEST {
        true => Err(fault::invalid_argument(format!(
            "'{name}' must have at most {LONGEST} characters"
        ))),
        false => Ok(text),
    }
}

fn runtimes(value: Option<Value>) -> Result<Vec<String>, Fault> {
    let wrong = || {
        fault::invalid_argument(format!(
            "'compatibleRuntime' must be a list of up to {MOST_RUNTIMES} names of runtimes"
        ))
    };
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() <= MOST_RUNTIMES => {
            let texts = items.into_iter().map(|item| match item {
                Value::String(text) if text.len() <= LONGEST => Ok(text),
                _ => Err(wrong()),
            });
            texts.collect()
        }
        Some(_) => Err(wrong()),
    }
}
