//! The check itself: it finds what is wrong on a page that is, and nothing on one that is not.

use serde_json::Value;

use super::CHECK;
use crate::browser::Browser;

const LIMITS: &str = r#"{ letters: 2, contrast: 10, touch: 5, gap: 0, roots: ["screen"] }"#;

async fn found(browser: &mut Browser, banner: &str, button: &str) -> Vec<String> {
    let page = format!(
        "<style>:root {{ --mm: 4px; }} body {{ margin: 0; background: #fff; color: #000; font: 32px sans-serif; }} \
         #banner {{ {banner} }} button {{ margin: 40px; width: 200px; height: 100px; color: #000; {button} }}</style>\
         <p id=banner>simulation</p><div id=screen><button id=one>one</button></div>"
    );
    let page = Value::from(page);
    browser
        .evaluate(&format!("document.documentElement.innerHTML = {page}; 0"))
        .await
        .unwrap();
    let seen = browser.evaluate(&format!("({CHECK})({LIMITS})")).await;
    let seen = seen.unwrap();
    let found = seen["found"].as_array().unwrap().iter();
    found.map(|one| one.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripes_and_edges_are_measured() {
    let mut browser = Browser::start(800, 600).await.unwrap();
    let stripes = |dark: &str| {
        format!("background: repeating-linear-gradient(135deg, #ffe9a8 0 12px, {dark} 12px 24px)")
    };
    let (light, dark) = (stripes("#ffdf80"), stripes("#806000"));
    let edge = "background: #fff; border: 2px solid #555";
    let browser = &mut browser;
    let right = found(browser, &light, edge).await;
    assert!(right.is_empty(), "{right:?}");
    for (banner, button, wanted) in [
        (&dark, edge, "contrast"),
        (
            &light,
            "background: #fff; border: 2px solid #ccc",
            "edge of a button 1.",
        ),
        (
            &light,
            "background: #eee; border: none",
            "edge of a button 1.",
        ),
    ] {
        let seen = found(browser, banner, button).await;
        let [only] = seen.as_slice() else {
            panic!("{wanted}: {seen:?}")
        };
        assert!(only.starts_with(wanted), "{wanted}: {only}");
    }
    let filled = "background: #0b3b5c; color: #fff; border: none";
    let seen = found(browser, &light, filled).await;
    assert!(seen.is_empty(), "a filled one needs no border: {seen:?}");
}
