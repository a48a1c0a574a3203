//! OSS V2: what oss2 2.19.1 signs, and what stays refused.
//!
//! The signatures were taken from `oss2.AuthV2` and `oss2.ProviderAuthV2` with the key `id`, the secret `secret`, the
//! clock at 1671526098 and the requests that stand here.

use signature::{Malformed, Placement, Reading, Scheme, Secret, Timing, oss_v2};

use crate::sample::{ALL_OSS, Sample};

const DATE: &str = "Tue, 20 Dec 2022 08:48:18 GMT";

fn verified(sample: &Sample) -> bool {
    let claim = sample.claim(ALL_OSS);
    assert_eq!(claim.scheme, Scheme::OssV2);
    claim
        .verify(&Secret::new("secret"), &sample.signable())
        .is_ok()
}

fn put() -> Sample {
    Sample::new("PUT", "/?acl&x-oss-process=style%2Fa%20b&uploadId=1~%2A")
        .on("bucket", "a b/中.txt")
        .header("content-type", "text/plain")
        .header("content-md5", "m")
        .header("x-oss-meta-b", "2")
        .header("x-oss-meta-a", "1")
        .header("range", "bytes=0-1")
        .header("date", DATE)
}

#[test]
fn headers_as_oss2_signs_them() {
    let expected = "OSS2 AccessKeyId:id,AdditionalHeaders:range,Signature:6jkWXY8Tm+Nw/t/mHVTZOX3w5b16KOp2623twfMdfm0=";
    let sample = put();
    let secret = Secret::new("secret");
    let authorization = oss_v2::sign(&sample.signable(), "id", &secret, &["range"]);
    assert_eq!(authorization, expected);
    assert!(verified(&sample.header("authorization", expected)));
    let list = Sample::new("GET", "/?prefix=p").header("date", DATE);
    let list = list.header(
        "authorization",
        "OSS2 AccessKeyId:id,Signature:Rj74us3agmyhGuub3jJZSBD1siweK6T4EZsROzqdz1s=",
    );
    assert!(verified(&Sample {
        bucket: None,
        key: None,
        ..list
    }));
    let session = Sample::new("GET", "/")
        .on("bucket", "")
        .header("date", DATE)
        .header("host", "h")
        .header("x-oss-security-token", "TOKEN")
        .header(
            "authorization",
            "OSS2 AccessKeyId:id,AdditionalHeaders:host,Signature:zf6lSUk7TU12ogW4y9NzCStLKFbq2p6LTzxYb+cjeEM=",
        );
    assert!(verified(&session));
    let token = session.claim(ALL_OSS).security_token;
    assert_eq!(token.as_deref(), Some("TOKEN"));
}

#[test]
fn urls_as_oss2_signs_them() {
    let url = Sample::new(
        "GET",
        "/?response-content-type=a%2Fb&x-oss-signature-version=OSS2&x-oss-expires=1671529698\
         &x-oss-access-key-id=id&x-oss-additional-headers=range\
         &x-oss-signature=G6yQcuKz4LtswBGo3DfA14Ib9AQ76f30G10gFU9soz8%3D",
    )
    .on("bucket", "a/b");
    let ranged = url.clone().header("range", "bytes=0-1");
    assert!(verified(&ranged));
    assert!(!verified(&url), "the range is signed");
    assert!(!verified(&ranged.clone().parameter("acl", "")));
    let claim = ranged.claim(ALL_OSS);
    assert_eq!(claim.placement, Placement::Query);
    assert!(matches!(claim.timing, Timing::ExpiresAt(at) if at.timestamp() == 1_671_529_698));
}

#[test]
fn the_names_of_the_headers_may_come_in_any_order() {
    let sample = put().header("host", "h");
    let secret = Secret::new("secret");
    let signed = oss_v2::sign(&sample.signable(), "id", &secret, &["range", "host"]);
    assert!(signed.contains("AdditionalHeaders:host;range,"));
    let swapped = signed.replace("host;range", "range;Host");
    assert!(verified(&sample.clone().header("authorization", &swapped)));
    let fewer = signed.replace("host;range", "host");
    assert!(!verified(&sample.header("authorization", &fewer)));
}

#[test]
fn what_cannot_be_read_is_broken() {
    let header = |value: &str| put().header("authorization", value).fault(ALL_OSS);
    let missing = |name| Malformed::MissingAuthorizationItem { name };
    assert_eq!(header("OSS2 Signature:s"), missing("AccessKeyId"));
    assert_eq!(
        header("OSS2 AccessKeyId:,Signature:s"),
        missing("AccessKeyId")
    );
    assert_eq!(header("OSS2 AccessKeyId:a"), missing("Signature"));
    assert_eq!(header("OSS2"), missing("AccessKeyId"));
    assert_eq!(
        header("OSS2 AccessKeyId:a,AdditionalHeaders:,Signature:s"),
        missing("AdditionalHeaders")
    );
    let syntax = Malformed::AuthorizationSyntax {
        item: "AccessKeyIda".to_owned(),
    };
    assert_eq!(header("OSS2 AccessKeyIda,Signature:s"), syntax);
    let name = "UnknownKey".to_owned();
    let unknown = Malformed::UnknownAuthorizationItem { name };
    assert_eq!(
        header("OSS2 AccessKeyId:a,Signature:s,UnknownKey:ABC"),
        unknown
    );

    let url =
        "x-oss-signature-version=OSS2&x-oss-expires=1&x-oss-access-key-id=a&x-oss-signature=s";
    let broken = |from: &str, to: &str| {
        let target = format!("/?{}", url.replace(from, to));
        Sample::new("GET", &target).on("bucket", "k").fault(ALL_OSS)
    };
    for (name, cut) in [
        ("x-oss-expires", "x-oss-expires=1&"),
        ("x-oss-access-key-id", "x-oss-access-key-id=a&"),
        ("x-oss-signature", "&x-oss-signature=s"),
    ] {
        assert_eq!(broken(cut, ""), Malformed::MissingUrlParameter { name });
        let emptied = broken(cut.trim_matches('&'), &format!("{name}="));
        assert_eq!(emptied, Malformed::EmptyUrlParameter { name });
    }
    let value = "soon".to_owned();
    assert_eq!(
        broken("expires=1", "expires=soon"),
        Malformed::BadExpires { value }
    );
}

#[test]
fn a_header_next_to_a_url_is_ambiguous_and_other_schemes_do_not_see_it() {
    let url =
        "/?x-oss-signature-version=OSS2&x-oss-expires=1&x-oss-access-key-id=a&x-oss-signature=s";
    let both = Sample::new("GET", url).header("authorization", "OSS2 AccessKeyId:a,Signature:s");
    assert_eq!(both.fault(ALL_OSS), Malformed::HeaderAndUrl);
    let token = Sample::new("GET", url).header("x-oss-security-token", "t");
    assert_eq!(token.fault(ALL_OSS), Malformed::TokenOutsideUrl);
    let others = [Scheme::Acs3, Scheme::FcV1, Scheme::RoaV1];
    assert!(matches!(both.read(&others), Reading::NotMine));
    assert!(put().is_unsigned(ALL_OSS));
}
