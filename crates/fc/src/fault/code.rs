//! What is wrong with a code package.

use gateway::Fault;

use super::invalid_argument;
use crate::{NotStarted, StartCode};

/// No code, or more than one source of it.
pub(crate) fn code_source() -> Fault {
    invalid_argument("code must have either 'zipFile', or 'ossBucketName' and 'ossObjectName'")
}

/// `zipFile` is no Base64.
pub(crate) fn zip_file_encoding() -> Fault {
    invalid_argument("'code.zipFile' is not valid Base64")
}

/// The package cannot be unpacked.
pub(crate) fn bad_package(why: &str) -> Fault {
    invalid_argument(format!("the code package cannot be unpacked: {why}"))
}

/// The package has other bytes than announced.
pub(crate) fn checksum_mismatch(given: &str, computed: u64) -> Fault {
    invalid_argument(format!(
        "the code checksum '{given}' does not match the computed checksum '{computed}'"
    ))
}

/// The object with the code is not there.
pub(crate) fn no_code_object(bucket: &str, key: &str, region: &str) -> Fault {
    invalid_argument(format!(
        "object '{key}' of bucket '{bucket}' does not exist in region '{region}'"
    ))
}

/// The object with the code is too large.
pub(crate) fn code_too_large(size: u64, limit: u64) -> Fault {
    invalid_argument(format!(
        "code size {size} exceeds the maximum allowed size ({limit} bytes)"
    ))
}

/// The function has no package.
pub(crate) fn no_package(function: &str) -> Fault {
    invalid_argument(format!(
        "function '{function}' is an image and has no code package"
    ))
}

/// A bucket of an account has the name of the platform's.
pub(crate) fn bucket_taken(bucket: &str) -> Fault {
    invalid_argument(format!(
        "localyun: Function Compute needs the bucket '{bucket}' for packages on their way, and an account has it; delete it"
    ))
}

/// The function can be kept, and not run here.
pub(crate) fn runtime_not_here(why: &str) -> Fault {
    invalid_argument(format!("localyun: {why}"))
}

/// The function is an image, which is kept and not run.
pub(crate) fn image_not_here() -> Fault {
    runtime_not_here("functions of the runtime 'custom-container' are kept, and cannot be run")
}

/// The program of a custom runtime did not get ready. The status: the page of error codes, for those that it lists.
pub(crate) fn not_started(refused: &NotStarted) -> Fault {
    let code = match refused.code {
        StartCode::NotStarted => "FunctionNotStarted",
        StartCode::Exited => "CAExited",
        StartCode::FileNotFound => "CAFileNotFound",
        StartCode::FilePermission => "CAFilePermission",
    };
    Fault::new(412, code, refused.message.clone())
}
