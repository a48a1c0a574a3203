//! ACS3: the list of signed headers, the body's hash, and clients that do not sort or encode.

use signature::{Malformed, Secret, acs3};

use crate::sample::{RPC, Sample};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const NAMES: &[&str] = &["host", "x-acs-date", "x-acs-signature-nonce"];

fn secret() -> Secret {
    Secret::new("secret")
}

fn post(target: &str) -> Sample {
    Sample::new("POST", target)
        .header("host", "http://127.0.0.1:4566")
        .header("x-acs-date", "2022-12-20T08:48:18Z")
        .header("x-acs-signature-nonce", "n")
}

fn signed(mut sample: Sample, names: &[&str]) -> Sample {
    sample.set_header(
        "authorization",
        &acs3::sign(&sample.signable(), "id", &secret(), names),
    );
    sample
}

fn accepted(sample: &Sample) -> bool {
    sample
        .claim(RPC)
        .verify(&secret(), &sample.signable())
        .is_ok()
}

/// Sends a canonical request of the test's own making.
fn accepts(mut sample: Sample, query: &str) -> bool {
    let canonical = acs3::canonical_request(&sample.signable(), NAMES);
    let ours = canonical.lines().nth(2).unwrap().to_owned();
    let theirs = canonical.replacen(&ours, query, 1);
    let signature = hex_hmac(&acs3::string_to_sign(&theirs));
    let names = NAMES.join(";");
    sample.set_header(
        "authorization",
        &format!("ACS3-HMAC-SHA256 Credential=id,SignedHeaders={names},Signature={signature}"),
    );
    accepted(&sample)
}

fn hex_hmac(message: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"secret").unwrap();
    mac.update(message.as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn the_host_is_signed_byte_for_byte() {
    let mut sample = signed(post("/").body(b""), NAMES);
    assert!(accepted(&sample));
    sample.set_header("host", "127.0.0.1:4566");
    assert!(!accepted(&sample));
}

#[test]
fn the_clients_list_says_what_is_signed() {
    let names = [
        "accept",
        "host",
        "user-agent",
        "x-acs-date",
        "x-acs-signature-nonce",
    ];
    let sample = post("/")
        .body(b"")
        .header("accept", "a")
        .header("user-agent", "u")
        .header("range", "r");
    let mut sample = signed(sample, &names);
    sample.set_header("range", "other");
    assert!(accepted(&sample));
    sample.set_header("user-agent", "other");
    assert!(!accepted(&sample));
}

#[test]
fn an_x_acs_header_has_to_be_signed() {
    let sample = signed(post("/").body(b""), &["host", "x-acs-signature-nonce"]);
    assert_eq!(
        sample.fault(RPC),
        Malformed::UnsignedHeader {
            name: "x-acs-date".to_owned()
        }
    );
}

#[test]
fn several_values_are_sorted_and_joined() {
    let sample = post("/")
        .header("x-acs-b", "2")
        .header("x-acs-b", " 1 ")
        .body(b"");
    let canonical = acs3::canonical_request(&sample.signable(), &["x-acs-b", "host"]);
    assert_eq!(
        canonical,
        format!("POST\n/\n\nhost:http://127.0.0.1:4566\nx-acs-b:1,2\n\nhost;x-acs-b\n{EMPTY}")
    );
}

#[test]
fn names_may_be_unencoded_and_unsorted() {
    let target = "/?b%2Fb=1&a=x+y&c=";
    let strict = "a=x%20y&b%2Fb=1&c=";
    let canonical = acs3::canonical_request(&post(target).body(b"").signable(), NAMES);
    assert_eq!(canonical.lines().nth(2), Some(strict));
    for query in [
        strict,
        "a=x%20y&b/b=1&c=",
        "b%2Fb=1&a=x%20y&c=",
        "b/b=1&a=x%20y&c=",
    ] {
        assert!(accepts(post(target).body(b""), query), "{query}");
    }
    assert!(!accepts(post(target).body(b""), "c=&b%2Fb=1&a=x%20y"));
}

#[test]
fn the_declared_hash_has_to_be_the_bodys() {
    let names = [
        "host",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
    ];
    let honest = signed(
        post("/").header("x-acs-content-sha256", EMPTY).body(b""),
        &names,
    );
    assert!(accepted(&honest));
    let exchanged = Sample {
        body: Some(b"other".to_vec()),
        ..honest.clone()
    };
    assert!(!accepted(&exchanged));
    let lying = signed(
        post("/")
            .header("x-acs-content-sha256", EMPTY)
            .body(b"other"),
        &names,
    );
    assert!(
        !accepted(&lying),
        "the signature is over the true hash, the header says another one"
    );
    let streamed = Sample {
        body: None,
        ..honest
    };
    assert!(accepted(&streamed));
    assert_eq!(streamed.claim(RPC).content_sha256(), Some(EMPTY));
}

#[test]
fn without_a_declared_hash_only_a_streamed_body_is_taken_for_empty() {
    let trigger = signed(post("/").body(b""), NAMES);
    assert!(accepted(&Sample {
        body: None,
        ..trigger.clone()
    }));
    assert!(!accepted(&Sample {
        body: Some(b"x".to_vec()),
        ..trigger
    }));
}

/// As `alibabacloud_openapi_util` 0.2.4 signs it, used as the documents for triggers say.
#[test]
fn the_documents_own_way_for_triggers() {
    let names = "x-acs-date;x-acs-security-token";
    let signature = "d7f72c2df9629d41821ba28923fe041cfb8a017db5612924dd1f14cfc78818e5";
    let sample = Sample::new("POST", "/a$b?foo=b%20r")
        .header("x-acs-date", "2026-11-22T10:00:00Z")
        .header("x-acs-security-token", "")
        .header(
            "authorization",
            &format!(
                "ACS3-HMAC-SHA256 Credential=AKIDEXAMPLE,SignedHeaders={names},Signature={signature}"
            ),
        );
    let good = |sample: &Sample| {
        let secret = Secret::new("SECRETEXAMPLE");
        let claim = sample.claim(RPC);
        claim.verify(&secret, &sample.signable()).is_ok()
    };
    assert!(good(&sample));
    assert!(
        !good(&sample.clone().body(b"")),
        "a body that is here is hashed"
    );
    let declared = sample.header("x-acs-content-sha256", EMPTY);
    assert!(matches!(
        declared.fault(RPC),
        Malformed::UnsignedHeader { .. }
    ));
}

#[test]
fn the_path_is_signed_as_on_the_wire() {
    let sample = post("/2023-03-30/functions/a%2fb/invocations").body(b"");
    let canonical = acs3::canonical_request(&sample.signable(), NAMES);
    assert_eq!(
        canonical.lines().nth(1),
        Some("/2023-03-30/functions/a%2fb/invocations")
    );
}

#[test]
fn token_and_nonce_are_headers() {
    let sample = post("/").header("x-acs-security-token", "t").body(b"");
    let claim = signed(
        sample,
        &[
            "x-acs-date",
            "x-acs-security-token",
            "x-acs-signature-nonce",
        ],
    )
    .claim(RPC);
    assert_eq!(
        (claim.security_token.as_deref(), claim.nonce.as_deref()),
        (Some("t"), Some("n"))
    );
    assert!(!format!("{claim:?}").contains("\"t\""));
}
