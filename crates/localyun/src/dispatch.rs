//! Which service a request is for (design.md §4): the host first, and on a bare host the form of the request.

use std::sync::Arc;

use bytes::Bytes;
use gateway::host::Family;
use gateway::{Body, Head, Response, ResponseBody, rpc, serve};
use http::{HeaderValue, StatusCode, header};

use crate::{Cloud, metadata};

/// Who answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destination {
    /// LocalYun itself: the admin API.
    Own,
    /// OSS.
    Oss,
    /// STS, RAM, IMS, Location or billing, by the API version.
    Rpc,
    /// Function Compute.
    Fc,
    /// The metadata service of ECS.
    Metadata,
    /// A host that is not part of the emulated cloud.
    Foreign,
}

impl Destination {
    /// Reads the destination off a request's head.
    pub(crate) fn of(head: &Head) -> Self {
        if metadata::is_meant(head) {
            return Self::Metadata;
        }
        match head.endpoint.family {
            Family::Oss => Self::Oss,
            Family::Sts | Family::Ram | Family::Ims | Family::Location | Family::Bss => Self::Rpc,
            Family::Fc | Family::FcApp => Self::Fc,
            Family::Foreign => Self::Foreign,
            Family::Bare if head.endpoint.bucket.is_some() => Self::Oss,
            Family::Bare => Self::on_bare_host(head),
        }
    }

    /// An OSS signature always means OSS, whatever the path or the parameters look like. It is looked for last: hardly a
    /// request of OSS looks like another service's.
    fn on_bare_host(head: &Head) -> Self {
        let other = if head.path == "/_localyun" || head.path.starts_with("/_localyun/") {
            return Self::Own;
        } else if is_fc_path(head) {
            Self::Fc
        } else if rpc::is_call(head) {
            Self::Rpc
        } else {
            return Self::Oss;
        };
        match has_oss_signature(head) {
            true => Self::Oss,
            false => other,
        }
    }
}

fn has_oss_signature(head: &Head) -> bool {
    let header = head
        .header(header::AUTHORIZATION)
        .is_some_and(|a| a.starts_with("OSS"));
    let in_query = [
        "OSSAccessKeyId",
        "x-oss-signature",
        "x-oss-signature-version",
    ];
    header || in_query.iter().any(|name| head.query.has(name))
}

/// `2016-08-15` and its successors are valid bucket names too, so the signature form must agree. Functions that have an
/// HTTP trigger are called by browsers too, which sign nothing.
fn is_fc_path(head: &Head) -> bool {
    let path = head.path.trim_start_matches('/');
    let version = matches!(
        path.get(..10),
        Some("2016-08-15" | "2021-04-06" | "2023-03-30")
    ) && matches!(path.as_bytes().get(10), None | Some(b'/'));
    let signed = || {
        head.header(header::AUTHORIZATION).is_some_and(|a| {
            a.starts_with("ACS3-") || a.starts_with("FC ") || a.starts_with("acs ")
        })
    };
    version && (signed() || signature::fc_v1::is_trigger(&head.path))
}

/// Answers one request to a service. The admin API is not one; it has been taken out before.
pub(crate) async fn dispatch(
    cloud: &Cloud,
    destination: Destination,
    head: Arc<Head>,
    body: Body,
) -> Response {
    match destination {
        Destination::Oss => serve(&cloud.gateway, &cloud.oss, head, body, None).await,
        // In a box, so that calls of OSS need not carry the room for it.
        Destination::Rpc => Box::pin(rpc(cloud, head, body)).await,
        Destination::Fc => Box::pin(serve(&cloud.gateway, &cloud.fc, head, body, None)).await,
        Destination::Metadata => metadata::answer(cloud, &head).await,
        Destination::Foreign | Destination::Own => {
            let text = format!(
                "localyun: the host `{}` is not part of the emulated cloud. Use a host of aliyuncs.com, the \
                 server's address, or start it with --host {}",
                head.host, head.host
            );
            refuse(StatusCode::FORBIDDEN, text)
        }
    }
}

/// Nobody else has the head yet, so it can take the form in.
async fn rpc(cloud: &Cloud, mut head: Arc<Head>, body: Body) -> Response {
    let Some(own) = Arc::get_mut(&mut head) else {
        let text = "localyun: the request is in use already";
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, text);
    };
    // What cannot be read is refused by the service in its own words, which clients can read.
    let payload = rpc::fold(own, body).await.unwrap_or_else(|error| {
        own.bad_query = Some(error.to_string());
        Bytes::new()
    });
    call(cloud, head, payload).await
}

/// An unknown version goes to STS too, which refuses it in the words of the real service.
async fn call(cloud: &Cloud, head: Arc<Head>, payload: Bytes) -> Response {
    let family = match head.endpoint.family {
        Family::Bare => match rpc::version(&head) {
            Some(identity::RAM_VERSION) => Family::Ram,
            Some(identity::IMS_VERSION) => Family::Ims,
            Some(identity::LOCATION_VERSION) => Family::Location,
            Some(identity::BSS_VERSION) => Family::Bss,
            _ => Family::Sts,
        },
        family => family,
    };
    let body = Body::from_bytes(Bytes::new());
    match family {
        Family::Ram => serve(&cloud.gateway, &cloud.ram, head, body, Some(payload)).await,
        Family::Ims => serve(&cloud.gateway, &cloud.ims, head, body, Some(payload)).await,
        Family::Location => serve(&cloud.gateway, &cloud.location, head, body, Some(payload)).await,
        Family::Bss => serve(&cloud.gateway, &cloud.bss, head, body, Some(payload)).await,
        _ => serve(&cloud.gateway, &cloud.sts, head, body, Some(payload)).await,
    }
}

/// A refusal by LocalYun itself, for people to read.
pub(crate) fn refuse(status: StatusCode, text: impl Into<String>) -> Response {
    let mut text: String = text.into();
    text.push('\n');
    let mut response = Response::new(ResponseBody::full(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(target: &str, authorization: &str) -> Destination {
        let request = http::Request::get(target)
            .header("host", "127.0.0.1:4577")
            .header("authorization", authorization);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Destination::of(&Head::new(parts, [127, 0, 0, 1].into(), false, &[]))
    }

    #[test]
    fn a_bare_host_is_told_by_path_and_signature() {
        assert_eq!(of("/_localyun/health", "OSS a:b"), Destination::Own);
        assert_eq!(of("/_localyun-not", ""), Destination::Oss);
        assert_eq!(of("/2016-08-15/services", "FC a:b"), Destination::Fc);
        assert_eq!(of("/2023-03-30", "ACS3-HMAC-SHA256 a"), Destination::Fc);
        assert_eq!(of("/2016-08-15/proxy/s/f/", ""), Destination::Fc);
        for other in ["", "OSS a:b", "OSS4-HMAC-SHA256 a"] {
            assert_eq!(of("/2016-08-15/key", other), Destination::Oss, "{other}");
        }
        assert_eq!(of("/2016-08-15x/key", "FC a:b"), Destination::Oss);
        assert_eq!(of("/2016-08-1\u{e9}", "FC a:b"), Destination::Oss);
        assert_eq!(of("/?Action=ListUsers", ""), Destination::Rpc);
        assert_eq!(of("/?Action=a", "OSS a:b"), Destination::Oss);
        let signed = "/?Action=a&x-oss-signature=b";
        assert_eq!(of(signed, ""), Destination::Oss);
        assert_eq!(of("/b?Action=a", "ACS3-HMAC-SHA256 a"), Destination::Oss);
    }
}
