//! What a readiness check answers: one [`Check`] per thing looked at, in the order of the layers,
//! and a headline that names the first layer that is broken. The JSON form is an interface:
//! `uketsukectl doctor --json` prints it, field names stay, new fields may come.

use serde::Serialize;

use crate::catalogue::Entry;

/// Version of the JSON form; raised only when a field changes its meaning or goes away.
pub const SCHEMA: &str = "uketsuke-doctor/1";

/// The layers, from the ground up: a later one can't be judged when one it stands on is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Settings file and the files it names.
    Configuration,
    /// The PC/SC service.
    Pcscd,
    /// The card reader.
    Reader,
    /// The card that lies on it.
    Card,
    /// The process that owns the camera.
    VisionWorker,
    /// The camera.
    Camera,
    /// The terminal's own certificate and key.
    Certificate,
    /// From the central service's name to an address.
    NameResolution,
    /// Connection and mutual TLS.
    Tls,
    /// Login at the central service.
    Login,
    /// The terminal's clock.
    Clock,
    /// Results, consents and audit chain.
    Ledger,
    /// The daemon's sockets.
    Sockets,
    /// The folders of a receipt computer of today.
    Folders,
}

impl Layer {
    /// All layers in order.
    pub const ALL: [Self; 14] = [
        Self::Configuration,
        Self::Pcscd,
        Self::Reader,
        Self::Card,
        Self::VisionWorker,
        Self::Camera,
        Self::Certificate,
        Self::NameResolution,
        Self::Tls,
        Self::Login,
        Self::Clock,
        Self::Ledger,
        Self::Sockets,
        Self::Folders,
    ];

    /// Name for people, Japanese and English.
    #[must_use]
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Configuration => ("設定", "configuration"),
            Self::Pcscd => ("カードサービス(pcscd)", "card service (pcscd)"),
            Self::Reader => ("カードリーダー", "card reader"),
            Self::Card => ("カード", "card"),
            Self::VisionWorker => ("顔照合プロセス", "vision worker"),
            Self::Camera => ("カメラ", "camera"),
            Self::Certificate => ("端末の証明書", "terminal certificate"),
            Self::NameResolution => ("名前解決", "name resolution"),
            Self::Tls => ("接続と暗号化通信(TLS)", "connection and TLS"),
            Self::Login => ("ログイン", "login"),
            Self::Clock => ("時計", "clock"),
            Self::Ledger => ("台帳", "ledger"),
            Self::Sockets => ("ソケット", "sockets"),
            Self::Folders => ("フォルダー", "folders"),
        }
    }
}

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Works.
    Ok,
    /// Not judged, with the reason; says nothing about the terminal's health.
    Skipped,
    /// Works now, but somebody should act.
    Warning,
    /// Does not work.
    Failed,
}

/// What a judgement says about one thing, before it gets its place in the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it ended.
    pub status: Status,
    /// Facts for the technician (addresses, names, numbers), never a secret.
    pub detail: String,
    /// The same in Japanese; `None` where nothing in it is worded by us (names, addresses, what a system said).
    pub detail_ja: Option<String>,
    /// Sentence and advice; `None` when there is nothing to say beyond the detail.
    pub entry: Option<&'static Entry>,
    /// Code that replaces the entry's own (the settings file brings its own codes).
    pub code: Option<&'static str>,
}

impl Finding {
    /// Works; `detail` says what was seen.
    pub(crate) fn ok(detail: impl Into<String>) -> Self {
        Self {
            status: Status::Ok,
            detail: detail.into(),
            detail_ja: None,
            entry: None,
            code: None,
        }
    }

    /// Works, somebody should act.
    pub(crate) fn warning(entry: &'static Entry, detail: impl Into<String>) -> Self {
        Self {
            status: Status::Warning,
            detail: detail.into(),
            detail_ja: None,
            entry: Some(entry),
            code: None,
        }
    }

    /// Does not work.
    pub(crate) fn failed(entry: &'static Entry, detail: impl Into<String>) -> Self {
        Self {
            status: Status::Failed,
            detail: detail.into(),
            detail_ja: None,
            entry: Some(entry),
            code: None,
        }
    }

