//! Signatures that cannot be read: never anonymous, and each fault on its own.

use signature::{Malformed, Placement, Reading, Scheme};

use crate::sample::{OSS, RPC, Sample};

const DATE: &str = "20221220T084818Z";
const SCOPE: &str = "20221220/cn-hangzhou/oss/aliyun_v4_request";
const COMMON: &[(&str, &str)] = &[
    ("AccessKeyId", "id"),
    ("Signature", "s"),
    ("SignatureMethod", "HMAC-SHA1"),
    ("SignatureVersion", "1.0"),
    ("SignatureNonce", "n"),
    ("Timestamp", "2022-12-20T08:48:18Z"),
];
const URL: &[(&str, &str)] = &[
    ("x-oss-signature-version", "OSS4-HMAC-SHA256"),
    (
        "x-oss-credential",
        "id/20221220/cn-hangzhou/oss/aliyun_v4_request",
    ),
    ("x-oss-date", DATE),
    ("x-oss-expires", "60"),
    ("x-oss-signature", "s"),
];

fn text(text: &str) -> String {
    text.to_owned()
}

fn authorized(authorization: &str) -> Sample {
    Sample::new("GET", "/")
        .header("x-oss-date", DATE)
        .header("authorization", authorization)
}

fn oss(authorization: &str) -> Malformed {
    authorized(authorization).fault(OSS)
}

/// A query of these parameters, one of them changed or, without a value, left out.
fn query(parameters: &[(&str, &str)], changed: &str, to: Option<&str>) -> Sample {
    let kept = parameters
        .iter()
        .filter(|(name, _)| *name != changed || to.is_some());
    kept.fold(Sample::new("GET", "/"), |sample, (name, value)| {
        sample.parameter(name, if *name == changed { to.unwrap() } else { value })
    })
}

#[test]
fn without_a_signature_nobody_is_claimed() {
    for schemes in [OSS, RPC] {
        assert!(Sample::new("GET", "/?acl&prefix=Signature").is_unsigned(schemes));
    }
}

#[test]
fn authorization_headers_of_oss() {
    let unsupported = |value: &str| Malformed::UnsupportedAuthorizationType { value: text(value) };
    for (authorization, fault) in [
        ("", Malformed::EmptyAuthorization),
        ("Basic eA==", unsupported("Basic eA==")),
        (
            "OSS2 AccessKeyId:a,Signature:b",
            unsupported("OSS2 AccessKeyId:a,Signature:b"),
        ),
        ("oss id:sig", unsupported("oss id:sig")),
        (
            "ACS3-HMAC-SHA256 Credential=a",
            unsupported("ACS3-HMAC-SHA256 Credential=a"),
        ),
        ("OSS id: sig", Malformed::AuthorizationItems),
        ("OSS id:sig x", Malformed::AuthorizationItems),
        ("OSS a:b:c", Malformed::AuthorizationItems),
        ("OSS", Malformed::AuthorizationIncomplete),
        ("OSS id", Malformed::AuthorizationIncomplete),
        ("OSS id:", Malformed::AuthorizationIncomplete),
        ("OSS :sig", Malformed::AuthorizationIncomplete),
    ] {
        assert_eq!(oss(authorization), fault, "{authorization}");
    }
    let twice = authorized("OSS a:b").header("authorization", "OSS a:b");
    assert_eq!(twice.fault(OSS), Malformed::RepeatedAuthorization);
}

#[test]
fn the_list_of_v4() {
    let syntax = |item: &str| Malformed::AuthorizationSyntax { item: text(item) };
    for (list, fault) in [
        (
            "",
            Malformed::MissingAuthorizationItem { name: "Credential" },
        ),
        (
            "Credential=,Signature=s",
            Malformed::MissingAuthorizationItem { name: "Credential" },
        ),
        (
            &format!("Credential=id/{SCOPE}"),
            Malformed::MissingAuthorizationItem { name: "Signature" },
        ),
        ("Credential", syntax("Credential")),
        ("Signature=a,Signature=b", syntax("Signature=b")),
        (
            "Credential=a,Extra=b",
            Malformed::UnknownAuthorizationItem {
                name: text("Extra"),
            },
        ),
    ] {
        assert_eq!(oss(&format!("OSS4-HMAC-SHA256 {list}")), fault, "{list}");
    }
}

