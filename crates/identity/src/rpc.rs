//! Reading RPC calls: which operation is meant, and its parameters.

use gateway::{Denial, Fault, Head, Op, Service, rpc};
use http::Method;

use crate::fault::{self, Voice};

/// Which operation a call names. Everything that can be told without its business parameters is told here, in the
/// order of spec/identity.md §1.8.
///
/// `elsewhere` are the operations of the real service that this one does not have.
pub(crate) fn route<S: Service>(
    ops: &'static [Op<S>],
    version: &str,
    elsewhere: &[&str],
    head: &Head,
) -> Result<&'static Op<S>, Fault> {
    if head.method != Method::GET && head.method != Method::POST {
        return Err(fault::unsupported_method());
    }
    if !matches!(head.path.as_str(), "/" | "") {
        return Err(fault::action_not_found());
    }
    if head.bad_query.is_some() {
        return Err(fault::invalid_parameter("Query"));
    }
    if let Some(name) = contradiction(head) {
        return Err(fault::invalid_parameter(name));
    }
    if let Some(format) = head.param("Format") {
        let known = ["", "json", "xml"]
            .iter()
            .any(|f| format.eq_ignore_ascii_case(f));
        if !known {
            return Err(fault::invalid_parameter("Format"));
        }
    }
    let named = rpc::version(head).filter(|v| !v.is_empty());
    let named = named.ok_or_else(|| fault::missing_parameter("Version"))?;
    let action = rpc::action(head).filter(|a| !a.is_empty());
    let action = action.ok_or_else(|| fault::missing_parameter("Action"))?;
    if named != version {
        return Err(fault::invalid_parameter("Action or Version"));
    }
    if elsewhere.contains(&action) {
        tracing::info!(
            service = S::PRODUCT,
            action,
            "an operation that is not emulated was called"
        );
        return Err(fault::not_emulated(action));
    }
    need_nonce(head)?;
    let op = ops.iter().find(|op| op.name == action);
    op.ok_or_else(|| fault::invalid_parameter("Action or Version"))
}

/// A parameter that has two values, in one place or in two: which of them is meant is nobody's guess. That a header says
/// another action or version than a parameter is the same.
fn contradiction(head: &Head) -> Option<&str> {
    let form = head.form.iter().flat_map(|form| form.iter());
    let pairs = head.query.iter().chain(form);
    let mut pairs: Vec<(&str, &str)> = pairs.map(|pair| (pair.name, pair.value)).collect();
    pairs.sort_unstable();
    let twice = |two: &&[(&str, &str)]| two[0].0 == two[1].0 && two[0].1 != two[1].1;
    if let Some(two) = pairs.windows(2).find(twice) {
        return Some(two[0].0);
    }
    let named = [("Action", "x-acs-action"), ("Version", "x-acs-version")];
    let differ = |(name, header): &(&str, &str)| {
        let said = head.param(name).zip(head.header(*header));
        said.is_some_and(|(one, other)| one != other)
    };
    named.into_iter().find(differ).map(|(name, _)| name)
}

/// `ACS3` leaves the nonce to the service (HTTP triggers of Function Compute have none); these services want it.
fn need_nonce(head: &Head) -> Result<(), Fault> {
    let acs3 = head
        .header("authorization")
        .is_some_and(|a| a.starts_with("ACS3-"));
    let nonce = head
        .header("x-acs-signature-nonce")
        .is_some_and(|n| !n.is_empty());
    if acs3 && !nonce {
        return Err(fault::missing_parameter("SignatureNonce"));
    }
    Ok(())
}

/// A mandatory parameter.
pub(crate) fn need<'a>(head: &'a Head, name: &str) -> Result<&'a str, Fault> {
    given(head, name).ok_or_else(|| fault::missing_parameter(name))
}

/// A parameter that may be left out; an empty one counts as left out.
pub(crate) fn given<'a>(head: &'a Head, name: &str) -> Option<&'a str> {
    head.param(name).filter(|value| !value.is_empty())
}

/// A refusal in the service's words, with its reason.
pub(crate) fn denied<S: Service>(voice: Voice, denial: &Denial<'_, S>) -> Fault {
    let detail = fault::access_denied_detail(denial);
    voice
        .no_permission()
        .with_group("AccessDeniedDetail", detail)
}
