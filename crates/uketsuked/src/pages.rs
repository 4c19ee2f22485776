//! The two loopback listeners for the kiosk's pages, and the files that carry their one-time addresses to
//! the browsers. An address is used up by its first use; then a fresh one is written.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use axum::Router;
use kiosk::Credential;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// One page: where it listens, and where its address is written.
pub(crate) struct Page {
    /// For messages.
    pub(crate) name: &'static str,
    /// Loopback address; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// File for the one-time address.
    pub(crate) url_file: PathBuf,
    /// Who may look.
    pub(crate) credential: Credential,
}

impl Page {
    /// Binds, writes the first address and serves until `stop`.
    ///
    /// # Errors
    /// The address is taken, or the file can't be written.
    pub(crate) async fn open(
        self,
        router: Router,
        stop: watch::Receiver<bool>,
    ) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("{} page: {} can't be listened on", self.name, self.listen))?;
        let address = listener.local_addr()?;
        self.write_address(address)?;
        let mut ended = stop.clone();
        tokio::spawn(async move {
            let ending = async move {
                let _ = ended.wait_for(|stop| *stop).await;
            };
            if let Err(error) = kiosk::serve(listener, router, ending).await {
                tracing::error!(error = %crate::chain(&error), "a page's listener ended");
            }
        });
        tokio::spawn(self.renew(address, stop));
        Ok(address)
    }

    async fn renew(self, address: SocketAddr, mut stop: watch::Receiver<bool>) {
        let mut used = self.credential.used();
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                changed = used.changed() => if changed.is_err() { return },
            }
            if let Err(error) = self.write_address(address) {
                tracing::error!(page = self.name, error = %format!("{error:#}"), "a fresh address could not be written");
            }
        }
    }

    fn write_address(&self, address: SocketAddr) -> anyhow::Result<()> {
        let token = self.credential.issue()?;
        let url = zeroize::Zeroizing::new(format!("http://{address}/?s={}\n", token.as_str()));
        write_private(&self.url_file, url.as_bytes())
            .with_context(|| format!("{} page: {}", self.name, self.url_file.display()))
    }
}

/// Writes a file that only the owner and its group read, all at once.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let _ = std::fs::remove_file(&beside);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(&beside)?;
    file.write_all(bytes)?;
    std::fs::rename(&beside, path)
}
