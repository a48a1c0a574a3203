//! The layers of a function.

use bytes::Bytes;
use gateway::{Call, Fault};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Batch;

use super::{FoundLayer, LayerPlace, LayerVersionArn};
use crate::rows::{Code, FunctionRow};
use crate::settings::Fields;
use crate::{Fc, Generation, fault};

/// The most layers of a function (spec/fc.md §1.9).
const MOST: usize = 5;
/// The most bytes of a function's layers together, packed (spec/fc.md §1.9).
const MOST_BYTES: u64 = 2 << 30;

/// A version of a layer that a function has, whatever becomes of the layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UsedLayer {
    pub(crate) place: LayerPlace,
    pub(crate) number: u64,
    pub(crate) code: Code,
}

impl UsedLayer {
    fn arn(&self) -> LayerVersionArn {
        LayerVersionArn {
            place: self.place.clone(),
            number: self.number,
        }
    }
}

/// Takes the field `layers` out of a function's body, and finds the versions that it names. `None` if it says nothing.
///
/// # Errors
///
/// `InvalidArgument`; `LayerVersionNotFound` for what is not there, or is another account's and not public.
pub(crate) async fn take(
    call: &Call<Fc>,
    body: &mut Fields,
) -> Result<Option<Vec<UsedLayer>>, Fault> {
    let named = match body.remove("layers") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(named)) if named.len() <= MOST => named,
        Some(Value::Array(named)) => return Err(fault::too_many_layers(named.len(), MOST)),
        Some(_) => return Err(fault::layers_no_list()),
    };
    let mut layers = Vec::with_capacity(named.len());
    for one in &named {
        let text = one.as_str().ok_or_else(fault::layers_no_list)?;
        let found = usable(call, text).await?;
        layers.push(UsedLayer {
            number: found.version.number,
            code: found.version.code,
            place: found.place,
        });
    }
    let size = layers.iter().map(|layer| layer.code.size).sum();
    match size > MOST_BYTES {
        true => Err(fault::layers_too_large(size, MOST_BYTES)),
        false => Ok(Some(layers)),
    }
}

/// The version that an ARN names, if functions of the caller's account can have it.
///
/// # Errors
///
/// `LayerVersionNotFound`; `InvalidArgument` for what is no ARN of a layer.
pub(crate) async fn usable(call: &Call<Fc>, text: &str) -> Result<FoundLayer, Fault> {
    let (fc, target) = (&call.service, &call.target);
    let missing = || fault::layer_arn_not_found(text);
    if !text.starts_with("acs:fc:") && !text.contains('#') {
        return Err(fault::no_layer_arn(text));
    }
    let arn = fc.layer_arn(target, text).await?.ok_or_else(missing)?;
    let found = fc.layer_version(&arn.place, &arn.number.to_string()).await;
    let found = found.map_err(|fault| match fault.status().is_server_error() {
        true => fault,
        false => missing(),
    })?;
    let own = found.place.account == target.account;
    let near = found.place.region == target.region;
    match near && (own || found.layer.public) {
        true => Ok(found),
        false => Err(missing()),
    }
}

/// Expects these to be there still, when a function gets them.
pub(crate) fn expect(batch: &mut Batch, layers: &[UsedLayer]) {
    for layer in layers {
        batch.expect_present(layer.place.version(layer.number));
    }
}

/// Adds them to what answers say of a function.
pub(crate) fn show(shown: &mut Fields, generation: Generation, row: &FunctionRow) {
    if row.layers.is_empty() {
        return;
    }
    let arns = row.layers.iter().map(|layer| layer.arn().to_string());
    match generation {
        Generation::V2023 => {
            let layers = row.layers.iter().zip(arns);
            let layers = layers.map(|(layer, arn)| json!({"arn": arn, "size": layer.code.size}));
            shown.insert("layers".to_owned(), layers.collect());
        }
        Generation::V2016 | Generation::V2021 => {
            shown.insert("layersArnV2".to_owned(), arns.map(Value::from).collect());
            let short = row.layers.iter().map(|layer| layer.arn().short());
            shown.insert("layers".to_owned(), short.map(Value::from).collect());
        }
    }
}

impl Fc {
    /// The packages of a function's layers, in their order.
    pub(crate) async fn layer_packages(&self, row: &FunctionRow) -> Result<Vec<Bytes>, Fault> {
        let mut packages = Vec::with_capacity(row.layers.len());
        for layer in &row.layers {
            let key = layer.place.code(layer.number);
            let bytes = self.package(&layer.code, &key).await?;
            let gone = || Fault::internal(format!("the code of {} is gone", layer.arn()));
            packages.push(bytes.ok_or_else(gone)?);
        }
        Ok(packages)
    }
}
