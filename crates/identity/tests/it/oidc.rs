//! Providers of OpenID Connect, and roles assumed with their tokens.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::AuthMode;
use identity::Limits;
use identity::oidc::{IssuerKeysError, Issuers};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use crate::cloud::{Answer, Cloud, Key, policy, trust};

const ISSUER: &str = "https://idp.example.com/one";
const PROVIDER: &str = "acs:ram::1234567890123456:oidc-provider/idp";
const ROLE: &str = "acs:ram::1234567890123456:role/r";

/// An issuer with one key.
struct Idp(SigningKey);

impl Idp {
    fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    fn jwks(&self) -> String {
        let point = self.0.verifying_key().to_sec1_point(false);
        let bytes = point.as_bytes();
        let [x, y] = [&bytes[1..33], &bytes[33..]].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y}]}).to_string()
    }

    fn sign(&self, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = json!({"alg": "ES256", "kid": "k", "typ": "JWT"});
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature: Signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// What a good token says, at the time at which the cloud's wall clock stands.
fn claims() -> Value {
    let now = chrono::DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").unwrap();
    let now = now.timestamp();
    json!({"iss": ISSUER, "sub": "system:serviceaccount:ns:sa", "aud": "sts.aliyuncs.com",
        "iat": now - 10, "exp": now + 3600})
}

/// The same with some claims changed.
fn but(changes: &Value) -> Value {
    let mut all = claims();
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

fn trusting(condition: &str) -> String {
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"Federated":["{PROVIDER}"]}},"Condition":{condition}}}]}}"#
    )
}

const CONDITION: &str = r#"{"StringEquals":{"oidc:iss":"https://idp.example.com/one","oidc:aud":["sts.aliyuncs.com"],"oidc:sub":"system:serviceaccount:ns:sa"}}"#;

/// A cloud with a provider whose keys are known, and a role that trusts it.
async fn scene() -> (Cloud, Idp) {
    let cloud = Cloud::new().await;
    provider(&cloud, ISSUER).await;
    let idp = Idp::new(7);
    cloud
        .identity
        .put_issuer_keys(ISSUER, &idp.jwks())
        .await
        .unwrap();
    let allowed = policy("Allow", "ram:ListUsers", "*");
    cloud.role("R", &trusting(CONDITION), Some(&allowed)).await;
    (cloud, idp)
}

async fn provider(cloud: &Cloud, issuer: &str) {
    let params = [
        ("OIDCProviderName", "idp"),
        ("IssuerUrl", issuer),
        ("ClientIds", "sts.aliyuncs.com,other"),
    ];
    cloud
        .ims(&Key::admin(), "CreateOIDCProvider", &params)
        .await
        .ok();
}

async fn assume(cloud: &Cloud, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut params = vec![
        ("OIDCProviderArn", PROVIDER),
        ("RoleArn", ROLE),
        ("RoleSessionName", "session"),
        ("OIDCToken", token),
    ];
    params.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    params.extend(more);
    cloud.unsigned("AssumeRoleWithOIDC", &params).await
}

