//! A place with folders and a store, and the gateway over them.

use crate::common::{INSURED, NOW};
use oqs::Charset;
use receipt::folders::{
    FOLDERS, FolderGateway, FolderHealth, FolderSettings, FolderStore, serve_folders,
};
use receipt::memory::MemoryStore;
use receipt::{InquiryState, ReceiptStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// A suffix as the gateway chooses them.
const SUFFIX: &str = "00000000000000aa";

pub(crate) struct Place {
    pub(crate) dir: TempDir,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) now: Arc<AtomicI64>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["req", "res", "face"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        Self {
            dir,
            store: Arc::default(),
            now: Arc::new(AtomicI64::new(NOW)),
        }
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn settings(&self) -> FolderSettings {
        FolderSettings {
            req: self.at("req"),
            res: self.at("res"),
            face: Some(self.at("face")),
            charset: Charset::Utf8,
            bulk_zip: true,
            stay: Duration::from_secs(60),
            rejected: Duration::from_secs(3_600),
            settle: Duration::ZERO,
            half_written: Duration::from_millis(600),
            unfinished: Duration::from_secs(3_600),
            poll: Duration::from_millis(50),
            readers: vec![],
            institution_code: "1310000001".into(),
            simulated: true,
        }
    }

    /// A gateway as after a start of the terminal.
    pub(crate) fn gateway(&self) -> FolderGateway {
        let now = Arc::clone(&self.now);
        let clock = Arc::new(move || now.load(Ordering::SeqCst));
        FolderGateway::open(self.store.clone(), self.settings(), clock)
    }

    /// The hidden name of a file that is being delivered, as the gateway noted it.
    pub(crate) fn hidden(&self, folder: &str, name: &str, end: &str) -> PathBuf {
        let suffix = self.store.hidden_suffix(name).unwrap().unwrap();
        self.at(folder)
            .join(format!(".uketsuke-{name}.{suffix}.{end}"))
    }

    /// Puts a folder that can't be removed where the gateway is about to write, though nobody can guess that name.
    pub(crate) fn block(&self, folder: &str, name: &str) -> PathBuf {
        if self.store.hidden_suffix(name).unwrap().is_none() {
            self.store.keep_hidden_suffix(name, SUFFIX).unwrap();
        }
        let obstacle = self.hidden(folder, name, "tmp");
        std::fs::create_dir(&obstacle).unwrap();
        std::fs::write(obstacle.join("inside"), "x").unwrap();
        obstacle
    }

    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.at(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "rejected" && name != ".uketsuke-folder")
            .collect();
        names.sort();
        names
    }

    pub(crate) fn request(&self, name: &str) {
        let text = "<XmlMsg><MessageBody><QualificationConfirmSearchInfo><InsurerNumber>06123456</InsurerNumber><InsuredIdentificationNumber>1\
                    </InsuredIdentificationNumber></QualificationConfirmSearchInfo></MessageBody></XmlMsg>";
        std::fs::write(self.at("req").join(name), text).unwrap();
    }

    pub(crate) fn visit(&self, visit: u64) -> String {
        self.store.store(
            NOW,
            visit,
            "desk-1/Reader 0",
            "qualification",
            INSURED,
            true,
        )
    }
}

pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/folders")
        .join(name)
}

/// Answers what the folders ask, as the daemon's asker does.
pub(crate) fn answer_everything(store: &MemoryStore) {
    for inquiry in store.inquiries(FOLDERS, 0, 100).unwrap() {
        if inquiry.state == InquiryState::Queued {
            let reader = format!("desk-1/number:{FOLDERS}");
            let result = store.store(
                NOW,
                5000 + inquiry.id,
                &reader,
                "qualification",
                INSURED,
                true,
            );
            store.claim(&result, FOLDERS, NOW, 1).unwrap();
            store.answer_inquiry(NOW, inquiry.id, Ok(&result));
        }
    }
    for bulk in store.bulks(FOLDERS, 0, 100).unwrap() {
        if !bulk.done {
            store.answer_bulk(NOW, bulk.id, INSURED);
        }
    }
}

/// Serves the folders on a thread while `work` runs.
pub(crate) fn serving<T>(place: &Place, work: impl FnOnce() -> T) -> T {
    let (stop, stopped) = watch::channel(false);
    let (store, settings) = (place.store.clone(), place.settings());
    let ended = stopped.clone();
    let gateway = std::thread::spawn(move || {
        let health = FolderHealth::default();
        serve_folders(store, settings, Arc::new(|| NOW), None, &health, &stopped);
    });
    let store = place.store.clone();
    let asker = std::thread::spawn(move || {
        while !*ended.borrow() {
            answer_everything(&store);
            std::thread::park_timeout(Duration::from_millis(20));
        }
    });
    let done = work();
    stop.send(true).unwrap();
    gateway.join().unwrap();
    asker.join().unwrap();
    done
}
