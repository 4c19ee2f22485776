//! The terminal's health in one line: each part that fails changes it, and it leads to the checks.

use crate::page::page;
use kiosk::Lang;
use kiosk::staff::{TerminalLine, TerminalState, part, render};
use std::time::Duration;

const PARTS: [&str; 5] = ["camera", "central", "ledger", "pcscd", "reader"];

fn terminal(broken: Option<&str>) -> TerminalState {
    let lines: Vec<TerminalLine> = PARTS
        .iter()
        .map(|name| {
            let up = broken != Some(*name);
            TerminalLine {
                ok: up,
                text: part(name, up),
            }
        })
        .collect();
    TerminalState {
        ok: lines.iter().all(|line| line.ok),
        lines,
    }
}

#[tokio::test]
async fn each_part_that_fails_changes_the_line_that_leads_to_the_checks() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    let mut seen = Vec::new();
    for broken in [None].into_iter().chain(PARTS.map(Some)) {
        page.state
            .send_modify(|state| state.terminal = terminal(broken));
        let drawn = page.get(&clerk, "/desk").await.body;
        let line = drawn.split("id=\"health\"").nth(1).unwrap();
        let line = line.split("</p>").next().unwrap();
        assert!(line.contains("href=\"#checks\""), "{line}");
        let checks = drawn.split("id=\"checks\"").nth(1).unwrap();
        let checks = checks.split("</ul>").next().unwrap();
        let words = if broken.is_none() {
            "端末は動いています"
        } else {
            "端末に問題があります"
        };
        assert!(line.contains(words), "{broken:?}: {line}");
        assert_eq!(line.contains("class=\"bad\""), broken.is_some());
        let bad = checks.matches("class=\"bad\"").count();
        assert_eq!(bad, usize::from(broken.is_some()), "{broken:?}");
        if let Some(broken) = broken {
            let told = part(broken, false);
            assert!(checks.contains(&told.ja), "{}", told.ja);
            assert!(!told.ja.contains(broken), "in words");
            seen.push(told.ja);
        }
        // The page beside the visit says the same.
        let state = page.state.borrow().clone();
        for lang in Lang::STAFF {
            let view = render(&state, lang, false);
            assert_eq!(view.terminal.ok, broken.is_none());
            let failing = view.terminal.lines.iter().filter(|line| !line.ok).count();
            assert_eq!(failing, usize::from(broken.is_some()));
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), PARTS.len(), "each part has its own words");
}
