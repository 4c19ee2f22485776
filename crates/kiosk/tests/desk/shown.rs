//! What the pages show of what the daemon answers.

use crate::daemon::HOSTILE;
use crate::page::page;
use std::time::Duration;

#[tokio::test]
async fn what_comes_from_outside_is_text_on_every_page() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    for target in [
        "/desk",
        "/desk/follow-ups",
        "/desk/result/r-1",
        "/desk/print/result/r-1",
        "/desk/print/follow-ups",
        "/desk/settings",
        "/desk/special",
        "/desk/job/3",
        "/desk/job/4",
    ] {
        let answer = page.get(&clerk, target).await;
        assert_eq!(answer.status, 200, "{target}");
        assert!(
            !answer.body.contains("<script>") && !answer.body.contains('\u{27E6}'),
            "{target}: {}",
            answer.body
        );
    }
    let refused = page
        .send(
            &clerk,
            "/desk/do/disaster",
            "name=%3Cscript%3E&birth_date=19750303&sex=2&address=a&reason=b&oral_consent=true",
        )
        .await;
    assert!(refused.body.contains("UK-VISIT-503") && refused.body.contains("SIM-1"));
    assert!(
        !refused.body.contains("<script>") && refused.body.contains("&lt;script&gt;"),
        "what was typed is still there"
    );
    let asked = page.asked();
    let (_, request) = asked
        .iter()
        .rfind(|(_, asked)| asked["do"] == "disaster")
        .unwrap();
    assert_eq!(
        request["operator"], "clerk",
        "who is signed in is the operator"
    );
}

/// The sheet of the operation test says where and when it was made, which step failed and in whose words, and never "done".
#[tokio::test]
async fn the_sheet_of_the_operation_test_names_what_failed() {
    let page = page(Duration::from_secs(600)).await;
    let person = page.sign_in("clerk").await;
    let sheet = page.send(&person, "/desk/do/test", "").await;
    let body = &sheet.body;
    for expected in [
        "1310000001",
        "2026-11-22 09:05",
        "接続とログイン",
        "UK-VISIT-506",
        "利用しない設定です。",
        "SVC-1",
        "できなかった項目があります。",
        "シミュレーション",
        "id=\"print\"",
        ">34<",
    ] {
        assert!(body.contains(expected), "{expected} in {body}");
    }
    assert!(!body.contains(HOSTILE), "what the service said is text");
    // What was not run has its own state.
    let row = |word: &str| {
        let rows = body.split("<tr").find(|row| row.contains(word));
        rows.unwrap_or_else(|| panic!("{word}: {body}")).to_owned()
    };
    let (report, login) = (row("利用報告"), row("接続とログイン"));
    assert!(report.contains("未実行") && report.contains("実際の報告になります"));
    assert!(!report.contains("正常") && !report.contains("異常"));
    assert!(login.contains("正常") && row("環境設定").contains("異常"));
}

#[tokio::test]
async fn an_emergency_answer_shows_whose_it_is_every_dose_and_what_is_not_there() {
    let page = page(Duration::from_secs(600)).await;
    let doctor = page.sign_in("doctor").await;
    let given = page.send(&doctor, "/desk/second/none", "code=123456").await;
    let fresh = given
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let fields = "name=Sato+Emi&birth_date=19900115&sex=2&address=Tokyo+1&reason=unconscious";
    let shown = page.send(&fresh, "/desk/do/emergency", fields).await.body;
    for told in [
        "Sato Emi",
        "19900115",
        "<dd>女</dd>",
        "Tokyo 1",
        "9mg",
        "乙錠",
        "Vaccine",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    assert_eq!(
        shown.matches("この種類の記録はありません").count(),
        3,
        "treatment, operations and checkups: {shown}"
    );
}

/// What the server below the pages refuses is a page in words, Japanese first, with the way back.
#[tokio::test]
async fn no_bare_refusal_reaches_staff() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    let large = format!("key={}", "a".repeat(2 * 1024 * 1024));
    for (answer, status) in [
        (page.get(&clerk, "/desk/no/such/page").await, 404),
        (page.get(&clerk, "/desk/result/%FF").await, 400),
        (page.send(&clerk, "/desk/do/lookup", &large).await, 413),
    ] {
        assert_eq!(answer.status, status);
        assert!(
            answer
                .header("content-type")
                .is_some_and(|kind| kind.starts_with("text/html")),
            "{status}"
        );
        let ja = answer.body.find("この操作はできませんでした").unwrap();
        let en = answer.body.find("This could not be done").unwrap();
        assert!(
            ja < en && answer.body.contains("href=\"/desk\""),
            "{}",
            answer.body
        );
    }
}

/// The sheet of the operation test in English has no Japanese beside it, and the Japanese one no English.
#[tokio::test]
async fn the_sheet_of_the_operation_test_is_in_the_pages_language() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    let (ja, en) = ("実際の報告になります", "It would be a real report");
    let sheet = page.send(&clerk, "/desk/do/test", "").await.body;
    assert!(sheet.contains(ja) && !sheet.contains(en), "{sheet}");
    page.send(&clerk, "/desk/language/en", "").await;
    let sheet = page.send(&clerk, "/desk/do/test", "").await.body;
    assert!(sheet.contains(en) && !sheet.contains(ja), "{sheet}");
}

/// Who opened or printed a result is told to the daemon with how, and stands on the paper with the time.
#[tokio::test]
async fn a_sheet_says_who_printed_it_and_when() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    for (target, look) in [
        ("/desk/result/r-1", "Page"),
        ("/desk/print/result/r-1", "Sheet"),
        ("/desk/medical/r-1", "Medical"),
    ] {
        page.get(&clerk, target).await;
        let told = serde_json::json!({"look": look, "of": "r-1"});
        let asked = page.asked();
        assert!(asked.contains(&("clerk".to_owned(), told)), "{asked:?}");
    }
    for target in ["/desk/print/result/r-1", "/desk/print/follow-ups"] {
        let sheet = page.get(&clerk, target).await.body;
        let printed = sheet.split("id=\"printed\"").nth(1).unwrap_or_default();
        let printed = printed.split("</p>").next().unwrap();
        assert!(
            printed.contains("2026-11-22 17:05") && printed.contains("clerk"),
            "{target}: {sheet}"
        );
    }
}

/// No result of the day is out of reach: the overview leads to the older ones, page by page.
#[tokio::test]
async fn older_results_of_the_day_are_one_step_away() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    let all = crate::daemon::result().result;
    page.state.send_modify(|state| {
        state.results = vec![all];
        state.results_left_out = 69;
    });
    let home = page.get(&clerk, "/desk").await.body;
    assert!(home.contains("href=\"/desk/results?from=1\""), "{home}");
    let second = page.get(&clerk, "/desk/results?from=1").await.body;
    for there in ["id=\"result-r-1\"", "id=\"result-r-60\"", "?from=61\""] {
        assert!(second.contains(there), "{there}: {second}");
    }
    let last = page.get(&clerk, "/desk/results?from=61").await.body;
    assert!(last.contains("id=\"result-r-69\"") && !last.contains("?from="));
    let beyond = page.get(&clerk, "/desk/results?from=70").await;
    assert_eq!(beyond.status, 200);
    for strange in ["from=-1", "from=x", "to=1"] {
        let refused = page.get(&clerk, &format!("/desk/results?{strange}")).await;
        assert_eq!(refused.status, 404, "{strange}");
    }
    let nobody = page.get("", "/desk/results?from=1").await;
    assert_eq!(nobody.header("location"), Some("/desk/sign-in"));
}
