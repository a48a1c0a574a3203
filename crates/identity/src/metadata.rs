//! The metadata service of one ECS instance, from which the SDKs on it get the credentials of its role
//! (spec/identity.md §5.1). The instance is this server's own: there is one, and it belongs to the account of its role.
//! <https://help.aliyun.com/en/ecs/user-guide/view-instance-metadata>

mod credentials;
mod items;
mod token;

use std::fmt;
use std::sync::{Arc, Mutex, RwLock};

use chrono::{DateTime, Utc};
use gateway::{Fault, Head, Moment, Response, ResponseBody, region};
use http::{HeaderValue, Method, StatusCode, header};

use crate::Identity;
use crate::accounts::DEFAULT_ACCOUNT;
use crate::arn::RoleArn;
use credentials::Held;
use items::{Facts, Item};

/// The address that every SDK has built in.
pub const ADDRESS: &str = "100.100.100.200";
/// The principal of ECS in trust policies.
pub const ECS: &str = "ecs.aliyuncs.com";
/// The instance's id: the form is the real one, `i-` and 20 letters and digits.
pub const INSTANCE_ID: &str = "i-localyun000000000000";

/// What the versions of the service are called in its paths. There is one.
const VERSIONS: [&str; 2] = ["latest", "2016-01-01"];
const TOKEN_PAGE: &str = "api/token";
const TTL: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
const TOKEN: &str = "x-aliyun-ecs-metadata-token";

/// The metadata service.
pub struct Metadata {
    identity: Arc<Identity>,
    token_required: bool,
    role: RwLock<Option<RoleArn>>,
    held: Mutex<Option<Held>>,
}

