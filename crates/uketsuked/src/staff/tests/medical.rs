//! Medical information through the desk (invariant 1).

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_medical_information_needs_role_second_factor_and_consent() {
    let page = page().await;
    let now = page.bench.counter.clock.wall_ms();
    let answer = r#"{"XmlMsg":{"MessageHeader":{"MedicalInstitutionCode":"1310000001","SegmentOfResult":"1"},"MessageBody":{
        "ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{"ResultOfQualificationConfirmation":{
        "InsuredCardClassification":"01","Name":"髙●　一郎","Birthdate":"19900115","InsurerNumber":"06123456"}}]}}}"#;
    let medicines = r#"{"XmlMsg":{"MessageBody":{"ResultCode":"1","MedicineList":[
        {"Date":"20261101","Name":"架空錠10mg","Amount":"1日3回 7日分","Institution":"甲薬局"},
        {"Date":"20261104","Name":"架空錠10mg","Amount":"1日3回 7日分","Institution":"乙薬局"},
        {"Name":"用量の後の錠","Caution":"腎機能","Dose":{"Value":"2.5","Unit":"mg"}}]}}}"#;
    let checkups = r#"{"XmlMsg":{"MessageBody":{"ResultCode":"1","CheckupList":[
        {"Checkup":{"Date":"20260601","Name":"血圧","Amount":"132/84","Institution":"架空健診所"}}]}}}"#;
    for (visit, until) in [(0x51_u64, now + 3_600_000), (0x52, now - 1)] {
        let stored = page.bench.counter.desk.run(move |ledger| {
            for (kind, body) in [
                ("qualification", answer),
                ("medicines", medicines),
                ("checkups", checkups),
                (
                    "treatment",
                    r#"{"XmlMsg":{"MessageBody":{"ResultCode":"1","TreatmentList":[{"Treatment":{"Date":"20260602","Name":"架空処置","Institution":"前の架空医院"}}]}}}"#,
                ),
                (
                    "operations",
                    r#"{"XmlMsg":{"MessageBody":{"ResultCode":["1","1"]}}}"#,
                ),
            ] {
                ledger.store_result(
                    now,
                    &NewResult {
                        visit,
                        reader: "desk-1/r".into(),
                        kind: kind.into(),
                        body_json: body.into(),
                        simulated: true,
                    },
                )?;
            }
            let consent = |kind: &str| NewConsent {
                visit,
                kind: kind.into(),
                flow: "reader".into(),
                flag: "1".into(),
                given_at: Some(now - 10),
                until: Some(until),
                person: String::new(),
            };
            ledger.record_consents(
                now,
                &[
                    consent("medicines"),
                    consent("checkups"),
                    consent("treatment"),
                    consent("operations"),
                ],
            )
        });
        stored.await.unwrap().unwrap();
    }
    let open = "/desk/medical/sim-0000000000000051-qualification";
    let clerk = page.sign_in(CLERK).await;
    let refused = page.get(&clerk, open).await;
    assert!(
        refused.status == 403
            && refused.body.contains("UK-STAFF-005")
            && !refused.body.contains("架空錠")
    );
    let mut doctor = page.sign_in(DOCTOR).await;
    let asked = page.get(&doctor, open).await;
    assert_eq!(
        asked.location,
        "/desk/second/sim-0000000000000051-qualification"
    );
    let who = format!("staff:{}", DOCTOR.0);
    assert!(page.recorded(&who, "medical-viewed").await.is_empty());
    let wrong = page
        .send(&doctor, &asked.location, &[("code", "000000")])
        .await;
    assert!(wrong.body.contains("UK-STAFF-004"), "{}", wrong.body);
    let code = totp::code_at(&page.second, page.bench.counter.clock.wall_ms());
    let given = page
        .send(&doctor, &asked.location, &[("code", &code)])
        .await;
    assert_eq!(given.location, open, "{}", given.body);
    doctor.person = given.cookie.expect("a fresh cookie");
    let shown = page.get(&doctor, open).await.body;
    let whose = shown.split("class=\"who\"").nth(2).unwrap_or_default();
    let whose = whose.split("</div></dl>").next().unwrap_or_default();
    assert!(
        whose.contains("平成2年1月15日") && whose.contains("生年月日"),
        "whose it is: {whose}"
    );
    for told in [
        "架空錠10mg",
        "甲薬局",
        "132/84",
        "血圧",
        "同じ薬が重なっています",
        "class=\"twice\"",
        "用量の後の錠",
        "腎機能",
        "Dose/Value",
        "2.5",
        "平成2年1月15日",
        "手術情報",
        "架空処置",
        "前の架空医院",
        "UK-STAFF-013",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let views = page.recorded(&who, "medical-viewed").await;
    assert_eq!(views.len(), 1);
    assert_eq!(
        views[0]["kinds"],
        json!(["medicines", "checkups", "treatment", "operations"])
    );
    assert_eq!(
        (&views[0]["factor"], &views[0]["method"]),
        (&json!("3"), &json!("02")),
        "OQSCD041, OQSCD042"
    );
    let late = page
        .get(&doctor, "/desk/medical/sim-0000000000000052-qualification")
        .await;
    assert!(
        late.body.contains("UK-STAFF-006") && !late.body.contains("架空錠"),
        "the consent's time has passed"
    );
    assert_eq!(page.recorded(&who, "medical-view-refused").await.len(), 1);

    // A code works once, also in another session.
    let again = page.sign_in(DOCTOR).await;
    let replayed = page.send(&again, &asked.location, &[("code", &code)]).await;
    assert!(replayed.body.contains("UK-STAFF-004"), "{}", replayed.body);

    // ● is marked, and the spelling that staff accepts is there at the next result of the same name and birth date.
    let result = "/desk/result/sim-0000000000000051-qualification";
    let marked = page.get(&clerk, result).await.body;
    assert!(marked.contains("表示できない文字"), "{marked}");
    let kept = page
        .send(
            &clerk,
            &format!("{result}/spelling"),
            &[("text", "髙𣘺　一郎")],
        )
        .await;
    assert_eq!(kept.location, result, "{}", kept.body);
    let next = page
        .get(&clerk, "/desk/result/sim-0000000000000052-qualification")
        .await
        .body;
    assert!(
        next.contains("髙𣘺　一郎") && next.contains(CLERK.0),
        "{next}"
    );

    // Whose account is removed can do nothing more, signed in or not.
    let path = page.bench.folder.path().join("staff.json");
    let mut accounts = Accounts::load(&path).unwrap();
    accounts.remove(DOCTOR.0).unwrap();
    accounts.save(&path, page.bench.folder.path()).unwrap();
    assert_eq!(page.get(&doctor, open).await.location, "/desk/sign-in");
    let ends = page.recorded(&who, "staff-sign-out").await;
    assert_eq!(ends.last().unwrap()["why"], "account-changed");
}

