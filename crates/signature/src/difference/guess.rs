//! Slips that make another request: the same signer, with something else to sign.

use std::borrow::Cow;

use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Difference;
use crate::{Claim, Payload, Plus, Query, Resource, Secret, Signable, encode};

/// The most headers and parameters of one request that are varied.
const MOST: usize = 64;

/// The most bytes of a form that is varied.
const LARGEST_FORM: usize = 64 << 10;

const METHODS: [&str; 6] = ["GET", "PUT", "POST", "HEAD", "DELETE", "OPTIONS"];

/// Types that clients add on their own.
const TYPES: [&str; 6] = [
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application/json",
    "text/plain",
    "text/plain; charset=utf-8",
    "application/json; charset=utf-8",
];

/// A secret with which nothing was signed: verifying with it shows what there was to sign.
pub(super) fn nobodys() -> Secret {
    Secret::new("\u{1}")
}

/// What may have been signed.
#[derive(Clone)]
pub(super) struct Guess<'a> {
    what: String,
    claim: Claim<'static>,
    secret: Secret,
    method: Cow<'a, str>,
    path: Cow<'a, str>,
    query: Query,
    form: Option<Cow<'a, Query>>,
    headers: HeaderMap,
    resource: Option<(Option<String>, Option<String>)>,
    payload: Payload<'a>,
}

