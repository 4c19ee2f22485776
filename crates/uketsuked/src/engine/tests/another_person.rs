//! Invariant 10: an answer about somebody born on another day than the card says is joined to nobody.

use super::*;

/// To the consents, by face: the card has taken a matching number whose holder was born on 15 January of Heisei 2 (or of 2002).
async fn by_face(born: &'static str) -> Bench {
    by_face_with(Service {
        born: Some(born),
        ..Service::good()
    })
    .await
}

/// The same while nobody answers questions about qualifications.
async fn by_face_away() -> Bench {
    by_face_with(Service {
        qualification: Err(unreachable()),
        ..Service::good()
    })
    .await
}

async fn by_face_with(service: Service) -> Bench {
    let mut bench = Bench::new(service);
    bench.lay();
    bench.engine.pressed(Input::Face);
    bench.press(&[0, 2, 0, 1, 1, 5, 2, 0, 3, 0, 4, 3, 2, 1]);
    bench.card(CardAnswer::MatchingNumber(VerifyOutcome::Accepted));
    bench.card(photo(SESSION));
    let visit = bench.visit().0;
    bench.engine.take(Message::Face(
        visit,
        FaceOutcome::Matched {
            distance: 0.3,
            frames: 5,
        },
    ));
    bench
        .until_card(|command| matches!(command, CardCommand::Prove { .. }))
        .await;
    bench.card(proof(SESSION));
    bench.until("consenting").await;
    bench
}

#[tokio::test]
async fn invariant_10_an_answer_about_another_birth_date_than_the_cards_is_refused() {
    for (born, fits) in [
        ("19900115", true),
        ("20020115", true),
        ("19900116", false),
        ("19910115", false),
        // Where the service knows no day there is nothing to compare.
        ("19900000", true),
    ] {
        let mut bench = by_face(born).await;
        bench.engine.pressed(Input::ConsentAll(false));
        bench.until("farewell").await;
        let kept = bench.results().await.len();
        assert_eq!(kept, usize::from(fits), "{born}");
        assert_eq!(bench.queued().await, 0, "{born}: not asked again either");
        let told = bench.engine.parts.board.alerts();
        let told = told.iter().any(|one| one.code == "UK-VISIT-217");
        assert_eq!(told, !fits, "{born}: staff hears of it");
        assert_eq!(bench.trouble(), (!fits).then_some("UK-VISIT-217"), "{born}");
        assert!(
            bench.engine.held.is_none(),
            "nothing of the number is held after (invariant 5)"
        );
    }
}

/// By PIN the terminal knows no date of birth: nothing is compared.
#[tokio::test]
async fn by_pin_there_is_nothing_to_compare() {
    let mut bench = Bench::new(Service {
        born: Some("19330303"),
        ..Service::good()
    });
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(false));
    bench.until("farewell").await;
    assert_eq!(bench.results().await.len(), 1);
}

/// An inquiry that waited for the service is held against the same card: the ledger keeps a keyed hash of the date, and nothing of it once the
/// inquiry has ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_10_an_answer_after_an_outage_is_held_against_the_card_as_well() {
    for (born, fits) in [
        ("19900115", true),
        ("20020115", true),
        ("19900116", false),
        ("19900000", true),
    ] {
        let mut bench = by_face_away().await;
        bench.engine.pressed(Input::ConsentAll(false));
        bench.until("farewell").await;
        let open = bench.desk.run(|ledger| ledger.open_inquiries()).await;
        let open = open.unwrap().unwrap();
        assert_eq!(open.len(), 1, "it waits");
        let payload: serde_json::Value = serde_json::from_str(&open[0].payload_json).unwrap();
        assert_eq!(payload["birth"].as_str().map(str::len), Some(64));
        assert!(
            !open[0].payload_json.contains("020115"),
            "the date itself stands nowhere (invariant 5)"
        );

        let back = Service {
            born: Some(born),
            ..Service::good()
        };
        let queue = later::queue(&bench);
        let now = bench.engine.parts.clock.wall_ms();
        let report = central::replay(&back, &queue, "1310000001", now).await;
        assert_eq!(report.unwrap().ended, 1, "{born}");
        assert_eq!(bench.queued().await, 0, "{born}");
        assert_eq!(bench.results().await.len(), usize::from(fits), "{born}");
        let mut told = false;
        while let Ok(message) = bench.mail.try_recv() {
            told |= matches!(message, Message::ServiceSaid { code, .. } if code == "UK-VISIT-217");
        }
        assert_eq!(told, !fits, "{born}: staff hears of it");
    }
}