#[test]
fn the_credential_of_v4_in_either_place() {
    use Placement::{Header, Query};
    type Fault = fn(Placement, String) -> Malformed;
    let cases: &[(&str, &str, Fault)] = &[
        (
            "id/20221220/r/oss",
            "id/20221220/r/oss",
            |placement, value| Malformed::CredentialSyntax { placement, value },
        ),
        (
            "/20221220/r/oss/aliyun_v4_request",
            "/20221220/r/oss/aliyun_v4_request",
            |placement, value| Malformed::CredentialSyntax { placement, value },
        ),
        ("id/2022-12-20/r/oss/abc", "abc", |placement, value| {
            Malformed::CredentialSuffix { placement, value }
        }),
        (
            "id/2022-12-20/r/oss/aliyun_v4_request",
            "2022-12-20",
            |placement, value| Malformed::CredentialDate { placement, value },
        ),
        (
            "id/20221220/r/s3/aliyun_v4_request",
            "s3",
            |placement, value| Malformed::CredentialProduct { placement, value },
        ),
        (
            "id/20221221/r/oss/aliyun_v4_request",
            "20221221",
            |placement, value| Malformed::CredentialDateMismatch { placement, value },
        ),
    ];
    for (credential, value, fault) in cases {
        let header = oss(&format!(
            "OSS4-HMAC-SHA256 Credential={credential},Signature=s"
        ));
        assert_eq!(header, fault(Header, text(value)), "{credential}");
        let url = query(URL, "x-oss-credential", Some(credential)).fault(OSS);
        assert_eq!(url, fault(Query, text(value)), "{credential}");
    }
}

#[test]
fn parameters_of_a_v4_url() {
    for name in [
        "x-oss-signature-version",
        "x-oss-credential",
        "x-oss-date",
        "x-oss-expires",
        "x-oss-signature",
    ] {
        assert_eq!(
            query(URL, name, None).fault(OSS),
            Malformed::MissingUrlParameter { name }
        );
    }
    for name in [
        "x-oss-credential",
        "x-oss-date",
        "x-oss-expires",
        "x-oss-signature",
    ] {
        assert_eq!(
            query(URL, name, Some("")).fault(OSS),
            Malformed::EmptyUrlParameter { name }
        );
    }
    let version = query(URL, "x-oss-signature-version", Some("OSS2")).fault(OSS);
    assert_eq!(
        version,
        Malformed::UnsupportedSignatureVersion {
            value: text("OSS2")
        }
    );
    let date = query(URL, "x-oss-date", Some("2022-12-20T08:48:18Z")).fault(OSS);
    assert_eq!(
        date,
        Malformed::BadDate {
            value: text("2022-12-20T08:48:18Z")
        }
    );
    for value in ["0", "604801", "-1", "+1", "1.5", "x", "1141889120"] {
        let fault = query(URL, "x-oss-expires", Some(value)).fault(OSS);
        assert_eq!(fault, Malformed::BadExpires { value: text(value) });
    }
    assert!(matches!(
        query(URL, "x-oss-expires", Some("604800")).read(OSS),
        Reading::Mine(_)
    ));
}

#[test]
fn the_trio_of_a_v1_url() {
    let trio = &[
        ("OSSAccessKeyId", "id"),
        ("Expires", "1"),
        ("Signature", "s"),
    ];
    for (name, _) in trio {
        assert_eq!(
            query(trio, name, None).fault(OSS),
            Malformed::IncompleteUrlTrio,
            "{name}"
        );
    }
    for value in [
        "",
        "x",
        "1.5",
        "99999999999999999999",
        "9223372036854775807",
    ] {
        let fault = query(trio, "Expires", Some(value)).fault(OSS);
        assert_eq!(fault, Malformed::BadExpires { value: text(value) });
    }
}

#[test]
fn a_header_and_a_url_exclude_each_other() {
    let trio = [
        ("OSSAccessKeyId", "id"),
        ("Expires", "1"),
        ("Signature", "s"),
    ];
    for parameters in [&trio[..], URL] {
        for authorization in ["OSS a:b", "OSS4-HMAC-SHA256 x", "Basic x"] {
            let both = query(parameters, "", None).header("authorization", authorization);
            assert_eq!(both.fault(OSS), Malformed::HeaderAndUrl, "{authorization}");
        }
    }
}

#[test]
fn a_token_has_one_place() {
    let header = authorized("OSS a:b")
        .header("x-oss-security-token", "t")
        .parameter("security-token", "t");
    assert_eq!(header.fault(OSS), Malformed::TokenInHeaderAndUrl);
    let v4 = authorized(&format!(
        "OSS4-HMAC-SHA256 Credential=id/{SCOPE},Signature=s"
    ));
    let v4 = v4
        .header("x-oss-security-token", "t")
        .parameter("x-oss-security-token", "t");
    assert_eq!(v4.fault(OSS), Malformed::TokenInHeaderAndUrl);
    let url = query(URL, "", None).header("x-oss-security-token", "t");
    assert_eq!(url.fault(OSS), Malformed::TokenOutsideUrl);
    assert_eq!(
        url.parameter("x-oss-security-token", "t").fault(OSS),
        Malformed::TokenInHeaderAndUrl
    );
}

