//! The errors of the Location service, as `aliyun-python-sdk-core` recognises them: by code and text.

use gateway::Fault;

codes! { 400:
    /// No such region.
    no_such_region = "InvalidRegionId", "The specified region does not exist.";
    /// No such service, or none that answers here.
    no_such_service_code = "Illegal Parameter", "Please check the parameters";
}
