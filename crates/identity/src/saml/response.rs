//! The response of a provider, with the assertion in it
//! (<https://www.alibabacloud.com/help/en/ram/saml-response-for-role-based-sso>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use roxmltree::{Document, Node};

use super::metadata::Metadata;
use super::signature;
use super::xml::{self, ASSERTION, PROTOCOL, SIGNATURE};

/// How long a response may be in Base64, in characters
/// (<https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerolewithsaml>).
const LENGTH: std::ops::RangeInclusive<usize> = 4..=100_000;

/// What every audience has in it.
const AUDIENCE: &str = "urn:alibaba:cloudcomputing";
/// Where assertions are sent: in China, and elsewhere.
const RECIPIENTS: [&str; 2] = [
    "https://signin.aliyun.com/saml-role/sso",
    "https://signin.alibabacloud.com/saml-role/sso",
];
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

const ROLE: &str = "https://www.aliyun.com/SAML-Role/Attributes/Role";
const SESSION_NAME: &str = "https://www.aliyun.com/SAML-Role/Attributes/RoleSessionName";
const SESSION_DURATION: &str = "https://www.aliyun.com/SAML-Role/Attributes/SessionDuration";

/// What an assertion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The provider that made it.
    pub issuer: String,
    /// When it was made, by the provider's clock.
    pub issued: DateTime<Utc>,
    /// From when on it counts.
    pub not_before: Option<DateTime<Utc>>,
    /// The earliest of the times at which it counts no more.
    pub not_after: DateTime<Utc>,
    /// Whom it is about.
    pub subject: String,
    /// What kind of name that is, without the prefix of SAML 2.0.
    pub subject_type: String,
    /// Where it was sent.
    pub recipient: String,
    /// The roles that it allows, each with its provider, in the order in which each pair stands.
    pub roles: Vec<(String, String)>,
    /// `RoleSessionName`.
    pub session_name: String,
}

/// A response that was read. Nothing of it is proven yet.
#[derive(Debug)]
pub struct Response {
    xml: String,
    /// What its assertion says.
    pub assertion: Assertion,
}

impl Response {
    /// Reads a response in Base64; `None` if it is none, or its assertion lacks what the service wants of one.
    pub fn read(encoded: &str) -> Option<Self> {
        if !LENGTH.contains(&encoded.len()) {
            return None;
        }
        let xml = STANDARD.decode(xml::unbroken(encoded)).ok()?;
        let xml = String::from_utf8(xml).ok()?;
        let assertion = Assertion::read(the_assertion(&xml::parse(&xml)?)?)?;
        Some(Self { xml, assertion })
    }

    /// Whether the provider signed the assertion: the one that was read, and nothing beside it. A signature of the
    /// whole response may be left out, but not be wrong.
    pub fn is_signed_by(&self, metadata: &Metadata) -> bool {
        let document = xml::parse(&self.xml);
        let check = |document: &Document<'_>| {
            let response = document.root_element();
            let whole = xml::children(response, SIGNATURE, "Signature").next();
            let whole = whole.is_none() || signature::covers(response, &metadata.keys);
            Some(whole && signature::covers(the_assertion(document)?, &metadata.keys))
        };
        document.as_ref().and_then(check).unwrap_or(false)
    }
}

/// The one assertion of a response. There may be no second one anywhere, in clear or encrypted, no signature but one in
/// the assertion and one in the response, and no two elements with one id, so that what a signature covers and what is
/// read cannot be two things.
fn the_assertion<'a, 'i>(document: &'a Document<'i>) -> Option<Node<'a, 'i>> {
    let response = document.root_element();
    if !response.has_tag_name((PROTOCOL, "Response")) {
        return None;
    }
    let assertion = xml::only(response, ASSERTION, "Assertion")?;
    let mut ids = Vec::new();
    for node in document.descendants().filter(Node::is_element) {
        let parent = node.parent();
        let placed = match node.tag_name().name() {
            "Assertion" => node == assertion,
            "EncryptedAssertion" | "Response" => node == response,
            "Signature" => parent == Some(assertion) || parent == Some(response),
            _ => true,
        };
        if !placed {
            return None;
        }
        let is_id = |name: &str| name.eq_ignore_ascii_case("id");
        ids.extend(
            node.attributes()
                .filter(|a| is_id(a.name()))
                .map(|a| a.value()),
        );
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    (ids.len() == count && succeeded(response)).then_some(assertion)
}

fn succeeded(response: Node<'_, '_>) -> bool {
    let status = xml::only(response, PROTOCOL, "Status");
    let code = status.and_then(|status| xml::only(status, PROTOCOL, "StatusCode"));
    code.and_then(|code| code.attribute("Value")) == Some(SUCCESS)
}

/// A time, which SAML has in UTC.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text.trim()).ok()?;
    let time = time.with_timezone(&Utc);
    let year = chrono::Datelike::year(&time);
    (1..=9999).contains(&year).then_some(time)
}

