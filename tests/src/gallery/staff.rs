//! The staff's page in the gallery: the desk's screens in both languages, looked at by the same check. Every person is invented.

use anyhow::Context as _;
use kiosk::staff::{StaffConfig, StaffPort, StaffState, render, router};
use kiosk::{Credential, Lang, ScreenSize};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::staff_states::states;
use super::stage::NOTE_VIEWS;
use super::{FORMATS, Format, Options, Report, look, take, wanted};
use crate::browser::Browser;

/// What the check asks of this page: it is read at a desk, and it may be longer than the screen.
const LIMITS: &str =
    r#"{ letters: 2.3, contrast: 7, touch: 8.99, gap: 2.53, roots: ["head", "page", "foot"] }"#;
/// The staff's screens. The page is read at a desk beside the receipt computer; a screen of 7 inch is the patient's.
pub(super) const SIZES: [&str; 4] = ["10-landscape", "10-portrait", "15-landscape", "15-portrait"];

/// Draws and looks at every state on every size in both languages.
///
/// # Errors
/// The browser does not come up, or a state is not drawn.
pub(super) async fn run(
    options: &Options,
    report: &mut Report,
    pictures: &mut Vec<String>,
) -> anyhow::Result<()> {
    let sizes: Vec<&Format> = FORMATS
        .iter()
        .filter(|format| SIZES.contains(&format.name) && wanted(&options.formats, format.name))
        .collect();
    if !wanted(&options.variants, "standard") {
        return Ok(());
    }
    for format in sizes {
        for (name, state) in states() {
            let shown = format!("staff-{name}");
            let asked = |part: &String| options.screens.is_empty() || shown.contains(part.as_str());
            if !options.screens.is_empty() && !options.screens.iter().any(asked) {
                continue;
            }
            for lang in Lang::STAFF {
                if !wanted(&options.languages, lang.key()) {
                    continue;
                }
                let name = format!("{}/standard/{}/{shown}", format.name, lang.key());
                let mut browser = draw(format, &state, lang).await.context(name.clone())?;
                look(&mut browser, report, &name, LIMITS).await?;
                if let Some(folder) = &options.folder {
                    take(&mut browser, folder, &name).await?;
                    pictures.push(name);
                }
            }
        }
    }
    Ok(())
}

/// Serves one state and waits until it stands there in this language, on a screen as long as the page.
pub(super) async fn draw(
    format: &Format,
    state: &StaffState,
    lang: Lang,
) -> anyhow::Result<Browser> {
    let (width, height) = format.pixels;
    let (keep, states) = watch::channel(state.clone());
    let (requests, mut asked) = mpsc::channel(4);
    tokio::spawn(async move {
        // Without its sender the page would say that the terminal is away.
        let _keep = keep;
        while asked.recv().await.is_some() {}
    });
    let credential = Credential::generate()?;
    let config = StaffConfig {
        credential: credential.clone(),
        simulated: state.simulated,
        size: ScreenSize::from_diagonal(format.inches, width, height)?,
    };
    let port = StaffPort {
        state: states,
        requests,
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(kiosk::serve(
        listener,
        router(port, config),
        std::future::pending(),
    ));
    let mut browser = Browser::start(width, height).await?;
    browser.before_every_page(NOTE_VIEWS).await?;
    let token = credential.issue()?;
    browser
        .open(&format!("http://{address}/?s={}", token.as_str()))
        .await?;
    browser.wait_for("!!window.drawn").await?;
    if lang != Lang::Ja {
        browser.tap(&format!("lang-{}", lang.key())).await?;
    }
    let view = serde_json::to_string(&render(state, lang, state.simulated))?;
    browser
        .wait_for_quickly(&format!("window.drawn === {}", Value::String(view)))
        .await?;
    // What is folded is looked at unfolded.
    browser
        .evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; }); 0")
        .await?;
    let tall = browser
        .evaluate("document.documentElement.scrollHeight")
        .await?;
    let tall = u32::try_from(tall.as_u64().unwrap_or(0)).unwrap_or(height);
    browser.resize(width, tall.max(height)).await?;
    Ok(browser)
}
