//! Everything that one principal may do to one resource.

use serde::{Deserialize, Serialize};

use super::resource::Resource;
use super::{Answer, Asking, Case, Circumstances, Wrong, actions, caller};
use crate::Cloud;

/// Everything that one principal may do to one resource.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Matrix {
    /// Who.
    pub(crate) principal: String,
    /// A row an action, in the order of the services' tables.
    pub(crate) rows: Vec<Row>,
}

/// One action.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    /// `service:Action`.
    pub(crate) action: String,
    /// The resource on which it was asked for.
    pub(crate) resource: String,
    /// May they?
    pub(crate) allowed: bool,
    /// Why, in one sentence.
    pub(crate) reason: String,
}

/// Asks for every action of every operation that fits the resource. On a bucket, actions on objects are asked for on
/// whichever key.
pub(crate) async fn matrix(cloud: &Cloud, asking: &Asking) -> Result<Matrix, Wrong> {
    if asking.action.is_some() {
        return Err(Wrong(
            "ask for one action or for all of them, not for both".to_owned(),
        ));
    }
    let caller = caller(cloud, asking).await?;
    let circumstances = Circumstances::new(cloud, &asking.context)?;
    let resource = Resource::parse(&asking.resource)?;
    let mut rows = Vec::new();
    for action in actions::all() {
        let Some(place) = place(action, &asking.resource, &resource) else {
            continue;
        };
        let case = Case::prepare(cloud, caller.clone(), action, &place, &circumstances).await?;
        rows.push(row(&case)?);
    }
    Ok(Matrix {
        principal: caller.principal.arn(),
        rows,
    })
}

fn row(case: &Case) -> Result<Row, Wrong> {
    let answer = Answer::of(case)?;
    Ok(Row {
        action: case.action.clone(),
        resource: case.arn.clone(),
        allowed: answer.allowed,
        reason: answer.reason,
    })
}

/// Where an action is asked for, if it is about such a resource at all.
fn place(action: &str, written: &str, resource: &Resource) -> Option<String> {
    let service = action.split(':').next().unwrap_or_default();
    match resource {
        // Whether a role may be assumed is up to the role.
        Resource::Any => (service != "sts").then(|| written.to_owned()),
        Resource::Oss { bucket, key, .. } if service == "oss" => {
            actions::place(action, bucket, key.as_deref())
        }
        Resource::Oss { .. } => None,
        Resource::Arn {
            service: of,
            relative,
            ..
        } => match service {
            "sts" => (of == "ram" && relative.starts_with("role/")).then(|| written.to_owned()),
            _ => {
                (service == of && actions::is_of_kind(action, relative)).then(|| written.to_owned())
            }
        },
    }
}
