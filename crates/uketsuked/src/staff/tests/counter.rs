//! What the counter does through the desk: lookups, calls, bulk fetches, settings, special modes, re-inquiry.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lookup_a_call_and_a_bulk_fetch_through_the_page() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let numbers = [("insurer_number", "１２００ 0009"), ("number", "2020002")];
    let unsure = page.send(&clerk, "/desk/do/assistance", &numbers).await;
    assert!(
        unsure.status == 422 && unsure.body.contains("UK-VISIT-501"),
        "identity by other papers is asked for"
    );
    assert!(
        unsure.body.contains("value=\"2020002\""),
        "what was typed is still there"
    );
    let sure = [numbers[0], numbers[1], ("identity", "yes")];
    let found = page.send(&clerk, "/desk/do/assistance", &sure).await;
    assert_eq!(found.status, 303, "{}", found.body);
    let result = page.get(&clerk, &found.location).await.body;
    for told in [
        "未委託",
        "隣架空市福祉事務所 に電話",
        "未託　花子",
        "結果を保存した",
        "0800-080-4583",
        "電話・確認に加えた",
        "隣架空市福祉事務所の電話：03-0000-0002（平日8:30～17:15）",
        &format!("desk-1 番号で照会（{}）", CLERK.0),
    ] {
        assert!(result.contains(told), "{told}: {result}");
    }
    assert!(
        !result.contains("staff:") && !result.contains("number:"),
        "no internal name: {result}"
    );
    assert!(
        !result.contains("12000009") && !result.contains("2020002"),
        "invariant 6"
    );
    assert!(
        !result.contains("架空錠"),
        "invariant 1: never medical information by number"
    );
    let sheet = page
        .get(&clerk, &found.location.replace("/desk/", "/desk/print/"))
        .await
        .body;
    assert!(sheet.contains("03-0000-0002"), "on paper too: {sheet}");
    assert!(sheet.contains("未委託") && !sheet.contains("<nav") && !sheet.contains("12000009"));

    // Another browser listens; the call that one settles is told to the other.
    let other = page.sign_in(DOCTOR).await;
    let mut live = TcpStream::connect(page.address).await.unwrap();
    let listen = format!(
        "GET /desk/live HTTP/1.1\r\nHost: {}\r\nCookie: {}; {}\r\n\r\n",
        page.address, other.gate, other.person
    );
    live.write_all(listen.as_bytes()).await.unwrap();
    let mut told = String::new();
    hear(&mut live, &mut told, 1).await;
    assert!(told.contains("text/event-stream"), "{told}");
    let open = page.get(&other, "/desk/follow-ups").await.body;
    let id = open.split("id=\"settle-").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    assert!(open.contains("03-0000-0002"), "beside the call: {open}");
    let noted = [
        ("id", id.as_str()),
        ("answer", "折り返し待ち"),
        ("keep", "note"),
    ];
    let noted = page.send(&clerk, "/desk/follow-ups", &noted).await;
    assert_eq!(noted.location, "/desk/follow-ups", "{}", noted.body);
    let empty = page
        .send(&clerk, "/desk/follow-ups", &[("id", &id), ("answer", " ")])
        .await;
    assert!(empty.body.contains("UK-VISIT-501"));
    let settled = page
        .send(
            &clerk,
            "/desk/follow-ups",
            &[("id", &id), ("answer", "受診してよい")],
        )
        .await;
    assert_eq!(settled.location, "/desk/follow-ups", "{}", settled.body);
    hear(&mut live, &mut told, 2).await;
    let now = page.get(&other, "/desk/follow-ups").await.body;
    assert!(
        now.contains("受診してよい") && now.contains(CLERK.0) && !now.contains("staff:"),
        "{now}"
    );
    // What became of the call stands in the audit of its visit, in words.
    let audit = page.get(&clerk, &found.location).await.body;
    let audit = audit.split("id=\"audit\"").nth(1).unwrap();
    for done in [
        "電話・確認に加えた",
        "電話・確認にメモを残した",
        "電話・確認を済ませた",
    ] {
        assert!(audit.contains(done), "{done}: {audit}");
    }
    assert!(!audit.contains("staff:"), "{audit}");
    assert!(
        page.get(&other, "/desk/print/follow-ups")
            .await
            .body
            .contains("受診してよい")
    );
    assert_eq!(
        page.recorded(&format!("staff:{}", CLERK.0), "follow-up-closed")
            .await
            .len(),
        1
    );

    assert!(page.bench.sim.register_ticket("mitaku", "1310000001"));
    let today = oqs::time::to_jst(page.bench.counter.clock.wall_ms());
    let month = format!("{}-{}", &today[..4], &today[4..6]);
    let begun = page
        .send(&clerk, "/desk/do/tickets", &[("month", &month)])
        .await;
    assert_eq!(begun.location, "/desk/bulk", "{}", begun.body);
    let mut jobs = String::new();
    for _ in 0..200 {
        jobs = page.get(&clerk, "/desk/bulk").await.body;
        if jobs.contains("data-state=\"done\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(
        jobs.contains("data-state=\"done\"") && jobs.contains("1 人") && jobs.contains(&month),
        "{jobs}"
    );

    // Now entrusted: the comparison with the visit before says what came.
    let again = page.send(&clerk, "/desk/do/assistance", &sure).await;
    let entrusted = page.get(&clerk, &again.location).await.body;
    assert!(
        entrusted.contains("12000009") && entrusted.contains("同じ氏名・生年月日の前回"),
        "{entrusted}"
    );
}