/// A time of an attribute that may be left out, but not be none.
fn moment(node: Node<'_, '_>, name: &str) -> Option<Option<DateTime<Utc>>> {
    match node.attribute(name) {
        None => Some(None),
        Some(text) => instant(text).map(Some),
    }
}

impl Assertion {
    fn read(assertion: Node<'_, '_>) -> Option<Self> {
        let issuer = xml::text(xml::only(assertion, ASSERTION, "Issuer")?)?;
        let subject = xml::only(assertion, ASSERTION, "Subject")?;
        let name = xml::only(subject, ASSERTION, "NameID")?;
        let confirmation = xml::only(subject, ASSERTION, "SubjectConfirmation")?;
        let data = xml::only(confirmation, ASSERTION, "SubjectConfirmationData")?;
        let recipient = data.attribute("Recipient")?;
        let bearer = confirmation.attribute("Method") == Some(BEARER);
        if !bearer || !RECIPIENTS.contains(&recipient) {
            return None;
        }
        let conditions = conditions(assertion)?;
        let ends = [
            moment(data, "NotOnOrAfter")?,
            moment(conditions, "NotOnOrAfter")?,
        ];
        let begins = [moment(data, "NotBefore")?, moment(conditions, "NotBefore")?];
        // The one of the subject must be there.
        ends[0]?;
        Some(Self {
            issuer: issuer.to_owned(),
            issued: instant(assertion.attribute("IssueInstant")?)?,
            not_before: begins.into_iter().flatten().max(),
            not_after: ends.into_iter().flatten().min()?,
            subject: xml::text(name)?.to_owned(),
            subject_type: subject_type(name),
            recipient: recipient.to_owned(),
            roles: roles(assertion)?,
            session_name: session_name(assertion)?,
        })
    }
}

fn subject_type(name: Node<'_, '_>) -> String {
    let format = name.attribute("Format").unwrap_or_default();
    let short = format.strip_prefix("urn:oasis:names:tc:SAML:2.0:nameid-format:");
    short.unwrap_or(format).to_owned()
}

/// The conditions, if they are for this audience. What is not known is not fulfilled.
fn conditions<'a, 'i>(assertion: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    let conditions = xml::only(assertion, ASSERTION, "Conditions")?;
    let known = |node: Node<'_, '_>| {
        let name = node.tag_name();
        let names = ["AudienceRestriction", "OneTimeUse", "ProxyRestriction"];
        name.namespace() == Some(ASSERTION) && names.contains(&name.name())
    };
    let restriction = xml::only(conditions, ASSERTION, "AudienceRestriction")?;
    let mut audiences = xml::children(restriction, ASSERTION, "Audience");
    let all_known = conditions.children().filter(Node::is_element).all(known);
    let meant = audiences.any(|audience| xml::text(audience) == Some(AUDIENCE));
    (all_known && meant).then_some(conditions)
}

/// The values of all attributes of a name: a list for each attribute.
fn values<'a>(assertion: Node<'a, '_>, name: &str) -> Option<Vec<Vec<&'a str>>> {
    let statements = xml::children(assertion, ASSERTION, "AttributeStatement");
    let attributes = statements.flat_map(|s| xml::children(s, ASSERTION, "Attribute"));
    let named = attributes.filter(|a| a.attribute("Name") == Some(name));
    let values = |attribute| {
        xml::children(attribute, ASSERTION, "AttributeValue")
            .map(xml::text)
            .collect()
    };
    named.map(values).collect()
}

/// Pairs of a role and a provider. Both orders occur.
fn roles(assertion: Node<'_, '_>) -> Option<Vec<(String, String)>> {
    let pair = |text: &str| {
        let (one, other) = text.split_once(',')?;
        let (one, other) = (one.trim().to_owned(), other.trim().to_owned());
        Some(if one.contains(":saml-provider/") {
            (other, one)
        } else {
            (one, other)
        })
    };
    let found = values(assertion, ROLE)?.concat();
    if found.is_empty() || values(assertion, SESSION_DURATION)?.len() > 1 {
        return None;
    }
    found.into_iter().map(pair).collect()
}

fn session_name(assertion: Node<'_, '_>) -> Option<String> {
    let found = values(assertion, SESSION_NAME)?;
    match found.as_slice() {
        [one] => match one.as_slice() {
            [name] => Some((*name).to_owned()),
            _ => None,
        },
        _ => None,
    }
}
