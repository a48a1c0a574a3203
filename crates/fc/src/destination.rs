//! Where the results of asynchronous invocations go (spec/fc.md §3.8).

use chrono::{DateTime, Utc};
use gateway::{Fault, region};
use serde_json::{Value, json};

use crate::locate::Target;
use crate::rows::Place;
use crate::settings::Fields;
use crate::{Generation, fault, names};

/// The services that results can go to, as ARNs name them.
const SERVICES: &[&str] = &["fc", "mns", "eventbridge", "mq", "rocketmq"];

/// Where the results of one function go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Destinations {
    /// Once it has succeeded.
    pub(crate) success: Option<Destination>,
    /// Once it is given up.
    pub(crate) failure: Option<Destination>,
}

/// Where one kind of result goes.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub(crate) arn: String,
    /// None for another service.
    pub(crate) function: Option<Target>,
}

impl Destinations {
    /// Reads `destinationConfig`. What an ARN leaves out is where the function itself is.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn read(settings: &Fields, home: &Place) -> Result<Self, Fault> {
        let mut read = Self::default();
        let Some(Value::Object(config)) = settings.get("destinationConfig") else {
            return Ok(read);
        };
        for (name, value) in config {
            let place = match name.as_str() {
                "onSuccess" => &mut read.success,
                "onFailure" => &mut read.failure,
                other => return Err(fault::unknown_field(&format!("destinationConfig.{other}"))),
            };
            *place = one(name, value, home)?;
        }
        Ok(read)
    }

    /// Both.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Destination> {
        self.success.iter().chain(&self.failure)
    }
}

/// `{"destination": <ARN>}`; nothing and an empty text are no destination.
fn one(name: &str, value: &Value, home: &Place) -> Result<Option<Destination>, Fault> {
    let bad = || {
        let text = format!("'destinationConfig.{name}' must be an object with a 'destination'");
        fault::invalid_argument(text)
    };
    let fields = match value {
        Value::Null => return Ok(None),
        value => value.as_object().ok_or_else(bad)?,
    };
    if let Some(other) = fields.keys().find(|field| *field != "destination") {
        let field = format!("destinationConfig.{name}.{other}");
        return Err(fault::unknown_field(&field));
    }
    match fields.get("destination") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(arn)) if arn.is_empty() => Ok(None),
        Some(Value::String(arn)) => Destination::parse(arn, home).map(Some),
        Some(_) => Err(bad()),
    }
}

impl Destination {
    fn parse(arn: &str, home: &Place) -> Result<Self, Fault> {
        let bad = || fault::invalid_destination(arn);
        let parts: Vec<&str> = arn.splitn(5, ':').collect();
        let [acs, service, region, account, resource] = parts[..] else {
            return Err(bad());
        };
        if acs != "acs" || !SERVICES.contains(&service) || resource.is_empty() {
            return Err(bad());
        }
        if !account.is_empty() && account != &*home.account {
            return Err(bad());
        }
        if !region.is_empty() && !region::is_known(region) {
            return Err(bad());
        }
        let function = match service {
            "fc" => Some(function(resource, region, home).ok_or_else(bad)?),
            _ => None,
        };
        Ok(Self {
            arn: arn.to_owned(),
            function,
        })
    }
}

/// `functions/<f>[/<qualifier>]`, or `services/<s>[.<qualifier>]/functions/<f>`.
fn function(resource: &str, region: &str, home: &Place) -> Option<Target> {
    let parts: Vec<&str> = resource.split('/').collect();
    let (service, function, qualifier) = match parts[..] {
        ["functions", function] => ("", function, None),
        ["functions", function, qualifier] => ("", function, Some(qualifier)),
        ["services", service, "functions", function] => match service.split_once('.') {
            Some((service, qualifier)) => (service, function, Some(qualifier)),
            None => (service, function, None),
        },
        _ => return None,
    };
    let legal = |name: &str| names::check_path("destination", name).is_ok();
    let in_service = parts[0] == "services";
    if !legal(function) || in_service != legal(service) || !qualifier.is_none_or(legal) {
        return None;
    }
    let place = Place {
        account: home.account.clone(),
        region: match region {
            "" => home.region.clone(),
            region => region.into(),
        },
        service: service.into(),
        version: None,
    };
    let generation = match in_service {
        true => Generation::V2021,
        false => Generation::V2023,
    };
    let qualifier = qualifier.map(str::to_owned);
    Some(Target::of_function(generation, &place, function, qualifier))
}

/// What has come of an asynchronous invocation that is over.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// Why it did not succeed, as a code; empty if it did.
    pub(crate) condition: String,
    /// What the platform says; 200 whatever the function did.
    pub(crate) status: u16,
    /// How the function failed; empty if it did not, or never ran.
    pub(crate) error: &'static str,
    /// What the function returned.
    pub(crate) payload: String,
    /// How often it was run.
    pub(crate) attempts: u32,
}

impl Ended {
    /// Whether it succeeded.
    pub(crate) fn well(&self) -> bool {
        self.condition.is_empty()
    }

    /// The event that tells a destination. The codes of `condition` are not documented but for one.
    pub(crate) fn event(
        &self,
        target: &Target,
        request_id: &str,
        event: &[u8],
        now: DateTime<Utc>,
    ) -> Value {
        json!({
            "timestamp": now.timestamp_millis(),
            "requestContext": {
                "requestId": request_id,
                "functionArn": target.arn(&target.function_resource()),
                "condition": self.condition,
                "approximateInvokeCount": self.attempts,
            },
            "requestPayload": String::from_utf8_lossy(event),
            "responseContext": {"statusCode": self.status, "functionError": self.error},
            "responsePayload": self.payload,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn home() -> Place {
        Place::of("123", "cn-hangzhou", "")
    }

    fn read(arn: &str) -> Result<Option<String>, Fault> {
        let config = json!({"destinationConfig": {"onFailure": {"destination": arn}}});
        let Value::Object(settings) = config else {
            unreachable!()
        };
        let read = Destinations::read(&settings, &home())?;
        let function = read.failure.and_then(|failure| failure.function);
        Ok(function.map(|target| target.arn(&target.function_resource())))
    }

    #[test]
    fn functions_are_found_behind_their_arns() {
        for (arn, found) in [
            ("acs:fc:::functions/f", "acs:fc:cn-hangzhou:123:functions/f"),
            (
                "acs:fc:cn-beijing:123:functions/f/prod",
                "acs:fc:cn-beijing:123:functions/f/prod",
            ),
            (
                "acs:fc:::services/s.2/functions/f",
                "acs:fc:cn-hangzhou:123:services/s.2/functions/f",
            ),
        ] {
            assert_eq!(read(arn).unwrap().as_deref(), Some(found));
        }
        let queue = "acs:mns:cn-hangzhou:123:/queues/q/messages";
        assert_eq!(read(queue).unwrap(), None);
    }

    #[test]
    fn what_is_no_destination() {
        for arn in [
            "f",
            "acs:fc:::functions/",
            "acs:fc:::functions/f/g/h",
            "acs:fc:::services//functions/f",
            "acs:fc:::services/s/functions/a.b",
            "acs:fc::124:functions/f",
            "acs:fc:nowhere::functions/f",
            "acs:oss:::bucket",
            "acs:mns:cn-hangzhou:123:",
        ] {
            assert_eq!(read(arn).unwrap_err().code(), "InvalidArgument", "{arn}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(arn in "(acs:(fc|mns):{1,3})?[a-z/.:0-9é]{0,30}") {
            let _ = read(&arn);
        }
    }
}
