//! Signatures that are good for some addresses only: `x-oss-ac-subnet-mask` and its kin.
//! <https://help.aliyun.com/zh/oss/developer-reference/ddd-signatures-to-urls>, and the vendor's pages 0002-00000601, 602
//! and 119.
//!
//! The signer puts the network's address into what is signed, as `x-oss-ac-source-ip`. Here that is never taken from the
//! request: it is the address that the request comes from, as far as the mask goes. So a request from elsewhere
//! has another signature. `x-oss-ac-vpc-id` is refused, because nothing here comes from a VPC.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use gateway::{Fault, Head};
use signature::{Plus, Query};

use crate::fault;

const SOURCE: &str = "x-oss-ac-source-ip";
const MASK: &str = "x-oss-ac-subnet-mask";
const FORWARDED: &str = "x-oss-ac-forward-allow";

/// Whether a request names the addresses that it is good for.
pub(crate) fn is_restricted(head: &Head) -> bool {
    head.query.has(SOURCE) || head.query.has(MASK)
}

/// Refuses a mask that is none, and what is neither `true` nor `false`.
pub(crate) fn check(head: &Head) -> Result<(), Fault> {
    if let Some(value) = head.query.first(MASK)
        && bits(value, source(head)).is_none()
    {
        return Err(fault::subnet_mask(value));
    }
    match head.query.first(FORWARDED) {
        None | Some("true" | "false") => Ok(()),
        Some(value) => {
            let message = "The x-oss-ac-forward-allow must be true or false.";
            Err(fault::invalid_argument(message, FORWARDED, value))
        }
    }
}

/// The query as the signer saw it.
pub(crate) fn signed_query(head: &Head) -> Cow<'_, Query> {
    if !is_restricted(head) {
        return Cow::Borrowed(&head.query);
    }
    let from = source(head);
    let mask = head.query.first(MASK);
    let whole = || Some(width(from));
    let Some(bits) = mask.map_or_else(whole, |mask| bits(mask, from)) else {
        return Cow::Borrowed(&head.query);
    };
    let others = head.query.iter().filter(|pair| pair.name != SOURCE);
    let mut pieces: Vec<_> = others.map(|pair| pair.raw).collect();
    let network = format!(
        "{SOURCE}={}",
        signature::encode::component(&network(from, bits))
    );
    pieces.push(&network);
    // These pieces were read before.
    Query::parse(&pieces.join("&"), Plus::Space).map_or(Cow::Borrowed(&head.query), Cow::Owned)
}

/// Where a request comes from: a proxy counts for nobody but itself, unless the signer lets it forward.
fn source(head: &Head) -> IpAddr {
    let forwards = head.query.first(FORWARDED) == Some("true");
    let named = head.header("x-forwarded-for").filter(|_| forwards);
    let first = named.and_then(|list| list.split(',').next());
    let first = first.and_then(|first| first.trim().parse().ok());
    first.unwrap_or(head.peer).to_canonical()
}

fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => Ipv4Addr::BITS,
        IpAddr::V6(_) => Ipv6Addr::BITS,
    }
}

/// The number of ones in a mask.
fn bits(mask: &str, from: IpAddr) -> Option<u32> {
    let digits = mask.bytes().all(|byte| byte.is_ascii_digit());
    let bits = mask.parse().ok().filter(|_| digits);
    bits.filter(|bits| *bits <= width(from))
}

/// An address as far as its first `bits` go.
fn network(address: IpAddr, bits: u32) -> String {
    let gone = width(address) - bits;
    match address {
        IpAddr::V4(address) => {
            let ones = u32::MAX.checked_shl(gone).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & ones).to_string()
        }
        IpAddr::V6(address) => {
            let ones = u128::MAX.checked_shl(gone).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & ones).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(target: &str, peer: &str, forwarded: &str) -> Head {
        let request = http::Request::get(target).header("x-forwarded-for", forwarded);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Head::new(parts, peer.parse().unwrap(), false, &[])
    }

    fn signed(target: &str, peer: &str, forwarded: &str) -> String {
        let head = head(target, peer, forwarded);
        signed_query(&head).raw().to_owned()
    }

    #[test]
    fn the_network_is_that_of_the_request() {
        let at = |mask: &str, peer: &str| signed(&format!("/?{MASK}={mask}"), peer, "");
        for (mask, peer, network) in [
            ("32", "192.168.1.77", "192.168.1.77"),
            ("24", "192.168.1.77", "192.168.1.0"),
            ("12", "192.168.1.77", "192.160.0.0"),
            ("0", "192.168.1.77", "0.0.0.0"),
            ("24", "::ffff:192.168.1.77", "192.168.1.0"),
            ("64", "fd00::1", "fd00%3A%3A"),
        ] {
            assert_eq!(at(mask, peer), format!("{MASK}={mask}&{SOURCE}={network}"));
        }
    }

    #[test]
    fn what_the_request_says_of_its_source_does_not_count() {
        let claimed = format!("/?a=%41&{SOURCE}=10.0.0.1&{MASK}=32&b");
        let expected = format!("a=%41&{MASK}=32&b&{SOURCE}=127.0.0.1");
        assert_eq!(signed(&claimed, "127.0.0.1", "10.0.0.1"), expected);
        let alone = signed(&format!("/?{SOURCE}=10.0.0.1"), "127.0.0.1", "");
        assert_eq!(alone, format!("{SOURCE}=127.0.0.1"));
        assert_eq!(signed("/?a=%41&b", "127.0.0.1", ""), "a=%41&b");
    }

    #[test]
    fn a_proxy_may_forward_if_the_signer_says_so() {
        let by = |allow: &str| {
            let target = format!("/?{MASK}=32&{FORWARDED}={allow}");
            signed(&target, "127.0.0.1", "10.0.0.1, 10.0.0.2")
        };
        assert!(by("true").ends_with("=10.0.0.1"));
        assert!(by("false").ends_with("=127.0.0.1"));
    }

    #[test]
    fn masks_that_are_none() {
        let refused =
            |mask: &str, peer| check(&head(&format!("/?{MASK}={mask}"), peer, "")).is_err();
        for mask in ["33", "65536", "-1", "+1", "", "x", "255.255.0.0"] {
            assert!(refused(mask, "127.0.0.1"), "{mask}");
        }
        assert!(!refused("32", "127.0.0.1") && !refused("0", "127.0.0.1"));
        assert!(!refused("128", "::1") && refused("129", "::1"));
        assert!(check(&head(&format!("/?{FORWARDED}=yes"), "127.0.0.1", "")).is_err());
    }
}
