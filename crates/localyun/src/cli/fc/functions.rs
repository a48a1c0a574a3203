//! `localyun fc list` and `localyun fc remove`.

use clap::Args;
use serde_json::Value;
use signature::encode::component;

use super::api::{Access, Api, path_of};
use crate::cli::{Failure, print, tell};
use crate::client::signed::Signed;

/// List the functions of a region: name, runtime, handler, when it was changed, and its role
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    access: Access,
}

impl List {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let functions = all(&self.access.api())?;
        if functions.is_empty() {
            tell(format_args!(
                "localyun: there is no function in {}; `localyun fc deploy DIR --name NAME` makes one",
                self.access.region
            ));
        }
        print(&table(&functions)).map_err(Failure::from)
    }
}

const COLUMNS: [&str; 5] = [
    "functionName",
    "runtime",
    "handler",
    "lastModifiedTime",
    "role",
];

/// Every page.
fn all(api: &Api) -> Result<Vec<Value>, Failure> {
    let (mut found, mut query) = (Vec::new(), "limit=100".to_owned());
    loop {
        let more = Signed {
            query: &query,
            ..Signed::default()
        };
        let answer = api.call(("GET", "ListFunctions"), "functions", more)?;
        let mut page = answer.map_err(|r| r.about("cannot list functions"))?.json();
        if let Some(Value::Array(functions)) = page.get_mut("functions").map(Value::take) {
            found.extend(functions);
        }
        match page["nextToken"].as_str().filter(|token| !token.is_empty()) {
            None => return Ok(found),
            Some(token) => query = format!("limit=100&nextToken={}", component(token)),
        }
    }
}

fn table(functions: &[Value]) -> String {
    let text = |function: &Value, column: &str| match function[column].as_str() {
        None | Some("") => "-".to_owned(),
        Some(text) => text.to_owned(),
    };
    let width = |column: &&str| functions.iter().map(|f| text(f, column).len()).max();
    let widths = COLUMNS.map(|column| width(&column).unwrap_or_default());
    let line = |function: &Value| {
        let cells = COLUMNS.iter().zip(widths);
        let cells = cells.map(|(column, width)| format!("{:width$}", text(function, column)));
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    };
    functions.iter().map(line).collect()
}

/// Remove a function
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// The name of the function
    name: String,
    #[command(flatten)]
    access: Access,
}

impl Remove {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let path = path_of(&self.name);
        let operation = ("DELETE", "DeleteFunction");
        let answer = self
            .access
            .api()
            .call(operation, &path, Signed::default())?;
        answer.map_err(|r| r.about(&format!("cannot remove `{}`", self.name)))?;
        tell(format_args!(
            "localyun: removed the function `{}`",
            self.name
        ));
        Ok(())
    }
}