#[test]
fn dates_of_oss() {
    let v4 = format!("OSS4-HMAC-SHA256 Credential=id/{SCOPE},Signature=s");
    for authorization in ["OSS a:b", &v4] {
        let none = Sample::new("GET", "/").header("authorization", authorization);
        assert_eq!(none.fault(OSS), Malformed::MissingDate);
        let bad = none.header("date", "yesterday");
        assert_eq!(
            bad.fault(OSS),
            Malformed::BadDate {
                value: text("yesterday")
            }
        );
    }
    let date = "Tue, 20 Dec 2022 08:48:18 GMT";
    let rfc = Sample::new("GET", "/")
        .header("x-oss-date", date)
        .header("authorization", &v4);
    assert_eq!(rfc.fault(OSS), Malformed::BadDate { value: text(date) });
}

#[test]
fn parameters_of_rpc() {
    for (name, _) in COMMON {
        for value in [None, Some("")] {
            assert_eq!(
                query(COMMON, name, value).fault(RPC),
                Malformed::MissingParameter { name },
                "{name}"
            );
        }
    }
    let changed = |name: &str, value: &str| query(COMMON, name, Some(value)).fault(RPC);
    let value = text("x");
    assert_eq!(
        changed("SignatureMethod", "x"),
        Malformed::BadSignatureMethod {
            value: value.clone()
        }
    );
    assert_eq!(
        changed("SignatureVersion", "x"),
        Malformed::BadSignatureVersion {
            value: value.clone()
        }
    );
    assert_eq!(changed("Timestamp", "x"), Malformed::BadTimestamp { value });
    let bearer =
        Sample::new("GET", "/?SignatureType=BEARERTOKEN").header("x-acs-bearer-token", "t");
    assert_eq!(
        bearer.fault(RPC),
        Malformed::BadSignatureType {
            value: text("BEARERTOKEN")
        }
    );
}

#[test]
fn headers_of_acs3() {
    let acs3 = |authorization: &str| {
        Sample::new("GET", "/")
            .header("authorization", authorization)
            .fault(RPC)
    };
    for algorithm in ["ACS3-HMAC-SM3", "ACS3-RSA-SHA256", "ACS3-"] {
        let fault = Malformed::UnsupportedAlgorithm {
            algorithm: text(algorithm),
        };
        assert_eq!(
            acs3(&format!(
                "{algorithm} Credential=a,SignedHeaders=b,Signature=c"
            )),
            fault
        );
    }
    for name in ["Credential", "SignedHeaders", "Signature"] {
        let items = ["Credential", "SignedHeaders", "Signature"]
            .into_iter()
            .filter(|one| *one != name);
        let list: Vec<_> = items.map(|name| format!("{name}=x")).collect();
        let fault = acs3(&format!("ACS3-HMAC-SHA256 {}", list.join(",")));
        assert_eq!(fault, Malformed::MissingAuthorizationItem { name });
    }
    let list = "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=x-acs-date,Signature=c";
    assert_eq!(acs3(list), Malformed::MissingHeader { name: "x-acs-date" });
    let bad = Sample::new("GET", "/")
        .header("authorization", list)
        .header("x-acs-date", "x");
    assert_eq!(bad.fault(RPC), Malformed::BadTimestamp { value: text("x") });
    let twice = Sample::new("GET", "/")
        .header("authorization", list)
        .header("authorization", list);
    assert_eq!(twice.fault(RPC), Malformed::RepeatedAuthorization);
}

#[test]
fn a_foreign_authorization_does_not_hide_an_acs3_one() {
    let list = "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=c";
    let second = Sample::new("GET", "/")
        .header("authorization", "Basic x")
        .header("authorization", list);
    assert_eq!(second.fault(RPC), Malformed::RepeatedAuthorization);
}

#[test]
fn an_empty_token_is_none() {
    let header = authorized("OSS a:b")
        .header("x-oss-security-token", "")
        .parameter("security-token", "");
    assert_eq!(header.claim(OSS).security_token, None);
    let url = query(URL, "", None).parameter("x-oss-security-token", "");
    assert_eq!(url.claim(OSS).security_token, None);
}

#[test]
fn a_broken_header_hides_nothing_behind_it() {
    let sample = query(COMMON, "", None).header("authorization", "ACS3-HMAC-SHA256 junk");
    assert!(matches!(
        sample.fault(RPC),
        Malformed::AuthorizationSyntax { .. }
    ));
    assert!(
        matches!(sample.read(&[Scheme::RpcV1]), Reading::Mine(_)),
        "ACS3 was not asked for"
    );
}
