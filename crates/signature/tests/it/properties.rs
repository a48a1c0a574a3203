//! What holds for every request.

use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use signature::oss_v4::SigningKey;
use signature::{Plus, Query, Reading, Scheme, Scope, Secret};
use signature::{acs3, fc_v1, oss_v1, oss_v2, oss_v4, roa_v1, rpc_v1};

use crate::sample::{ALL_OSS, FC, RPC, Sample};

const ALL: &[Scheme] = &[
    Scheme::OssV1,
    Scheme::OssV2,
    Scheme::OssV4,
    Scheme::Acs3,
    Scheme::RoaV1,
    Scheme::FcV1,
    Scheme::RpcV1,
];
const FIRM: &[&str] = &[
    "acl",
    "uploadId",
    "versionId",
    "response-content-type",
    "x-oss-process",
    "tagging",
];

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_671_526_098, 0).unwrap()
}

fn key(secret: &Secret) -> SigningKey {
    let text = |text: &str| text.to_owned();
    let scope = Scope {
        date: text("20221220"),
        region: text("cn-hangzhou"),
        product: text("oss"),
    };
    SigningKey::derive(secret, scope)
}

prop_compose! {
    /// Parameters with unlike names, so that none is overlooked as the repetition of another one.
    fn parameters()(pairs in vec((".{1,8}", ".{0,12}"), 0..6)) -> Vec<(String, String)> {
        pairs.into_iter().enumerate().map(|(index, (name, value))| (format!("{index}{name}"), value)).collect()
    }
}

prop_compose! {
    fn requests()(
        method in "GET|PUT|POST|HEAD|DELETE",
        bucket in "[a-z0-9][a-z0-9-]{1,20}[a-z0-9]",
        key in ".{1,30}",
        parameters in parameters(),
        firm in vec((0..FIRM.len(), ".{1,10}"), 1..4),
        headers in vec(("[a-z]{1,8}", "[!-~]([ -~]{0,12}[!-~])?"), 1..5),
        body in vec(any::<u8>(), 0..64),
    ) -> Sample {
        let mut sample = Sample::new(&method, "/path").on(&bucket, &key).body(&body);
        for (index, value) in firm {
            if !sample.query.has(FIRM[index]) {
                sample.query.push(FIRM[index], &value);
            }
        }
        parameters.into_iter().for_each(|(name, value)| sample.query.push(&name, &value));
        headers.iter().for_each(|(name, value)| sample.add_header(&format!("x-oss-meta-{name}"), value.as_bytes()));
        sample.add_header("content-type", b"text/plain");
        sample.add_header("host", b"127.0.0.1:4577");
        sample
    }
}

/// The ways to sign a request.
#[derive(Clone, Copy, Debug)]
enum Way {
    V1Header,
    V1Url,
    V2Header,
    V2Url,
    V4Header,
    V4Url,
    Rpc,
    Acs3,
    Roa,
    FcHeader,
    FcUrl,
}

const WAYS: [Way; 11] = [
    Way::V1Header,
    Way::V1Url,
    Way::V2Header,
    Way::V2Url,
    Way::V4Header,
    Way::V4Url,
    Way::Rpc,
    Way::Acs3,
    Way::Roa,
    Way::FcHeader,
    Way::FcUrl,
];

/// What is signed of Function Compute's own headers, and where its query is signed.
fn for_functions(mut sample: Sample) -> Sample {
    sample.path = "/2016-08-15/proxy/service/function/".to_owned();
    let headers = sample.headers.clone();
    for (name, value) in &headers {
        if let Some(name) = name.as_str().strip_prefix("x-oss-meta-") {
            sample.add_header(&format!("x-fc-{name}"), value.as_bytes());
            sample.add_header(&format!("x-acs-{name}"), value.as_bytes());
        }
    }
    sample
}

const DATE: &[u8] = b"Tue, 20 Dec 2022 08:48:18 GMT";
const UNTIL: i64 = 2_000_000_000;

fn sign(way: Way, sample: Sample, secret: &Secret) -> Sample {
    match way {
        Way::V1Url | Way::V2Url | Way::V4Url | Way::FcUrl => sign_url(way, sample, secret),
        Way::Rpc => sign_form(sample, secret),
        _ => sign_header(way, sample, secret),
    }
}

