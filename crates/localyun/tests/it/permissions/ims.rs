//! The requests that stand for the operations of IMS.

use super::Params;

pub(super) fn example(op: &str) -> Option<Params> {
    providers_example(op)
}

fn providers_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListOIDCProviders" => &[],
        "CreateOIDCProvider" => &[
            ("OIDCProviderName", "made"),
            ("IssuerUrl", "https://idp.example.com"),
        ],
        "GetOIDCProvider" | "DeleteOIDCProvider" => &[("OIDCProviderName", "target")],
        "UpdateOIDCProvider" => &[("OIDCProviderName", "target"), ("NewDescription", "x")],
        "AddClientIdToOIDCProvider" | "RemoveClientIdFromOIDCProvider" => {
            &[("OIDCProviderName", "target"), ("ClientId", "x")]
        }
        "AddFingerprintToOIDCProvider" | "RemoveFingerprintFromOIDCProvider" => {
            &[("OIDCProviderName", "target"), ("Fingerprint", "x")]
        }
        _ => return None,
    })
}
