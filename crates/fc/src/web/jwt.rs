//! HTTP triggers that let in whoever brings a JSON Web Token which one of their keys has signed.
//! <https://help.aliyun.com/zh/functioncompute/fc/user-guide/configure-jwt-authentication-for-an-http-trigger>

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use gateway::Fault;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;
use signature::jws::{Algorithm, Key};
use signature::{Plus, Query};

use super::HttpRequest;
use super::settings::bad;
use crate::fault;
use crate::settings::Fields;

/// The longest token, in bytes: headers have no more together.
const LONGEST: usize = 8 << 10;

/// What an `authConfig` says.
#[derive(Debug, Clone)]
pub(crate) struct Jwt {
    keys: Vec<Key>,
    /// Where tokens are looked for, in this order.
    lookup: Vec<(Place, String, String)>,
    /// Which claims the function gets: where, the claim, the name.
    passed: Vec<(Place, String, String)>,
    /// Whether the paths are those that need no token, or those that do.
    free: bool,
    paths: Vec<String>,
}

/// A part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    Query,
    Form,
    Cookie,
}

/// Whether a request is let in.
#[derive(Debug)]
pub(crate) enum Admission {
    /// Its path needs no token.
    Free,
    /// What its token claims.
    With(Fields),
    /// Its token may be in the body.
    Later,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

impl Jwt {
    /// Reads an `authConfig`, which is JSON in a string. Its names are read in any case.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let config: Fields = serde_json::from_str(text)
            .map_err(|e| bad(&format!("has an authConfig that is no JSON object: {e}")))?;
        let mut jwt = Self {
            keys: Vec::new(),
            lookup: Vec::new(),
            passed: Vec::new(),
            free: true,
            paths: Vec::new(),
        };
        for (name, value) in config {
            match (name.to_ascii_lowercase().as_str(), value) {
                (_, Value::Null) => {}
                ("jwks", value) => jwt.keys = keys(value)?,
                ("tokenlookup", Value::String(text)) => jwt.lookup = places(&text, 2)?,
                ("claimpassby", Value::String(text)) => jwt.passed = places(&text, 3)?,
                (list @ ("whitelist" | "blacklist"), value) => {
                    if !jwt.paths.is_empty() {
                        return Err(bad("has an authConfig with a whitelist and a blacklist"));
                    }
                    jwt.free = list == "whitelist";
                    jwt.paths = paths(&value)?;
                }
                _ => {
                    return Err(fault::unknown_field(&format!(
                        "triggerConfig.authConfig.{name}"
                    )));
                }
            }
        }
        jwt.passed
            .retain(|(_, claim, name)| !claim.is_empty() && !name.is_empty());
        match jwt.keys.is_empty() || jwt.lookup.is_empty() {
            true => Err(bad("needs an authConfig with 'jwks' and 'tokenLookup'")),
            false => Ok(jwt),
        }
    }

    /// Looks at the token, if the path needs one, before the body is read where that can be.
    ///
    /// # Errors
    ///
    /// `Unauthorized`.
    pub(crate) fn admit(
        &self,
        request: &HttpRequest,
        body: Option<&Bytes>,
        now: DateTime<Utc>,
    ) -> Result<Admission, Fault> {
        // Functions decode it, so what is written in another way is the same path.
        let path = percent_decode_str(&request.path).decode_utf8_lossy();
        let listed = self.paths.iter().any(|listed| fits(listed, &path));
        if listed == self.free {
            return Ok(Admission::Free);
        }
        let mut token = None;
        for of in &self.lookup {
            let found = match (of.0, body) {
                (Place::Form, None) if is_form(&request.headers) => return Ok(Admission::Later),
                (_, body) => find(of, request, body.unwrap_or(&Bytes::new())),
            };
            if found.is_some() {
                token = found;
                break;
            }
        }
        let token = token
            .filter(|token| !token.is_empty())
            .ok_or_else(fault::jwt_missing)?;
        let claims = self.claims(&token, now).ok_or_else(fault::jwt_invalid)?;
        Ok(Admission::With(claims))
    }