impl<'a> Guess<'a> {
    pub(super) fn of(claim: &Claim<'_>, secret: &Secret, request: &Signable<'a>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            what: String::new(),
            claim: claim.clone().into_owned(),
            secret: secret.clone(),
            method: request.method.into(),
            path: request.path.into(),
            query: request.query.clone(),
            form: request.form.map(Cow::Borrowed),
            headers: request.headers.clone(),
            resource: request
                .resource
                .map(|named| (owned(named.bucket), owned(named.key))),
            payload: request.payload,
        }
    }

    fn with(&self, what: impl Into<String>, change: impl FnOnce(&mut Self)) -> Self {
        let mut other = self.clone();
        other.what = what.into();
        change(&mut other);
        other
    }

    fn signable(&self) -> Signable<'_> {
        let resource = self.resource.as_ref().map(|(bucket, key)| Resource {
            bucket: bucket.as_deref(),
            key: key.as_deref(),
        });
        Signable {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            form: self.form.as_deref(),
            headers: &self.headers,
            resource,
            payload: self.payload,
        }
    }

    /// The difference, if this is what was signed.
    pub(super) fn proven(self) -> Option<Difference> {
        let signable = self.signable();
        self.claim.verify(&self.secret, &signable).ok()?;
        let shown = self.claim.verify(&nobodys(), &signable).err()?;
        Some(Difference {
            what: self.what,
            string_to_sign: shown.string_to_sign,
            canonical_request: shown.canonical_request,
        })
    }

    /// Copied with too much, or mixed up.
    pub(super) fn secrets(&self) -> Vec<Self> {
        let secret = self.secret.expose();
        let id = &*self.claim.access_key_id;
        [
            ("has a line feed behind the secret", format!("{secret}\n")),
            (
                "has a carriage return and a line feed behind the secret",
                format!("{secret}\r\n"),
            ),
            (
                "has a carriage return behind the secret",
                format!("{secret}\r"),
            ),
            ("has a blank behind the secret", format!("{secret} ")),
            ("has a blank before the secret", format!(" {secret}")),
            (
                "has quotation marks around the secret",
                format!("\"{secret}\""),
            ),
            ("has apostrophes around the secret", format!("'{secret}'")),
            (
                "signs with the id of the key instead of its secret",
                id.to_owned(),
            ),
            ("has an empty secret", String::new()),
            ("has an & behind the secret already", format!("{secret}&")),
            ("has percent-encoded the secret", encode::component(secret)),
        ]
        .into_iter()
        .filter(|(_, other)| other != secret)
        .map(|(what, other)| self.with(what, |guess| guess.secret = Secret::new(other)))
        .collect()
    }

    pub(super) fn methods(&self) -> Vec<Self> {
        let others = METHODS.into_iter().filter(|one| *one != self.method);
        let guess = |method: &'static str| {
            let what = format!("signed the method {method} and sent {}", self.method);
            self.with(what, |guess| guess.method = method.into())
        };
        let mut all: Vec<Self> = others.map(guess).collect();
        let lower = self.method.to_ascii_lowercase();
        all.push(self.with("signed the method in lower case", |guess| {
            guess.method = lower.into();
        }));
        all
    }

    /// Where the host is signed: behind a proxy, or with another endpoint in mind.
    pub(super) fn hosts(&self, hosts: &[String]) -> Vec<Self> {
        if !self.headers.contains_key(HOST) {
            return Vec::new();
        }
        let sent = self.text_of(&HOST);
        let bare = sent.rsplit_once(':').map(|(name, _)| name.to_owned());
        let others = bare.into_iter().chain(hosts.iter().cloned());
        others
            .filter(|host| *host != sent)
            .filter_map(|host| {
                let value = HeaderValue::from_str(&host).ok()?;
                let what = format!("signed the host {host} and sent {sent}");
                Some(self.with(what, |guess| {
                    guess.headers.insert(HOST, value);
                }))
            })
            .collect()
    }

    /// Headers that were added or changed on the way, or that the client forgot to sign.
    pub(super) fn headers(&self) -> Vec<Self> {
        let names: Vec<HeaderName> = self.headers.keys().take(MOST).cloned().collect();
        let mut all: Vec<Self> = names
            .into_iter()
            .map(|name| {
                let what = format!("did not sign the header {name}");
                self.with(what, |guess| {
                    guess.headers.remove(name);
                })
            })
            .collect();
        let oss = |name: &HeaderName| name.as_str().starts_with("x-oss-");
        all.push(self.with("signed none of the x-oss- headers", |guess| {
            let names: Vec<_> = guess.headers.keys().filter(|n| oss(n)).cloned().collect();
            for name in names {
                guess.headers.remove(name);
            }
        }));
        let sent = self.text_of(&CONTENT_TYPE);
        let now = match sent.as_str() {
            "" => "sent none".to_owned(),
            sent => format!("sent {sent}"),
        };
        for other in TYPES.into_iter().filter(|one| *one != sent) {
            let what = format!("signed the content-type {other} and {now}");
            all.push(self.with(what, |guess| {
                guess
                    .headers
                    .insert(CONTENT_TYPE, HeaderValue::from_static(other));
            }));
        }
        all
    }

    fn text_of(&self, name: &HeaderName) -> String {
        let value = self.headers.get(name);
        value.map_or_else(String::new, |value| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        })
    }

    /// The bucket named twice, the key in the wrong encoding.
    pub(super) fn resources(&self) -> Vec<Self> {
        let Some((bucket, key)) = &self.resource else {
            return Vec::new();
        };
        let name = bucket.clone().unwrap_or_default();
        let text = key.clone().unwrap_or_default();
        let twice = "signed the bucket twice, as if it were part of the key";
        let mut all = vec![
            self.with("signed neither bucket nor key", |guess| {
                guess.resource = Some((None, None));
            }),
            self.with(twice, |guess| {
                guess.resource = Some((bucket.clone(), Some(format!("{name}/{text}"))));
            }),
        ];
        for (what, other) in keys(&text) {
            if other != text {
                all.push(self.with(what, |guess| {
                    guess.resource = Some((bucket.clone(), Some(other)));
                }));
            }
        }
        all
    }

    /// Parameters that came in after signing, or in another encoding.
    pub(super) fn parameters(&self) -> Vec<Self> {
        let pairs = |skip: Option<usize>| {
            let kept = self.query.iter().enumerate();
            let kept = kept.filter(|(index, _)| Some(*index) != skip);
            let kept = kept.map(|(_, pair)| pair.raw);
            kept.collect::<Vec<_>>().join("&")
        };
        let parsed = |raw: &str, plus| Query::parse(raw, plus).ok();
        let mut all = Vec::new();
        for (index, pair) in self.query.iter().enumerate().take(MOST) {
            if let Some(query) = parsed(&pairs(Some(index)), Plus::Space) {
                let what = format!("did not sign the parameter {}", pair.name);
                all.push(self.with(what, |guess| guess.query = query));
            }
        }
        let raw = self.query.iter().map(|pair| pair.raw);
        let raw = raw.map(|raw| raw.split_once('=').unwrap_or((raw, "")));
        let encoded = Query::from_pairs(raw);
        all.push(self.with("signed the parameters encoded twice", |guess| {
            guess.query = encoded;
        }));
        if let Some(query) = parsed(self.query.raw(), Plus::Literal) {
            let what = "took the + in the URL for itself and not for a blank";
            all.push(self.with(what, |guess| guess.query = query));
        }
        all.push(self.with("signed none of the parameters", |guess| {
            guess.query = Query::default();
        }));
        all
    }

    /// The same for the body of a call. One that is larger than any header could be was not written by hand.
    pub(super) fn fields(&self) -> Vec<Self> {
        let form = self
            .form
            .iter()
            .filter(|form| form.raw().len() <= LARGEST_FORM);
        let without = |form: &Query, skip: usize| {
            let kept = form.iter().enumerate().filter(|(index, _)| *index != skip);
            Query::from_pairs(kept.map(|(_, pair)| (pair.name, pair.value)))
        };
        let guess = |form: &Query| {
            let pairs = form.iter().enumerate().take(MOST);
            let guesses = pairs.map(|(index, pair)| {
                let what = format!("did not sign the parameter {}", pair.name);
                self.with(what, |guess| {
                    guess.form = Some(Cow::Owned(without(form, index)))
                })
            });
            guesses.collect::<Vec<_>>()
        };
        form.flat_map(|form| guess(form)).collect()
    }

    /// Another region than the request names.
    pub(super) fn scopes(&self, regions: &[&str]) -> Vec<Self> {
        let Some(scope) = &self.claim.scope else {
            return Vec::new();
        };
        let region = |region: &&str| {
            let what = format!(
                "signed for the region {region} and wrote {} into the scope",
                scope.region
            );
            let mut other = scope.clone();
            (*region).clone_into(&mut other.region);
            // In a signed URL the scope is a parameter, too, and signed as such.
            let pairs = self.query.iter().map(|pair| {
                let value = pair.value.replace(&scope.to_string(), &other.to_string());
                (pair.name, value)
            });
            let query = Query::from_pairs(pairs);
            self.with(what, |guess| {
                guess.claim.scope = Some(other);
                guess.query = query;
            })
        };
        let others = regions.iter().filter(|one| **one != scope.region);
        others.map(region).collect()
    }
}

/// What a key may have become.
fn keys(key: &str) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("signed the key percent-encoded", encode::path(key)),
        (
            "signed the key percent-encoded, with its slashes",
            encode::component(key),
        ),
        (
            "signed the key with + for its blanks",
            key.replace(' ', "+"),
        ),
        (
            "signed the key with a slash in front of it",
            format!("/{key}"),
        ),
        (
            "signed the key without the slash in front of it",
            key.trim_start_matches('/').to_owned(),
        ),
        (
            "signed the key without the slash behind it",
            key.trim_end_matches('/').to_owned(),
        ),
        ("signed no key", String::new()),
    ];
    // One name without a value, as far as the parser is concerned.
    if !key.contains(['&', '='])
        && let Ok(decoded) = Query::parse(key, Plus::Literal)
        && let Some(pair) = decoded.iter().next()
    {
        all.push(("signed the key decoded once more", pair.name.to_owned()));
    }
    all
}
