//! What stays of a person and of a call: the result before, however many came between; notes; and a new password that ends sessions.

use std::time::Duration;

use super::*;
use kiosk::desk::StaffDesk;

const SEEN: [(&str, &str); 3] = [
    ("insurer_number", "12000009"),
    ("number", "2020002"),
    ("identity", "yes"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_result_before_is_found_behind_hundreds_of_others() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let first = page.send(&clerk, "/desk/do/assistance", &SEEN).await;
    assert_eq!(first.status, 303, "{}", first.body);
    let alone = page.get(&clerk, &first.location).await.body;
    assert!(alone.contains("前回の結果はありません"), "{alone}");
    let now = page.bench.counter.clock.wall_ms();
    let others = page.bench.counter.desk.run(move |ledger| {
        for visit in 0x1000_u64..0x1000 + 320 {
            ledger.store_result(
                now,
                &NewResult {
                    visit,
                    reader: "desk-1/r".into(),
                    kind: "qualification".into(),
                    body_json: r#"{"XmlMsg":{"MessageHeader":{"MedicalInstitutionCode":"1310000001","SegmentOfResult":"1"},"MessageBody":{
                        "ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{"ResultOfQualificationConfirmation":{
                        "InsuredCardClassification":"01","Name":"別の　人","Birthdate":"19700101","InsurerNumber":"06123456"}}]}}}"#
                        .into(),
                    simulated: true,
                },
            )?;
        }
        Ok::<(), ledger::LedgerError>(())
    });
    others.await.unwrap().unwrap();
    let again = page.send(&clerk, "/desk/do/assistance", &SEEN).await;
    let shown = page.get(&clerk, &again.location).await.body;
    assert!(
        shown.contains("同じ氏名・生年月日の前回 ") && shown.contains(&first.location),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_leaves_the_call_open_and_its_text_out_of_the_audit() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    page.send(&clerk, "/desk/do/assistance", &SEEN).await;
    let open = page.get(&clerk, "/desk/follow-ups").await.body;
    let id = open.split("id=\"settle-").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    let noted = [
        ("id", id.as_str()),
        ("answer", "担当者が不在、15時に折り返し"),
        ("keep", "note"),
    ];
    let answer = page.send(&clerk, "/desk/follow-ups", &noted).await;
    assert_eq!(answer.location, "/desk/follow-ups", "{}", answer.body);
    for list in ["/desk/follow-ups", "/desk/print/follow-ups"] {
        let body = page.get(&clerk, list).await.body;
        assert!(
            body.contains(&format!("{} 担当者が不在、15時に折り返し", CLERK.0))
                && !body.contains("staff:"),
            "{body}"
        );
    }
    let open = page.get(&clerk, "/desk/follow-ups").await.body;
    assert!(open.contains(&format!("id=\"settle-{id}\"")), "still open");
    let who = format!("staff:{}", CLERK.0);
    assert_eq!(page.recorded(&who, "follow-up-noted").await.len(), 1);
    let audit = format!("{:?}", page.audit().await);
    assert!(!audit.contains("折り返し"), "{audit}");

    let settled = [("id", id.as_str()), ("answer", "受診してよい")];
    page.send(&clerk, "/desk/follow-ups", &settled).await;
    let late = page.send(&clerk, "/desk/follow-ups", &noted).await;
    assert!(late.body.contains("UK-LEDG-009"), "settled: {}", late.body);
    assert!(late.body.contains("15時に折り返し"), "the note stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_ends_every_session_of_the_account() {
    let page = page().await;
    let (one, other) = (page.sign_in(CLERK).await, page.sign_in(CLERK).await);
    let doctor = page.sign_in(DOCTOR).await;
    assert_eq!(page.get(&one, "/desk").await.status, 200);
    let path = page.bench.folder.path().join("staff.json");
    let mut accounts = Accounts::load(&path).unwrap();
    accounts.put(CLERK.0, "another 97531", false).unwrap();
    accounts.save(&path, page.bench.folder.path()).unwrap();
    for browser in [&one, &other] {
        let turned_away = page.get(browser, "/desk/follow-ups").await;
        assert_eq!(
            (turned_away.status, turned_away.location.as_str()),
            (303, "/desk/sign-in")
        );
    }
    assert_eq!(
        page.get(&doctor, "/desk").await.status,
        200,
        "nobody else's"
    );
    let who = format!("staff:{}", CLERK.0);
    let ends = page.recorded(&who, "staff-sign-out").await;
    assert_eq!(ends.last().unwrap()["why"], "account-changed");
    let old = [("name", CLERK.0), ("password", CLERK.1)];
    let refused = page.post(&page.browser(), "/desk/sign-in", &old).await;
    assert!(refused.body.contains("UK-STAFF-001"), "{}", refused.body);
    page.sign_in((CLERK.0, "another 97531")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sign_in_speaks_both_languages_and_the_session_goes_on_in_the_chosen_one() {
    let page = page().await;
    let nobody = page.browser();
    let ja = page.get(&nobody, "/desk/sign-in").await.body;
    assert!(
        ja.contains("サインイン") && ja.contains("/desk/sign-in?lang=en"),
        "{ja}"
    );
    let en = page.get(&nobody, "/desk/sign-in?lang=en").await.body;
    assert!(
        en.contains("lang=\"en\"") && en.contains("/desk/sign-in?lang=ja"),
        "{en}"
    );
    let strange = page.get(&nobody, "/desk/sign-in?lang=%22%3E").await.body;
    assert!(strange.contains("<html lang=\"ja\""), "{strange}");
    let wrong = [("name", CLERK.0), ("password", "no"), ("lang", "en")];
    let refused = page.post(&nobody, "/desk/sign-in", &wrong).await.body;
    assert!(refused.contains("Wrong name or password."), "{refused}");
}

/// Who opened a result and who printed it stands in the audit chain, and in the audit of the visit; older results of the day are reached.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_at_results_are_recorded_and_every_result_of_the_day_is_reached() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let now = page.bench.counter.clock.wall_ms();
    let stored = page.bench.counter.desk.run(move |ledger| {
        for visit in 1..=65_u64 {
            let body_json = r#"{"XmlMsg":{"MessageBody":{"ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{"ResultOfQualificationConfirmation":{"InsuredCardClassification":"01","Name":"架空　子","Birthdate":"19720229"}}]}}}"#;
            ledger.store_result(
                now,
                &NewResult {
                    visit,
                    reader: "desk-1/r".into(),
                    kind: "qualification".into(),
                    body_json: body_json.into(),
                    simulated: true,
                },
            )?;
        }
        Ok::<_, ledger::LedgerError>(())
    });
    stored.await.unwrap().unwrap();
    let older = page.get(&clerk, "/desk/results?from=60").await.body;
    let id = "sim-0000000000000001-qualification";
    assert!(older.contains(id), "the day's first: {older}");
    assert_eq!(older.matches("id=\"result-").count(), 5);

    let who = format!("staff:{}", CLERK.0);
    for path in ["/desk/result/", "/desk/print/result/"] {
        let shown = page.get(&clerk, &format!("{path}{id}")).await.body;
        assert!(shown.contains("架空　子"), "{shown}");
    }
    let looks = page.recorded(&who, "result-read").await;
    let look = |how: &str| json!({"result": id, "visit": "0000000000000001", "look": how});
    assert_eq!(looks, [look("page"), look("sheet")]);
    let again = page.get(&clerk, &format!("/desk/result/{id}")).await.body;
    let told = "<dt>見た形</dt><dd>印刷用の紙面</dd>";
    assert!(
        again.contains("結果を見た") && again.contains(told),
        "{again}"
    );
    let gone = page.get(&clerk, "/desk/result/sim-ff-qualification").await;
    assert_eq!(gone.status, 404);
    assert_eq!(page.recorded(&who, "result-read").await.len(), 3);
}

/// Who prints the list of calls stands in the audit chain, and in the audit of each visit that is on it; so does who saw a result on the
/// overview over the network, in one record, whose other results the visit's page does not name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printed_list_and_a_look_at_the_overview_are_recorded() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let found = page.send(&clerk, "/desk/do/assistance", &SEEN).await;
    let id = found.location.rsplit('/').next().unwrap().to_owned();
    let sheet = page.get(&clerk, "/desk/print/follow-ups").await;
    assert!(sheet.body.contains("未託"), "{}", sheet.body);
    let who = format!("staff:{}", CLERK.0);
    assert_eq!(
        page.recorded(&who, "follow-ups-printed").await,
        [json!({"results": [id], "look": "sheet"})]
    );

    let desk = DeskSide::start(
        page.bench.counter.clone(),
        page.bench.folder.path().join("staff.json"),
        page.bench.stop.subscribe(),
    );
    let actor = |name: &str| kiosk::desk::Actor {
        name: name.to_owned(),
        qualified: false,
    };
    let seen = vec![id.clone(), "sim-00000000000000ff-qualification".to_owned()];
    StaffDesk::overview(&desk, actor(CLERK.0), seen.clone())
        .await
        .unwrap();
    assert_eq!(
        page.recorded(&who, "result-read").await,
        [json!({"results": seen, "look": "overview"})]
    );
    // Whoever gave up while the ledger hung saw nothing, and nothing is recorded when it goes on.
    let (release, held) = std::sync::mpsc::channel::<()>();
    let hangs = move |_: &mut ledger::Ledger| assert!(held.recv().is_ok());
    page.bench.counter.desk.submit(hangs).unwrap();
    let late = StaffDesk::overview(&desk, actor(CLERK.0), seen.clone());
    let late = tokio::time::timeout(Duration::from_millis(300), late).await;
    assert!(late.is_err(), "the ledger hangs");
    release.send(()).unwrap();
    assert_eq!(page.recorded(&who, "result-read").await.len(), 1);
    // Whose account is gone is shown nothing.
    let gone = StaffDesk::overview(&desk, actor("だれか"), seen).await;
    assert_eq!(gone.unwrap_err().code, "UK-STAFF-007");
    let shown = page.get(&clerk, &found.location).await.body;
    for told in [
        "電話・確認の一覧を印刷用に開いた",
        "院内ネットワークの一覧画面",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    assert!(!shown.contains("00000000000000ff"), "{shown}");
}