/// Why a request got nothing.
#[derive(Debug)]
enum Refusal {
    /// The TTL of a token is missing or out of range.
    BadTtl,
    /// A token that is not one of ours, or is past its end.
    BadToken,
    /// No token where one is required, or one asked for through a proxy.
    Forbidden,
    NotFound,
    NotAllowed,
    Failed(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl Metadata {
    /// The service for an instance without a role. With `token_required`, nothing is told without a token (the mode
    /// that the vendor calls security hardening).
    pub fn new(identity: Arc<Identity>, token_required: bool) -> Self {
        Self {
            identity,
            token_required,
            role: RwLock::default(),
            held: Mutex::default(),
        }
    }

    /// The instance's role.
    pub fn role(&self) -> Option<RoleArn> {
        self.role.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// Gives the instance a role, which need not exist yet, or takes it away.
    pub fn set_role(&self, role: Option<RoleArn>) {
        *self.role.write().unwrap_or_else(|e| e.into_inner()) = role;
    }

    /// Answers a request. Who may send one is for the listener to say: the real service asks nobody who he is either.
    pub async fn answer(&self, head: &Head, now: &Moment) -> Response {
        let answered = self.try_answer(head, now).await;
        let response = match answered {
            Ok(text) => reply(StatusCode::OK, "text/plain", text),
            Err(refusal) => refuse(&refusal),
        };
        tracing::info!(
            method = %head.method,
            path = head.path,
            status = response.status().as_u16(),
            "metadata"
        );
        response
    }

    async fn try_answer(&self, head: &Head, now: &Moment) -> Result<String, Refusal> {
        let page = page(&head.path).ok_or(Refusal::NotFound)?;
        if page == Some(TOKEN_PAGE) {
            return self.issue_token(head, now.virtual_).await;
        }
        if !matches!(head.method, Method::GET | Method::HEAD) {
            return Err(Refusal::NotAllowed);
        }
        self.admit(head, now.virtual_).await?;
        let Some(page) = page else {
            return Ok(VERSIONS.join("\n"));
        };
        let role = self.role();
        let account = role.as_ref().map(|role| role.account.clone());
        let facts = Facts {
            region: region::DEFAULT,
            account: account.as_deref().unwrap_or(DEFAULT_ACCOUNT),
            role: role.as_ref().map(|role| role.name.as_str()),
        };
        match (facts.find(page).ok_or(Refusal::NotFound)?, role) {
            (Item::Text(text), _) => Ok(text),
            (Item::Credentials, Some(role)) => self.credentials(&role, now).await,
            (Item::Credentials, None) => Err(Refusal::NotFound),
        }
    }

    /// The documents say of a token only that it must be asked for directly and for how long.
    async fn issue_token(&self, head: &Head, now: DateTime<Utc>) -> Result<String, Refusal> {
        if head.method != Method::PUT {
            return Err(Refusal::NotAllowed);
        }
        if head.headers.contains_key("x-forwarded-for") {
            return Err(Refusal::Forbidden);
        }
        let seconds = head.header(TTL).and_then(token::ttl);
        let seconds = seconds.ok_or(Refusal::BadTtl)?;
        let generation = self.identity.generation().await?;
        let sealer = self.identity.sealer(&generation).await?;
        Ok(token::issue(&sealer, seconds, now)?)
    }

    /// A token that is sent must be good, also where none is required.
    async fn admit(&self, head: &Head, now: DateTime<Utc>) -> Result<(), Refusal> {
        let mut sent = head.headers.get_all(TOKEN).iter();
        let (token, further) = (sent.next(), sent.next());
        let Some(token) = token else {
            return match self.token_required {
                true => Err(Refusal::Forbidden),
                false => Ok(()),
            };
        };
        let generation = self.identity.generation().await?;
        let sealer = self.identity.sealer(&generation).await?;
        let good = further.is_none() && token::is_good(&sealer, token.as_bytes(), now);
        good.then_some(()).ok_or(Refusal::BadToken)
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata")
            .field("token_required", &self.token_required)
            .field("role", &self.role())
            .finish_non_exhaustive()
    }
}

/// What a path names below a version: `Some(None)` for the list of versions, `None` for nothing. Paths are taken as
/// they stand: nothing is decoded, and no dots are resolved.
fn page(path: &str) -> Option<Option<&str>> {
    let path = path.strip_prefix('/')?;
    if path.is_empty() {
        return Some(None);
    }
    let (version, page) = path.split_once('/').unwrap_or((path, ""));
    VERSIONS.contains(&version).then_some(Some(page))
}

/// The documents show status and text, so the page is no more than that.
fn refuse(refusal: &Refusal) -> Response {
    let (status, text) = match refusal {
        Refusal::BadTtl => (StatusCode::BAD_REQUEST, "Missing or Invalid Parameters"),
        Refusal::BadToken => (StatusCode::UNAUTHORIZED, "Unauthorized"),
        Refusal::Forbidden => (StatusCode::FORBIDDEN, "Forbidden"),
        Refusal::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
        Refusal::NotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
        Refusal::Failed(fault) => {
            tracing::error!(?fault, "the metadata service failed inside");
            (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    };
    let title = format!("{} - {text}", status.as_u16());
    let page = format!(
        "<html>\n<head><title>{title}</title></head>\n<body><h1>{title}</h1></body>\n</html>\n"
    );
    reply(status, "text/html", page)
}

fn reply(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mut response = Response::new(ResponseBody::full(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Nobody on the way keeps what is in here.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pages_stand_below_a_version() {
        assert_eq!(page("/"), Some(None));
        assert_eq!(page("/latest"), Some(Some("")));
        assert_eq!(page("/2016-01-01/meta-data/"), Some(Some("meta-data/")));
        for nothing in [
            "",
            "//",
            "/Latest/",
            "/latest%2Fmeta-data",
            "/x/../latest",
            "latest/",
        ] {
            assert_eq!(page(nothing), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn strangers_paths_name_nothing(path in "\\PC*") {
            let known = path == "/" || VERSIONS.iter().any(|v| {
                path == format!("/{v}") || path.starts_with(&format!("/{v}/"))
            });
            prop_assert_eq!(page(&path).is_some(), known);
        }
    }
}
