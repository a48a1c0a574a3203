//! How much of everything an account may have (spec/identity.md §3.2, the newest number where there are several).

/// The limits of one cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// RAM users of an account.
    pub users: usize,
    /// Groups of an account.
    pub groups: usize,
    /// Groups that a user may be in.
    pub groups_of_user: usize,
    /// Roles of an account.
    pub roles: usize,
    /// Custom policies of an account.
    pub policies: usize,
    /// Versions of a custom policy.
    pub versions: usize,
    /// Access keys of a user, or of the account's root.
    pub keys: usize,
    /// System policies attached to a user, group or role.
    pub system_attachments: usize,
    /// Custom policies attached to a user.
    pub user_custom_attachments: usize,
    /// Custom policies attached to a group.
    pub group_custom_attachments: usize,
    /// Custom policies attached to a role.
    pub role_custom_attachments: usize,
    /// Providers of OpenID Connect of an account.
    pub providers: usize,
    /// Virtual MFA devices of an account.
    pub devices: usize,
    /// Providers of SAML of an account.
    pub saml_providers: usize,
    /// Characters of a policy document.
    pub document: usize,
    /// Characters of a trust policy document. None is documented: the limit of policies.
    pub trust_document: usize,
    /// Characters of a session policy.
    pub session_policy: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            users: 1000,
            groups: 50,
            groups_of_user: 5,
            roles: 1000,
            policies: 1500,
            versions: 5,
            keys: 2,
            system_attachments: 20,
            user_custom_attachments: 10,
            group_custom_attachments: 5,
            role_custom_attachments: 5,
            providers: 100,
            devices: 1000,
            saml_providers: 100,
            document: 6144,
            trust_document: 6144,
            session_policy: 2048,
        }
    }
}
