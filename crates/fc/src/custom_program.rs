//! How the program of a custom runtime is started and reached (`spec/fc.md` §2).

use std::time::Duration;

/// The port of a server that names no other.
pub const DEFAULT_PORT: u16 = 9000;

/// The settings of a custom runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomProgram {
    /// The command and its arguments. Empty: `/code/bootstrap`.
    pub command: Vec<String>,
    /// Where its server listens: 9000 if nothing else is said.
    pub port: u16,
    /// What the server is asked before its first request, after the initializer, and from then on.
    pub health_check: Option<HealthCheck>,
    /// Headers about the hooks of the function, which FC 2.0 sends along with every request.
    pub hook_headers: Vec<(&'static str, String)>,
}

impl Default for CustomProgram {
    fn default() -> Self {
        Self {
            command: Vec::new(),
            port: DEFAULT_PORT,
            health_check: None,
            hook_headers: Vec::new(),
        }
    }
}

/// A question that a healthy server answers with a status from 200 to 399.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// The path of a GET request; begins with `/`.
    pub path: String,
    /// How long to wait before the first one: 0–120 seconds.
    pub initial_delay: Duration,
    /// How long to wait before the next one: 1–120 seconds.
    pub period: Duration,
    /// How long an answer may take: 1–3 seconds.
    pub timeout: Duration,
    /// How many in a row have to fail for an instance to be ill: 1–120.
    pub failure_threshold: u32,
    /// How many in a row have to pass for it to be well again: 1–120.
    pub success_threshold: u32,
}
