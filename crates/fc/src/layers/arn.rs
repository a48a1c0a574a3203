//! How versions of layers are named: `acs:fc:<region>:<uid>:layers/<name>/versions/<number>`, and in FC 2.0 also
//! `<account>#<name>#<number>`, where 32 hexadecimal digits stand for the account (spec/fc.md §3.3).

use std::fmt;

use gateway::Fault;
use sha2::{Digest, Sha256};

use super::{FoundLayer, LayerPlace};
use crate::locate::Target;
use crate::{Fc, names};

/// A version of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayerVersionArn {
    pub(crate) place: LayerPlace,
    pub(crate) number: u64,
}

/// What an ARN says, before it is known whose layer it is.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'a> {
    /// None in the short form, which leaves the region to the request.
    region: Option<&'a str>,
    account: &'a str,
    name: &'a str,
    number: u64,
}

impl LayerVersionArn {
    pub(crate) fn of(found: &FoundLayer) -> Self {
        Self {
            place: found.place.clone(),
            number: found.version.number,
        }
    }

    /// The short form.
    pub(crate) fn short(&self) -> String {
        let LayerPlace { account, name, .. } = &self.place;
        format!("{}#{name}#{}", digits(account), self.number)
    }
}

impl fmt::Display for LayerVersionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LayerPlace {
            account,
            region,
            name,
        } = &self.place;
        let number = self.number;
        write!(
            f,
            "acs:fc:{region}:{account}:layers/{name}/versions/{number}"
        )
    }
}

impl Fc {
    /// Reads either form. `None` for what has neither, and for an account that has no layers.
    pub(crate) async fn layer_arn(
        &self,
        target: &Target,
        text: &str,
    ) -> Result<Option<LayerVersionArn>, Fault> {
        let Some(parts) = parse(text) else {
            return Ok(None);
        };
        let account = match parts.region {
            Some(_) => parts.account.into(),
            None => {
                let row = self.store.meta.get(key(parts.account).as_bytes()).await?;
                let Some(row) = row else { return Ok(None) };
                String::from_utf8_lossy(&row.value).as_ref().into()
            }
        };
        let region = parts.region.unwrap_or(&target.region);
        Ok(Some(LayerVersionArn {
            place: LayerPlace {
                account,
                region: region.into(),
                name: parts.name.into(),
            },
            number: parts.number,
        }))
    }
}

/// The row that says which account the short form means.
pub(super) fn index(account: &str) -> String {
    key(&digits(account))
}

fn key(digits: &str) -> String {
    format!("fc/layeraccount/{digits}")
}

/// Which digits the real service takes is not known.
fn digits(account: &str) -> String {
    let digest = Sha256::digest(account.as_bytes());
    let digest = digest.iter().take(16);
    digest.map(|byte| format!("{byte:02x}")).collect()
}

fn parse(text: &str) -> Option<Parts<'_>> {
    let parts = match text.strip_prefix("acs:fc:") {
        Some(rest) => {
            let mut fields = rest.splitn(3, ':');
            let (region, account) = (fields.next()?, fields.next()?);
            let rest = fields.next()?.strip_prefix("layers/")?;
            let (name, number) = rest.split_once("/versions/")?;
            Parts {
                region: Some(region),
                account,
                name,
                number: number.parse().ok()?,
            }
        }
        None => {
            let (account, rest) = text.split_once('#')?;
            let (name, number) = rest.split_once('#')?;
            Parts {
                region: None,
                account,
                name,
                number: number.parse().ok()?,
            }
        }
    };
    let fine = |text| names::check_path("layer", text).is_ok();
    let region = parts.region.is_none_or(fine);
    (region && fine(parts.account) && fine(parts.name)).then_some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arn() -> LayerVersionArn {
        LayerVersionArn {
            place: LayerPlace {
                account: "1234567890123456".into(),
                region: "cn-hangzhou".into(),
                name: "my-layer_1".into(),
            },
            number: 12,
        }
    }

    #[test]
    fn both_forms_are_read_as_they_are_written() {
        let long = arn().to_string();
        assert_eq!(
            long,
            "acs:fc:cn-hangzhou:1234567890123456:layers/my-layer_1/versions/12"
        );
        let read = parse(&long).unwrap();
        assert_eq!(read.region, Some("cn-hangzhou"));
        assert_eq!(
            (read.account, read.name, read.number),
            ("1234567890123456", "my-layer_1", 12)
        );
        let short = arn().short();
        let read = parse(&short).unwrap();
        assert_eq!(
            (read.region, read.name, read.number),
            (None, "my-layer_1", 12)
        );
        assert_eq!(key(read.account), index("1234567890123456"));
        assert_eq!(read.account.len(), 32);
    }

    #[test]
    fn other_texts_are_none() {
        for wrong in [
            "",
            "my-layer",
            "acs:fc:cn-hangzhou:1:layers/x",
            "acs:fc:cn-hangzhou:1:layers/x/versions/",
            "acs:fc:cn-hangzhou:1:layers/x/versions/-1",
            "acs:fc:cn-hangzhou:1:layers/x/y/versions/1",
            "acs:fc:cn-hangzhou:1:functions/x",
            "acs:oss:cn-hangzhou:1:layers/x/versions/1",
            "a#b",
            "a#b#c",
            "a/b#c#1",
            "##1",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(acs:fc:)?[a-z0-9:/#]{0,40}(/versions/)?[0-9]{0,3}") {
            if let Some(parts) = parse(&text) {
                prop_assert!(!parts.name.contains(['/', '#', ':']));
            }
        }
    }
}