    /// Not judged.
    pub(crate) fn skipped(entry: &'static Entry, detail: impl Into<String>) -> Self {
        Self {
            status: Status::Skipped,
            detail: detail.into(),
            detail_ja: None,
            entry: Some(entry),
            code: None,
        }
    }

    /// The detail in Japanese.
    pub(crate) fn ja(mut self, detail: impl Into<String>) -> Self {
        self.detail_ja = Some(detail.into());
        self
    }

    /// Says where the trouble is, when there is any.
    pub(crate) fn at(mut self, place: &std::path::Path) -> Self {
        if self.status == Status::Failed {
            self.detail_ja = self
                .detail_ja
                .map(|detail| format!("{}: {detail}", place.display()));
            self.detail = format!("{}: {}", place.display(), self.detail);
        }
        self
    }

    /// Not judged because `layer` below it is broken.
    pub(crate) fn needs(layer: Layer) -> Self {
        Self::skipped(
            &crate::catalogue::NEEDS_EARLIER,
            format!("needs: {}", layer.label().1),
        )
        .ja(format!("必要な層: {}", layer.label().0))
    }
}

/// One check of a report.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The layer it belongs to.
    pub layer: Layer,
    /// What was looked at, stable, kebab-case.
    pub name: &'static str,
    /// How it ended.
    pub status: Status,
    /// Stable code (`UK-DIAG-NNN`, `UK-CONF-NNN`); `null` when all is well.
    pub code: Option<&'static str>,
    /// Facts for the technician, in English where they are worded.
    pub detail: String,
    /// The same in Japanese.
    pub detail_ja: String,
    /// What happened, Japanese; empty when all is well.
    pub message_ja: &'static str,
    /// What happened, English.
    pub message_en: &'static str,
    /// What to do, Japanese; empty when there is nothing to do.
    pub advice_ja: &'static str,
    /// What to do, English.
    pub advice_en: &'static str,
    /// Time the check took, milliseconds.
    pub ms: u64,
}

impl Check {
    /// Gives a finding its place.
    pub(crate) fn new(layer: Layer, name: &'static str, finding: Finding, ms: u64) -> Self {
        let entry = finding.entry;
        Self {
            layer,
            name,
            status: finding.status,
            code: finding.code.or_else(|| entry.map(|e| e.code)),
            detail_ja: finding.detail_ja.unwrap_or_else(|| finding.detail.clone()),
            detail: finding.detail,
            message_ja: entry.map_or("", |e| e.ja),
            message_en: entry.map_or("", |e| e.en),
            advice_ja: entry.map_or("", |e| e.advice_ja),
            advice_en: entry.map_or("", |e| e.advice_en),
            ms,
        }
    }
}

/// The whole readiness report.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Wall time of the check, milliseconds since the Unix epoch, as the caller gave it.
    pub at: i64,
    /// Whether the settings say simulation; `null` when they can't be read.
    pub simulated: Option<bool>,
    /// User that ran the check: what one user may, another may not.
    pub user: String,
    /// Whether the daemon answered on its technician's socket.
    pub daemon_running: bool,
    /// The worst of all checks; skipped ones don't count.
    pub status: Status,
    /// First layer that failed, else first with a warning, else `null`.
    pub layer: Option<Layer>,
    /// One sentence, Japanese.
    pub headline_ja: String,
    /// One sentence, English.
    pub headline_en: String,
    /// All checks, in the order of the layers.
    pub checks: Vec<Check>,
    /// Time of the whole run, milliseconds.
    pub ms: u64,
}

impl Report {
    /// Sorts the checks by layer and finds the headline.
    pub(crate) fn assemble(about: About, mut checks: Vec<Check>, ms: u64) -> Self {
        checks.sort_by_key(|check| check.layer);
        let worst = [Status::Failed, Status::Warning]
            .into_iter()
            .find_map(|status| checks.iter().find(|check| check.status == status));
        let (headline_ja, headline_en) = headline(worst);
        Self {
            schema: SCHEMA,
            at: about.at,
            simulated: about.simulated,
            user: about.user,
            daemon_running: about.daemon_running,
            status: worst.map_or(Status::Ok, |check| check.status),
            layer: worst.map(|check| check.layer),
            headline_ja,
            headline_en,
            checks,
            ms,
        }
    }
}

