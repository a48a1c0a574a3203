//! The two lists that a provider of OpenID Connect has, client ids and fingerprints: read, added to, taken from.

use gateway::rpc::Reply;
use gateway::{Call, Fault, Head};

use super::{Ims, params, show};
use crate::oidc::{MOST_CLIENT_IDS, MOST_FINGERPRINTS, Provider};
use crate::{fault, rpc};

/// One of the lists.
pub(super) struct List {
    /// The parameter with one entry.
    one: &'static str,
    /// The parameter with all, and commas between them.
    all: &'static str,
    check: fn(&str, &str) -> Result<(), Fault>,
    of: fn(&mut Provider) -> &mut Vec<String>,
    most: usize,
    too_many: fn() -> Fault,
}

pub(super) const CLIENT_IDS: List = List {
    one: "ClientId",
    all: "ClientIds",
    check: params::client_id,
    of: |provider| &mut provider.client_ids,
    most: MOST_CLIENT_IDS,
    too_many: fault::too_many_client_ids,
};

pub(super) const FINGERPRINTS: List = List {
    one: "Fingerprint",
    all: "Fingerprints",
    check: params::fingerprint,
    of: |provider| &mut provider.fingerprints,
    most: MOST_FINGERPRINTS,
    too_many: fault::too_many_fingerprints,
};

impl List {
    /// All entries as a call gives them; `None` if it gives none.
    pub(super) fn read(&self, head: &Head) -> Result<Option<Vec<String>>, Fault> {
        let Some(text) = rpc::given(head, self.all) else {
            return Ok(None);
        };
        let mut found: Vec<String> = Vec::new();
        for entry in text.split(',').map(str::trim) {
            (self.check)(self.all, entry)?;
            if !found.iter().any(|one| one == entry) {
                found.push(entry.to_owned());
            }
        }
        match found.len() > self.most {
            true => Err((self.too_many)()),
            false => Ok(Some(found)),
        }
    }

    /// Adds the entry of a call. One that is there stays.
    pub(super) async fn add(&self, call: &Call<Ims>) -> Result<Reply, Fault> {
        self.edit(call, |entries, new| {
            if entries.iter().any(|one| one == new) {
                return Ok(());
            }
            if entries.len() >= self.most {
                return Err((self.too_many)());
            }
            entries.push(new.to_owned());
            Ok(())
        })
        .await
    }

    /// Takes the entry of a call away. One that is not there is gone.
    pub(super) async fn remove(&self, call: &Call<Ims>) -> Result<Reply, Fault> {
        self.edit(call, |entries, old| {
            entries.retain(|one| one != old);
            Ok(())
        })
        .await
    }

    async fn edit(
        &self,
        call: &Call<Ims>,
        change: impl Fn(&mut Vec<String>, &str) -> Result<(), Fault>,
    ) -> Result<Reply, Fault> {
        let entry = rpc::need(&call.head, self.one)?;
        (self.check)(self.one, entry)?;
        let (identity, target, now) = (&call.service.identity, &call.target, call.now.virtual_);
        let edit = |provider: &mut Provider| change((self.of)(provider), entry);
        let provider = identity
            .update_provider(&target.account, &target.name, now, edit)
            .await?;
        Ok(show::one(&target.account, &provider))
    }
}
