//! Slips of clients, and that each is found by its signature.

use signature::oss_v4::{self, SigningKey};
use signature::{Query, Scheme, Scope, Secret, acs3, oss_v1, rpc_v1};

use crate::sample::{OSS, RPC, Sample};

const REGIONS: &[&str] = &["cn-beijing", "cn-hangzhou", "cn-shanghai"];

fn secret() -> Secret {
    Secret::new("secret")
}

/// What is found out about a request that does not match.
fn found(schemes: &[Scheme], sample: &Sample) -> String {
    let claim = sample.claim(schemes);
    let request = sample.signable();
    let mismatch = claim.verify(&secret(), &request).expect_err("a slip");
    let hosts = ["photos.oss-cn-hangzhou.aliyuncs.com".to_owned()];
    let found = claim.difference(&secret(), &request, &hosts, REGIONS);
    let found = found.unwrap_or_else(|| panic!("the slip is not found in {claim:?}"));
    assert!(
        found.what.contains("secret")
            || found.string_to_sign != mismatch.string_to_sign
            || found.what.contains("key for"),
        "{found:?}"
    );
    assert_eq!(
        found.canonical_request.is_some(),
        mismatch.canonical_request.is_some()
    );
    found.what
}

type Slip = fn(&mut Sample);

fn v1() -> Sample {
    Sample::new("PUT", "/photos/a%20b/c.txt?acl")
        .on("photos", "a b/c.txt")
        .header("date", "Thu, 01 Jan 2026 00:00:00 GMT")
        .header("content-type", "text/plain")
        .header("x-oss-meta-a", "1")
}

/// Signs what the client thinks that it sends, and sends what it sends.
fn sent_v1(slip: Slip, secret: &Secret) -> Sample {
    let mut thought = v1();
    slip(&mut thought);
    let signature = oss_v1::sign(&thought.signable(), "id", secret);
    v1().header("authorization", &signature)
}

#[test]
fn slips_of_v1() {
    let slips: &[(&str, Slip)] = &[
        ("signed the method GET and sent PUT", |s| {
            s.method = "GET".into();
        }),
        ("did not sign the header content-type", |s| {
            s.headers.remove("content-type");
        }),
        ("did not sign the header x-oss-meta-a", |s| {
            s.headers.remove("x-oss-meta-a");
        }),
        (
            "signed the content-type application/octet-stream and sent text/plain",
            |s| s.set_header("content-type", "application/octet-stream"),
        ),
        ("signed the key percent-encoded", |s| {
            s.key = Some("a%20b/c.txt".into());
        }),
        (
            "did not sign the bucket, which the host names, in front of the key",
            |s| {
                s.bucket = Some("a b".into());
                s.key = Some("c.txt".into());
            },
        ),
        (
            "signed the bucket twice, as if it were part of the key",
            |s| s.key = Some("photos/a b/c.txt".into()),
        ),
        ("did not sign the parameter acl", |s| {
            s.query = Query::default()
        }),
    ];
    for (what, slip) in slips {
        assert_eq!(found(OSS, &sent_v1(*slip, &secret())), *what);
    }
}

#[test]
fn secrets_that_were_copied_badly() {
    for (what, wrong) in [
        ("has a line feed behind the secret", "secret\n"),
        ("has a blank before the secret", " secret"),
        ("has quotation marks around the secret", "\"secret\""),
        ("has an empty secret", ""),
        ("signs with the id of the key instead of its secret", "id"),
    ] {
        assert_eq!(found(OSS, &sent_v1(|_| {}, &Secret::new(wrong))), what);
        assert_eq!(
            found(OSS, &sent_v4(|_| {}, &Secret::new(wrong), "cn-hangzhou")),
            what
        );
        assert_eq!(found(RPC, &sent_acs3(|_| {}, &Secret::new(wrong))), what);
        assert_eq!(found(RPC, &sent_rpc(&Secret::new(wrong))), what);
    }
}

fn v4() -> Sample {
    Sample::new("GET", "/a/b%20c.txt?b=1&a=%2A")
        .on("photos", "a/b c.txt")
        .header("x-oss-date", "20260101T000000Z")
        .header("x-oss-content-sha256", "UNSIGNED-PAYLOAD")
        .header("host", "localhost:4577")
}

