//! The binary under test, on a free port of this machine.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use opendal::Operator;
use opendal::services::Oss;
use tempfile::TempDir;

/// A running server; dropping it ends the process.
pub struct Server {
    child: Child,
    url: String,
    _folder: TempDir,
}

/// `LOCALYUN_BIN`, else the release build.
fn binary() -> PathBuf {
    std::env::var_os("LOCALYUN_BIN").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../target/release/localyun"
            ))
        },
        PathBuf::from,
    )
}

impl Server {
    /// Starts it with the bucket `lake`, and waits until it answers.
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let url_file = folder.path().join("url");
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new(binary())
            .args(["start", "--listen", "127.0.0.1:0", "--bucket", "lake"])
            .arg("--url-file")
            .arg(&url_file)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("set LOCALYUN_BIN, or build the binary with cargo build --release -p localyun");
        let give_up = Instant::now() + Duration::from_secs(20);
        let url = loop {
            let url = fs::read_to_string(&url_file).unwrap_or_default();
            if !url.trim().is_empty() {
                break url.trim().trim_end_matches('/').to_owned();
            }
            let ended = child.try_wait().unwrap();
            let text = || fs::read_to_string(folder.path().join("log")).unwrap();
            assert!(ended.is_none(), "the server ended at once: {}", text());
            assert!(Instant::now() < give_up, "no URL yet: {}", text());
            std::thread::yield_now();
        };
        Self {
            child,
            url,
            _folder: folder,
        }
    }

    /// OpenDAL's operator on the bucket, in path style, below `root`, with a key and its secret.
    pub fn operator(&self, root: &str, key: &str, secret: &str) -> Operator {
        // Both may be there already: the first that is installed stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        opendal_http_transport_reqwest::install_default();
        let service = Oss::default()
            .root(root)
            .bucket("lake")
            .endpoint(&self.url)
            .addressing_style("path")
            .access_key_id(key)
            .access_key_secret(secret);
        Operator::new(service).unwrap()
    }

    /// The same as the administrator.
    pub fn admin(&self, root: &str) -> Operator {
        self.operator(root, "localyun", "localyun")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
