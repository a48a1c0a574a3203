//! Lists of tasks, with what they are chosen by.

use chrono::{DateTime, Utc};
use gateway::{Call, Fault, Head};

use super::{Status, TaskRow};
use crate::functions::Page;
use crate::reply::Reply;
use crate::rows::{self, Kind};
use crate::{Fc, fault, page, show};

/// Which tasks are wanted.
#[derive(Debug)]
struct Wanted {
    qualifier: Option<String>,
    status: Option<Status>,
    begin: Option<i64>,
    end: Option<i64>,
    newest_first: bool,
    with_payload: bool,
}

impl Wanted {
    fn read(head: &Head, qualifier: Option<String>) -> Result<Self, Fault> {
        let given = |name| head.query.first(name).filter(|text| !text.is_empty());
        let status = given("status").map(|text| {
            let found = Status::ALL.into_iter().find(|s| s.as_str() == text);
            found.ok_or_else(|| {
                let all = Status::ALL.map(Status::as_str).join(", ");
                fault::invalid_argument(format!("status '{text}' must be one of {all}"))
            })
        });
        let millis = |name| {
            let number = given(name).map(|text| {
                text.parse().map_err(|_| {
                    fault::invalid_argument(format!(
                        "{name} '{text}' must be a time in milliseconds"
                    ))
                })
            });
            number.transpose()
        };
        Ok(Self {
            qualifier,
            status: status.transpose()?,
            begin: millis("startedTimeBegin")?,
            end: millis("startedTimeEnd")?,
            newest_first: match given("sortOrderByTime") {
                None | Some("asc") => false,
                Some("desc") => true,
                Some(other) => {
                    let text = format!("sortOrderByTime '{other}' must be asc or desc");
                    return Err(fault::invalid_argument(text));
                }
            },
            with_payload: page::switch(head, "includePayload")?,
        })
    }

    fn fits(&self, row: &TaskRow, now: DateTime<Utc>) -> bool {
        let started = row.started.timestamp_millis();
        !row.is_forgotten(now)
            && self.qualifier.as_ref().is_none_or(|q| *q == row.qualifier)
            && self.status.is_none_or(|status| status == row.status)
            && self.begin.is_none_or(|begin| begin <= started)
            && self.end.is_none_or(|end| started <= end)
    }
}

/// What tasks are sorted by: it tells each from the others.
fn place(row: &TaskRow) -> String {
    format!("{:016x}/{}", row.started.timestamp_millis(), row.id)
}

/// The tasks of a function in the order in which they were accepted, or the other way round.
///
/// # Errors
///
/// `InvalidArgument`; `FunctionNotFound` where neither the function nor a task of it is there.
pub(crate) async fn list(call: &Call<Fc>) -> Result<Reply, Fault> {
    let (target, service, old) = (
        &call.target,
        &call.service,
        call.target.generation.has_services(),
    );
    let mut page = Page::read(&call.head)?;
    let prefix = call.head.query.first("invocationIdPrefix");
    page.prefix.push_str(prefix.unwrap_or_default());
    let wanted = Wanted::read(&call.head, target.qualifier.clone())?;
    let mut tasks = Vec::new();
    let view = service.store.meta.view().await?;
    let base = target.function().one(Kind::Task, &page.prefix);
    let mut cursor = view.cursor(base.as_bytes());
    while let Some(row) = cursor.next().await? {
        tasks.push(rows::decode::<TaskRow>(&row)?);
    }
    if tasks.is_empty() {
        service.expect_owner(&target.function()).await?;
    }
    tasks.retain(|row| wanted.fits(row, call.now.virtual_));
    tasks.sort_by_cached_key(place);
    if wanted.newest_first {
        tasks.reverse();
    }
    if let Some(from) = &page.from {
        tasks.retain(|row| match wanted.newest_first {
            true => place(row) <= *from,
            false => place(row) >= *from,
        });
    }
    let next = tasks.get(page.limit).map(place);
    tasks.truncate(page.limit);
    let shown = tasks.iter();
    let shown = shown.map(|row| row.shown(target, wanted.with_payload).into());
    let name = match old {
        true => "invocations",
        false => "tasks",
    };
    Reply::json(&show::list(name, shown.collect(), next.as_deref()))
}
