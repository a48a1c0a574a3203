//! How an invocation ended.

use std::time::Duration;

use bytes::Bytes;

use crate::HttpAnswer;

/// How an invocation ended. The cloud answers each of these with status 200.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What the handler returned, or the JSON object that describes the failure (`spec/fc.md` §1.5, §1.6).
    pub body: Bytes,
    /// Status and headers, when the function has answered a request over HTTP itself. `None` for events and failures.
    pub http: Option<HttpAnswer>,
    /// Set when the function failed, whatever the reason.
    pub error: Option<ErrorKind>,
    /// Everything that was written during the request, the lines `FC Invoke Start` and `End` included. In a cold
    /// start it begins with what was written since the process started. Text beyond 16 MiB is dropped, and a line
    /// says so.
    pub log: Bytes,
    /// From handing over the event to the end of the request, in the host's monotonic time.
    pub duration: Duration,
    /// The largest resident set of the handler's own process so far, in bytes; its children are not counted. When
    /// the process died on its own, the growth of its last 20 ms may be missing. 0 where `/proc` is not available.
    pub max_memory: u64,
}

/// How a function failed: the value of the header `X-Fc-Error-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An exception left the handler or its module, the process ended, or the time was up.
    UnhandledInvocation,
    /// The initializer failed, or took too long.
    Initialization,
    /// A handler in Node.js gave an error to its callback.
    HandledInvocation,
    /// The server of a custom runtime answered with `x-fc-status: 404`.
    Invocation,
}

impl ErrorKind {
    /// The value on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnhandledInvocation => "UnhandledInvocationError",
            Self::Initialization => "InitializationError",
            Self::Invocation => "InvocationError",
            Self::HandledInvocation => "HandledInvocationError",
        }
    }
}

/// Why the platform, and not the function, ended a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interruption {
    TimedOut { limit: Duration },
    Exited { after: Duration },
    Canceled { after: Duration },
    TooLarge,
}

impl Interruption {
    /// The sentence for the caller and for the log.
    pub(crate) fn sentence(self, max_memory: u64) -> String {
        let memory = format!(
            "maxMemoryUsage: {:.2}MB",
            max_memory as f64 / (1 << 20) as f64
        );
        match self {
            Self::TimedOut { limit } => {
                format!(
                    "Function timed out after {} seconds ({memory})",
                    limit.as_secs_f64()
                )
            }
            Self::Exited { after } => format!(
                "Process exited unexpectedly before completing request (duration: {}ms, {memory})",
                after.as_millis()
            ),
            Self::Canceled { after } => format!(
                "Invocation canceled by client (duration: {}ms, {memory})",
                after.as_millis()
            ),
            Self::TooLarge => {
                format!(
                    "The function returned more than 32 MiB, the limit of a response ({memory})"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_those_of_the_cloud() {
        let memory = 52_239_008;
        assert_eq!(
            Interruption::TimedOut {
                limit: Duration::from_secs(30)
            }
            .sentence(memory),
            "Function timed out after 30 seconds (maxMemoryUsage: 49.82MB)"
        );
        assert_eq!(
            Interruption::TimedOut {
                limit: Duration::from_secs(1)
            }
            .sentence(0),
            "Function timed out after 1 seconds (maxMemoryUsage: 0.00MB)"
        );
        assert_eq!(
            Interruption::Exited {
                after: Duration::from_micros(12_900)
            }
            .sentence(memory),
            "Process exited unexpectedly before completing request (duration: 12ms, maxMemoryUsage: 49.82MB)"
        );
    }
}