    /// Puts what the token claims into the request.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a form in which a claim has no place.
    pub(crate) fn pass(
        &self,
        claims: &Fields,
        request: &mut HttpRequest,
        body: &mut Bytes,
    ) -> Result<(), Fault> {
        for (place, claim, name) in &self.passed {
            let value = claims.get(claim).map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            put(*place, name, value.as_deref(), request, body)?;
        }
        Ok(())
    }

    /// What a token says that is signed and in force.
    fn claims(&self, token: &str, now: DateTime<Utc>) -> Option<Fields> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        let algorithm = Algorithm::parse(&header.alg)?;
        let signature = decode(signature)?;
        let meant = |key: &&Key| {
            let same =
                key.kid.as_deref().unwrap_or_default() == header.kid.as_deref().unwrap_or_default();
            same && key.alg.as_deref() == Some(&*header.alg)
        };
        let mut keys = self.keys.iter().filter(meant);
        if !keys.any(|key| key.verifies(algorithm, signed.as_bytes(), &signature)) {
            return None;
        }
        let claims: Fields = serde_json::from_slice(&decode(claims)?).ok()?;
        let now = now.timestamp() as f64;
        let time = |name| claims.get(name).map(Value::as_f64);
        let over = time("exp").is_some_and(|end| end.is_none_or(|end| end <= now));
        let early = time("nbf").is_some_and(|begin| begin.is_none_or(|begin| begin > now));
        (!over && !early).then_some(claims)
    }
}

fn keys(set: Value) -> Result<Vec<Key>, Fault> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Key>,
    }
    let set: Set = serde_json::from_value(set)
        .map_err(|e| bad(&format!("has an authConfig.jwks that is no key set: {e}")))?;
    for key in &set.keys {
        let named = key.alg.as_deref().unwrap_or_default();
        if Algorithm::parse(named).is_none() {
            return Err(bad(&format!("has a key with the alg '{named}'")));
        }
    }
    let nameless = |key: &&Key| key.kid.as_deref().unwrap_or_default().is_empty();
    match set.keys.iter().filter(nameless).count() {
        0 | 1 => Ok(set.keys),
        _ => Err(bad(
            "has several keys without a kid, and one may be without",
        )),
    }
}

/// `header:name[:prefix],cookie:name` of a look-up, `header:claim:name,…` of what is passed.
fn places(text: &str, least: usize) -> Result<Vec<(Place, String, String)>, Fault> {
    let wrong = |item: &str| bad(&format!("has an authConfig with '{item}'"));
    let items = text.split(',').filter(|item| !item.trim().is_empty());
    let read = items.map(|item| {
        let parts: Vec<&str> = item.splitn(3, ':').collect();
        let place = match parts[0].trim() {
            "header" => Place::Header,
            "query" => Place::Query,
            "form" => Place::Form,
            "cookie" => Place::Cookie,
            _ => return Err(wrong(item)),
        };
        let third = parts.get(2).copied().unwrap_or_default();
        let name = if least == 2 {
            parts.get(1).copied().unwrap_or_default()
        } else {
            third
        };
        let is_header =
            place != Place::Header || name.is_empty() || HeaderName::try_from(name).is_ok();
        match parts.len() >= least && is_header && (least == 3 || !name.is_empty()) {
            true => Ok((place, parts[1].to_owned(), third.to_owned())),
            false => Err(wrong(item)),
        }
    });
    read.collect()
}

fn paths(value: &Value) -> Result<Vec<String>, Fault> {
    let wrong = || bad("has an authConfig with a list of something else than paths");
    let items = value.as_array().ok_or_else(wrong)?.iter();
    let texts = items.map(|item| {
        let path = item.as_str().filter(|path| path.starts_with('/'));
        path.map(str::to_owned).ok_or_else(wrong)
    });
    texts.collect()
}

/// A `*` may stand at the end.
fn fits(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => path == pattern,
    }
}

