//! `uketsukectl card`: walks a card step by step, spends no try, shows no secret. Works beside a running daemon:
//! it then takes another reader, or says that the terminal holds the card.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use card::certificate::{Roots, published_roots};
use card::monitor::ReaderRules;
use card::walk::{State, Step, WalkSettings, WalkStep, walk};
use card::{IssuerKeys, PcscReaders, Readers};
use clap::Args as ClapArgs;
use diagnosis::Status;
use uketsuked::config::Config;

use crate::args::{Args, Exit, Lang};
use crate::{output, settings};

/// What `card` can be told.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct CardArgs {
    /// 名前にこれを含むリーダーだけを使う / only a reader whose name contains this
    #[arg(long, value_name = "NAME", default_value = "")]
    reader: String,
    /// カードが置かれるまで待つ秒数 / wait so many seconds for a card
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
    /// 拡張長が通るかも調べる(失敗するとカードの置き直しが必要)/ also try extended length; a reader that can't
    /// pass it loses the card
    #[arg(long)]
    probe_extended: bool,
}

/// Walks and shows; the exit code follows the worst step.
pub(crate) fn run(args: &Args, card: &CardArgs) -> anyhow::Result<Exit> {
    let config = Config::load(&args.config)
        .with_context(|| format!("settings file {}", args.config.display()))?;
    let settings = walk_settings(&config, card)?;
    let readers: Arc<dyn Readers> = Arc::new(PcscReaders::new());
    if config.simulated() && !args.json {
        output::line(args.lang.pick(
            "シミュレーション(実在のカードではありません)",
            "SIMULATION: no real card",
        ));
    }
    if card.wait > 0 {
        let seconds = card.wait;
        let ja = format!("カードを置いてください(最長{seconds}秒待ちます)");
        let en = format!("lay a card down (waiting up to {seconds} s)");
        output::note(args.lang.pick(&ja, &en));
    }
    // Each step is shown when it is done: a slow card must not look like a hanging program.
    let steps = walk(&readers, &settings, &mut |step| {
        if !args.json {
            for text in lines(step, args.lang) {
                output::line(&text);
            }
        }
    });
    let worst = worst(&steps);
    if args.json {
        let document = serde_json::json!({
            "schema": "uketsuke-card/1",
            "simulated": config.simulated(),
            "status": worst,
            "steps": steps,
        });
        output::line(&serde_json::to_string_pretty(&document)?);
    }
    Ok(match worst {
        State::Failed => Exit::Failed,
        State::Warning => Exit::Warnings,
        State::Ok | State::Skipped => Exit::Well,
    })
}

fn walk_settings(config: &Config, card: &CardArgs) -> anyhow::Result<WalkSettings> {
    let section = &config.card;
    let issuers = std::fs::read_to_string(&section.issuers)
        .with_context(|| format!("card.issuers: {}", section.issuers.display()))?;
    let roots: Vec<Vec<u8>> = if section.auth_roots.is_empty() {
        published_roots()
            .iter()
            .map(|root| root.der.to_vec())
            .collect()
    } else {
        let read = |path: &std::path::PathBuf| {
            std::fs::read(path).with_context(|| format!("card.auth_roots: {}", path.display()))
        };
        section
            .auth_roots
            .iter()
            .map(read)
            .collect::<anyhow::Result<_>>()?
    };
    // A reader that is named here may be any; without a name those of the settings are meant.
    let filters = if card.reader.is_empty() {
        [&section.reader, &section.second_reader]
            .into_iter()
            .filter(|reader| !reader.is_empty())
            .cloned()
            .collect()
    } else {
        Vec::new()
    };
    Ok(WalkSettings {
        rules: ReaderRules {
            simulation: config.simulated(),
            filters,
        },
        reader: card.reader.clone(),
        issuers: IssuerKeys::from_toml(&issuers)
            .with_context(|| format!("card.issuers: {}", section.issuers.display()))?,
        roots: Roots::new(&roots, config.simulated())?,
        limit: Duration::from_millis(section.apdu_timeout_ms),
        wait: Duration::from_secs(card.wait.min(600)),
        probe_extended: card.probe_extended,
        now: settings::now(),
    })
}

fn worst(steps: &[WalkStep]) -> State {
    let has = |state| steps.iter().any(|step| step.state == state);
    [State::Failed, State::Warning]
        .into_iter()
        .find(|state| has(*state))
        .unwrap_or(State::Ok)
}

fn lines(step: &WalkStep, lang: Lang) -> Vec<String> {
    let status = match step.state {
        State::Ok => Status::Ok,
        State::Warning => Status::Warning,
        State::Failed => Status::Failed,
        State::Skipped => Status::Skipped,
    };
    let (ja, en) = label(step.step);
    let detail = output::plain(lang.pick(&step.detail_ja, &step.detail).trim());
    let mut head = format!("{} {}", output::mark(status, lang), lang.pick(ja, en));
    if !detail.is_empty() {
        head.push_str(": ");
        head.push_str(&detail);
    }
    let mut out = vec![head];
    if let Some(problem) = &step.problem {
        out.push(format!(
            "         {} {}",
            problem.code,
            lang.pick(problem.ja, problem.en)
        ));
    }
    out
}

const fn label(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Service => ("カードサービス", "card service"),
        Step::Reader => ("リーダー", "reader"),
        Step::Card => ("カード", "card"),
        Step::Hold => ("占有", "exclusive use"),
        Step::Atr => ("ATR", "ATR"),
        Step::ExpiryRecord => ("カードの有効期限", "card's expiry"),
        Step::JpkiAp => ("公的個人認証AP", "JPKI AP"),
        Step::Token => ("トークン", "token"),
        Step::PinTries => ("暗証番号の残り回数", "PIN tries left"),
        Step::Certificate => ("利用者証明用電子証明書", "authentication certificate"),
        Step::SurfaceAp => ("券面事項確認AP", "surface AP"),
        Step::NumberTries => ("照合番号Bの残り回数", "matching number B tries left"),
        Step::Photo => ("顔写真の記録", "photo record"),
        Step::Issuer => ("発行者の鍵", "issuer's key"),
        Step::Authenticity => ("真正性(内部認証)", "authenticity (internal authentication)"),
        Step::ExtendedLength => ("拡張長", "extended length"),
    }
}
