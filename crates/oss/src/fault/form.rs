//! Forms that are not what they should be (§2.7, and the vendor's pages 0006-000001xx and 0006-000002xx).

use gateway::{BodyError, Fault};

use super::{access_denied, entity_too_large, invalid_argument_bare};
use crate::form::policy::{Invalid, Violation};
use crate::form::{BoxError, Broken};

/// A POST to a bucket that is no form.
pub(crate) fn not_multipart() -> Fault {
    Fault::new(
        400,
        "RequestIsNotMultiPartContent",
        "Bucket POST must be of the enclosure-type multipart/form-data.",
    )
}

/// A form whose parts cannot be told apart, or that ends early.
pub(crate) fn malformed() -> Fault {
    Fault::new(
        400,
        "MalformedPOSTRequest",
        "The body of your POST request is not well-formed multipart/form-data.",
    )
    .ec("0006-00000104")
}

/// What is behind an error of a form's body, if it is about the form, or about the body that the form is in.
pub(crate) fn inside(error: &BoxError) -> Option<Fault> {
    match error.downcast_ref::<Broken>() {
        Some(error) => Some(broken(error)),
        None => error.downcast_ref::<BodyError>().map(super::body),
    }
}

/// What the reader of a form found.
pub(crate) fn broken(broken: &Broken) -> Fault {
    match broken {
        Broken::Malformed => malformed(),
        Broken::NoFile => Fault::new(
            400,
            "IncorrectNumberOfFilesInPOSTRequest",
            "POST requires exactly one file upload per request.",
        )
        .ec("0006-00000107"),
        Broken::NameTooLong => Fault::new(
            400,
            "FieldItemTooLong",
            "Your name of form field is too long.",
        )
        .ec("0006-00000110"),
        Broken::TooMuchBeforeFile => Fault::new(
            400,
            "MaxPOSTPreDataLengthExceededError",
            "Your POST request fields preceding the upload file were too large.",
        )
        .ec("0006-00000112"),
        Broken::Digest(value) => super::invalid_digest(value),
        Broken::TooSmall => super::entity_too_small().ec("0006-00000004"),
        Broken::TooLarge => entity_too_large().ec("0006-00000003"),
    }
}

/// A field that a form must have.
pub(crate) fn missing_field(name: &'static str) -> Fault {
    let fault = invalid_argument_bare(format!(
        "The bucket POST must contain the specified '{name}'. If it is specified, please check the \
         order of the fields"
    ))
    .with("ArgumentName", name)
    .with("ArgumentValue", "");
    match name {
        "policy" => fault.ec("0002-00000702"),
        "Signature" | "x-oss-signature" => fault.ec("0002-00000703"),
        "OSSAccessKeyId" => fault.ec("0002-00000706"),
        _ => fault,
    }
}

/// A field of the signature without a value.
pub(crate) fn empty_field(name: &'static str) -> Fault {
    let fault = invalid_argument_bare(format!("The form field '{name}' is empty."))
        .with("ArgumentName", name)
        .with("ArgumentValue", "");
    match name {
        "policy" => fault.ec("0006-00000205"),
        "Signature" | "x-oss-signature" => fault.ec("0002-00000704"),
        _ => fault,
    }
}

/// A value that no header could have.
pub(crate) fn bad_value(name: &str, value: &str) -> Fault {
    invalid_argument_bare("The value of the form field is not valid.")
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}

/// A policy that cannot be read.
pub(crate) fn invalid_policy(invalid: &Invalid) -> Fault {
    let fault = super::invalid_policy_document(format!("Invalid Policy: {}", invalid.reason));
    match invalid.ec {
        Some(ec) => fault.ec(ec),
        None => fault,
    }
}

/// A form that its policy does not allow.
pub(crate) fn violation(violation: &Violation) -> Fault {
    let (what, ec) = match violation {
        Violation::Expired => ("Policy expired.".to_owned(), "0006-00000213"),
        Violation::Condition(text) => (format!("Policy Condition failed: {text}"), "0006-00000227"),
        Violation::ExtraField(name) => (format!("Extra input fields: {name}"), "0006-00000228"),
    };
    access_denied("")
        .message(format!("Invalid according to Policy: {what}"))
        .ec(ec)
}
