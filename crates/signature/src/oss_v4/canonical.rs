//! The canonical request of OSS V4.

use crate::oss_v1::subresources;
use crate::{Query, Signable, encode};

const CONTENT_SHA256: &str = "x-oss-content-sha256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// How a client writes what has no value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    empty: Empty,
    /// Headers without a value are left out.
    blanks_dropped: bool,
}

/// What becomes of parameters without a value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Empty {
    Bare,
    /// `name=` where the wire has it.
    AsSent,
    /// As [`Empty::AsSent`], but the names that V1 signs are always bare.
    SubresourcesBare,
}

impl Form {
    pub(super) const STRICT: Form = Form {
        empty: Empty::Bare,
        blanks_dropped: false,
    };

    /// The strict form, and those in which this request would look different.
    pub(super) fn forms(request: &Signable<'_>) -> impl Iterator<Item = Form> {
        let mut empties = request
            .query
            .iter()
            .filter(|pair| pair.value.is_empty() && !pair.bare);
        let as_sent = empties.clone().next().map(|_| Empty::AsSent);
        let mixed = empties.any(|pair| subresources::is_known(pair.name));
        let mixed = mixed.then_some(Empty::SubresourcesBare);
        let blanks = request
            .headers
            .keys()
            .any(|name| request.is_blank(name.as_str()));
        [Some(false), blanks.then_some(true)]
            .into_iter()
            .flatten()
            .flat_map(move |blanks_dropped| {
                let empties = [Some(Empty::Bare), as_sent, mixed].into_iter().flatten();
                empties.map(move |empty| Form {
                    empty,
                    blanks_dropped,
                })
            })
    }

    fn is_bare(self, name: &str, bare: bool) -> bool {
        match self.empty {
            Empty::Bare => true,
            Empty::AsSent => bare,
            Empty::SubresourcesBare => bare || subresources::is_known(name),
        }
    }
}

/// Method, resource, query, headers, names of the additional headers, hash of the body: one line each.
pub(super) fn request(request: &Signable<'_>, additional: &[String], form: Form) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(request.method);
    text.push('\n');
    request.push_resource(&mut text, encode::push_path);
    text.push('\n');
    push_query(&mut text, request.query, form);
    text.push('\n');
    request.push_headers(&mut text, |name| {
        let signed = is_signed(name) || additional.iter().any(|one| one == name);
        signed && !(form.blanks_dropped && request.is_blank(name))
    });
    text.push('\n');
    text.push_str(&additional.join(";"));
    text.push('\n');
    text.push_str(
        request
            .filled_header(CONTENT_SHA256)
            .as_deref()
            .unwrap_or(UNSIGNED),
    );
    text
}

/// All parameters but the signature itself, sorted by their encoded names and then values.
fn push_query(text: &mut String, query: &Query, form: Form) {
    let mut pairs: Vec<_> = query
        .iter()
        .filter(|pair| pair.name != super::SIGNATURE)
        .map(|pair| {
            let bare = form.is_bare(pair.name, pair.bare);
            let (name, value) = (encode::component(pair.name), encode::component(pair.value));
            (name, value, bare)
        })
        .collect();
    pairs.sort_unstable();
    for (index, (name, value, bare)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.push_str(name);
        if !value.is_empty() || !bare {
            text.push('=');
            text.push_str(value);
        }
    }
}

fn is_signed(name: &str) -> bool {
    matches!(name, "content-type" | "content-md5") || name.starts_with("x-oss-")
}
