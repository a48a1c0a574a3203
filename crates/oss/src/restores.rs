//! Restoring archived objects (§7.7): how long it takes, how long it lasts, and what is said about it.
//!
//! The service says "within"; here a restore takes just that long, in virtual time, so that a clock that is moved
//! finishes it (<https://help.aliyun.com/zh/oss/user-guide/restore-objects-for-access>).

use gateway::Fault;
use http::StatusCode;

use crate::rows::{Object, Restore, State, StorageClass, Tier};
use crate::{fault, time};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What a RestoreObject asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// How many days the object is to be readable, as written; one if nothing is said.
    pub(crate) days: Option<String>,
    /// `JobParameters` are there. Objects of the class `Archive` have none.
    pub(crate) job: bool,
    /// How urgent it is, as written; `Standard` if nothing is said.
    pub(crate) tier: Option<String>,
}

/// Starts a restore of an object, or makes it last longer. Times are virtual, in milliseconds since 1970.
///
/// Errors: `OperationNotSupported`, `MalformedXML`, `InvalidArgument`, `RestoreAlreadyInProgress`.
pub(crate) fn restore(object: &mut Object, asked: &Asked, now: i64) -> Result<StatusCode, Fault> {
    let class = object.storage_class;
    let state = object.state(now);
    if state == State::Online {
        return Err(fault::restore::not_archived());
    }
    if class == StorageClass::Archive && asked.job {
        return Err(fault::malformed_xml(
            "JobParameters are not allowed for objects of the class Archive.",
        ));
    }
    let days = days(class, asked.days.as_deref())?;
    let tier = tier(class, asked.tier.as_deref())?;
    let (ready, status) = match (state, object.extras.restore) {
        (State::Restored(_), Some(old)) => (old.ready, StatusCode::OK),
        (State::Restoring(at), _) if at == tier => return Err(fault::restore::in_progress()),
        (State::Restoring(at), _) if at > tier => return Err(fault::restore::less_urgent()),
        (State::Restoring(_), Some(old)) => {
            let ready = old.ready.min(now + takes(class, tier));
            (ready, StatusCode::ACCEPTED)
        }
        _ => (now + takes(class, tier), StatusCode::ACCEPTED),
    };
    let until = ready.max(now) + days * DAY;
    let until = match state {
        State::Restored(until_now) => until.max(until_now),
        _ => until,
    };
    object.extras.restore = Some(Restore { ready, until, tier });
    Ok(status)
}

/// Ends the time in which a restored object can be read.
///
/// Errors: `OperationNotSupported`, `ArchiveRestoreNotFinished`, `ArchiveRestoreFileStale`.
pub(crate) fn clean(object: &mut Object, now: i64) -> Result<(), Fault> {
    match object.state(now) {
        State::Online => Err(fault::restore::not_archived()),
        State::Restoring(_) => Err(fault::restore::not_finished()),
        State::Frozen => Err(fault::restore::stale()),
        State::Restored(_) => {
            object.extras.restore = None;
            Ok(())
        }
    }
}

/// What `x-oss-restore` and the `RestoreInfo` of listings say; nothing for an object that was not restored.
pub(crate) fn told(object: &Object, now: i64) -> Option<String> {
    match object.state(now) {
        State::Online | State::Frozen => None,
        State::Restoring(_) => Some("ongoing-request=\"true\"".to_owned()),
        State::Restored(until) => {
            let date = time::http_date(time::from_millis(until));
            let date = std::str::from_utf8(&date).unwrap_or_default();
            Some(format!("ongoing-request=\"false\", expiry-date=\"{date}\""))
        }
    }
}

/// How many days an object may be readable (EC pages 0016-00000704 and 0016-00000708).
fn days(class: StorageClass, text: Option<&str>) -> Result<i64, Fault> {
    let (most, ec) = match class {
        StorageClass::Archive => (7, "0016-00000708"),
        _ => (365, "0016-00000704"),
    };
    let Some(text) = text else {
        return Ok(1);
    };
    let days = text.parse().ok().filter(|days| (1..=most).contains(days));
    days.ok_or_else(|| fault::restore::bad_days(text, most, ec))
}

fn tier(class: StorageClass, text: Option<&str>) -> Result<Tier, Fault> {
    let Some(text) = text else {
        return Ok(Tier::Standard);
    };
    match (class, Tier::parse(text)) {
        (StorageClass::DeepColdArchive, Some(Tier::Bulk)) | (_, None) => {
            Err(fault::restore::bad_tier(text))
        }
        (_, Some(tier)) => Ok(tier),
    }
}

/// How long a restore takes, in milliseconds.
fn takes(class: StorageClass, tier: Tier) -> i64 {
    match (class, tier) {
        (StorageClass::ColdArchive, Tier::Expedited) => HOUR,
        (StorageClass::ColdArchive, Tier::Standard) => 5 * HOUR,
        (StorageClass::ColdArchive, Tier::Bulk) => 12 * HOUR,
        (StorageClass::DeepColdArchive, Tier::Expedited) => 12 * HOUR,
        (StorageClass::DeepColdArchive, _) => 48 * HOUR,
        _ => MINUTE,
    }
}
