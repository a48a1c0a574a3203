//! What is asked and what is answered.

use std::sync::Arc;

use serde::Serialize;

use crate::{Context, Document, Principal};

/// Where a policy comes from, which decides what it is called in a refusal (spec §4.9).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum PolicyType {
    /// Made by Alibaba Cloud, the same in every account.
    System,
    /// Made in the account.
    Custom,
    /// Handed in with AssumeRole.
    Session,
    /// The trust policy of a role.
    Trust,
    /// The policy of a bucket.
    Bucket,
    /// An access control policy of the resource directory.
    Control,
}

/// A policy together with what it is called.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The name of the policy, for the reasons.
    pub name: Arc<str>,
    /// Its kind.
    pub policy_type: PolicyType,
    /// What it says.
    pub document: Arc<Document>,
    /// The number of its version; only custom policies have versions.
    pub version: Option<u32>,
    /// Through whom the caller has it, for policies of identities.
    pub holder: Option<Holder>,
}

impl Attached {
    /// A policy without versions that hangs on no identity, or of which nobody needs to know.
    pub fn new(
        name: impl Into<Arc<str>>,
        policy_type: PolicyType,
        document: impl Into<Arc<Document>>,
    ) -> Self {
        Self {
            name: name.into(),
            policy_type,
            document: document.into(),
            version: None,
            holder: None,
        }
    }
}

/// What a policy of an identity is attached to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Holder {
    /// The user who asks.
    User,
    /// The role whose session asks.
    Role,
    /// A group that the user is in, by name.
    Group(Arc<str>),
}

/// One thing somebody wants to do to one resource. A call that touches several is several requests, and all must
/// be allowed (spec §4.10).
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// `service:Action`.
    pub action: &'a str,
    /// The ARN of the resource.
    pub resource: &'a str,
    /// The condition keys.
    pub context: &'a Context,
}

/// How the identity's and the resource's policies come together (spec §4.6, step 4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Merge {
    /// One Allow is enough.
    Either,
    /// Both must allow: `sts:AssumeRole` against a trust policy.
    Both,
}

/// The access control list that holds for an object: its own, or its bucket's where its own is `default`
/// (spec §4.7, step 5). The service resolves which.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Acl {
    /// Nobody but the owner.
    Private,
    /// Everybody may read.
    PublicRead,
    /// Everybody may read and write.
    PublicReadWrite,
}

/// What a request does to an object, as far as an ACL cares.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Access {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

/// What is looked at when no policy said anything: only requests about objects have one (spec §4.7, step 5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Fallback {
    /// The list that holds.
    pub acl: Acl,
    /// What is asked of it.
    pub access: Access,
}

/// The policies of the caller, by scope (spec §4.6, step 3).
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity<'a> {
    /// Attached for the whole account: a user's own and its groups', or a role's.
    pub account: &'a [Attached],
    /// Attached for the resource group that the resource is in. Only heard where the account scope is silent.
    pub resource_group: &'a [Attached],
}

/// All policies that bear on one request, by layer (spec §4.6).
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Gate: control policies, if the resource's account is a member of a resource directory.
    pub control: Option<&'a [Attached]>,
    /// Gate: the session policy, if the session was issued with one.
    pub session: Option<&'a [Attached]>,
    /// What the caller's own policies say.
    pub identity: Identity<'a>,
    /// The bucket policy or the trust policy.
    pub resource: &'a [Attached],
    /// How the last two come together.
    pub merge: Merge,
    /// The account that owns the resource. `None` means the caller's own account: nothing foreign is touched.
    pub owner: Option<&'a str>,
    /// The ACL, for OSS requests about objects only.
    pub fallback: Option<Fallback>,
}

impl<'a> Question<'a> {
    /// A question on which nothing bears but the caller's own policies, on what `owner` has.
    pub fn of(account: &'a [Attached], owner: Option<&'a str>) -> Self {
        Self {
            control: None,
            session: None,
            identity: Identity {
                account,
                resource_group: &[],
            },
            resource: &[],
            merge: Merge::Either,
            owner,
            fallback: None,
        }
    }
}

/// The answer of one layer, or of all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Verdict {
    /// Something allows it and nothing denies it.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
}

/// A stage of the evaluation, in the order of the evaluation (spec §4.6, §4.7).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Layer {
    /// Control policies of the resource directory.
    Control,
    /// The session policy.
    Session,
    /// The caller's policies, account scope.
    Identity,
    /// The caller's policies, resource-group scope.
    ResourceGroup,
    /// The bucket policy or the trust policy.
    Resource,
    /// The caller is the root of the account that owns the resource.
    Owner,
    /// The access control list.
    Acl,
}

/// Which statement it was.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct StatementRef {
    /// The name of the policy.
    pub policy: Arc<str>,
    /// Its kind.
    pub policy_type: PolicyType,
    /// The position in `Statement`, from 0.
    pub index: usize,
}

/// The answer and what it rests on.
///
/// For an implicit denial `layer` is the place where an Allow was last looked for: a gate that stayed silent, else
/// the ACL, else the caller's policies, else (callers that have none) the resource's policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Decision {
    /// May they?
    pub verdict: Verdict,
    /// The layer that settled it.
    pub layer: Layer,
    /// The statement that settled it; `None` for implicit denials, owners and ACLs.
    pub because: Option<StatementRef>,
    /// The statement of the caller's policies that denies, if one does.
    pub identity_deny: Option<StatementRef>,
    /// The statement of the resource's policy that denies, if one does. Looked for even when the caller's policies
    /// deny, because a refusal tells "RAM", "bucket policy" and "both" apart (spec §4.9).
    pub resource_deny: Option<StatementRef>,
}

impl Decision {
    /// May they?
    pub fn is_allow(&self) -> bool {
        self.verdict == Verdict::Allow
    }
}
