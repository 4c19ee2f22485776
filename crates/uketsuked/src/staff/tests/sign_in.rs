//! The sign-in: personal, recorded, locked after five wrong passwords.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sign_in_is_personal_recorded_and_locked_after_five_wrong_passwords() {
    let page = page().await;
    let nobody = page.browser();
    let turned_away = page.get(&nobody, "/desk/follow-ups").await;
    assert_eq!(
        (turned_away.status, turned_away.location.as_str()),
        (303, "/desk/sign-in")
    );
    assert_eq!(
        page.get(&Browser::default(), "/desk/sign-in").await.status,
        403,
        "not without the terminal's own credential"
    );
    let fields = [("name", CLERK.0), ("password", CLERK.1)];
    let elsewhere = page
        .ask(
            &nobody,
            "POST",
            "/desk/sign-in",
            &fields,
            "Origin: http://elsewhere.example\r\n",
        )
        .await;
    assert_eq!(elsewhere.status, 403);
    assert_eq!(
        page.ask(&nobody, "POST", "/desk/sign-in", &fields, "")
            .await
            .status,
        403,
        "a form must say where it comes from"
    );

    let clerk = page.sign_in(CLERK).await;
    let home = page.get(&clerk, "/desk").await;
    assert!(
        home.status == 200 && home.body.contains(CLERK.0) && home.body.contains("シミュレーション"),
        "{}",
        home.body
    );
    let forged = page
        .post(&clerk, "/desk/do/noted", &[("key", "guessed")])
        .await;
    assert!(forged.status == 403 && forged.body.contains("UK-STAFF-008"));
    let english = page.send(&clerk, "/desk/language/en", &[]).await;
    assert_eq!(english.status, 303);
    assert!(page.get(&clerk, "/desk").await.body.contains("Sign out"));
    assert_eq!(
        page.send(&clerk, "/desk/sign-out", &[]).await.location,
        "/desk/sign-in"
    );
    assert_eq!(page.get(&clerk, "/desk").await.status, 303, "signed out");

    let wrong = [("name", CLERK.0), ("password", "not it at all")];
    for _ in 0..4 {
        let refused = page.post(&nobody, "/desk/sign-in", &wrong).await;
        assert!(
            refused.status == 403
                && refused.body.contains("UK-STAFF-001")
                && refused.cookie.is_none()
        );
    }
    let locked = page.post(&nobody, "/desk/sign-in", &wrong).await;
    assert!(locked.body.contains("UK-STAFF-002"), "{}", locked.body);
    let right = page.post(&nobody, "/desk/sign-in", &fields).await;
    assert!(
        right.status == 403 && right.body.contains("UK-STAFF-002"),
        "the right one does not help now"
    );
    page.sign_in(DOCTOR).await;

    let who = format!("staff:{}", CLERK.0);
    let tries = page.recorded(&who, "staff-sign-in").await;
    assert_eq!(
        tries.iter().filter(|one| one["accepted"] == true).count(),
        1
    );
    assert_eq!(tries.iter().filter(|one| one["locked"] == true).count(), 2);
    assert_eq!(
        page.recorded(&who, "staff-sign-out").await,
        [json!({"why": "signed-out"})]
    );
    let text = format!("{:?}", page.audit().await);
    assert!(!text.contains("not it at all") && !text.contains(CLERK.1));
    let mut many = 0;
    for _ in 0..10 {
        let refused = page
            .post(
                &nobody,
                "/desk/sign-in",
                &[("name", "x"), ("password", "y")],
            )
            .await;
        many += u32::from(refused.status == 429 && refused.body.contains("UK-STAFF-009"));
    }
    assert!(many > 0, "tries run out whoever makes them");
}

/// Five wrong passwords lock the name at the sign-in; whoever is at work under it goes on to the second factor.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessed_passwords_do_not_lock_the_second_factor_of_somebody_at_work() {
    let page = page().await;
    let doctor = page.sign_in(DOCTOR).await;
    let nobody = page.browser();
    let wrong = [("name", DOCTOR.0), ("password", "not it at all")];
    for _ in 0..5 {
        page.post(&nobody, "/desk/sign-in", &wrong).await;
    }
    let right = [("name", DOCTOR.0), ("password", DOCTOR.1)];
    let locked = page.post(&nobody, "/desk/sign-in", &right).await;
    assert!(locked.body.contains("UK-STAFF-002"), "{}", locked.body);
    let now = page.bench.counter.clock.wall_ms();
    let code = totp::code_at(&page.second, now);
    let given = page
        .send(&doctor, "/desk/second/none", &[("code", &code)])
        .await;
    assert_eq!(given.location, "/desk", "{}", given.body);
}

/// Whether anybody could sign in: not without a file of accounts, nor with an empty one; one that can't be read is told as such.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_file_of_accounts_is_no_account() {
    let bench = bench().await;
    let folder = bench.folder.path();
    let path = folder.join("no-staff.json");
    let desk = DeskSide::start(bench.counter.clone(), path.clone(), bench.stop.subscribe());
    let asked = async || {
        desk.clone()
            .has_accounts()
            .await
            .map_err(|problem| problem.code)
    };
    assert_eq!(asked().await, Ok(false), "no file");
    let mut accounts = Accounts::default();
    accounts.save(&path, folder).unwrap();
    assert_eq!(asked().await, Ok(false), "an empty one");
    accounts.put(CLERK.0, CLERK.1, false).unwrap();
    accounts.save(&path, folder).unwrap();
    assert_eq!(asked().await, Ok(true));
    std::fs::write(&path, "{").unwrap();
    assert_eq!(asked().await, Err("UK-STAFF-003".to_owned()));
}
