//! Work on whole packages, which takes up to seconds.

use gateway::Fault;

/// Does something on a thread where it keeps no other request waiting. Once a package, not once a chunk.
#[allow(
    clippy::disallowed_methods,
    reason = "inflating and hashing hundreds of megabytes would hold a worker of the runtime for seconds"
)]
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(Fault::internal)
}