#[tokio::test]
async fn a_token_opens_a_role() {
    let (cloud, idp) = scene().await;
    let token = idp.sign(&but(&json!({"aud": ["unknown", "sts.aliyuncs.com"]})));
    let answer = assume(&cloud, &token, &[]).await.ok();
    let arn = "acs:ram::1234567890123456:assumed-role/r/session";
    assert_eq!(answer.text("/AssumedRoleUser/Arn"), arn);
    assert_eq!(
        answer.text("/Credentials/Expiration"),
        "2026-01-01T01:00:00Z"
    );
    assert_eq!(
        answer.json["OIDCTokenInfo"],
        json!({
            "Subject": "system:serviceaccount:ns:sa",
            "Issuer": ISSUER,
            "ClientIds": "unknown,sts.aliyuncs.com",
            "ExpirationTime": "2026-01-01T01:00:00Z",
            "IssuanceTime": "2025-12-31T23:59:50Z",
            "VerificationInfo": "Success",
        })
    );
    let session = Key::of(&answer);
    let who = cloud.sts(&session, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(who.text("/IdentityType"), "AssumedRoleUser");
    assert_eq!(who.text("/Arn"), arn);
    cloud.ram(&session, "ListUsers", &[]).await.ok();
    let refusal = cloud.ram(&session, "ListRoles", &[]).await;
    refusal.refused(403, "NoPermission");
}

#[tokio::test]
async fn a_session_policy_narrows() {
    let (cloud, idp) = scene().await;
    let narrow = policy("Allow", "oss:GetObject", "*");
    let more = [("Policy", narrow.as_str()), ("DurationSeconds", "900")];
    let answer = assume(&cloud, &idp.sign(&claims()), &more).await.ok();
    assert_eq!(
        answer.text("/Credentials/Expiration"),
        "2026-01-01T00:15:00Z"
    );
    let refusal = cloud.ram(&Key::of(&answer), "ListUsers", &[]).await;
    refusal.refused(403, "NoPermission");
    assert_eq!(
        refusal.text("/AccessDeniedDetail/PolicyType"),
        "SessionPolicy"
    );
}

#[tokio::test]
async fn tokens_that_prove_nothing() {
    let (cloud, idp) = scene().await;
    let now = claims()["iat"].as_i64().unwrap() + 10;
    let (fail, token) = ("AuthenticationFail", "AuthenticationFail.OIDCToken");
    for (changes, code, says) in [
        (
            json!({"iss": "https://idp.example.com/two"}),
            format!("{fail}.NoPermission"),
            "No such OIDC",
        ),
        (
            json!({"aud": "somebody"}),
            format!("{token}.AudienceNotMatch"),
            "Invalid audience.",
        ),
        (
            json!({"aud": []}),
            format!("{token}.AudienceNotMatch"),
            "Invalid audience.",
        ),
        (
            json!({"exp": now}),
            format!("{token}.Expired"),
            "This JsonWebToken is expired.",
        ),
        (
            json!({"exp": now - 20}),
            format!("{token}.Expired"),
            "This JsonWebToken is expired.",
        ),
        (
            json!({"iat": now - 12 * 3600 - 1}),
            format!("{token}.Expired"),
            "expired",
        ),
        (
            json!({"iat": now + 600}),
            format!("{token}.Invalid"),
            "cannot be recognized",
        ),
        (
            json!({"iat": 1e300}),
            format!("{token}.Invalid"),
            "cannot be recognized",
        ),
        (
            json!({"exp": null}),
            format!("{token}.Invalid"),
            "cannot be recognized",
        ),
        (
            json!({"sub": "system:serviceaccount:ns:other"}),
            format!("{fail}.NoPermission"),
            "There is no",
        ),
    ] {
        let answer = assume(&cloud, &idp.sign(&but(&changes)), &[]).await;
        answer.refused(401, &code);
        assert!(
            answer.text("/Message").contains(says),
            "{changes}: {}",
            answer.body
        );
    }
    let limit = json!({"iat": now - 12 * 3600});
    assume(&cloud, &idp.sign(&but(&limit)), &[]).await.ok();

    let stranger = assume(&cloud, &Idp::new(8).sign(&claims()), &[]).await;
    stranger.says(
        401,
        "AuthenticationFail.OIDCToken.InvalidSignature",
        "OIDC token validate failed: invalid signature.",
    );
    for text in ["a.b", "a.b.c", "....", "abcd"] {
        let answer = assume(&cloud, text, &[]).await;
        answer.refused(401, "AuthenticationFail.OIDCToken.Invalid");
    }
    let none = assume(&cloud, "", &[]).await;
    none.says(
        401,
        "AuthenticationFail.OIDCToken.Invalid",
        "The OIDCToken can not empty.",
    );
}

#[tokio::test]
async fn calls_that_cannot_be() {
    let (cloud, idp) = scene().await;
    let token = idp.sign(&claims());
    let other_provider = "acs:ram::1234567890123456:oidc-provider/none";
    let long = "x".repeat(2049);
    for (more, status, code) in [
        (("OIDCProviderArn", ""), 400, "MissingParameter"),
        (
            ("OIDCProviderArn", "idp"),
            401,
            "AuthenticationFail.NoPermission",
        ),
        (
            ("OIDCProviderArn", other_provider),
            401,
            "AuthenticationFail.NoPermission",
        ),
        (("RoleArn", ""), 400, "MissingParameter"),
        (("RoleArn", "r"), 400, "InvalidParameter.RoleArn"),
        (
            ("RoleArn", "acs:ram::1234567890123456:role/none"),
            404,
            "EntityNotExist.Role",
        ),
        (("RoleSessionName", ""), 400, "MissingParameter"),
        (
            ("RoleSessionName", "a b"),
            400,
            "InvalidParameter.RoleSessionName",
        ),
        (
            ("DurationSeconds", "899"),
            400,
            "InvalidParameter.DurationSeconds",
        ),
        (
            ("DurationSeconds", "3601"),
            400,
            "InvalidParameter.DurationSeconds",
        ),
        (("Policy", "{}"), 400, "InvalidParameter.PolicyGrammar"),
        (("Policy", &*long), 400, "InvalidParameter.PolicySize"),
    ] {
        let answer = assume(&cloud, &token, &[more]).await;
        assert_eq!(
            (answer.status, answer.text("/Code")),
            (status, code.to_owned()),
            "{more:?} {}",
            answer.body
        );
    }
    // Every other operation still wants a signature.
    for action in ["AssumeRole", "GetCallerIdentity"] {
        let answer = cloud.unsigned(action, &[("RoleArn", ROLE)]).await;
        answer.refused(400, "MissingParameter");
    }
    // A broken signature is no missing one.
    let mut call = cloud.call(
        &Key::admin(),
        identity::STS_VERSION,
        "AssumeRoleWithOIDC",
        &[],
    );
    call.set("Signature", "wrong");
    cloud
        .send(&call)
        .await
        .refused(400, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn the_trust_policy_decides() {
    let (cloud, idp) = scene().await;
    let token = idp.sign(&claims());
    let of_account = trust("RAM", "acs:ram::1234567890123456:root");
    let of_other = trust("Federated", "acs:ram::1234567890123456:oidc-provider/other");
    let of_saml = trust("Federated", "acs:ram::1234567890123456:saml-provider/idp");
    let wrong_audience = trusting(r#"{"StringEquals":{"oidc:aud":"other"}}"#);
    for document in [&of_account, &of_other, &of_saml, &wrong_audience] {
        let params = [
            ("RoleName", "r"),
            ("NewAssumeRolePolicyDocument", &**document),
        ];
        cloud.admin("UpdateRole", &params).await;
        let refusal = assume(&cloud, &token, &[]).await;
        refusal.says(
            401,
            "AuthenticationFail.NoPermission",
            "There is no permission",
        );
    }
    let any_of_two = trusting(r#"{"StringLike":{"oidc:sub":"system:serviceaccount:ns:*"}}"#);
    let params = [
        ("RoleName", "r"),
        ("NewAssumeRolePolicyDocument", any_of_two.as_str()),
    ];
    cloud.admin("UpdateRole", &params).await;
    assume(&cloud, &token, &[]).await.ok();
    // Who trusts only a provider trusts no user.
    let refusal = cloud.assume(&Key::admin(), "r", &[]).await;
    refusal.refused(403, "NoPermission");
}

#[tokio::test]
async fn a_provider_of_another_account_opens_nothing() {
    let (cloud, idp) = scene().await;
    let now = cloud.gateway.clock.now().virtual_;
    let other = "2222222222222222";
    cloud.identity.make_account(other, now).await.unwrap();
    let arn = format!("acs:ram::{other}:role/theirs");
    let document = trusting(CONDITION);
    let new = identity::roles::NewRole::new("theirs", &*document);
    cloud.identity.create_role(other, new, now).await.unwrap();
    let refusal = assume(&cloud, &idp.sign(&claims()), &[("RoleArn", &arn)]).await;
    refusal.refused(401, "AuthenticationFail.NoPermission");
}

#[tokio::test]
async fn a_tokens_life_is_counted_on_the_virtual_clock() {
    let (cloud, idp) = scene().await;
    let token = idp.sign(&claims());
    cloud.advance(3599);
    assume(&cloud, &token, &[]).await.ok();
    cloud.advance(1);
    let refusal = assume(&cloud, &token, &[]).await;
    refusal.refused(401, "AuthenticationFail.OIDCToken.Expired");
    // What is issued after the clock was moved is not born expired.
    let now = claims()["iat"].as_i64().unwrap() + 10;
    let fresh = but(&json!({"iat": now, "exp": now + 60}));
    assume(&cloud, &idp.sign(&fresh), &[]).await.ok();
}

#[tokio::test]
async fn who_has_the_last_word_on_an_issuers_keys() {
    let (cloud, idp) = scene().await;
    let other = Idp::new(9);
    cloud
        .identity
        .put_issuer_keys(ISSUER, &other.jwks())
        .await
        .unwrap();
    let old = assume(&cloud, &idp.sign(&claims()), &[]).await;
    old.refused(401, "AuthenticationFail.OIDCToken.InvalidSignature");
    assume(&cloud, &other.sign(&claims()), &[]).await.ok();
    let wrong = cloud.identity.put_issuer_keys(ISSUER, "{}").await;
    assert!(matches!(wrong, Err(IssuerKeysError::NoKeys(_))));
}

/// An issuer on this machine, and what was asked of it.
#[derive(Debug, Default)]
struct Local {
    pages: Vec<(String, String)>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Issuers for Local {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        self.asked.lock().unwrap().push(url.to_owned());
        let page = self.pages.iter().find(|(page, _)| page == url);
        page.map(|(_, text)| text.clone().into_bytes())
            .ok_or_else(|| "there is none".to_owned())
    }
}

#[tokio::test]
async fn the_keys_of_an_issuer_on_this_machine_are_fetched() {
    const HERE: &str = "http://127.0.0.1:9000/idp";
    let idp = Idp::new(7);
    let discovery =
        |issuer: &str| json!({"issuer": issuer, "jwks_uri": "http://127.0.0.1:9000/keys"});
    let page = "http://127.0.0.1:9000/idp/.well-known/openid-configuration".to_owned();
    for (pages, code) in [
        (
            vec![
                (page.clone(), discovery(HERE).to_string()),
                ("http://127.0.0.1:9000/keys".to_owned(), idp.jwks()),
            ],
            "",
        ),
        (vec![], "AuthenticationFail.OIDCToken.HttpsUrlInvalid"),
        (
            vec![(page.clone(), discovery(HERE).to_string())],
            "AuthenticationFail.OIDCToken.HttpsUrlInvalid",
        ),
        (
            vec![(
                page.clone(),
                discovery("http://127.0.0.1:9000/other").to_string(),
            )],
            "AuthenticationFail.OIDCToken.HttpsUrlInvalid",
        ),
        (
            vec![(page.clone(), "no JSON".to_owned())],
            "AuthenticationFail.OIDCToken.HttpsUrlInvalid",
        ),
    ] {
        let issuers = Arc::new(Local {
            pages,
            ..Local::default()
        });
        let cloud = Cloud::new().await.reaching(issuers.clone());
        provider(&cloud, HERE).await;
        cloud.role("R", &trust("Federated", PROVIDER), None).await;
        let answer = assume(&cloud, &idp.sign(&but(&json!({"iss": HERE}))), &[]).await;
        assert_eq!(answer.text("/Code"), code);
        let asked = issuers.asked.lock().unwrap().clone();
        assert_eq!(asked[0], page);
        // What fails before is not fetched for.
        let wrong = but(&json!({"iss": HERE, "aud": "x"}));
        assume(&cloud, &idp.sign(&wrong), &[]).await;
        assert_eq!(issuers.asked.lock().unwrap().len(), asked.len());
    }
}

#[tokio::test]
async fn where_signatures_are_not_looked_at_neither_is_a_tokens() {
    let cloud = Cloud::with(Limits::default(), AuthMode::Off).await;
    provider(&cloud, ISSUER).await;
    let params = [
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", &*trusting(CONDITION)),
    ];
    cloud.admin("CreateRole", &params).await;
    assume(&cloud, &Idp::new(8).sign(&claims()), &[]).await.ok();
    let wrong = but(&json!({"aud": "somebody"}));
    let refusal = assume(&cloud, &Idp::new(8).sign(&wrong), &[]).await;
    refusal.refused(401, "AuthenticationFail.OIDCToken.AudienceNotMatch");
}

#[tokio::test]
async fn an_issuer_that_nobody_reaches_opens_nothing() {
    let cloud = Cloud::new().await;
    provider(&cloud, ISSUER).await;
    cloud.role("R", &trust("Federated", PROVIDER), None).await;
    let refusal = assume(&cloud, &Idp::new(7).sign(&claims()), &[]).await;
    refusal.says(
        401,
        "AuthenticationFail.OIDCToken.HttpsUrlInvalid",
        "Invoke url failed due to certificate chain validation",
    );
}

#[tokio::test]
async fn a_provider_lives() {
    let cloud = Cloud::new().await;
    let admin = Key::admin();
    let params = [
        ("OIDCProviderName", "My.Idp-1"),
        ("IssuerUrl", ISSUER),
        ("ClientIds", "a, b:/c,a"),
        ("Fingerprints", "902ef2deeb3c5b13ea4c3d5193629309e231ae55"),
        ("Description", "for tests"),
        ("IssuanceLimitTime", "168"),
    ];
    let made = cloud.ims(&admin, "CreateOIDCProvider", &params).await.ok();
    let shown = json!({
        "OIDCProviderName": "My.Idp-1",
        "Arn": "acs:ram::1234567890123456:oidc-provider/My.Idp-1",
        "IssuerUrl": ISSUER,
        "ClientIds": "a,b:/c",
        "Fingerprints": "902ef2deeb3c5b13ea4c3d5193629309e231ae55",
        "Description": "for tests",
        "IssuanceLimitTime": 168,
        "CreateDate": "2026-01-01T00:00:00Z",
        "UpdateDate": "2026-01-01T00:00:00Z",
        "GmtCreate": "1767225600000",
        "GmtModified": "1767225600000",
    });
    assert_eq!(made.json["OIDCProvider"], shown);
    let named = ("OIDCProviderName", "My.Idp-1");
    let got = cloud.ims(&admin, "GetOIDCProvider", &[named]).await.ok();
    assert_eq!(got.json["OIDCProvider"], shown);
    cloud.advance(60);
    let steps = [
        (
            "AddClientIdToOIDCProvider",
            ("ClientId", "d"),
            "/ClientIds",
            "a,b:/c,d",
        ),
        (
            "AddClientIdToOIDCProvider",
            ("ClientId", "d"),
            "/ClientIds",
            "a,b:/c,d",
        ),
        (
            "RemoveClientIdFromOIDCProvider",
            ("ClientId", "a"),
            "/ClientIds",
            "b:/c,d",
        ),
        (
            "RemoveClientIdFromOIDCProvider",
            ("ClientId", "a"),
            "/ClientIds",
            "b:/c,d",
        ),
        ("UpdateOIDCProvider", ("ClientIds", "x"), "/ClientIds", "x"),
        (
            "UpdateOIDCProvider",
            ("NewDescription", "new"),
            "/Description",
            "new",
        ),
        (
            "RemoveFingerprintFromOIDCProvider",
            ("Fingerprint", "902ef2deeb3c5b13ea4c3d5193629309e231ae55"),
            "/Fingerprints",
            "",
        ),
        (
            "AddFingerprintToOIDCProvider",
            ("Fingerprint", "f1"),
            "/Fingerprints",
            "f1",
        ),
    ];
    for (action, param, place, value) in steps {
        let answer = cloud.ims(&admin, action, &[named, param]).await.ok();
        assert_eq!(
            answer.text(&format!("/OIDCProvider{place}")),
            value,
            "{action}"
        );
        assert_eq!(
            answer.text("/OIDCProvider/UpdateDate"),
            "2026-01-01T00:01:00Z"
        );
    }
    let list = cloud.ims(&admin, "ListOIDCProviders", &[]).await.ok();
    let names = list.names("/OIDCProviders/OIDCProvider", "OIDCProviderName");
    assert_eq!(names, ["My.Idp-1"]);
    cloud.ims(&admin, "DeleteOIDCProvider", &[named]).await.ok();
    for action in [
        "GetOIDCProvider",
        "DeleteOIDCProvider",
        "UpdateOIDCProvider",
    ] {
        let gone = cloud.ims(&admin, action, &[named]).await;
        gone.refused(404, "EntityNotExist.OIDCProvider");
    }
    for action in [
        "AddClientIdToOIDCProvider",
        "RemoveClientIdFromOIDCProvider",
    ] {
        let gone = cloud.ims(&admin, action, &[named, ("ClientId", "x")]).await;
        gone.refused(404, "EntityNotExist.OIDCProvider");
    }
    for action in [
        "AddFingerprintToOIDCProvider",
        "RemoveFingerprintFromOIDCProvider",
    ] {
        let gone = cloud
            .ims(&admin, action, &[named, ("Fingerprint", "x")])
            .await;
        gone.refused(404, "EntityNotExist.OIDCProvider");
    }
    // Its name and its issuer are free again.
    cloud.ims(&admin, "CreateOIDCProvider", &params).await.ok();
}

#[tokio::test]
async fn providers_that_cannot_be() {
    let limits = Limits {
        providers: 2,
        ..Limits::default()
    };
    let cloud = Cloud::with(limits, AuthMode::Enforce).await;
    provider(&cloud, ISSUER).await;
    let admin = Key::admin();
    let long_name = "n".repeat(129);
    let long_url = format!("https://{}", "u".repeat(248));
    let many = (0..51).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let long_text = "d".repeat(257);
    let (name, url) = (("OIDCProviderName", "new"), ("IssuerUrl", "https://x"));
    for (params, status, code) in [
        (vec![url], 400, "MissingParameter"),
        (vec![name], 400, "MissingParameter"),
        (
            vec![("OIDCProviderName", "a b"), url],
            400,
            "InvalidParameter.OIDCProviderName.InvalidChars",
        ),
        (
            vec![("OIDCProviderName", "-a"), url],
            400,
            "InvalidParameter.OIDCProviderName.InvalidChars",
        ),
        (
            vec![("OIDCProviderName", "a."), url],
            400,
            "InvalidParameter.OIDCProviderName.InvalidChars",
        ),
        (
            vec![("OIDCProviderName", &*long_name), url],
            400,
            "InvalidParameter.OIDCProviderName.Length",
        ),
        (
            vec![name, ("IssuerUrl", &*long_url)],
            400,
            "InvalidParameter.IssuerUrl.Length",
        ),
        (
            vec![name, ("IssuerUrl", "http://idp.example.com")],
            400,
            "InvalidParameter.IssuerUrl.Format",
        ),
        (
            vec![name, ("IssuerUrl", "http://127.0.0.1.example.com")],
            400,
            "InvalidParameter.IssuerUrl.Format",
        ),
        (
            vec![name, ("IssuerUrl", "http://localhost@example.com")],
            400,
            "InvalidParameter.IssuerUrl.Format",
        ),
        (
            vec![name, ("IssuerUrl", "ftp://127.0.0.1")],
            400,
            "InvalidParameter.IssuerUrl.Format",
        ),
        (
            vec![name, ("IssuerUrl", "https://a?b")],
            400,
            "InvalidParameter.IssuerUrl.Format",
        ),
        (
            vec![name, ("IssuerUrl", "https://a#b")],
            400,
            "InvalidParameter.IssuerUrl.Format",
        ),
        (
            vec![name, ("IssuerUrl", "https://u@a")],
            400,
            "InvalidParameter.IssuerUrl.Format",
        ),
        (
            vec![name, ("IssuerUrl", "https:///a")],
            400,
            "InvalidParameter.IssuerUrl.Format",
        ),
        (
            vec![name, ("IssuerUrl", "https://a b")],
            400,
            "InvalidParameter.IssuerUrl.Format",
        ),
        (
            vec![name, url, ("ClientIds", ":a")],
            400,
            "InvalidParameter.ClientIds.InvalidChars",
        ),
        (
            vec![name, url, ("ClientIds", "a,,b")],
            400,
            "InvalidParameter.ClientIds.Length",
        ),
        (
            vec![name, url, ("ClientIds", &*many)],
            409,
            "LimitExceeded.OIDCProvider.ClientId",
        ),
        (
            vec![name, url, ("Fingerprints", "a:b")],
            400,
            "InvalidParameter.Fingerprints.InvalidChars",
        ),
        (
            vec![name, url, ("Fingerprints", "1,2,3,4,5,6")],
            409,
            "LimitExceeded.OIDCProvider.Fingerprint",
        ),
        (
            vec![name, url, ("IssuanceLimitTime", "0")],
            400,
            "InvalidParameter.IssuanceLimitTime",
        ),
        (
            vec![name, url, ("IssuanceLimitTime", "169")],
            400,
            "InvalidParameter.IssuanceLimitTime",
        ),
        (
            vec![name, url, ("Description", &*long_text)],
            400,
            "InvalidParameter.Description.Length",
        ),
        (
            vec![("OIDCProviderName", "idp"), url],
            409,
            "EntityAlreadyExists.OIDCProvider",
        ),
        (
            vec![name, ("IssuerUrl", ISSUER)],
            409,
            "EntityAlreadyExists.OIDCProvider",
        ),
    ] {
        let answer = cloud.ims(&admin, "CreateOIDCProvider", &params).await;
        assert_eq!(
            (answer.status, answer.text("/Code")),
            (status, code.to_owned()),
            "{params:?} {}",
            answer.body
        );
    }
    for (number, local) in ["http://localhost:1/a", "http://[::1]:1"]
        .iter()
        .enumerate()
    {
        let name = format!("local{number}");
        let params = [("OIDCProviderName", &*name), ("IssuerUrl", local)];
        let answer = cloud.ims(&admin, "CreateOIDCProvider", &params).await;
        match number {
            0 => drop(answer.ok()),
            _ => answer.refused(409, "LimitExceeded.OIDCProvider"),
        }
    }
    let listed = cloud
        .ims(&admin, "ListOIDCProviders", &[("MaxItems", "101")])
        .await;
    listed.refused(400, "InvalidParameter.MaxItems");
    let unknown = cloud.ims(&admin, "CreateApplication", &[]).await;
    unknown.refused(404, "InvalidAction.NotFound");
    let unknown = cloud.ims(&admin, "MakeCoffee", &[]).await;
    unknown.refused(400, "InvalidParameter");
}

#[tokio::test]
async fn making_a_provider_may_depend_on_its_issuer() {
    let cloud = Cloud::new().await;
    let document = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:CreateOIDCProvider","Resource":"*","Condition":{"StringLike":{"ram:OidcIssuerUrl":"https://idp.example.com/*"}}}]}"#;
    let anna = cloud.user("anna", Some(document)).await;
    let name = ("OIDCProviderName", "idp");
    let elsewhere = [name, ("IssuerUrl", "https://elsewhere.example.com/")];
    let refusal = cloud.ims(&anna, "CreateOIDCProvider", &elsewhere).await;
    refusal.refused(403, "NoPermission");
    let here = [name, ("IssuerUrl", ISSUER)];
    cloud.ims(&anna, "CreateOIDCProvider", &here).await.ok();
    let refusal = cloud.ims(&anna, "GetOIDCProvider", &[name]).await;
    refusal.refused(403, "NoPermission");
}
