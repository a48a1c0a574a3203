//! What the service refuses of requests over HTTP to functions.
//! <https://help.aliyun.com/zh/functioncompute/fc/configure-an-http-trigger-for-a-function-and-invoke-the-function-by-using-http-requests>

use gateway::Fault;

use super::{access_denied, invalid_argument};

/// The host is of no trigger.
pub(crate) fn domain_name_not_found(domain: &str) -> Fault {
    let message = format!("domain name '{domain}' does not exist");
    Fault::new(404, "DomainNameNotFound", message)
}

/// The function takes no requests over HTTP.
pub(crate) fn http_trigger_not_found(function: &str) -> Fault {
    let message = format!("function '{function}' has no HTTP trigger for this qualifier");
    Fault::new(404, "TriggerNotFound", message)
}

/// The address for everywhere is closed. Status and text are documented.
pub(crate) fn internet_url_disabled() -> Fault {
    access_denied("access denied due to function internet URL is disabled")
}

/// The trigger is for other verbs. The status is documented.
pub(crate) fn method_not_let_in(method: &str) -> Fault {
    access_denied(format!(
        "the HTTP trigger does not let the method '{method}' in"
    ))
}

/// The body is larger than triggers take.
pub(crate) fn body_too_large(limit: usize) -> Fault {
    invalid_argument(format!(
        "the body has more bytes than the {limit} that are the most"
    ))
}

/// Under the domains that everybody has no browser is led elsewhere. Status and code are seen.
pub(crate) fn external_redirect_forbidden() -> Fault {
    Fault::new(
        400,
        "ExternalRedirectForbidden",
        "the default domain name does not forward redirects (3xx); they need a custom domain name",
    )
}

/// What the function answered cannot be put into an answer. Status and code are documented.
pub(crate) fn bad_response(why: String) -> Fault {
    Fault::new(502, "BadResponse", why)
}

/// The trigger wants a token, and there is none. The text is documented, status and code are not.
pub(crate) fn jwt_missing() -> Fault {
    unauthorized("the jwt token is missing")
}

/// The token is none, is signed by nobody who may, or is over. The text is documented, status and code are not.
pub(crate) fn jwt_invalid() -> Fault {
    unauthorized("invalid or expired jwt")
}

/// Nobody hears the answer. Status and code are documented.
pub(crate) fn client_closed_request() -> Fault {
    Fault::new(
        499,
        "ClientClosedRequest",
        "the client has closed the connection before the function had answered",
    )
}

fn unauthorized(message: &'static str) -> Fault {
    Fault::new(401, "Unauthorized", message)
}
