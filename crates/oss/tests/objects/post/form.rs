//! Forms in the making.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signature::oss_v4::{ALGORITHM, SigningKey};
use signature::{Scope, Secret, oss_post};

use crate::cloud::{Answer, Cloud};

pub(super) const BOUNDARY: &str = "9431149156168";
const UNTIL: &str = "2026-01-15T02:13:04.000Z";

/// A form in the making. Fields keep their order; the file comes last.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) fields: Vec<(String, String)>,
    pub(super) file: Option<String>,
    pub(super) tail: String,
}

impl Form {
    pub(super) fn new(key: &str) -> Self {
        let file = "Content-Disposition: form-data; name=\"file\"; filename=\"C:\\pictures\\a b.png\"\r\n\
                    Content-Type: image/png\r\n\r\nhello";
        Self {
            fields: vec![("key".to_owned(), key.to_owned())],
            file: Some(file.to_owned()),
            tail: format!("\r\n--{BOUNDARY}--\r\n"),
        }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    /// Signed with V1 by `key`.
    pub(super) fn signed(self, key: &str, conditions: &str) -> Self {
        let policy = policy(conditions);
        let signature = oss_post::sign_v1(&policy, &Secret::new("secret"));
        self.with("OSSAccessKeyId", key)
            .with("policy", &policy)
            .with("Signature", &signature)
    }

    /// The same with V4 for a region.
    pub(super) fn signed_v4(self, key: &str, region: &str, conditions: &str) -> Self {
        let text = |text: &str| text.to_owned();
        let scope = Scope {
            date: text("20260115"),
            region: text(region),
            product: text("oss"),
        };
        let credential = format!("{key}/{scope}");
        let named = format!(
            r#"{{"x-oss-signature-version":"{ALGORITHM}"}},{{"x-oss-credential":"{credential}"}},
               {{"x-oss-date":"20260115T020304Z"}}{conditions}"#
        );
        let policy = policy(&named);
        let key = SigningKey::derive(&Secret::new("secret"), scope);
        self.with("policy", &policy)
            .with("x-oss-signature-version", ALGORITHM)
            .with("x-oss-credential", &credential)
            .with("x-oss-date", "20260115T020304Z")
            .with("x-oss-signature", &oss_post::sign_v4(&policy, &key))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut text = String::new();
        for (name, value) in &self.fields {
            text += &format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        if let Some(file) = &self.file {
            text += &format!("--{BOUNDARY}\r\n{file}");
        }
        text += self.file.as_ref().map_or_else(
            || self.tail.trim_start_matches("\r\n"),
            |_| self.tail.as_str(),
        );
        text.into_bytes()
    }

    pub(super) async fn post(&self, cloud: &Cloud) -> Answer {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let ask = cloud.ask("POST", "/").by_nobody();
        ask.header("content-type", &kind)
            .body(self.bytes())
            .send()
            .await
    }
}

pub(super) fn policy(conditions: &str) -> String {
    STANDARD.encode(format!(
        r#"{{"expiration":"{UNTIL}","conditions":[{conditions}]}}"#
    ))
}

pub(super) async fn got(cloud: &Cloud, target: &str) -> Answer {
    cloud.ask("GET", target).send().await
}

/// That a form is refused, as `400 InvalidArgument 0002-00000706`.
#[track_caller]
pub(super) fn expect_refusal(answer: &Answer, expected: &str) {
    let (status, code, ec) = answer.refusal();
    let found = format!("{status} {code} {ec}");
    assert_eq!(found, expected, "{}", answer.text());
}
