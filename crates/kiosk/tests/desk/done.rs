//! What staff does at the desk, under their own name.

use crate::page::page;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_lookup_leads_to_its_result_and_a_call_is_settled_under_the_own_name() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    let unsure = page
        .send(
            &clerk,
            "/desk/do/assistance",
            "insurer_number=12000009&number=2020002",
        )
        .await;
    assert!(unsure.status == 422 && unsure.body.contains("UK-VISIT-501"));
    let found = page
        .send(
            &clerk,
            "/desk/do/assistance",
            "insurer_number=12000009&number=2020002&identity=yes",
        )
        .await;
    assert_eq!(found.header("location"), Some("/desk/result/r-1"));
    let result = page.get(&clerk, "/desk/result/r-1").await.body;
    assert!(result.contains("未委託") && result.contains("0800-080-4583"));
    let sheet = page.get(&clerk, "/desk/print/result/r-1").await.body;
    assert!(sheet.contains("class=\"sheet\"") && !sheet.contains("<nav"));
    let settled = page
        .send(&clerk, "/desk/follow-ups", "id=7&answer=ok&who=forged")
        .await;
    assert_eq!(settled.header("location"), Some("/desk/follow-ups"));
    assert_eq!(
        page.asked().pop().unwrap().1,
        json!({"do": "close-follow-up", "id": 7, "who": "clerk", "answer": "ok"})
    );
    page.send(&clerk, "/desk/result/r-1/spelling", "text=x")
        .await;
    assert_eq!(
        page.asked().pop().unwrap().1,
        json!({"spelling": "x", "of": "r-1"})
    );
    assert!(result.contains("action=\"/desk/result/r-1/deliver-again\""));
    let idle = page
        .send(&clerk, "/desk/result/r-1/deliver-again", "reason=+")
        .await;
    assert!(idle.status == 422 && idle.body.contains("UK-VISIT-501"));
    let again = page
        .send(&clerk, "/desk/result/r-1/deliver-again", "reason=restarted")
        .await;
    assert_eq!(again.header("location"), Some("/desk/result/r-1"));
    assert_eq!(
        page.asked().pop().unwrap(),
        (
            "clerk".to_owned(),
            json!({"again": "r-1", "reason": "restarted"})
        )
    );
    assert_eq!(page.get(&clerk, "/desk/result/nobody").await.status, 404);
    assert_eq!(page.get(&clerk, "/desk/result/..%2Fx").await.status, 404);
}

/// A proposal leads to what it proposes; a number is registered from the result without typing the insurance anew; registrations in
/// bulk say which did not come; a note of an outage is taken off with name and reason.
#[tokio::test]
async fn what_a_fetch_brought_is_opened_and_nothing_is_typed_twice() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    let calls = page.get(&clerk, "/desk/follow-ups").await.body;
    assert!(calls.contains("/desk/job/3?from=51#item-51") && calls.contains("有効期間"));
    let opened = page.get(&clerk, "/desk/job/3?from=51").await.body;
    assert!(opened.contains("id=\"item-51\"") && opened.contains("新規"));
    assert!(opened.contains("/desk/job/3?from=101"), "the next page");
    assert_eq!(
        page.asked().pop().unwrap(),
        ("clerk".to_owned(), json!({"job": 3, "from": 51}))
    );
    let registered = page.get(&clerk, "/desk/job/4").await.body;
    assert!(registered.contains("P-1") && registered.contains("回答にありません"));
    assert!(registered.contains("照会番号の一括登録"));
    assert_eq!(page.get(&clerk, "/desk/job/3?to=1").await.status, 404);
    let jobs = page.get(&clerk, "/desk/bulk").await.body;
    assert!(
        jobs.contains("UK-VISIT-504 E-9 "),
        "the service's own code and words stand beside ours: {jobs}"
    );
    // A job that is done says what of it was refused, on which line and why; no name stands there.
    let partly = jobs.split("id=\"job-4\"").nth(1).unwrap();
    let partly = partly.split("</tr>").next().unwrap();
    for words in [
        "完了",
        "登録されなかったもの 5 件",
        "2件目: SIM-R02 &lt;script&gt;",
        "7件目: 登録されていません（回答にありません）",
        "ほか 3 件",
    ] {
        assert!(partly.contains(words), "{words}: {partly}");
    }

    let shown = page.get(&clerk, "/desk/result/r-1").await.body;
    assert!(shown.contains("id=\"reference-1\"") && shown.contains("value=\"P-0\""));
    let sent = "index=1&reference_number=P-9";
    page.send(&clerk, "/desk/result/r-1/reference", sent).await;
    assert_eq!(
        page.asked().pop().unwrap().1,
        json!({"reference": "P-9", "of": "r-1", "index": 1})
    );

    let special = page.get(&clerk, "/desk/special").await.body;
    assert!(special.contains("id=\"note-00000000000000ab\""));
    assert!(
        special.contains("該当なし（2026-11-22 11:05に照会）")
            && special.contains("/desk/result/r-1"),
        "whom nobody was found for is marked"
    );
    assert!(special.contains("複数該当（2026-11-22 11:05に照会）"));
    assert!(
        special.contains("id=\"note-00000000000000ac\"")
            && special.contains("id=\"remove-00000000000000ac\""),
        "a damaged note is named and can be taken off"
    );
    let removal = "id=00000000000000ab&reason=typo&operator=forged";
    page.send(&clerk, "/desk/do/note-remove", removal).await;
    let asked = page.asked();
    let (_, request) = asked
        .iter()
        .rfind(|(_, asked)| asked["do"] == "remove-note")
        .unwrap();
    assert_eq!(
        *request,
        json!({"do": "remove-note", "id": "00000000000000ab", "reason": "typo", "operator": "clerk"})
    );
}