/// The head of a report.
pub(crate) struct About {
    pub(crate) at: i64,
    pub(crate) simulated: Option<bool>,
    pub(crate) user: String,
    pub(crate) daemon_running: bool,
}

fn headline(worst: Option<&Check>) -> (String, String) {
    let Some(check) = worst else {
        return ("すべて正常です。".into(), "Everything works.".into());
    };
    let (ja, en) = check.layer.label();
    if check.status == Status::Failed {
        (
            format!("{ja}に異常があります: {}", check.message_ja),
            format!("The {en} layer is broken: {}", check.message_en),
        )
    } else {
        (
            format!("{ja}に注意が必要です: {}", check.message_ja),
            format!("The {en} layer needs attention: {}", check.message_en),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn about() -> About {
        About {
            at: 5,
            simulated: Some(true),
            user: "x".into(),
            daemon_running: false,
        }
    }

    #[test]
    fn the_headline_names_the_first_failed_layer_even_after_a_warning() {
        let checks = vec![
            Check::new(
                Layer::Ledger,
                "l",
                Finding::failed(&catalogue::LEDGER_DAMAGED, ""),
                1,
            ),
            Check::new(
                Layer::Tls,
                "t",
                Finding::failed(&catalogue::TLS_EXPIRED, ""),
                1,
            ),
            Check::new(
                Layer::Certificate,
                "c",
                Finding::warning(&catalogue::CERT_SOON, ""),
                1,
            ),
        ];
        let report = Report::assemble(about(), checks, 3);
        assert_eq!(
            (report.status, report.layer),
            (Status::Failed, Some(Layer::Tls))
        );
        assert!(report.headline_en.contains("TLS"), "{}", report.headline_en);
        assert_eq!(
            report.checks.first().map(|c| c.layer),
            Some(Layer::Certificate)
        );
    }

    #[test]
    fn skipped_checks_do_not_make_a_report_bad() {
        let report = Report::assemble(
            about(),
            vec![Check::new(
                Layer::Card,
                "c",
                Finding::skipped(&catalogue::CARD_NONE, ""),
                1,
            )],
            1,
        );
        assert_eq!((report.status, report.layer), (Status::Ok, None));
    }

    /// The JSON form is an interface: this test is its record.
    #[test]
    fn the_json_form_is_stable() {
        let report = Report::assemble(
            about(),
            vec![Check::new(
                Layer::NameResolution,
                "resolve",
                Finding::failed(&catalogue::NAME_UNKNOWN, "host.invalid"),
                7,
            )],
            9,
        );
        let value = serde_json::to_value(&report).unwrap();
        let keys: Vec<&str> = value
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            keys,
            [
                "schema",
                "at",
                "simulated",
                "user",
                "daemon_running",
                "status",
                "layer",
                "headline_ja",
                "headline_en",
                "checks",
                "ms"
            ]
        );
        let check = &value["checks"][0];
        let keys: Vec<&str> = check
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            keys,
            [
                "layer",
                "name",
                "status",
                "code",
                "detail",
                "detail_ja",
                "message_ja",
                "message_en",
                "advice_ja",
                "advice_en",
                "ms"
            ]
        );
        assert_eq!(
            (&value["status"], &value["layer"]),
            (&"failed".into(), &"name-resolution".into())
        );
        assert_eq!(check["code"], "UK-DIAG-161");
        let names: Vec<_> = Layer::ALL
            .iter()
            .map(|l| serde_json::to_value(l).unwrap())
            .collect();
        assert_eq!(
            serde_json::to_string(&names).unwrap(),
            r#"["configuration","pcscd","reader","card","vision-worker","camera","certificate","name-resolution","tls","login","clock","ledger","sockets","folders"]"#
        );
    }
}