fn sign_header(way: Way, mut sample: Sample, secret: &Secret) -> Sample {
    if matches!(way, Way::Roa | Way::FcHeader) {
        sample = for_functions(sample);
    }
    match way {
        Way::V4Header => sample.add_header("x-oss-date", b"20221220T084818Z"),
        Way::Acs3 => sample.add_header("x-acs-date", b"2022-12-20T08:48:18Z"),
        _ => sample.add_header("date", DATE),
    }
    if matches!(way, Way::Roa) {
        sample.add_header("x-acs-signature-method", b"HMAC-SHA1");
        sample.add_header("x-acs-signature-version", b"1.0");
    }
    let request = sample.signable();
    let authorization = match way {
        Way::V1Header => oss_v1::sign(&request, "id", secret),
        Way::V2Header => oss_v2::sign(&request, "id", secret, &["Host"]),
        Way::V4Header => oss_v4::sign(&request, "id", &key(secret), &["host"]),
        Way::Roa => roa_v1::sign(&request, "id", secret),
        Way::FcHeader => fc_v1::sign(&request, "id", secret),
        _ => {
            let names: Vec<_> = sample.headers.keys().map(|name| name.as_str()).collect();
            acs3::sign(&request, "id", secret, &names)
        }
    };
    sample.set_header("authorization", &authorization);
    sample
}

fn sign_url(way: Way, mut sample: Sample, secret: &Secret) -> Sample {
    if matches!(way, Way::FcUrl) {
        sample = for_functions(sample);
    }
    let request = sample.signable();
    let parameters = match way {
        Way::V1Url => oss_v1::presign(&request, "id", secret, UNTIL).to_vec(),
        Way::V2Url => oss_v2::presign(&request, "id", secret, &["host"], UNTIL),
        Way::V4Url => oss_v4::presign(&request, "id", &key(secret), &["host"], at(), 60),
        _ => fc_v1::presign(&request, "id", secret, UNTIL).to_vec(),
    };
    for (name, value) in parameters {
        sample.query.push(name, &value);
    }
    sample
}

fn sign_form(sample: Sample, secret: &Secret) -> Sample {
    let common = "AccessKeyId=id&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=n\
                  &Timestamp=2022-12-20T08:48:18Z";
    let mut sample = sample.form(common);
    let signature = rpc_v1::sign(&sample.signable(), secret);
    sample.query.push("Signature", &signature);
    sample
}

fn schemes(way: Way) -> &'static [Scheme] {
    match way {
        Way::V1Header | Way::V1Url | Way::V2Header | Way::V2Url | Way::V4Header | Way::V4Url => {
            ALL_OSS
        }
        Way::Roa | Way::FcHeader | Way::FcUrl => FC,
        Way::Rpc | Way::Acs3 => RPC,
    }
}

fn accepted(way: Way, sample: &Sample, secret: &Secret) -> bool {
    match sample.read(schemes(way)) {
        Reading::Mine(claim) => claim.verify(secret, &sample.signable()).is_ok(),
        Reading::NotMine | Reading::Broken(_) => false,
    }
}

/// Another text that differs in one character.
fn flipped(text: &str, at: &Index) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    match characters.is_empty() {
        true => characters.push('a'),
        false => {
            let at = at.index(characters.len());
            characters[at] = if characters[at] == 'a' { 'b' } else { 'a' };
        }
    }
    characters.into_iter().collect()
}

/// A query in which one value is another one.
fn with_value(query: &Query, position: usize, value: &str) -> Query {
    let pairs = query.iter().enumerate().map(|(index, pair)| {
        let value = if index == position { value } else { pair.value };
        (pair.name, value)
    });
    Query::from_pairs(pairs)
}

fn is_signed_parameter(way: Way, name: &str) -> bool {
    match way {
        Way::V1Header | Way::V1Url => {
            FIRM.contains(&name) || ["OSSAccessKeyId", "Expires", "Signature"].contains(&name)
        }
        // Read as the key's id, which the caller looks up; no other change goes unnoticed.
        Way::V2Url | Way::FcUrl => !name.ends_with("-access-key-id"),
        _ => true,
    }
}

fn flip_parameter(way: Way, sample: &mut Sample, which: &Index, at: &Index) {
    let signed: Vec<usize> = sample
        .query
        .iter()
        .enumerate()
        .filter(|(_, pair)| is_signed_parameter(way, pair.name) && pair.name != "OSSAccessKeyId")
        .map(|(position, _)| position)
        .collect();
    let position = signed[which.index(signed.len())];
    let value = sample.query.iter().nth(position).unwrap().value.to_owned();
    sample.query = with_value(&sample.query, position, &flipped(&value, at));
}

fn flip_header(way: Way, sample: &mut Sample, which: &Index, at: &Index) {
    let prefix = match way {
        Way::Roa => "x-acs-",
        Way::FcHeader | Way::FcUrl => "x-fc-",
        _ => "x-oss-meta-",
    };
    let mut names: Vec<_> = sample.headers.keys().cloned().collect();
    names.retain(|name| name.as_str().starts_with(prefix) || name == "content-type");
    let name = &names[which.index(names.len())];
    let value = sample.headers[name].to_str().unwrap();
    let value = http::HeaderValue::from_str(&flipped(value, at)).unwrap();
    *sample.headers.get_mut(name).unwrap() = value;
}

