//! Work on whole packages, which takes up to seconds.

use std::io;

use gateway::Fault;
use tokio::task::JoinHandle;

/// Does something on a thread where it keeps no other request waiting. Once a package, not once a chunk.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    spawn(work).await.map_err(Fault::internal)
}

/// The same for what can fail.
pub(crate) async fn try_apart<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn(work).await.map_err(io::Error::other)?
}

#[allow(
    clippy::disallowed_methods,
    reason = "inflating, hashing and copying hundreds of megabytes would hold a worker of the runtime for seconds"
)]
fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    tokio::task::spawn_blocking(work)
}