/// Whoever fetched the service's passcode reads it once, after being told what it ends; no record has it, and no other way tells it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariants_5_8_a_fetched_passcode_is_told_to_whoever_fetched_it_alone() {
    let page = page().await;
    let request = oqs::assumed::PasscodeRequest::new(&page.bench.counter.institution_code, "x");
    let answer = page.bench.counter.central.passcode(&request).await.unwrap();
    let code = answer.passcode().unwrap().0.to_owned();
    let clerk = page.sign_in(CLERK).await;
    let before = page.get(&clerk, "/desk/settings").await.body;
    assert!(before.contains("医院で決めたパスコードは使えません"));
    let unsure = page.send(&clerk, "/desk/do/passcode", &[]).await;
    assert!(unsure.status == 422 && !unsure.body.contains(&code));
    let sure = [("sure", "yes")];
    let shown = page.send(&clerk, "/desk/do/passcode", &sure).await.body;
    let told = format!("<strong>{code}</strong>");
    assert!(
        shown.contains(&told) && shown.contains("23:59まで"),
        "{shown}"
    );
    let again = page.get(&clerk, "/desk/settings").await.body;
    assert!(!again.contains(&told), "once");
    for (_, action, detail) in page.audit().await {
        assert!(!detail.to_string().contains(&code), "{action}: {detail}");
    }
    for actor in ["technician", "client:rececon", "terminal"] {
        let request = crate::counter::CounterRequest::read(json!({"do": "passcode"})).unwrap();
        let taken = page.bench.counter.carry_out(actor, request).await.unwrap();
        assert!(taken["taken_over"] == true && taken["until"].is_string());
        assert!(!taken.to_string().contains(&code), "{actor}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_special_modes_and_reinquiry_through_the_page() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let on = page.get(&clerk, "/desk/settings").await.body;
    assert!(on.contains("利用する"));
    assert!(
        on.contains("毎月20日から月末まで、毎日6時") && on.contains("id=\"ways\""),
        "when tickets are fetched: {on}"
    );
    let bulk = page.get(&clerk, "/desk/bulk").await.body;
    assert!(bulk.contains("毎月20日から月末まで、毎日6時"));
    let change = [
        ("medical_assistance", "false"),
        ("visiting_care", ""),
        ("online_care", ""),
        ("sure", "yes"),
    ];
    let institution = "/desk/do/institution";
    let unsure = page.send(&clerk, institution, &change[..3]).await;
    assert!(
        unsure.status == 422 && unsure.body.contains("医院全体の設定が変わること"),
        "{}",
        unsure.body
    );
    let unchanged = page.get(&clerk, "/desk/settings").await.body;
    let switches = |page: &str| {
        let lines = page.split("id=\"institution\"").nth(1).unwrap();
        lines.split("</div>").next().unwrap().to_owned()
    };
    assert!(!switches(&unchanged).contains("利用しない"), "{unchanged}");
    let off = page.send(&clerk, institution, &change).await;
    let who = format!("staff:{}", CLERK.0);
    assert!(
        page.recorded(&who, "counter")
            .await
            .contains(&json!({"request": "settings-update"})),
        "who changed it"
    );
    assert_eq!(off.status, 200, "{}", off.body);
    let lines = off.body.split("id=\"institution\"").nth(1).unwrap();
    assert!(
        lines.split("</div>").next().unwrap().contains("利用しない"),
        "{lines}"
    );
    let test = page.send(&clerk, "/desk/do/test", &[]).await.body;
    assert!(
        test.contains("UK-VISIT-506"),
        "the operation test says that medical assistance is off: {test}"
    );

    let four = [
        ("name", "未託　花子"),
        ("birth_date", "1975-03-03"),
        ("sex", "2"),
        ("address", "東京都清瀬市架空町"),
    ];
    let mut disaster = four.to_vec();
    disaster.extend([("reason", "地震"), ("oral_consent", "true")]);
    let closed = page.send(&clerk, "/desk/do/disaster", &disaster).await;
    assert!(closed.body.contains("UK-VISIT-503"));
    page.bench.sim.open_special(hw_sim::central::Opening {
        mode: "disaster".into(),
        region: "13".into(),
        until: page.bench.counter.clock.wall_ms() + 600_000,
    });
    let found = page.send(&clerk, "/desk/do/disaster", &disaster).await;
    assert!(
        found.location.starts_with("/desk/result/"),
        "{}",
        found.body
    );
    disaster.push(("information", "yes"));
    let medical = page.send(&clerk, "/desk/do/disaster", &disaster).await;
    assert!(
        medical.status == 403
            && medical.body.contains("UK-STAFF-005")
            && !medical.body.contains("架空錠"),
        "not for a clerk"
    );
    let noted = page.send(&clerk, "/desk/do/note", &four).await.body;
    assert!(noted.contains("控え 1 人"), "{noted}");
    let searches = page
        .recorded(&format!("staff:{}", CLERK.0), "disaster-search")
        .await;
    assert_eq!(
        searches.len(),
        1,
        "operator and reason are recorded: {searches:?}"
    );
    assert_eq!(searches[0]["reason"], "地震");

    let numbers = [
        ("care", "visiting"),
        ("insurer_number", "06123456"),
        ("symbol", "12"),
        ("number", "3456789"),
        ("birth_date", "19750303"),
    ];
    let refused = page.send(&clerk, "/desk/do/reinquire", &numbers).await;
    assert!(
        refused.body.contains("UK-VISIT-504") && refused.body.contains("SIM-"),
        "the service's own code is shown: {}",
        refused.body
    );
    let mobile = page
        .send(&clerk, "/desk/do/access", &[("care", "online")])
        .await
        .body;
    assert!(mobile.contains("https://myna-zaitaku.invalid/") && mobile.contains("<svg "));
    let unknown = page
        .get(&clerk, "/desk/result/sim-0000000000000001-qualification")
        .await;
    assert_eq!(unknown.status, 404);
}

/// A slip of the fingers is seen, and the office of that number can be phoned.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_found_shows_the_number_asked_and_whom_to_phone() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let ask = async |payer: &str| {
        let fields = [
            ("insurer_number", payer),
            ("number", "9999999"),
            ("identity", "yes"),
        ];
        page.send(&clerk, "/desk/do/assistance", &fields).await.body
    };
    let known = ask("12000009").await;
    for told in ["12000009", "9999999", "03-0000-0002", "平日8:30～17:15"] {
        assert!(known.contains(told), "{told}: {known}");
    }
    let unknown = ask("12990001").await;
    assert!(
        unknown.contains("[[welfare_office]]") && !unknown.contains("03-0000-0002"),
        "where a number is entered is said: {unknown}"
    );
    // The result itself says it too, whoever opens it later.
    let link = known.split("href=\"/desk/result/").nth(1).unwrap();
    let result = format!("/desk/result/{}", link.split('"').next().unwrap());
    let later = page.get(&clerk, &result).await.body;
    for told in [
        "照会した保険者番号・公費負担者番号",
        "12000009",
        "9999999",
        "03-0000-0002",
    ] {
        assert!(later.contains(told), "{told}: {later}");
    }
}