/// Changes one character of something that is signed.
fn tamper(way: Way, sample: &Sample, part: usize, which: &Index, at: &Index) -> Sample {
    let mut changed = sample.clone();
    let oss = schemes(way) == ALL_OSS;
    let by_path = matches!(way, Way::Acs3 | Way::Roa | Way::FcHeader);
    match part {
        0 => changed.method = flipped(&changed.method, at),
        1 if oss => changed.bucket = changed.bucket.map(|bucket| flipped(&bucket, at)),
        2 if oss => changed.key = changed.key.map(|key| flipped(&key, at)),
        3 if !matches!(way, Way::Rpc) => flip_header(way, &mut changed, which, at),
        4 if matches!(way, Way::Acs3) => changed.body.get_or_insert_default().push(0),
        5 if by_path => changed.path = flipped(&changed.path, at),
        _ => flip_parameter(way, &mut changed, which, at),
    }
    changed
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted(sample in requests(), secret in ".{0,80}", way in prop::sample::select(&WAYS[..])) {
        let secret = Secret::new(secret);
        let signed = sign(way, sample, &secret);
        prop_assert!(accepted(way, &signed, &secret), "{way:?}");
        prop_assert!(!accepted(way, &signed, &Secret::new(format!("{}x", secret.expose()))), "{way:?}");
    }

    #[test]
    fn what_is_changed_is_refused(
        sample in requests(),
        way in prop::sample::select(&WAYS[..]),
        part in 0..7_usize,
        which in any::<Index>(),
        at in any::<Index>(),
    ) {
        let secret = Secret::new("secret");
        let signed = sign(way, sample, &secret);
        let changed = tamper(way, &signed, part, &which, &at);
        prop_assert!(!accepted(way, &changed, &secret), "{way:?} part {part}: {changed:?}");
    }

    #[test]
    fn the_wire_form_does_not_matter(sample in requests(), way in prop::sample::select(&WAYS[..])) {
        let secret = Secret::new("secret");
        let mut signed = sign(way, sample, &secret);
        signed.query = Query::parse(&signed.query.raw().replace("%20", "+"), Plus::Space).unwrap();
        prop_assert!(accepted(way, &signed, &secret), "{way:?}");
    }

    #[test]
    fn nothing_panics(
        target in "[/?&=%+a-zA-Z0-9.;:-]{0,40}|(x-oss-[a-z-]{0,20}=[^ ]{0,10}&){0,4}",
        authorization in vec(any::<u8>().prop_filter("no control", |byte| *byte >= 32 && *byte != 127), 0..60),
        prefix in "|OSS |OSS2 AccessKeyId:|acs |FC |OSS4-HMAC-SHA256 Credential=a/20221220/b/oss/aliyun_v4_request,Signature=|ACS3-HMAC-SHA256 Credential=a,SignedHeaders=",
        date in "[0-9TZ:.-]{0,20}|20221220T084818Z|Tue, 20 Dec 2022 08:48:18 GMT|.{0,10}",
        form in "(AccessKeyId|Signature|Timestamp|SignatureNonce)=.{0,10}",
    ) {
        let (path, query) = target.split_once('?').unwrap_or(("", &target));
        let Ok(query) = Query::parse(query, Plus::Space) else { return Ok(()) };
        let mut sample = Sample { path: path.to_owned(), query, ..Sample::default() };
        sample.form = Query::parse(&form, Plus::Literal).ok();
        sample.add_header("authorization", &[prefix.as_bytes(), &authorization].concat());
        for name in ["date", "x-oss-date", "x-acs-date"] {
            if let Ok(value) = http::HeaderValue::from_str(&date) {
                sample.headers.insert(name, value);
            }
        }
        if let Reading::Mine(claim) = sample.read(ALL) {
            prop_assert!(claim.verify(&Secret::new("s"), &sample.signable()).is_err());
        }
    }

    #[test]
    fn a_query_survives_its_own_encoding(pairs in vec((".*", ".*"), 0..6)) {
        let query = Query::from_pairs(pairs.clone());
        for plus in [Plus::Space, Plus::Literal] {
            let parsed = Query::parse(query.raw(), plus).unwrap();
            let back: Vec<_> = parsed.iter().map(|pair| (pair.name.to_owned(), pair.value.to_owned())).collect();
            prop_assert_eq!(&back, &pairs);
        }
    }

    #[test]
    fn any_text_parses_or_names_a_piece_of_it(raw in ".*") {
        match Query::parse(&raw, Plus::Space) {
            Ok(query) => prop_assert_eq!(query.raw(), raw),
            Err(bad) => prop_assert!(raw.contains(&bad.piece)),
        }
    }
}
