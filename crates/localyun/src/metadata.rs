//! The door to the metadata service of ECS: its own listener, and its address as the host of a request to the main
//! one (which is what a client sends that has the main one as its proxy).

use std::net::{IpAddr, SocketAddr};

use gateway::host::Family;
use gateway::{Head, Response};
use http::StatusCode;
use identity::metadata::ADDRESS;

use crate::Cloud;
use crate::admin::is_from_a_page;
use crate::dispatch::refuse;

/// Whether a request to the main listener is for the metadata service.
pub(crate) fn is_meant(head: &Head) -> bool {
    let Some(rest) = head.host.strip_prefix(ADDRESS) else {
        return false;
    };
    match rest.strip_prefix(':') {
        Some(port) => port.bytes().all(|b| b.is_ascii_digit()),
        None => rest.is_empty(),
    }
}

/// Answers a request, wherever it came in. Web pages get nothing: neither those that say who they are, nor those whose
/// own name was made to lead here.
pub(crate) async fn answer(cloud: &Cloud, head: &Head) -> Response {
    let endpoint = &head.endpoint;
    if endpoint.family != Family::Bare || endpoint.bucket.is_some() {
        let text = format!(
            "localyun: the metadata service does not answer as `{}`, but as {ADDRESS}, by its address, or by a name \
             given with --host",
            head.host
        );
        return refuse(StatusCode::FORBIDDEN, text);
    }
    if is_from_a_page(head) {
        let text = "localyun: the metadata service does not answer to web pages";
        return refuse(StatusCode::FORBIDDEN, text);
    }
    cloud
        .metadata
        .answer(head, &cloud.gateway.clock.now())
        .await
}

/// Whether only this machine, or what shares its network, gets to a listener here: the address of the real service is
/// not routed.
pub(crate) fn is_near(listener: SocketAddr) -> bool {
    let ip = listener.ip();
    ip.is_loopback() || ADDRESS.parse::<IpAddr>() == Ok(ip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn head(host: &str) -> Head {
        let request = http::Request::get("/latest/").header("host", host);
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        Head::new(
            parts,
            [127, 0, 0, 1].into(),
            false,
            &["localyun".to_owned()],
        )
    }

    #[test]
    fn only_its_own_address_is_its_own() {
        for own in ["100.100.100.200", "100.100.100.200:80", "100.100.100.200:"] {
            assert!(is_meant(&head(own)), "{own}");
        }
        for other in [
            "",
            "127.0.0.1:4577",
            "localyun",
            "100.100.100.200.example.com",
            "x.100.100.100.200",
            "100.100.100.20",
            "100.100.100.200:80:80",
        ] {
            assert!(!is_meant(&head(other)), "{other}");
        }
    }

    #[test]
    fn near_is_what_is_not_routed() {
        let near = |address: &str| is_near(address.parse().expect("an address"));
        assert!(near("127.0.0.1:80") && near("[::1]:80") && near("100.100.100.200:80"));
        assert!(!near("0.0.0.0:80") && !near("[::]:80") && !near("192.168.0.1:80"));
    }

    proptest! {
        #[test]
        fn strangers_hosts_are_not_its_own(host in "[0-9a-z.:-]{0,24}") {
            let own = host == ADDRESS || host.strip_prefix(ADDRESS).is_some_and(|rest| {
                rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
            });
            prop_assert_eq!(is_meant(&head(&host)), own);
        }
    }
}