/// Several persons match a lookup by number: the page says so, and not that nobody was found; nobody of them is named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_that_match_a_number_are_told_as_several() {
    let page = page_of(bench_with(50).await).await;
    let clerk = page.sign_in(CLERK).await;
    let register = hw_sim::central::invented::Invented {
        persons: 50,
        ..Default::default()
    };
    let one = register.person(47, "202611", "1310000001").unwrap();
    let born = &one.birth_date;
    let born = format!("{}-{}-{}", &born[..4], &born[4..6], &born[6..]);
    let fields = [
        ("insurer_number", "06139307"),
        ("number", "2000047"),
        ("birth_date", born.as_str()),
        ("identity", "yes"),
    ];
    let several = page.send(&clerk, "/desk/do/insurance", &fields).await.body;
    for told in ["複数の方が該当", "2000047", "枝番や生年月日を確かめて"] {
        assert!(several.contains(told), "{told}: {several}");
    }
    assert!(
        !several.contains("見つかりませんでした") && !several.contains(one.name.as_str()),
        "{several}"
    );
    let link = several.split("href=\"/desk/result/").nth(1).unwrap();
    let result = format!("/desk/result/{}", link.split('"').next().unwrap());
    let later = page.get(&clerk, &result).await.body;
    assert!(
        later.contains("複数の資格が該当") && later.contains("2000047"),
        "{later}"
    );
    let fields = [fields.as_slice(), &[("branch", "01")]].concat();
    let exact = page.send(&clerk, "/desk/do/insurance", &fields).await;
    assert_eq!(exact.status, 303, "{}", exact.body);
}

