//! Slips in writing: the right request, put on paper in the wrong way.

use super::Difference;
use super::guess::nobodys;
use crate::claim::Material;
use crate::oss_v4::SigningKey;
use crate::{Claim, Secret, Signable, acs3, encode, mac, oss_v1, oss_v4, rpc_v1};

/// What is written down before it is signed.
struct Paper<'a> {
    claim: &'a Claim<'a>,
    secret: &'a Secret,
    request: &'a Signable<'a>,
    /// The canonical request, the parameters of RPC before they are encoded again, or the string to sign.
    text: String,
}

pub(super) fn proven(
    claim: &Claim<'_>,
    secret: &Secret,
    request: &Signable<'_>,
    regions: &[&str],
) -> Option<Difference> {
    let paper = Paper::of(claim, secret, request)?;
    let found = paper.spellings().into_iter().find_map(|(what, text)| {
        (text != paper.text && paper.is_signed(&text)).then(|| paper.difference(what, text))
    });
    found
        .or_else(|| paper.once_encoded())
        .or_else(|| paper.other_key(regions))
}

impl<'a> Paper<'a> {
    /// None for schemes that are not looked into.
    fn of(claim: &'a Claim<'a>, secret: &'a Secret, request: &'a Signable<'a>) -> Option<Self> {
        let shown = claim.verify(&nobodys(), request).err()?;
        let text = match &claim.material {
            Material::OssV1 { .. } => shown.string_to_sign,
            Material::OssV4 { .. } | Material::Acs3 { .. } => shown.canonical_request?,
            Material::RpcV1 => {
                let mut pairs: Vec<String> = rpc_v1::unsorted(request)
                    .split('&')
                    .map(str::to_owned)
                    .collect();
                pairs.sort_unstable();
                pairs.join("&")
            }
            _ => return None,
        };
        Some(Self {
            claim,
            secret,
            request,
            text,
        })
    }

    fn string_to_sign(&self, text: &str) -> String {
        match (&self.claim.material, &self.claim.scope) {
            (Material::OssV4 { timestamp, .. }, Some(scope)) => {
                oss_v4::string_to_sign(timestamp, scope, text)
            }
            (Material::Acs3 { .. }, _) => acs3::string_to_sign(text),
            (Material::RpcV1, _) => {
                format!("{}&%2F&{}", self.request.method, encode::component(text))
            }
            _ => text.to_owned(),
        }
    }

    fn signature(&self, string_to_sign: &str) -> String {
        match (&self.claim.material, &self.claim.scope) {
            (Material::OssV4 { .. }, Some(scope)) => {
                SigningKey::derive(self.secret, scope.clone()).sign(string_to_sign)
            }
            (Material::Acs3 { .. }, _) => acs3::signature(self.secret, string_to_sign),
            (Material::RpcV1, _) => rpc_v1::signature(self.secret, string_to_sign),
            _ => oss_v1::signature(self.secret, string_to_sign),
        }
    }

    fn is_signed(&self, text: &str) -> bool {
        let signature = self.signature(&self.string_to_sign(text));
        mac::same(&signature, &self.claim.signature)
    }

    fn difference(&self, what: &str, text: String) -> Difference {
        let canonical = matches!(
            self.claim.material,
            Material::OssV4 { .. } | Material::Acs3 { .. }
        );
        Difference {
            what: what.to_owned(),
            string_to_sign: self.string_to_sign(&text),
            canonical_request: canonical.then_some(text),
        }
    }