/// What a re-inquiry under a consent brought: for qualified staff after the second factor, until the consent is withdrawn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_what_a_reinquiry_brought_is_for_qualified_staff_while_the_consent_lasts() {
    let page = page().await;
    page.bench.sim.add_consent(hw_sim::central::HomeConsent {
        person: "mitaku".into(),
        institution_code: "1310000001".into(),
        care: hw_sim::central::Care::Visiting,
        at: page.bench.counter.clock.wall_ms(),
        examination: page.bench.today(),
        kinds: vec!["YZK".into(), "TKK".into()],
        withdrawn: false,
    });
    let clerk = page.sign_in(CLERK).await;
    let numbers = [
        ("care", "visiting"),
        ("insurer_number", "06123456"),
        ("symbol", "12"),
        ("number", "3456789"),
        ("branch", "00"),
        ("birth_date", "1975-03-03"),
    ];
    let found = page.send(&clerk, "/desk/do/reinquire", &numbers).await;
    assert_eq!(found.status, 303, "{}", found.body);
    let result = page.get(&clerk, &found.location).await.body;
    assert!(!result.contains("架空錠"), "not for a clerk");
    let open = found.location.replace("/desk/result/", "/desk/medical/");
    let refused = page.get(&clerk, &open).await;
    assert!(refused.status == 403 && !refused.body.contains("架空錠"));
    let mut doctor = page.sign_in(DOCTOR).await;
    assert!(
        page.get(&doctor, &found.location)
            .await
            .body
            .contains(&open)
    );
    let second = page.get(&doctor, &open).await.location;
    let code = totp::code_at(&page.second, page.bench.counter.clock.wall_ms());
    let given = page.send(&doctor, &second, &[("code", &code)]).await;
    doctor.person = given.cookie.expect("a fresh cookie");
    let shown = page.get(&doctor, &open).await.body;
    assert!(
        shown.contains("架空錠10mg") && shown.contains("132/84"),
        "{shown}"
    );
    let who = format!("staff:{}", DOCTOR.0);
    let views = page.recorded(&who, "medical-viewed").await;
    assert_eq!(views.len(), 1);
    assert_eq!(views[0]["kinds"], json!(["medicines", "checkups"]));
    let mut end: Vec<_> = numbers.to_vec();
    end.push(("by_patient", "true"));
    let ended = page.send(&clerk, "/desk/do/withdraw", &end).await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    let late = page.get(&doctor, &open).await.body;
    assert!(
        late.contains("UK-STAFF-006") && !late.contains("架空錠"),
        "{late}"
    );
}