/// What the service gives under a certificate that has ended is valid, and special: the page says so beside the green.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_of_a_card_whose_certificate_has_ended_says_so() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let stored = page.bench.counter.desk.run(|ledger| {
        let new = |visit| NewResult {
            visit,
            reader: "desk-1/ACS ACR39U ICC Reader 00 00".into(),
            kind: "qualification".into(),
            body_json: r#"{"XmlMsg":{"MessageBody":{"ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{"ResultOfQualificationConfirmation":{"InsuredCardClassification":"01","Name":"猶予　期子","Birthdate":"19720229"}}]}}}"#.into(),
            simulated: true,
        };
        for (visit, ended) in [(0x61, true), (0x62, false)] {
            let new = new(visit);
            let beside = ledger::Beside {
                state: crate::follow_up::remark(&new, ended).into_iter().collect(),
                ..ledger::Beside::default()
            };
            ledger.store_result_with(1, &new, &beside)?;
        }
        Ok::<_, ledger::LedgerError>(())
    });
    stored.await.unwrap().unwrap();
    for (id, special) in [
        ("sim-0000000000000061-qualification", true),
        ("sim-0000000000000062-qualification", false),
    ] {
        for path in ["/desk/result/", "/desk/print/result/"] {
            let shown = page.get(&clerk, &format!("{path}{id}")).await.body;
            assert!(shown.contains("猶予　期子"), "{shown}");
            for told in ["UK-VISIT-216", "期限が切れたカード", "資格情報だけ"] {
                assert_eq!(shown.contains(told), special, "{told}: {shown}");
            }
        }
    }
    // It goes with its result.
    let left = page.bench.counter.desk.run(|ledger| {
        let id = "sim-0000000000000061-qualification";
        ledger.claim(id, "rececon", 2, 60_000)?;
        ledger.acknowledge(id, "rececon", 3)?;
        ledger.erase_acknowledged(4)?;
        crate::follow_up::remarked(ledger, id)
    });
    assert_eq!(left.await.unwrap().unwrap(), None);
}

/// The operation test is read on paper by people: no message's own form stands in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operation_test_is_told_in_words() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let sheet = page.send(&clerk, "/desk/do/test", &[]).await.body;
    let answer = sheet.split("id=\"answer\"").nth(1).unwrap();
    let answer = answer.split("</section>").next().unwrap();
    assert!(answer.contains("災害時: 開放されていない"), "{answer}");
    for raw in ["{", "emergency_authority", "false", "not open"] {
        assert!(!answer.contains(raw), "{raw}: {answer}");
    }
    page.send(&clerk, "/desk/language/en", &[]).await;
    let sheet = page.send(&clerk, "/desk/do/test", &[]).await.body;
    let answer = sheet.split("id=\"answer\"").nth(1).unwrap();
    let answer = answer.split("</section>").next().unwrap();
    assert!(!answer.contains("開放されていない"), "{answer}");
}
