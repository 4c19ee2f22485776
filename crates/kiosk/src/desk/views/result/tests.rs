//! How one result is shown.

use super::*;
use crate::desk::port::FollowUpLine;
use crate::staff::{OfficePhone, ResultState, StaffResult, StaffSummary};

/// What the office answered stands in the red box, on the page and on its sheet of paper, with a link to the call; that this
/// institution is not entrusted, and whom to claim from, stays.
#[test]
fn the_answer_of_the_office_stands_in_the_warning_which_stays() {
    let call = |closed: Option<&str>| FollowUpLine {
        id: 8,
        since: "2026-11-22 10:05".into(),
        result: "r-1".into(),
        name: String::new(),
        office: "架空市福祉事務所".into(),
        phone: OfficePhone::default(),
        proposed: None,
        closed: closed.map(str::to_owned),
        by: "受付 花子".into(),
        answer: "受診可".into(),
        notes: Vec::new(),
        unreadable: false,
    };
    let sheet = |calls| {
        let summary = StaffSummary {
            validity: "6".into(),
            unentrusted: true,
            ..StaffSummary::default()
        };
        let detail = ResultDetail {
            result: StaffResult {
                id: "r-1".into(),
                at: "10:00".into(),
                stored_at: 0,
                visit: 1,
                reader: "r".into(),
                name: String::new(),
                state: ResultState::Waiting,
                medical: false,
                remark: None,
                summaries: vec![summary],
            },
            at: "2026-11-22 10:00".into(),
            marked: Vec::new(),
            spelling: None,
            before: None,
            calls,
            audit: Vec::new(),
            medical: false,
            uncollected: false,
            referable: Vec::new(),
        };
        result_sheet(&detail, Lang::Ja).into_string()
    };
    let warning = Texts(Lang::Ja).get("staff-unentrusted");
    let link = "<a href=\"/desk/follow-ups#follow-up-8\">2026-11-22 10:52 受付 花子: 受診可</a>";
    let settled = sheet(vec![call(Some("2026-11-22 10:52"))]);
    assert!(settled.contains(link), "{settled}");
    assert!(settled.contains(&warning), "the warning stays: {settled}");
    let inside = settled.split("class=\"warning\"").nth(1).unwrap();
    let inside = inside.split("</div>").next().unwrap();
    assert!(inside.contains(link), "in the red box: {inside}");
    let phone = Texts(Lang::Ja).get("staff-unentrusted-call");
    assert!(!settled.contains(&phone), "nobody phones twice: {settled}");
    let open = sheet(vec![call(None)]);
    let way = "<a href=\"/desk/follow-ups#follow-up-8\">福祉事務所の回答を見る・書く</a>";
    assert!(open.contains(way) && open.contains(&warning), "{open}");
    assert!(open.contains(&phone), "{open}");
}
