//! The institutions the simulated service knows, each with its login, its client certificate and its settings.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// An institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Institution {
    /// Ten digits; the first two are the prefecture.
    pub code: String,
    /// Name.
    pub name: String,
    /// Login name.
    pub user_id: String,
    /// Login password. Not a secret: it opens nothing but this simulator.
    pub password: String,
    /// Its settings (環境設定).
    pub settings: Settings,
}

/// The settings of IF-041–044.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    values: BTreeMap<&'static str, String>,
}

/// Elements of the settings with the codes accepted and the value at first.
const KEYS: [(&str, &[&str], &str); 6] = [
    ("MedicalAssistanceUse", &["0", "1"], "1"),
    ("VisitingCareUse", &["0", "1"], "1"),
    ("OnlineCareUse", &["0", "1"], "1"),
    ("ElectronicPrescriptionUse", &["0", "1", "2", "3"], "0"),
    ("PrescriptionChoiceTime", &["1", "2"], "1"),
    ("EmergencyViewingAuthority", &["0", "1"], "0"),
];

impl Default for Settings {
    fn default() -> Self {
        let values = KEYS
            .iter()
            .map(|(key, _, first)| (*key, (*first).to_owned()));
        Self {
            values: values.collect(),
        }
    }
}

impl Settings {
    /// Is this one "1"?
    pub fn is_on(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(|value| value == "1")
    }

    /// Changes one; false for an unknown element or code.
    pub fn set(&mut self, key: &str, value: &str) -> bool {
        let Some((key, codes, _)) = KEYS.iter().find(|(known, _, _)| *known == key) else {
            return false;
        };
        let fine = codes.contains(&value);
        if fine {
            self.values.insert(key, value.to_owned());
        }
        fine
    }

    /// As the message has it.
    pub(crate) fn json(&self) -> Value {
        json!(self.values)
    }
}

/// The institutions of the simulation: the clinic, another in the same prefecture, one far away.
pub(super) fn institutions(code: &str, user_id: &str, password: &str) -> Vec<Institution> {
    let other = |code: &str, name: &str, user: &str| Institution {
        code: code.to_owned(),
        name: name.to_owned(),
        user_id: user.to_owned(),
        password: password.to_owned(),
        settings: Settings::default(),
    };
    vec![
        other(code, "架空クリニック", user_id),
        other(super::OTHER_INSTITUTION, "よその架空病院", "sim-hospital"),
        other(super::FAR_INSTITUTION, "遠方架空診療所", "sim-far"),
    ]
}
