//! Whether a program is well, asked again and again (`spec/fc.md` §2).
//! <https://help.aliyun.com/zh/functioncompute/fc/user-guide/configure-a-custom-health-check-policy-for-instances-1>

use std::sync::Arc;

use http::{HeaderValue, Request};
use tokio::time::{sleep, timeout};

use super::instance::Core;
use super::server::Server;
use crate::HealthCheck;

/// What the last answers make of a program.
#[derive(Debug)]
struct Health {
    well: bool,
    /// How many answers in a row said otherwise.
    otherwise: u32,
}

impl Health {
    /// Takes down an answer. Whether it changes what the program counts as.
    fn note(&mut self, passed: bool, check: &HealthCheck) -> bool {
        if passed == self.well {
            self.otherwise = 0;
            return false;
        }
        self.otherwise += 1;
        let threshold = match self.well {
            true => check.failure_threshold,
            false => check.success_threshold,
        };
        if self.otherwise < threshold {
            return false;
        }
        *self = Self {
            well: passed,
            otherwise: 0,
        };
        true
    }
}

/// One check. `Err` says how it failed.
pub(super) async fn ask(server: &Server, check: &HealthCheck) -> Result<(), String> {
    let target = check
        .path
        .parse()
        .map_err(|_| format!("with path: {}", check.path))?;
    let mut request = Request::new(bytes::Bytes::new());
    *request.uri_mut() = target;
    let host = HeaderValue::from_static("localhost");
    request.headers_mut().insert(http::header::HOST, host);
    match timeout(check.timeout, server.send(&request)).await {
        Err(_) => Err(format!("with timeout: {} seconds", check.timeout.as_secs())),
        Ok(Err(silent)) => Err(format!("with error: {silent}")),
        Ok(Ok(answer)) if (200..400).contains(&answer.status.as_u16()) => Ok(()),
        Ok(Ok(answer)) => Err(format!("with status code: {}", answer.status.as_u16())),
    }
}

/// Goes on asking a program that was well, for as long as it lives, but for when it is frozen.
pub(super) fn follow(core: &Arc<Core>, check: HealthCheck) {
    let (server, core) = (Arc::clone(&core.server), Arc::downgrade(core));
    tokio::spawn(async move {
        let mut health = Health {
            well: true,
            otherwise: 0,
        };
        loop {
            sleep(check.period).await;
            let usable = || core.upgrade().filter(|core| core.is_usable());
            let Some(before) = usable().map(|core| core.pauses()) else {
                return;
            };
            if before.is_frozen() {
                continue;
            }
            // Without a hold on the program, which ends with its last handle.
            let answer = ask(&server, &check).await;
            let Some(core) = usable() else { return };
            // What was frozen meanwhile could not answer.
            if core.pauses() == before && health.note(answer.is_ok(), &check) {
                core.counts_as(answer);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_count_in_a_row() {
        let check = HealthCheck {
            path: "/".into(),
            initial_delay: Duration::ZERO,
            period: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            failure_threshold: 2,
            success_threshold: 3,
        };
        let mut health = Health {
            well: true,
            otherwise: 0,
        };
        let answers = [
            (false, true),
            (true, true),
            (false, true),
            (false, false),
            (true, false),
            (true, false),
            (false, false),
            (true, false),
            (true, false),
            (true, true),
        ];
        for (number, (passed, well)) in answers.into_iter().enumerate() {
            let was = health.well;
            assert_eq!(health.note(passed, &check), was != well, "{number}");
            assert_eq!(health.well, well, "{number}");
        }
    }
}