fn find(of: &(Place, String, String), request: &HttpRequest, body: &Bytes) -> Option<String> {
    let (place, name, prefix) = of;
    let parameter = |text: &str| {
        let query = Query::parse(text, Plus::Space).ok()?;
        query.first(name).map(str::to_owned)
    };
    match place {
        Place::Header => {
            let value = request.headers.get(name)?.to_str().ok()?;
            let token = value
                .get(..prefix.len())
                .filter(|start| start.eq_ignore_ascii_case(prefix));
            token.map(|start| value[start.len()..].trim().to_owned())
        }
        Place::Query => parameter(&request.query),
        Place::Form if is_form(&request.headers) => parameter(std::str::from_utf8(body).ok()?),
        Place::Form => None,
        Place::Cookie => cookies(&request.headers)
            .find_map(|(known, value)| (known == name).then(|| value.to_owned())),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    kind.trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|value| value.split(';'));
    let pairs = pairs.filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim(), value.trim()))
}

/// Puts a claim where the function finds it, in the place of whatever the client has put there.
///
/// # Errors
///
/// `InvalidArgument` where nobody can say what the client has put there.
fn put(
    place: Place,
    name: &str,
    value: Option<&str>,
    request: &mut HttpRequest,
    body: &mut Bytes,
) -> Result<(), Fault> {
    let headers = &mut request.headers;
    match place {
        Place::Header => {
            for alike in alike(headers, name) {
                headers.remove(alike);
            }
            let value = value.and_then(|value| HeaderValue::from_str(value).ok());
            if let (Ok(name), Some(value)) = (HeaderName::try_from(name), value) {
                headers.insert(name, value);
            }
        }
        Place::Cookie => {
            let others = cookies(headers).filter(|(known, _)| *known != name);
            let mut all: Vec<String> = others
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            all.extend(value.map(|value| format!("{name}={value}")));
            headers.remove(COOKIE);
            if let Ok(all) = HeaderValue::from_str(&all.join("; ")) {
                headers.insert(COOKIE, all);
            }
        }
        Place::Query => request.query = replaced(&request.query, name, value)?,
        Place::Form if is_form(headers) => {
            let form = std::str::from_utf8(body).map_err(|_| unreadable("it is not UTF-8"))?;
            *body = replaced(form, name, value)?.into();
        }
        Place::Form => {}
    }
    Ok(())
}

/// The headers that are the same to programs which read them as variables (RFC 3875, 4.1.18): in those, `-` is `_`.
fn alike(headers: &HeaderMap, name: &str) -> Vec<HeaderName> {
    let plain = |name: &str| name.replace('_', "-").to_ascii_lowercase();
    let wanted = plain(name);
    let names = headers
        .keys()
        .filter(|known| plain(known.as_str()) == wanted);
    names.cloned().collect()
}

/// Parameters with this one instead of those of its name.
fn replaced(text: &str, name: &str, value: Option<&str>) -> Result<String, Fault> {
    let query = Query::parse(text, Plus::Space).map_err(|bad| unreadable(&bad.to_string()))?;
    let others = query.iter().filter(|pair| pair.name != name);
    let mut all: Vec<String> = others.map(|pair| pair.raw.to_owned()).collect();
    if let Some(value) = value {
        all.push(Query::from_pairs([(name, value)]).raw().to_owned());
    }
    Ok(all.join("&"))
}

fn unreadable(why: &str) -> Fault {
    fault::invalid_argument(format!(
        "the trigger puts a claim among the parameters, which cannot be read: {why}"
    ))
}

#[cfg(test)]
mod tests {
    use http::{Method, Version};
    use proptest::prelude::*;

    use super::*;

    /// RFC 7515, A.1: HS256, good until 2011-03-22T18:43:00Z.
    const TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const KEY: &str = r#"{"keys":[{"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]}"#;

    fn jwt(more: &str) -> Jwt {
        let text = format!(
            r#"{{"jwks":{KEY},"tokenLookup":"header:Authorization:Bearer,query:t,form:t,cookie:t"{more}}}"#
        );
        Jwt::read(&text).unwrap()
    }

