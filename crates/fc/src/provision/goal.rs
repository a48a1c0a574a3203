//! How many instances settings ask for, at a time.

use chrono::{DateTime, Utc};
use gateway::Fault;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::fault;
use crate::settings::Fields;
use crate::triggers::Schedule;
use crate::zone;

/// The most instances that can be asked for.
const MOST: u64 = 10_000;

/// What settings say.
#[derive(Debug)]
pub(super) struct Goal {
    always: u64,
    actions: Vec<Action>,
}

/// Another number from some time on.
#[derive(Debug)]
struct Action {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    target: u64,
    when: When,
}

#[derive(Debug)]
enum When {
    Once(DateTime<Utc>),
    Again(Schedule),
}

impl Goal {
    /// Reads settings, whatever they are called.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(super) fn read(settings: &Fields) -> Result<Self, Fault> {
        let number = |name| settings.get(name).and_then(Value::as_u64);
        let always = ["minInstances", "defaultTarget", "target"];
        let always = always.into_iter().find_map(number).unwrap_or(0);
        let mut actions = Vec::new();
        for name in ["scheduledActions", "scheduledPolicies"] {
            for item in items(settings, name)? {
                actions.push(Action::read(name, item)?);
            }
        }
        for name in ["targetTrackingPolicies", "horizontalScalingPolicies"] {
            for item in items(settings, name)? {
                check_policy(name, item)?;
            }
        }
        Ok(Self { always, actions })
    }

    /// Whether there are to be any, now or later.
    pub(super) fn is_any(&self) -> bool {
        self.always > 0 || self.actions.iter().any(|action| action.target > 0)
    }

    /// How many there are to be at `now`, by settings that were put at `since`: what the action says that came last.
    pub(super) fn at(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> u64 {
        let came = self.actions.iter().filter_map(|action| {
            let last = action.last(since, now)?;
            Some((last, action.target))
        });
        let last = came.max_by_key(|(at, _)| *at);
        last.map_or(self.always, |(_, target)| target)
    }

    /// When an action comes after `now`, the first one.
    pub(super) fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.actions.iter().filter_map(|action| action.next(now));
        next.min()
    }
}

impl Action {
    fn read(list: &str, item: &Map<String, Value>) -> Result<Self, Fault> {
        const FIELDS: &[&str] = &[
            "name",
            "startTime",
            "endTime",
            "target",
            "scheduleExpression",
            "timeZone",
        ];
        let zone = check_item(list, item, FIELDS)?;
        let expression = text(list, item, "scheduleExpression")?;
        let inner = |function: &str| {
            let rest = expression.strip_prefix(function)?.strip_prefix('(')?;
            rest.strip_suffix(')')
        };
        let bad = |why: &str| {
            fault::invalid_argument(format!(
                "{list}: scheduleExpression '{expression}' must be at(…) or cron(…): {why}"
            ))
        };
        let when = match (inner("at"), inner("cron")) {
            (Some(time), _) => {
                When::Once(instant(time, &zone).ok_or_else(|| bad("this is no time"))?)
            }
            (_, Some(cron)) if cron.starts_with("CRON_TZ=") => {
                When::Again(cron.parse().map_err(|why: String| bad(&why))?)
            }
            (_, Some(cron)) => {
                let schedule = Schedule::calendar(cron, zone.clone());
                When::Again(schedule.map_err(|why| bad(&why))?)
            }
            _ => return Err(bad("it is neither")),
        };
        Ok(Self {
            start: time(list, item, "startTime", &zone)?,
            end: time(list, item, "endTime", &zone)?,
            target: whole(list, item, "target")?,
            when,
        })
    }

    fn last(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (after, until) = (self.start.max(since), self.end.min(now));
        match &self.when {
            When::Once(at) => (after <= *at && *at <= until).then_some(*at),
            When::Again(schedule) => schedule.passed(since, after, until, 1).pop(),
        }
    }

    fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = self.start.max(now);
        let next = match &self.when {
            When::Once(at) => Some(*at).filter(|at| *at > now && *at >= self.start),
            When::Again(schedule) => schedule.next(after, after),
        };
        next.filter(|at| *at <= self.end)
    }
}

/// A rule that follows a load. It is checked and kept; there is no load to follow here.
fn check_policy(list: &str, item: &Map<String, Value>) -> Result<(), Fault> {
    const FIELDS: &[&str] = &[
        "name",
        "startTime",
        "endTime",
        "metricType",
        "metricTarget",
        "minCapacity",
        "maxCapacity",
        "minInstances",
        "maxInstances",
        "timeZone",
    ];
    let zone = check_item(list, item, FIELDS)?;
    for name in ["startTime", "endTime"] {
        time(list, item, name, &zone)?;
    }
    text(list, item, "metricType")?;
    let target = item.get("metricTarget").and_then(Value::as_f64);
    if !target.is_some_and(|target| target > 0.0 && target <= 1.0) {
        return Err(fault::invalid_argument(format!(
            "{list}: 'metricTarget' must be a number above 0 and up to 1"
        )));
    }
    let (least, most) = match list {
        "horizontalScalingPolicies" => ("minInstances", "maxInstances"),
        _ => ("minCapacity", "maxCapacity"),
    };
    match whole(list, item, least)? <= whole(list, item, most)? {
        true => Ok(()),
        false => Err(fault::invalid_argument(format!(
            "{list}: '{least}' must not be above '{most}'"
        ))),
    }
}

