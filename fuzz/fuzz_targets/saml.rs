//! Responses and metadata of SAML: nothing that strangers send makes reading or verifying panic, and a response that was
//! changed proves what it proved before or nothing.
#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::saml::{Assertion, Metadata, Response};
use libfuzzer_sys::fuzz_target;

const METADATA: &str = include_str!("../../crates/identity/tests/data/saml-metadata.xml");
const RESPONSE: &str = include_str!("../../crates/identity/tests/data/saml-response.xml");

static PROVIDER: LazyLock<Metadata> =
    LazyLock::new(|| Metadata::read(&STANDARD.encode(METADATA)).expect("the sample is good"));
static PROVEN: LazyLock<Assertion> =
    LazyLock::new(|| proven(RESPONSE.as_bytes()).expect("the sample is good"));

fn proven(xml: &[u8]) -> Option<Assertion> {
    let response = Response::read(&STANDARD.encode(xml))?;
    response
        .is_signed_by(&PROVIDER)
        .then_some(response.assertion)
}

/// The sample with some pieces of it replaced.
fn changed(changes: &[(u16, u8, Vec<u8>)]) -> Vec<u8> {
    let mut xml = RESPONSE.as_bytes().to_vec();
    for (at, length, piece) in changes {
        let from = usize::from(*at) % xml.len().max(1);
        let to = (from + usize::from(*length)).min(xml.len());
        xml.splice(from..to, piece.iter().copied());
    }
    xml
}

fuzz_target!(|input: (Vec<u8>, Vec<(u16, u8, Vec<u8>)>)| {
    let (document, changes) = input;
    let _ = Metadata::read(&STANDARD.encode(&document));
    for xml in [document, changed(&changes)] {
        if let Some(assertion) = proven(&xml) {
            assert_eq!(assertion, *PROVEN);
        }
    }
});
