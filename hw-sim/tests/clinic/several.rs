//! Persons whom numbers alone do not tell apart.

use serde_json::{Value, json};

use crate::support::{CLINIC, Terminal, results, service_with};
use hw_sim::central::invented::Invented;

/// Numbers that fit two persons tell neither of them (validity 5); the branch tells them apart.
#[tokio::test]
async fn numbers_that_fit_several_persons_tell_none_of_them() {
    let invented = Invented {
        seed: 3,
        persons: 50,
    };
    let service = service_with(|c| c.invented = invented).await;
    let terminal = Terminal::log_in(&service).await;
    let (one, double) = (47, 49);
    let person = |place| invented.person(place, "202611", CLINIC).unwrap();
    let (insurer, number) = ("06139307", "2000047");
    for (born, branch, expected) in [
        (person(one).birth_date.as_str(), "", "5"),
        ("", "", "5"),
        ("", "01", "1"),
        (person(double).birth_date.as_str(), "02", "1"),
        ("", "03", "4"),
        ("19000101", "", "4"),
    ] {
        let info = json!({
            "InsurerNumber": insurer, "InsuredIdentificationNumber": number,
            "Birthdate": born, "InsuredBranchNumber": branch,
        });
        let message = terminal.search_info(info).await;
        let body = &message["MessageBody"];
        assert_eq!(body["QualificationValidity"], expected, "{born} {branch}");
        assert_eq!(body["ResultList"].is_null(), expected != "1");
    }
    let mut homes = Vec::new();
    for branch in ["01", "02"] {
        let info = json!({"InsurerNumber": insurer, "InsuredIdentificationNumber": number, "InsuredBranchNumber": branch});
        let message = terminal.search_info(info).await;
        homes.push(results(&message)[0]["Address"].clone());
    }
    let expected = [one, double].map(|place| Value::from(person(place).address));
    assert_eq!(homes, expected);
}
