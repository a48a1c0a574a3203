//! The hosts of HTTP triggers, and which trigger one leads to.
//!
//! The first label is what remains of the names of the function, and in FC 2.0 of the service behind it, with ten random
//! letters at the end. That is how addresses of the real service look; how it shortens names is not documented.

use gateway::Fault;
use serde::{Deserialize, Serialize};

use crate::Fc;
use crate::rows::{HOSTS, Kind, Owner, Place, TriggerRow};

/// The letters at the end.
const RANDOM: usize = 10;
/// What remains of a longer name: so many letters from its beginning, and so many from its end.
const KEPT: (usize, usize) = (7, 8);

/// Which trigger a host leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HostRow {
    account: String,
    region: String,
    /// Empty in FC 3.0.
    service: String,
    function: String,
    trigger: String,
}

impl HostRow {
    pub(crate) fn new(of: &Owner, trigger: &TriggerRow) -> Self {
        Self {
            account: of.place.account.to_string(),
            region: of.place.region.to_string(),
            service: of.place.service.to_string(),
            function: of.function.to_string(),
            trigger: trigger.name.clone(),
        }
    }

    fn owner(&self) -> Owner {
        Place::of(&self.account, &self.region, &self.service).owner_of(&self.function)
    }
}

/// The row of a host.
pub(crate) fn key(region: &str, prefix: &str) -> String {
    format!("{HOSTS}{region}/{prefix}")
}

/// A new first label for a trigger of this function.
///
/// # Errors
///
/// There are no random bits.
pub(crate) fn prefix(of: &Owner) -> Result<String, Fault> {
    let mut random = [0; RANDOM];
    getrandom::fill(&mut random).map_err(Fault::internal)?;
    let random = random.map(|byte| char::from(b'a' + byte % 26));
    let names = [&*of.function, &*of.place.service].map(shortened);
    let names = names.iter().filter(|name| !name.is_empty());
    let mut label = String::new();
    for name in names {
        label.push_str(name);
        label.push('-');
    }
    label.extend(random);
    Ok(label)
}

/// A name without its digits, and without its middle if it is long.
fn shortened(name: &str) -> String {
    let letters = name.chars().filter(|c| !c.is_ascii_digit());
    let letters = letters.map(|c| {
        if c == '_' {
            '-'
        } else {
            c.to_ascii_lowercase()
        }
    });
    let name: String = letters.collect();
    let (first, last) = KEPT;
    let name = match name.len() > first + last {
        true => format!("{}{}", &name[..first], &name[name.len() - last..]),
        false => name,
    };
    name.trim_matches('-').to_owned()
}

/// The names that lead to a trigger: from everywhere, and from inside the cloud.
pub(crate) fn domains(prefix: &str, region: &str) -> [String; 2] {
    [
        format!("{prefix}.{region}.fcapp.run"),
        format!("{prefix}.{region}-vpc.fcapp.run"),
    ]
}

impl Fc {
    /// The trigger that a host leads to, and whose it is.
    pub(crate) async fn trigger_at(
        &self,
        region: &str,
        prefix: &str,
    ) -> Result<Option<(Owner, TriggerRow)>, Fault> {
        let Some(host) = self.owned::<HostRow>(&key(region, prefix)).await? else {
            return Ok(None);
        };
        let owner = host.row.owner();
        let trigger = owner.one(Kind::Trigger, &host.row.trigger);
        let trigger = self.owned(&trigger).await?;
        Ok(trigger.map(|trigger| (owner, trigger.row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(service: &str, function: &str) -> Owner {
        let place = Place::of("1", "cn-hangzhou", service);
        place.owner_of(function)
    }

    #[test]
    fn labels_begin_with_the_names() {
        for (service, function, expected) in [
            ("", "hello", "hello-"),
            ("", "Hello_World", "hello-world-"),
            ("", "vision-assistant-api", "vision-tant-api-"),
            ("", "app-prod-cdp3", "app-prod-cdp-"),
            ("", "page-agent-testing", "page-ag-testing-"),
            (
                "dev-sellercenter",
                "fc-sc-auth",
                "fc-sc-auth-dev-selercenter-",
            ),
            ("", "_1", ""),
        ] {
            let label = prefix(&owner(service, function)).unwrap();
            let random = label.strip_prefix(expected).expect(&label);
            assert!(random.len() == RANDOM && random.bytes().all(|b| b.is_ascii_lowercase()));
            assert!(label.len() <= 63, "{label} is no label of a host");
        }
    }
}
