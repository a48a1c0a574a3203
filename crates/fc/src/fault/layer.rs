//! What is wrong with layers.

use gateway::Fault;

use super::invalid_argument;

/// No layer of this name.
pub(crate) fn layer_not_found(name: &str) -> Fault {
    let message = format!("layer '{name}' does not exist");
    Fault::new(404, "LayerNotFound", message)
}

/// No version of this number.
pub(crate) fn layer_version_not_found(name: &str, number: &str) -> Fault {
    version_not_found(format!(
        "version '{number}' of layer '{name}' does not exist"
    ))
}

/// No version of this ARN that the account may use.
pub(crate) fn layer_arn_not_found(arn: &str) -> Fault {
    version_not_found(format!("layer version '{arn}' does not exist"))
}

fn version_not_found(message: String) -> Fault {
    Fault::new(404, "LayerVersionNotFound", message)
}

/// It looks like no ARN of a layer.
pub(crate) fn no_layer_arn(arn: &str) -> Fault {
    invalid_argument(format!(
        "'{arn}' is no version of a layer: it must have the form \
         'acs:fc:<region>:<uid>:layers/<name>/versions/<number>'"
    ))
}

/// `layers` is something else than names of versions.
pub(crate) fn layers_no_list() -> Fault {
    invalid_argument("'layers' must be a list of ARNs of layer versions")
}

/// More layers than a function may have.
pub(crate) fn too_many_layers(count: usize, most: usize) -> Fault {
    invalid_argument(format!(
        "a function may have {most} layers and would have {count}"
    ))
}

/// The layers of a function are too large together.
pub(crate) fn layers_too_large(size: u64, most: u64) -> Fault {
    invalid_argument(format!(
        "the layers of a function have {size} bytes and may have {most}"
    ))
}
