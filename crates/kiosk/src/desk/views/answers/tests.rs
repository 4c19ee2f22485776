//! What answers say on the page.

use super::*;

/// Nobody found is no success, and the link says of what it is.
#[test]
fn nobody_found_is_not_told_as_done() {
    let found = json!({ "ok": true, "result": "r-1" });
    let nobody = json!({ "ok": true, "result": "r-1", "asked": [
        { "label_ja": "番号", "label_en": "Number", "value": "9999999" }
    ] });
    let page = |value: &Value| answer(value, &[], Lang::Ja).into_string();
    assert!(page(&found).contains("できました。"), "{}", page(&found));
    let told = page(&nobody);
    assert!(!told.contains("できました。"), "{told}");
    assert!(told.contains("見つかりませんでした") && told.contains("この照会の記録を表示する"));
}

/// A sex is told in the page's language alone; anything else stands as it was typed.
#[test]
fn what_was_asked_with_stands_in_the_pages_own_language() {
    let asked = json!({ "result": "r-1", "asked": [
        { "label_ja": "性別", "label_en": "Sex", "value": said("input-sex-1", &[]).beside() },
        { "label_ja": "氏名", "label_en": "Name", "value": "a / b" }
    ] });
    for lang in [Lang::Ja, Lang::En] {
        let shown = answer(&asked, &[], lang).into_string();
        let sex = Texts(lang).get("input-sex-1");
        assert!(shown.contains(&format!("<dd>{sex}</dd>")), "{shown}");
        assert!(shown.contains("<dd>a / b</dd>"), "{shown}");
    }
}

/// Emergency viewing is not opened by anybody: an institution has the authority or lacks it.
#[test]
fn a_missing_authority_is_told_as_one() {
    let texts = Texts(Lang::Ja);
    let none = openings(&json!({}), Lang::Ja).into_string();
    assert_eq!(none.matches(&texts.get("desk-is-closed")).count(), 2);
    assert_eq!(none.matches(&texts.get("desk-no-authority")).count(), 1);
    let given = openings(&json!({"emergency_authority": true}), Lang::Ja).into_string();
    assert!(!given.contains(&texts.get("desk-no-authority")), "{given}");
}

/// The passcode is on the page of whoever fetched it, with its end; nobody found is not told as done.
#[test]
fn a_fetched_passcode_is_shown_with_its_end_and_nobody_found_is_no_success() {
    let taken = json!({"taken_over": true, "until": "20261123235959", "passcode": "S1M2"});
    let shown = answer(&taken, &[], Lang::Ja).into_string();
    assert!(
        shown.contains("<strong>S1M2</strong>") && shown.contains("2026-11-23 23:59まで"),
        "{shown}"
    );
    let untold = answer(&json!({"taken_over": true, "until": null}), &[], Lang::Ja);
    assert!(!untold.into_string().contains("fetched-passcode"));
    let done = Texts(Lang::Ja).get("desk-done");
    let nobody =
        json!({"result": "r", "asked": [{"label_ja": "番号", "label_en": "number", "value": "1"}]});
    assert!(!answer(&nobody, &[], Lang::Ja).into_string().contains(&done));
    assert!(shown.contains(&done));
}

#[test]
fn the_schedule_and_the_way_of_the_terminal_are_told() {
    let daily = Ways {
        tickets: Some((20, 6)),
        qualification_only: false,
    };
    let shown = ways(daily, Lang::Ja).into_string();
    assert!(shown.contains("毎月20日から月末まで、毎日6時"), "{shown}");
    let only = Ways {
        tickets: None,
        qualification_only: true,
    };
    let shown = ways(only, Lang::En).into_string();
    let texts = Texts(Lang::En);
    assert!(shown.contains(&texts.get("desk-schedule-off")), "{shown}");
    assert!(shown.contains(&texts.get("desk-way-only")), "{shown}");
}

/// Point 42: the address of the mobile page is handed out on paper too; what is not to be handed out has no button.
#[test]
fn the_mobile_pages_code_can_be_printed() {
    let url = json!({"url": "https://example.invalid/a", "qr_svg": "<svg viewBox=\"0 0 2 2\"><path d=\"M0 0\"/></svg>"});
    let shown = answer(&url, &[], Lang::Ja).into_string();
    assert!(shown.contains("<svg ") && shown.contains("https://example.invalid/a"));
    assert_eq!(shown.matches("<button id=\"print\"").count(), 1, "{shown}");
    assert!(shown.contains(&Texts(Lang::Ja).get("desk-print")));
    let other = answer(&json!({"reported": 2}), &[], Lang::Ja).into_string();
    assert!(!other.contains("id=\"print\""), "{other}");
}

/// What the terminal changes nothing about stands on the page as well, a setting of a service that is newer by its own name.
#[test]
fn every_setting_of_the_institution_is_shown() {
    let settings = json!({"medical_assistance": true, "visiting_care": false, "others": [
        {"name": "ElectronicPrescriptionUse", "ja": "電子処方箋", "en": "Electronic prescriptions", "value_ja": "電子と紙", "value_en": "electronic and paper"},
        {"name": "BrandNewUse", "ja": "BrandNewUse", "en": "BrandNewUse", "value_ja": "7", "value_en": "7"},
    ]});
    for (lang, words) in [
        (Lang::Ja, ["電子処方箋", "電子と紙"]),
        (
            Lang::En,
            ["Electronic prescriptions", "electronic and paper"],
        ),
    ] {
        let shown = institution(&settings, lang).into_string();
        for row in [(words[0], words[1]), ("BrandNewUse", "7")] {
            let row = format!("<dt>{}</dt><dd>{}</dd>", row.0, row.1);
            assert!(shown.contains(&row), "{row}: {shown}");
        }
        let online = Texts(lang).get("desk-unknown");
        assert!(shown.contains(&format!("<dd>{online}</dd>")), "{shown}");
    }
}