/// A kind that was agreed to and of which nothing came is named as such: an empty place in the list would read as "takes nothing".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_that_was_agreed_to_and_brought_nothing_is_named() {
    let page = page().await;
    let now = page.bench.counter.clock.wall_ms();
    let stored = page.bench.counter.desk.run(move |ledger| {
        let new = NewResult {
            visit: 0x71,
            reader: "desk-1/r".into(),
            kind: "qualification".into(),
            body_json: r#"{"XmlMsg":{"MessageBody":{"ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{"ResultOfQualificationConfirmation":{"Name":"架空　一","Birthdate":"19900115"}}]}}}"#.into(),
            simulated: true,
        };
        ledger.store_result(now, &new)?;
        let later = crate::medical_later::noted(
            ledger,
            0x71,
            "c-1",
            &[oqs::ConsentKind::Treatment],
        )?;
        let (key, value) = later.unwrap();
        ledger.put_state(&key, &value)?;
        let consent = |kind: &str, flag: &str| NewConsent {
            visit: 0x71,
            kind: kind.into(),
            flow: "reader".into(),
            flag: flag.into(),
            given_at: Some(now - 10),
            until: Some(now + 3_600_000),
            person: String::new(),
        };
        ledger.record_consents(
            now,
            &[
                consent("medicines", "1"),
                consent("treatment", "1"),
                consent("operations", "0"),
            ],
        )
    });
    stored.await.unwrap().unwrap();
    let mut doctor = page.sign_in(DOCTOR).await;
    let result = "/desk/result/sim-0000000000000071-qualification";
    let open = result.replace("/result/", "/medical/");
    assert!(page.get(&doctor, result).await.body.contains(&open));
    let second = page.get(&doctor, &open).await.location;
    let code = totp::code_at(&page.second, page.bench.counter.clock.wall_ms());
    let given = page.send(&doctor, &second, &[("code", &code)]).await;
    doctor.person = given.cookie.expect("a fresh cookie");
    let shown = page.get(&doctor, &open).await.body;
    let of = |title: &str| {
        let section = shown.split(title).nth(1).unwrap_or_default();
        section.split("</section>").next().unwrap().to_owned()
    };
    assert!(
        of("薬剤情報</h2>").contains("届いた情報はありません"),
        "{shown}"
    );
    assert!(
        of("診療情報</h2>").contains("自動で問い合わせています"),
        "{shown}"
    );
    assert!(!shown.contains("手術情報</h2>"), "not agreed to: {shown}");
    let who = format!("staff:{}", DOCTOR.0);
    let views = page.recorded(&who, "medical-viewed").await;
    assert_eq!(views[0]["kinds"], json!([]));
    assert_eq!(views[0]["nothing"], json!(["medicines", "treatment"]));
}

/// Once the service's clock was two hours ahead the terminal's time stays so; an authenticator goes by the right time. Used once, whichever
/// clock it was read by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_14_the_second_factor_goes_by_the_machines_clock_too() {
    let page = page().await;
    let clock = &page.bench.counter.clock;
    clock.service_said(clock.machine_ms() + 2 * 3_600_000);
    clock.service_said(clock.machine_ms());
    let right = clock.machine_ms();
    assert!(clock.wall_ms() > right + 7_000_000);
    let second = "/desk/second/none";
    let code = totp::code_at(&page.second, right);
    let doctor = page.sign_in(DOCTOR).await;
    let given = page.send(&doctor, second, &[("code", &code)]).await;
    assert_eq!(given.location, "/desk", "{}", given.body);
    let again = page.sign_in(DOCTOR).await;
    let used = page.send(&again, second, &[("code", &code)]).await;
    assert!(used.body.contains("UK-STAFF-004"), "{}", used.body);
    // Neither clock's.
    let between = totp::code_at(&page.second, right + 3_600_000);
    let other = page.send(&again, second, &[("code", &between)]).await;
    assert!(other.body.contains("UK-STAFF-004"), "{}", other.body);
}

/// Whoever qualifies: a code of the neighbouring step is taken, an older one after it is not, five wrong ones lock the right one too, and the
/// step that was used is durable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_codes_of_the_second_factor_are_used_once_in_their_order() {
    let page = page().await;
    let doctor = page.sign_in(DOCTOR).await;
    let second = "/desk/second/sim-0000000000000051-qualification";
    // The middle of a step, so that the test itself crosses no border.
    let clock = &page.bench.counter.clock;
    let step = 30_000;
    let now = (clock.wall_ms() / step + 2) * step + 1_000;
    clock.service_said(now);
    let code = |at: i64| totp::code_at(&page.second, at);
    let send = async |browser: &Browser, code: &str| {
        let answer = page.send(browser, second, &[("code", code)]).await;
        let told = ["UK-STAFF-004", "UK-STAFF-002"].into_iter();
        told.clone().find(|told| answer.body.contains(told))
    };
    assert_eq!(
        send(&doctor, &code(now + step)).await,
        None,
        "a fast authenticator"
    );
    let again = page.sign_in(DOCTOR).await;
    for older in [now + step, now] {
        assert_eq!(send(&again, &code(older)).await, Some("UK-STAFF-004"));
    }
    let name = DOCTOR.0;
    let kept = page
        .bench
        .counter
        .desk
        .run(|ledger| super::super::guard::last_step(ledger, name));
    let kept = kept.await.unwrap().unwrap();
    assert_eq!(i64::try_from(kept).unwrap(), (now + step) / step);
    // Two were wrong since the last right one.
    for told in ["UK-STAFF-004", "UK-STAFF-004", "UK-STAFF-002"] {
        assert_eq!(send(&again, "000000").await, Some(told));
    }
    clock.service_said(now + 2 * step);
    assert_eq!(
        send(&again, &code(now + 2 * step)).await,
        Some("UK-STAFF-002")
    );
}
