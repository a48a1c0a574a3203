//! Signatures of JSON Web Tokens. Those of RSA and P-256 are the identity service's tests, too.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use proptest::prelude::*;
use signature::jws::{Algorithm, Key};

/// RFC 7515, A.1.
const HS256: (&str, &str, &str) = (
    r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
);
/// RFC 8037, A.4.
const EDDSA: (&str, &str, &str) = (
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
);

const ALL: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
    "ES384", "ES512", "EdDSA",
];

fn key(text: &str) -> Key {
    serde_json::from_str(text).unwrap()
}

fn decoded(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[test]
fn signatures_of_the_rfcs_verify_with_their_algorithm_alone() {
    for (name, (key_text, signed, signature)) in [("HS256", HS256), ("EdDSA", EDDSA)] {
        let (key, signature) = (key(key_text), decoded(signature));
        for other in ALL {
            let algorithm = Algorithm::parse(other).unwrap();
            let good = key.verifies(algorithm, signed.as_bytes(), &signature);
            assert_eq!(good, other == name, "{name} as {other}");
        }
        let algorithm = Algorithm::parse(name).unwrap();
        assert!(!key.verifies(algorithm, &signed.as_bytes()[1..], &signature));
        for at in 0..signature.len() {
            let mut bad = signature.clone();
            bad[at] ^= 1;
            assert!(
                !key.verifies(algorithm, signed.as_bytes(), &bad),
                "{name} byte {at}"
            );
        }
    }
}

#[test]
fn a_public_key_is_no_secret() {
    let (text, signed, signature) = HS256;
    let dressed = text.replace(r#""oct""#, r#""RSA""#);
    let algorithm = Algorithm::parse("HS256").unwrap();
    assert!(!key(&dressed).verifies(algorithm, signed.as_bytes(), &decoded(signature)));
    for name in ["none", "", "hs256", "RS1"] {
        assert!(Algorithm::parse(name).is_none(), "{name}");
    }
}

proptest! {
    #[test]
    fn strangers_keys_sign_nothing(
        parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..70), 5),
        signature in proptest::collection::vec(any::<u8>(), 0..140),
    ) {
        let parts: Vec<String> = parts.iter().map(|part| BASE64_URL_SAFE_NO_PAD.encode(part)).collect();
        for (kty, crv) in [("RSA", ""), ("EC", "P-256"), ("EC", "P-384"), ("EC", "P-521"), ("OKP", "Ed25519"), ("oct", "")] {
            let text = format!(
                r#"{{"kty":"{kty}","crv":"{crv}","n":"{}","e":"{}","x":"{}","y":"{}","k":"{}"}}"#,
                parts[0], parts[1], parts[2], parts[3], parts[4],
            );
            for name in ALL {
                let algorithm = Algorithm::parse(name).unwrap();
                prop_assert!(!key(&text).verifies(algorithm, b"signed", &signature), "{kty} {crv} {name}");
            }
        }
    }
}
