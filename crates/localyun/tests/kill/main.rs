//! kill -9 in the middle of mixed writes, again and again.
//!
//! Several connections write to the real binary on a folder of data; it is killed with SIGKILL at a random moment and
//! started again on the same folder. Then everything that was acknowledged must be there, what was under way must be
//! there whole or not at all, the counters must agree with the listing, and after a sweep past every lease there must
//! be just the blobs that somebody owns.
//!
//! `cargo test -p localyun --test kill -- --rounds 300 --seed 7`; about 20 rounds otherwise.

mod check;
mod client;
mod ledger;
mod leftovers;
mod race;
mod run;
mod server;
mod uploads;
mod worker;

use std::{fmt, process::ExitCode};

use ledger::Verdict;
use run::Run;

/// Where the workers' objects are.
const BUCKET: &str = "objects";

/// What came of it all.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    rounds: u64,
    acknowledged: u64,
    checked: u64,
    came_through: u64,
    lost: u64,
    half: u64,
    /// Rows, counters, uploads or buckets that are not as they must be.
    wrong: u64,
    leaked: u64,
    /// What is found is known already.
    quiet: bool,
}

impl Tally {
    pub(crate) fn count(&mut self, verdict: Verdict) {
        self.checked += 1;
        match verdict {
            Verdict::Kept => {}
            Verdict::CameThrough => self.came_through += 1,
            Verdict::Lost => self.lost += 1,
            Verdict::Half => self.half += 1,
        }
    }

    pub(crate) fn complain(&mut self, complaints: impl IntoIterator<Item = String>) {
        for complaint in complaints {
            self.wrong += 1;
            self.tell(complaint);
        }
    }

    pub(crate) fn tell(&self, what: impl AsRef<str>) {
        if !self.quiet {
            println!("round {}: {}", self.rounds, what.as_ref());
        }
    }

    fn good(&self) -> bool {
        self.lost + self.half + self.wrong + self.leaked == 0
    }
}

fn main() -> ExitCode {
    let Some(settings) = Settings::read() else {
        return ExitCode::SUCCESS;
    };
    let outcome = Run::new(&settings).and_then(|run| run.all(settings.rounds));
    match outcome {
        Ok(tally) => {
            println!("kill: seed {}: {tally}", settings.seed);
            if tally.good() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            println!("kill: seed {}: {error}", settings.seed);
            ExitCode::FAILURE
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            rounds,
            acknowledged,
            checked,
            came_through,
            ..
        } = self;
        let Tally {
            lost,
            half,
            wrong,
            leaked,
            ..
        } = self;
        write!(
            f,
            "{rounds} rounds, {acknowledged} acknowledged writes, {checked} objects looked at "
        )?;
        write!(f, "({came_through} were under way and came through), ")?;
        write!(
            f,
            "{lost} lost, {half} half, {wrong} wrong otherwise, {leaked} leaked blobs"
        )
    }
}

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Settings {
    rounds: u64,
    seed: u64,
}

impl Settings {
    /// Where the test runner asks for other tests by name, or for a list, there is nothing to do.
    fn read() -> Option<Settings> {
        let mut settings = Settings {
            rounds: 20,
            seed: 1,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut number = || words.next().and_then(|text| text.parse().ok());
            match word.as_str() {
                "--rounds" => settings.rounds = number()?,
                "--seed" => settings.seed = number()?,
                "--list" => return None,
                flag if flag.starts_with('-') => {}
                name if "kill".contains(name) => {}
                _ => return None,
            }
        }
        Some(settings)
    }
}