fn items<'a>(settings: &'a Fields, name: &str) -> Result<Vec<&'a Map<String, Value>>, Fault> {
    let list = settings.get(name).and_then(Value::as_array);
    let items = list.into_iter().flatten().map(|item| {
        let bad = || fault::invalid_argument(format!("'{name}' must be a list of objects"));
        item.as_object().ok_or_else(bad)
    });
    items.collect()
}

/// The zone of an item without strange fields; UTC if it names none.
fn check_item(list: &str, item: &Map<String, Value>, fields: &[&str]) -> Result<TimeZone, Fault> {
    if let Some(strange) = item.keys().find(|name| !fields.contains(&name.as_str())) {
        return Err(fault::unknown_field(&format!("{list}.{strange}")));
    }
    text(list, item, "name")?;
    match item.get("timeZone").and_then(Value::as_str).unwrap_or("") {
        "" => Ok(TimeZone::UTC),
        name => zone::find(name).ok_or_else(|| {
            fault::invalid_argument(format!("{list}: there is no time zone '{name}'"))
        }),
    }
}

fn text<'a>(list: &str, item: &'a Map<String, Value>, name: &str) -> Result<&'a str, Fault> {
    let text = item.get(name).and_then(Value::as_str);
    let text = text.filter(|text| !text.is_empty());
    text.ok_or_else(|| fault::missing_field(&format!("{list}.{name}")))
}

fn whole(list: &str, item: &Map<String, Value>, name: &str) -> Result<u64, Fault> {
    let number = item.get(name).and_then(Value::as_u64);
    number.filter(|number| *number <= MOST).ok_or_else(|| {
        fault::invalid_argument(format!(
            "{list}: '{name}' must be a whole number between 0 and {MOST}"
        ))
    })
}

fn time(
    list: &str,
    item: &Map<String, Value>,
    name: &str,
    zone: &TimeZone,
) -> Result<DateTime<Utc>, Fault> {
    let text = text(list, item, name)?;
    instant(text, zone).ok_or_else(|| {
        fault::invalid_argument(format!(
            "{list}: {name} '{text}' must be a time such as 2026-08-01T10:00:00Z"
        ))
    })
}

/// A time with its own zone, or without one.
fn instant(text: &str, zone: &TimeZone) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    zone::first(text.parse().ok()?, zone)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        instant(text, &TimeZone::UTC).unwrap()
    }

    fn goal(actions: &Value) -> Result<Goal, Fault> {
        let settings = json!({"target": 1, "scheduledActions": actions});
        Goal::read(settings.as_object().unwrap())
    }

    fn action(target: u64, expression: &str, zone: &str) -> Value {
        json!({
            "name": "n", "startTime": "2026-08-01T00:00:00", "endTime": "2026-08-30T00:00:00",
            "target": target, "scheduleExpression": expression, "timeZone": zone,
        })
    }

    #[test]
    fn the_action_that_came_last_says_how_many() {
        let day = "cron(0 0 20 * * *)";
        let night = "cron(0 0 22 * * *)";
        let zone = "Asia/Shanghai";
        let goal = goal(&json!([action(5, day, zone), action(2, night, zone)])).unwrap();
        let since = at("2026-07-01T00:00:00Z");
        for (now, count) in [
            ("2026-07-31T23:59:59Z", 1),
            ("2026-08-01T11:59:59Z", 1),
            ("2026-08-01T12:00:00Z", 5),
            ("2026-08-01T14:00:00Z", 2),
            ("2026-08-02T12:00:01Z", 5),
            ("2026-09-02T12:00:01Z", 2),
        ] {
            assert_eq!(goal.at(since, at(now)), count, "{now}");
        }
        let put_later = at("2026-08-01T15:00:00Z");
        assert_eq!(goal.at(put_later, at("2026-08-01T16:00:00Z")), 1);
        let next = goal.next(at("2026-08-01T12:00:00Z"));
        assert_eq!(next, Some(at("2026-08-01T14:00:00Z")));
        assert_eq!(goal.next(at("2026-08-29T23:00:00Z")), None);
    }

    #[test]
    fn an_action_can_come_once() {
        let goal = goal(&json!([action(7, "at(2026-08-02T10:00:00)", "")])).unwrap();
        let (since, time) = (at("2026-07-01T00:00:00Z"), at("2026-08-02T10:00:00Z"));
        assert_eq!(goal.next(since), Some(time));
        assert_eq!((goal.at(since, time), goal.next(time)), (7, None));
        assert_eq!(goal.at(since, at("2026-08-02T09:59:59Z")), 1);
    }

    #[test]
    fn what_cannot_be_planned() {
        for (field, value) in [
            ("scheduleExpression", json!("rate(5)")),
            ("scheduleExpression", json!("cron(0 0 25 * * *)")),
            ("scheduleExpression", json!("at(soon)")),
            ("startTime", json!("soon")),
            ("target", json!(10_001)),
            ("name", json!("")),
            ("timeZone", json!("Nowhere")),
            ("strange", json!(1)),
        ] {
            let mut item = action(1, "cron(0 0 20 * * *)", "");
            item[field] = value;
            let refused = goal(&json!([item])).unwrap_err();
            assert_eq!(refused.code(), "InvalidArgument", "{field}");
        }
    }

    proptest! {
        #[test]
        fn any_plan_is_read_or_refused(text in "(at|cron)?[(]?[-0-9T: *?/,A-Z=a-z]{0,30}[)]?") {
            let _ = goal(&json!([action(1, &text, "")]));
        }
    }
}
