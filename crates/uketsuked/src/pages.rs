//! The two loopback listeners for the kiosk's pages, and the files that carry their one-time addresses to
//! the browsers. An address is used up by its first use; then a fresh one is written.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use axum::Router;
use kiosk::Credential;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::net::TcpListener;
use tokio::sync::watch;
use zeroize::Zeroizing;

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
        let url = Zeroizing::new(format!("http://{address}/?s={}\n", token.as_str()));
        write_all_at_once(&self.url_file, url.as_bytes(), 0o640)
            .with_context(|| format!("{} page: {}", self.name, self.url_file.display()))
    }
}

/// Bytes of a page's secret.
const SECRET: usize = 32;

/// The credential of the page whose address stands in `url_file`, under the secret kept beside it, so that a
/// browser that is open when the daemon crashes comes back by itself. A secret that is missing, of the wrong
/// length or open to other users is replaced: then the browser needs a fresh address.
///
/// # Errors
/// The system gives no random numbers, or the file can't be written.
pub(crate) fn credential(url_file: &Path) -> anyhow::Result<Credential> {
    let path = url_file.with_extension("secret");
    if let Some(secret) = kept_secret(&path) {
        return Ok(Credential::from_secret(&secret));
    }
    let mut secret = Zeroizing::new([0_u8; SECRET]);
    SystemRandom::new()
        .fill(&mut *secret)
        .map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
    write_all_at_once(&path, &*secret, 0o600).with_context(|| format!("{}", path.display()))?;
    Ok(Credential::from_secret(&secret))
}

/// The kept secret, when it is one and only this user can have written and read it.
fn kept_secret(path: &Path) -> Option<Zeroizing<[u8; SECRET]>> {
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(nix::libc::O_NOFOLLOW)
        .open(path)
        .ok()?;
    let found = file.metadata().ok()?;
    let private = found.is_file()
        && found.mode() & 0o077 == 0
        && found.uid() == nix::unistd::geteuid().as_raw();
    if !private || found.len() != SECRET as u64 {
        tracing::warn!(path = %path.display(), "a page's kept secret can't be used and is replaced");
        return None;
    }
    let mut secret = Zeroizing::new([0_u8; SECRET]);
    (&file).read_exact(&mut *secret).ok()?;
    Some(secret)
}

/// Writes a file that only those named by `mode` read, all at once.
fn write_all_at_once(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let _ = std::fs::remove_file(&beside);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&beside)?;
    file.write_all(bytes)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    #[test]
    fn the_secret_is_kept_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let url_file = folder.path().join("kiosk.url");
        let _ = credential(&url_file).unwrap();
        let path = folder.path().join("kiosk.secret");
        let first = std::fs::read(&path).unwrap();
        assert_eq!(first.len(), SECRET);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let _ = credential(&url_file).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first, "kept");

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let _ = credential(&url_file).unwrap();
        let second = std::fs::read(&path).unwrap();
        assert_ne!(second, first, "others could have read it");

        std::fs::write(&path, b"short").unwrap();
        let _ = credential(&url_file).unwrap();
        assert_eq!(std::fs::read(&path).unwrap().len(), SECRET);
    }

    /// A request as a browser sends it; status line and cookie of the answer.
    async fn get(address: SocketAddr, target: &str, cookie: &str) -> (String, Option<String>) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let cookie = match cookie {
            "" => String::new(),
            cookie => format!("Cookie: {cookie}\r\n"),
        };
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {address}\r\n{cookie}Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let line = answer.lines().next().unwrap_or_default().to_owned();
        let cookie = answer
            .lines()
            .find(|line| line.to_lowercase().starts_with("set-cookie:"))
            .and_then(|line| line.split_once(": "))
            .and_then(|(_, value)| value.split(';').next())
            .map(str::to_owned);
        (line, cookie)
    }

    async fn daemon(url_file: &Path) -> (SocketAddr, watch::Sender<bool>) {
        let (_, screen) =
            watch::channel(kiosk::patient::Screen::new(kiosk::patient::Page::Waiting));
        let (_, frames) = watch::channel(None);
        let (input, _) = tokio::sync::mpsc::channel(1);
        let credential = credential(url_file).unwrap();
        let router = kiosk::patient::router(
            kiosk::patient::PatientPort {
                screen,
                frames,
                input,
            },
            kiosk::patient::PatientConfig {
                credential: credential.clone(),
                terminal: kiosk::patient::Terminal::default(),
                size: kiosk::ScreenSize::new(4.0).unwrap(),
            },
        );
        let (stop, stopped) = watch::channel(false);
        let page = Page {
            name: "patient",
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            url_file: url_file.to_owned(),
            credential,
        };
        (page.open(router, stopped).await.unwrap(), stop)
    }

    /// The browser that was open before the daemon went is let in by the next one, without a fresh address.
    #[tokio::test]
    async fn a_browser_comes_back_by_itself_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let url_file = folder.path().join("kiosk.url");
        let (address, before) = daemon(&url_file).await;
        let url = std::fs::read_to_string(&url_file).unwrap();
        let target = url
            .trim()
            .split_once(&address.to_string())
            .unwrap()
            .1
            .to_owned();
        let (_, cookie) = get(address, &target, "").await;
        let cookie = cookie.expect("a session");
        drop(before);

        let (address, _after) = daemon(&url_file).await;
        let (line, _) = get(address, "/", &cookie).await;
        assert!(line.contains(" 200 "), "{line}");
        let (line, _) = get(address, "/", "").await;
        assert!(!line.contains(" 200 "), "without the cookie: {line}");
    }
}
