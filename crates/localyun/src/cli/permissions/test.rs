//! `localyun permissions test`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use gateway::Clock;

use super::{Failure, print};
use crate::permissions::{
    Checked, File, Mutated, Row, Suite, Unusable, World, check, junit, mutate,
};

/// Hold what files expect against what their policies say, without a server
///
/// A file declares users, groups, roles, policies and buckets, and a list of expectations: who is allowed or denied what, on
/// what, and by which statement. They are set up in memory with the real operations, so a policy that the service would
/// refuse is refused here, and decided as requests are.
///
/// The exit code is 0 if everything is as expected, 1 if not, and 2 if a file cannot be used.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(in crate::cli) struct Test {
    /// The files, YAML
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change the policies one thing at a time (a statement left out, Allow for Deny, a condition less, everything for
    /// something) and report what no expectation notices
    #[arg(long)]
    mutate: bool,
    /// Tell every decision in full, not just those that are not as expected
    #[arg(long)]
    explain: bool,
    /// Write the results to a file that CI systems read
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

const EXAMPLE: &str = "A file:
  policies:
    read-photos:
      Version: '1'
      Statement:
        - {Effect: Allow, Action: oss:GetObject, Resource: 'acs:oss:*:*:photos/*'}
  users:
    anna: {policies: [read-photos]}
  buckets:
    photos: {}
  expect:
    - {allow: oss:GetObject, to: user/anna, on: oss://photos/cat.jpg, by: read-photos#0}
    - {deny: [oss:PutObject, oss:DeleteObject], to: [user/anna, anonymous], on: oss://photos/cat.jpg}

docs/permission-tests.md describes all of it.";

/// What came of one file.
struct Outcome<'a> {
    path: &'a Path,
    checked: Checked,
    explained: String,
    mutated: Option<Mutated>,
    survivors: Vec<String>,
    took: Duration,
}

impl Test {
    pub(in crate::cli) fn run(&self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut outcomes = Vec::new();
        for path in &self.files {
            let outcome = runtime
                .block_on(self.outcome(path))
                .map_err(Failure::misused)?;
            print(&outcome.report()).map_err(Failure::misused)?;
            outcomes.push(outcome);
        }
        self.write_junit(&outcomes)?;
        match outcomes.iter().all(Outcome::is_good) {
            true => Ok(()),
            false => Err(Failure::Silent),
        }
    }

    async fn outcome<'a>(&self, path: &'a Path) -> Result<Outcome<'a>, Unusable> {
        let file = File::read(path)?;
        let world = World::make(&file).await?;
        let clock = Clock::system();
        let checked = check(&file, &world).await?;
        let took = clock.monotonic();
        let explained = match self.explain {
            true => explained(path, &checked)?,
            false => String::new(),
        };
        let mutated =
            (self.mutate && checked.failures.is_empty()).then(|| mutate(&checked, &world));
        let survivors = mutated.iter().flat_map(|mutated| &mutated.survivors);
        Ok(Outcome {
            path,
            survivors: survivors
                .map(|(at, what)| format!("{}:{} {what}", path.display(), at.line))
                .collect(),
            checked,
            explained,
            mutated,
            took,
        })
    }

    fn write_junit(&self, outcomes: &[Outcome<'_>]) -> Result<(), Failure> {
        let Some(path) = &self.junit else {
            return Ok(());
        };
        let suites: Vec<_> = outcomes
            .iter()
            .map(|outcome| Suite {
                path: outcome.path,
                checked: &outcome.checked,
                survivors: &outcome.survivors,
                took: outcome.took,
            })
            .collect();
        std::fs::write(path, junit(&suites))
            .map_err(|error| Failure::misused(format!("cannot write {}: {error}", path.display())))
    }
}

/// Every row that holds, with its decision. The others are explained in any case.
fn explained(path: &Path, checked: &Checked) -> Result<String, Unusable> {
    let mut text = String::new();
    for (index, row) in checked.rows.iter().enumerate() {
        if checked.failures.iter().any(|(failed, _)| *failed == index) {
            continue;
        }
        let why = row.explanation().map_err(|wrong| Unusable {
            path: path.to_owned(),
            at: row.at,
            what: wrong.to_string(),
        })?;
        // Writing to a String cannot fail.
        let _ = entry(&mut text, path, row, &why);
    }
    Ok(text)
}

fn entry(text: &mut String, path: &Path, row: &Row, why: &str) -> std::fmt::Result {
    let name = row.name.as_ref().map(|name| format!("{name}: "));
    let (name, line) = (name.unwrap_or_default(), row.at.line);
    writeln!(text, "{}:{line} {name}{}", path.display(), row.title())?;
    for line in why.lines() {
        writeln!(text, "{}", format!("  {line}").trim_end())?;
    }
    writeln!(text)
}

impl Outcome<'_> {
    fn is_good(&self) -> bool {
        self.checked.failures.is_empty() && self.survivors.is_empty()
    }

    fn report(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let Checked { rows, failures } = &self.checked;
        let path = self.path.display();
        text.push_str(&self.explained);
        for (index, why) in failures {
            if let Some(row) = rows.get(*index) {
                entry(text, self.path, row, why)?;
            }
        }
        for survivor in &self.survivors {
            writeln!(text, "{survivor}: no expectation notices")?;
        }
        let rate = rows.len() as f64 / self.took.as_secs_f64().max(1e-9);
        let held = rows.len() - failures.len();
        writeln!(
            text,
            "{path}: {held} of {} expectations hold ({rate:.0} a second)",
            rows.len()
        )?;
        if let Some(mutated) = &self.mutated {
            let noticed = mutated.tried - mutated.survivors.len();
            writeln!(
                text,
                "{path}: {noticed} of {} changes to its policies are noticed",
                mutated.tried
            )?;
        }
        Ok(())
    }
}