fn scope(region: &str) -> Scope {
    Scope {
        date: "20260101".into(),
        region: region.into(),
        product: "oss".into(),
    }
}

/// `region` is the one that the key is derived for.
fn sent_v4(slip: Slip, secret: &Secret, region: &str) -> Sample {
    let mut thought = v4();
    slip(&mut thought);
    let request = thought.signable();
    let key = SigningKey::derive(secret, scope(region));
    let signed = oss_v4::sign(&request, "id", &key, &["host"]);
    let signed = signed.replace(region, "cn-hangzhou");
    v4().header("authorization", &signed)
}

#[test]
fn slips_of_v4() {
    let slips: &[(&str, Slip)] = &[
        ("signed the method PUT and sent GET", |s| {
            s.method = "PUT".into();
        }),
        (
            "signed the host photos.oss-cn-hangzhou.aliyuncs.com and sent localhost:4577",
            |s| s.set_header("host", "photos.oss-cn-hangzhou.aliyuncs.com"),
        ),
        ("signed the host localhost and sent localhost:4577", |s| {
            s.set_header("host", "localhost");
        }),
        ("did not sign the header x-oss-content-sha256", |s| {
            // Without the header, what is signed in its place is the same text.
            s.headers.remove("x-oss-content-sha256");
        }),
        ("signed no key", |s| s.key = None),
    ];
    for (what, slip) in slips {
        let sample = sent_v4(*slip, &secret(), "cn-hangzhou");
        assert_eq!(found(OSS, &sample), *what);
    }
    let sample = sent_v4(|_| {}, &secret(), "cn-beijing");
    assert_eq!(
        found(OSS, &sample),
        "signed for the region cn-beijing and wrote cn-hangzhou into the scope"
    );
}

/// A V4 request whose client writes its canonical request in its own way.
fn spelt_v4(spell: fn(String) -> String, derived_for: &str) -> Sample {
    let sample = v4();
    let canonical = spell(oss_v4::canonical_request(&sample.signable(), &["host"]));
    let key = SigningKey::derive(&secret(), scope(derived_for));
    let text = oss_v4::string_to_sign("20260101T000000Z", &scope("cn-hangzhou"), &canonical);
    let list = format!(
        "OSS4-HMAC-SHA256 Credential=id/{},AdditionalHeaders=host,Signature={}",
        scope("cn-hangzhou"),
        key.sign(&text)
    );
    sample.header("authorization", &list)
}

#[test]
fn spellings_of_v4() {
    for (what, spell) in [
        (
            "did not sort the parameters",
            (|text| text.replace("a=%2A&b=1", "b=1&a=%2A")) as fn(String) -> String,
        ),
        ("left a * as it is instead of %2A", |text| {
            text.replace("%2A", "*")
        }),
        ("wrote the slashes of the key as %2F", |text| {
            text.replace("/photos/a/b", "/photos/a%2Fb")
        }),
        (
            "did not sign the bucket, which the host names, in front of the key",
            |text| text.replace("/photos/a/b", "/a/b"),
        ),
        ("has a line feed behind what it signs", |text| text + "\n"),
    ] {
        assert_eq!(found(OSS, &spelt_v4(spell, "cn-hangzhou")), what);
    }
    assert_eq!(
        found(OSS, &spelt_v4(|text| text, "cn-shanghai")),
        "derived its key for the region cn-shanghai, and named cn-hangzhou in the scope"
    );
}

fn acs3() -> Sample {
    Sample::new("POST", "/?b=1%202&a=x%2Ay")
        .header("host", "ram.aliyuncs.com")
        .header("x-acs-action", "ListUsers")
        .header("x-acs-date", "2026-01-01T00:00:00Z")
        .header("x-acs-signature-nonce", "n")
}

const SIGNED: &[&str] = &[
    "host",
    "x-acs-action",
    "x-acs-date",
    "x-acs-signature-nonce",
];

