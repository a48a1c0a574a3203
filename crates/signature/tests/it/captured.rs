//! Requests captured from real clients: `tests/vectors/README.md`.

use serde_json::Value;
use signature::{Plus, Query, Secret};

use crate::sample::{OSS, RPC, Sample};

/// Requests whose client does not sign by the strict rules, so that our strings differ from its own.
const DEVIATING: &[&str] = &[
    "alibabacloud_credentials 1.0.12 blanks as +",
    "python alibabacloud_credentials 1.0.12",
    "ali-oss 6.23.0 v4 list",
    "ali-oss 6.23.0 v4 versions",
    "ali-oss 6.23.0 v4 presigned",
];

struct Vector {
    client: String,
    secret: Secret,
    sample: Sample,
    string_to_sign: String,
    canonical_request: Option<String>,
}

impl Vector {
    fn parse(json: &Value) -> Self {
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        let mut sample = Sample::new(
            json["method"].as_str().unwrap(),
            json["target"].as_str().unwrap(),
        );
        for header in json["headers"].as_array().unwrap() {
            let value: Vec<u8> = header[1]
                .as_str()
                .unwrap()
                .chars()
                .map(|byte| byte as u8)
                .collect();
            sample.add_header(header[0].as_str().unwrap(), &value);
        }
        let body = text("body").unwrap();
        let urlencoded = sample
            .headers
            .get("content-type")
            .is_some_and(|value| value == "application/x-www-form-urlencoded");
        sample.form = urlencoded.then(|| Query::parse(&body, Plus::Space).unwrap());
        (sample.bucket, sample.key, sample.body) =
            (text("bucket"), text("key"), Some(body.into_bytes()));
        Self {
            client: text("client").unwrap(),
            secret: Secret::new(text("secret").unwrap()),
            sample,
            string_to_sign: text("string_to_sign").unwrap(),
            canonical_request: text("canonical_request"),
        }
    }

    fn check(&self) {
        let rpc = self.string_to_sign.starts_with("ACS3") || self.string_to_sign.contains("&%2F&");
        let claim = self.sample.claim(if rpc { RPC } else { OSS });
        assert_eq!(
            claim.verify(&self.secret, &self.sample.signable()),
            Ok(()),
            "{}",
            self.client
        );
        let mismatch = claim
            .verify(&Secret::new("another"), &self.sample.signable())
            .unwrap_err();
        let ours = (&mismatch.string_to_sign, &mismatch.canonical_request);
        let theirs = (&self.string_to_sign, &self.canonical_request);
        if DEVIATING.contains(&self.client.as_str()) {
            assert_ne!(ours, theirs, "{} follows the rules", self.client);
        } else {
            assert_eq!(ours, theirs, "{}", self.client);
        }
    }
}

fn check(file: &str, expected: usize) {
    let vectors: Vec<Value> = serde_json::from_str(file).unwrap();
    assert_eq!(vectors.len(), expected);
    vectors
        .iter()
        .map(Vector::parse)
        .for_each(|vector| vector.check());
}

#[test]
fn oss2_and_python_v2() {
    check(include_str!("../vectors/oss_python.json"), 57);
}

#[test]
fn python_clients_of_sts() {
    check(include_str!("../vectors/rpc_python.json"), 9);
}

#[test]
fn node_clients() {
    check(include_str!("../vectors/node.json"), 24);
}

#[test]
fn identity_clients() {
    check(include_str!("../vectors/identity.json"), 10);
}