    fn spellings(&self) -> Vec<(&'static str, String)> {
        let text = &self.text;
        let mut all = vec![
            ("did not sort the parameters", self.unsorted()),
            (
                "wrote a blank as + instead of %20",
                text.replace("%20", "+"),
            ),
            ("left a * as it is instead of %2A", text.replace("%2A", "*")),
            ("wrote %7E instead of ~", text.replace('~', "%7E")),
            (
                "left the slashes of parameters as they are instead of %2F",
                text.replace("%2F", "/"),
            ),
            (
                "left the colons of parameters as they are instead of %3A",
                text.replace("%3A", ":"),
            ),
            ("wrote percent-encodings in lower case", lower_escapes(text)),
            ("has a line feed behind what it signs", format!("{text}\n")),
        ];
        let path = self.resource_line();
        if let Some(bucket) = self.request.resource.and_then(|named| named.bucket) {
            let rest = line(text, path).and_then(|line| line.strip_prefix('/'));
            let rest = rest.and_then(|line| line.strip_prefix(bucket));
            let what = "did not sign the bucket, which the host names, in front of the key";
            all.extend(rest.map(|rest| (what, with_line(text, path, rest))));
        }
        if matches!(self.claim.material, Material::OssV4 { .. }) {
            let encoded = |path: &str| match path.trim_start_matches('/').split_once('/') {
                Some((bucket, key)) => format!("/{bucket}/{}", key.replace('/', "%2F")),
                None => path.to_owned(),
            };
            let other = line(text, path).map(encoded).unwrap_or_default();
            let what = "wrote the slashes of the key as %2F";
            all.push((what, with_line(text, path, &other)));
            let what = "signed the text UNSIGNED-PAYLOAD in lower case";
            all.push((what, text.replace("UNSIGNED-PAYLOAD", "unsigned-payload")));
        }
        all
    }

    /// Where bucket and key stand.
    fn resource_line(&self) -> usize {
        match self.claim.material {
            Material::OssV1 { .. } => self.text.split('\n').count() - 1,
            _ => 1,
        }
    }

    fn unsorted(&self) -> String {
        match self.claim.material {
            Material::RpcV1 => rpc_v1::unsorted(self.request),
            Material::OssV4 { .. } | Material::Acs3 { .. } => {
                let pairs = self.request.query.iter().map(|pair| {
                    let name = encode::component(pair.name);
                    match pair.value {
                        "" => name,
                        value => format!("{name}={}", encode::component(value)),
                    }
                });
                with_line(&self.text, 2, &pairs.collect::<Vec<_>>().join("&"))
            }
            _ => self.text.clone(),
        }
    }

    /// RPC encodes the parameters one by one and then all of them together.
    fn once_encoded(&self) -> Option<Difference> {
        if !matches!(self.claim.material, Material::RpcV1) {
            return None;
        }
        let text = format!("{}&%2F&{}", self.request.method, self.text);
        mac::same(&self.signature(&text), &self.claim.signature).then(|| Difference {
            what: "did not encode the sorted parameters again".to_owned(),
            string_to_sign: text,
            canonical_request: None,
        })
    }

    /// The key for one region, the scope of another.
    fn other_key(&self, regions: &[&str]) -> Option<Difference> {
        let (Material::OssV4 { .. }, Some(scope)) = (&self.claim.material, &self.claim.scope)
        else {
            return None;
        };
        let string_to_sign = self.string_to_sign(&self.text);
        let fits = |region: &&&str| {
            let mut other = scope.clone();
            (**region).clone_into(&mut other.region);
            let key = SigningKey::derive(self.secret, other);
            mac::same(&key.sign(&string_to_sign), &self.claim.signature)
        };
        let region = regions.iter().find(fits)?;
        let what = format!(
            "derived its key for the region {region}, and named {} in the scope",
            scope.region
        );
        Some(self.difference(&what, self.text.clone()))
    }
}

fn line(text: &str, index: usize) -> Option<&str> {
    text.split('\n').nth(index)
}

fn with_line(text: &str, index: usize, other: &str) -> String {
    let lines = text.split('\n').enumerate();
    let lines = lines.map(|(at, line)| if at == index { other } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// `%2F` becomes `%2f`.
fn lower_escapes(text: &str) -> String {
    let mut left = 0_u8;
    text.chars()
        .map(|letter| {
            left = if letter == '%' { 3 } else { left };
            let escaped = left > 0;
            left = left.saturating_sub(1);
            match escaped {
                true => letter.to_ascii_lowercase(),
                false => letter,
            }
        })
        .collect()
}