fn sent_acs3(slip: Slip, secret: &Secret) -> Sample {
    let mut thought = acs3();
    slip(&mut thought);
    let signed = acs3::sign(&thought.signable(), "id", secret, SIGNED);
    acs3().header("authorization", &signed)
}

#[test]
fn slips_of_acs3() {
    let slips: &[(&str, Slip)] = &[
        ("signed the method GET and sent POST", |s| {
            s.method = "GET".into();
        }),
        (
            "signed the host photos.oss-cn-hangzhou.aliyuncs.com and sent ram.aliyuncs.com",
            |s| s.set_header("host", "photos.oss-cn-hangzhou.aliyuncs.com"),
        ),
        ("signed none of the parameters", |s| {
            s.query = Query::default()
        }),
        ("did not sign the parameter b", |s| {
            s.query = Query::from_pairs([("a", "x*y")]);
        }),
    ];
    for (what, slip) in slips {
        assert_eq!(found(RPC, &sent_acs3(*slip, &secret())), *what);
    }
}

fn rpc() -> Sample {
    let fields = "Action=ListUsers&Version=2015-05-01&AccessKeyId=id&SignatureMethod=HMAC-SHA1\
                  &SignatureVersion=1.0&SignatureNonce=n&Timestamp=2026-01-01T00%3A00%3A00Z&Marker=a%2Ab%2Fc";
    Sample::new("GET", &format!("/?{fields}"))
}

fn with_signature(signature: &str) -> Sample {
    let mut sample = rpc();
    sample.query.push("Signature", signature);
    sample
}

fn sent_rpc(secret: &Secret) -> Sample {
    with_signature(&rpc_v1::sign(&rpc().signable(), secret))
}

#[test]
fn slips_of_rpc() {
    let mut posted = rpc();
    posted.method = "POST".into();
    let sample = with_signature(&rpc_v1::sign(&posted.signable(), &secret()));
    assert_eq!(found(RPC, &sample), "signed the method POST and sent GET");
    let mut odd = rpc();
    odd.query.push("Extra", "1");
    let signature = rpc_v1::sign(&rpc().signable(), &secret());
    odd.query.push("Signature", &signature);
    assert_eq!(found(RPC, &odd), "did not sign the parameter Extra");
    let form = odd.query.raw().to_owned();
    let mut posted = Sample::new("POST", "/").form(rpc().query.raw());
    let signature = rpc_v1::sign(&posted.signable(), &secret());
    posted = Sample::new("POST", "/")
        .form(&form.replace(odd.query.iter().last().map_or("", |pair| pair.raw), ""));
    posted.query.push("Signature", &signature);
    assert_eq!(found(RPC, &posted), "did not sign the parameter Extra");
}

#[test]
fn another_secret_is_no_slip() {
    let sample = sent_rpc(&Secret::new("quite another"));
    let claim = sample.claim(RPC);
    assert_eq!(
        claim.difference(&secret(), &sample.signable(), &[], REGIONS),
        None
    );
}

/// An RPC request whose client encodes its parameters only once, and leaves some characters alone.
#[test]
fn spellings_of_rpc() {
    let canonical = |sample: &Sample| {
        let text = rpc_v1::string_to_sign(&sample.signable());
        text.rsplit('&').next().unwrap().to_owned()
    };
    for (what, spell) in [
        (
            "left a * as it is instead of %2A",
            (|text| text.replace("%252A", "%2A")) as fn(String) -> String,
        ),
        ("did not encode the sorted parameters again", |text| {
            text.replace("%3D", "=")
                .replace("%26", "&")
                .replace("%25", "%")
        }),
        (
            "left the slashes of parameters as they are instead of %2F",
            |text| text.replace("%252F", "%2F"),
        ),
    ] {
        let text = format!("GET&%2F&{}", spell(canonical(&rpc())));
        let key = format!("{}&", secret().expose());
        let sample = with_signature(&hmac_sha1(&key, &text));
        assert_eq!(found(RPC, &sample), what);
    }
}

fn hmac_sha1(key: &str, text: &str) -> String {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    base64::prelude::BASE64_STANDARD.encode(mac.finalize().into_bytes())
}