    fn request(path: &str, query: &str, headers: &[(&'static str, &str)]) -> HttpRequest {
        let pairs = headers.iter();
        let pairs = pairs.map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        });
        HttpRequest {
            method: Method::POST,
            version: Version::HTTP_11,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: pairs.collect(),
            source: [127, 0, 0, 1].into(),
            uri: String::new(),
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// The code of the refusal, or what was let in.
    fn ask(
        jwt: &Jwt,
        mut request: HttpRequest,
        body: &str,
        now: i64,
    ) -> Result<(HttpRequest, String), String> {
        let mut body = Bytes::copy_from_slice(body.as_bytes());
        let text = |fault: Fault| fault.text().to_owned();
        let mut admitted = jwt.admit(&request, None, at(now)).map_err(text)?;
        if matches!(admitted, Admission::Later) {
            admitted = jwt.admit(&request, Some(&body), at(now)).map_err(text)?;
        }
        if let Admission::With(claims) = admitted {
            jwt.pass(&claims, &mut request, &mut body).map_err(text)?;
        }
        Ok((request, String::from_utf8(body.to_vec()).unwrap()))
    }

    #[test]
    fn tokens_are_found_in_every_place() {
        let (bearer, cookie) = (format!("Bearer {TOKEN}"), format!("a=b; t={TOKEN}"));
        let (query, form) = (
            format!("t={TOKEN}"),
            ("content-type", "application/x-www-form-urlencoded"),
        );
        let jwt = jwt("");
        for (request, body) in [
            (request("/", "", &[("authorization", &bearer)]), ""),
            (request("/", &query, &[]), ""),
            (request("/", "", &[form]), &*query),
            (request("/", "", &[("cookie", &cookie)]), ""),
        ] {
            ask(&jwt, request, body, 1_300_819_379).unwrap();
        }
        let missing = [
            request("/", "", &[("authorization", TOKEN)]),
            request("/", "", &[]),
        ];
        for request in missing {
            assert_eq!(
                ask(&jwt, request, &query, 0).unwrap_err(),
                "the jwt token is missing"
            );
        }
    }

    #[test]
    fn tokens_end() {
        let asked = |now| ask(&jwt(""), request("/", &format!("t={TOKEN}"), &[]), "", now);
        assert!(asked(1_300_819_379).is_ok());
        assert_eq!(asked(1_300_819_380).unwrap_err(), "invalid or expired jwt");
    }

    #[test]
    fn only_the_right_key_counts() {
        let unsigned = "eyJhbGciOiJub25lIn0.e30.";
        let (changed, other) = (TOKEN.replace("dBjf", "dBjg"), KEY.replace("HS256", "HS512"));
        for token in [
            unsigned,
            &changed,
            "a.b",
            "",
            "..",
            "eyJhbGciOiJIUzI1NiJ9.e30.e30",
        ] {
            let request = request("/", &format!("t={token}"), &[]);
            assert!(ask(&jwt(""), request, "", 0).is_err(), "{token}");
        }
        for set in [other, KEY.replace(r#""alg""#, r#""kid":"one","alg""#)] {
            let text = format!(r#"{{"JWKS":{set},"TokenLookup":"query:t"}}"#);
            let request = request("/", &format!("t={TOKEN}"), &[]);
            assert!(
                ask(&Jwt::read(&text).unwrap(), request, "", 0).is_err(),
                "{set}"
            );
        }
    }

    #[test]
    fn claims_take_the_place_of_what_the_client_says() {
        let jwt = jwt(
            r#","claimPassBy":"header:iss:x-user,query:iss:u,cookie:exp:e,form:iss:f,header:none:x-none,query::""#,
        );
        let form = ("content-type", "application/x-www-form-urlencoded");
        let forged = [
            form,
            ("x-user", "root"),
            ("x-none", "root"),
            ("cookie", "e=0; a=b"),
        ];
        let query = format!("u=root&k=1&t={TOKEN}");
        let (request, body) = ask(&jwt, request("/", &query, &forged), "f=root&k=2", 0).unwrap();
        assert_eq!(request.headers["x-user"], "joe");
        assert!(!request.headers.contains_key("x-none"));
        assert_eq!(request.headers["cookie"], "a=b; e=1300819380");
        assert_eq!(request.query, format!("k=1&t={TOKEN}&u=joe"));
        assert_eq!(body, "k=2&f=joe");
    }

    #[test]
    fn a_claim_has_no_double() {
        let jwt = jwt(
            r#","claimPassBy":"header:iss:x-user,header:none:x-none,cookie:none:e,form:iss:f""#,
        );
        let query = format!("t={TOKEN}");
        let form = ("content-type", "application/x-www-form-urlencoded");
        let forged = [
            form,
            ("x_user", "root"),
            ("x_none", "root"),
            ("cookie", "a=b; e =root;e\t=root"),
        ];
        let (request, _) = ask(&jwt, request("/", &query, &forged), "", 0).unwrap();
        assert_eq!(request.headers["x-user"], "joe");
        assert_eq!(request.headers["cookie"], "a=b");
        assert_eq!(request.headers.len(), 3, "{:?}", request.headers);
    }

    #[test]
    fn a_form_that_nobody_can_read_is_refused() {
        let jwt = jwt(r#","claimPassBy":"form:iss:f""#);
        let query = format!("t={TOKEN}");
        let form = ("content-type", "application/x-www-form-urlencoded");
        let refused = ask(&jwt, request("/", &query, &[form]), "f=root&%FF", 0).unwrap_err();
        assert!(refused.contains("cannot be read"), "{refused}");
    }

    #[test]
    fn paths_need_tokens_or_do_not() {
        for (list, path, free) in [
            (r#","whitelist":["/a","/login/*"]"#, "/a", true),
            (r#","whitelist":["/a","/login/*"]"#, "/login/b/c", true),
            (r#","whitelist":["/a","/login/*"]"#, "/a/", false),
            (r#","blacklist":["/a"]"#, "/a", false),
            (r#","blacklist":["/a"]"#, "/a/", true),
            (r#","blacklist":["/a*"]"#, "/%61/b", false),
            (r#","whitelist":["/a%*"]"#, "/a%2fb", false),
            (r#","blacklist":[]"#, "/a", true),
            (r#","whitelist":[]"#, "/a", false),
            ("", "/a", false),
        ] {
            let asked = ask(&jwt(list), request(path, "", &[]), "", 0);
            assert_eq!(asked.is_ok(), free, "{list} {path}");
        }
    }

    #[test]
    fn configurations_that_cannot_be() {
        let lookup = r#""tokenLookup":"query:t""#;
        for text in [
            "",
            "[]",
            "{}",
            &format!(r#"{{"jwks":{KEY}}}"#),
            &format!("{{{lookup}}}"),
            &format!(r#"{{"jwks":{{"keys":[]}},{lookup}}}"#),
            &format!(r#"{{"jwks":{{"keys":[{{"kty":"RSA"}}]}},{lookup}}}"#),
            &format!(r#"{{"jwks":{{"keys":[{{"kty":"RSA","alg":"none"}}]}},{lookup}}}"#),
            &format!(
                r#"{{"jwks":{{"keys":[{{"kty":"a","alg":"RS256"}},{{"kty":"a","alg":"RS256"}}]}},{lookup}}}"#
            ),
            &format!(r#"{{"jwks":{KEY},"tokenLookup":"body:t"}}"#),
            &format!(r#"{{"jwks":{KEY},"tokenLookup":"header:a b"}}"#),
            &format!(r#"{{"jwks":{KEY},{lookup},"claimPassBy":"header:a"}}"#),
            &format!(r#"{{"jwks":{KEY},{lookup},"whitelist":["/a"],"blacklist":["/b"]}}"#),
            &format!(r#"{{"jwks":{KEY},{lookup},"whitelist":["a"]}}"#),
            &format!(r#"{{"jwks":{KEY},{lookup},"colour":"red"}}"#),
        ] {
            assert!(Jwt::read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn strangers_tokens_are_refused_without_panic(token in "[A-Za-z0-9_.=-]{0,80}", path in "/[!-~]{0,20}") {
            let request = request(&path, &format!("t={token}"), &[]);
            prop_assert!(ask(&jwt(""), request, "", 0).is_err());
        }

        #[test]
        fn strangers_configurations_are_read_or_refused(lookup in "[a-z:, ]{0,20}", passed in "[a-z:,]{0,20}") {
            let text = format!(r#"{{"jwks":{KEY},"tokenLookup":"{lookup}","claimPassBy":"{passed}"}}"#);
            let _ = Jwt::read(&text);
        }
    }
}
