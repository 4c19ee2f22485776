//! A register of ten thousand and more invented persons, made by a seed: each is computed from its place, so that
//! the register needs no memory and the same seed gives the same people. They have no cards; they are looked up by
//! numbers and come in bulk answers.

use crate::persons::{Assistance, CardSpec, Insurance, Person, Ticket};

/// A register by seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invented {
    /// The seed.
    pub seed: u64,
    /// How many persons.
    pub persons: u32,
}

/// One invented person.
#[derive(Clone, Debug)]
pub struct InventedPerson {
    /// Place in the register, from 0.
    pub place: u32,
    /// 氏名.
    pub name: String,
    /// 氏名カナ.
    pub kana: String,
    /// 1 or 2.
    pub sex: &'static str,
    /// yyyyMMdd.
    pub birth_date: String,
    /// 住所.
    pub address: String,
    /// Every second person is insured only, every second on medical assistance.
    pub insurance: Option<Insurance>,
    /// Assistance with a ticket for the clinic for this month.
    pub assistance: Option<Assistance>,
}

const FAMILY: [(&str, &str); 12] = [
    ("架空", "ｶｸｳ"),
    ("想像", "ｿｳｿﾞｳ"),
    ("仮名", "ｶﾒｲ"),
    ("空想", "ｸｳｿｳ"),
    ("試験", "ｼｹﾝ"),
    ("模擬", "ﾓｷﾞ"),
    ("例文", "ﾚｲﾌﾞﾝ"),
    ("見本", "ﾐﾎﾝ"),
    ("髙﨑", "ﾀｶｻｷ"),
    ("渡邉", "ﾜﾀﾅﾍﾞ"),
    ("齋藤", "ｻｲﾄｳ"),
    ("●田", "ﾖｼﾀﾞ"),
];
const GIVEN: [(&str, &str); 10] = [
    ("太郎", "ﾀﾛｳ"),
    ("花子", "ﾊﾅｺ"),
    ("一郎", "ｲﾁﾛｳ"),
    ("次郎", "ｼﾞﾛｳ"),
    ("三郎", "ｻﾌﾞﾛｳ"),
    ("恵", "ﾒｸﾞﾐ"),
    ("翔", "ｼｮｳ"),
    ("葵", "ｱｵｲ"),
    ("実", "ﾐﾉﾙ"),
    ("幸子", "ｻﾁｺ"),
];
/// 公費負担者番号 of the invented offices, and their names.
const OFFICES: [(&str, &str); 4] = [
    ("12137005", "架空東福祉事務所"),
    ("12137013", "架空西福祉事務所"),
    ("12137021", "架空南福祉事務所"),
    ("12137039", "架空北福祉事務所"),
];

impl InventedPerson {
    /// Insurer (payer) and insured (recipient) number.
    pub fn numbers(&self) -> Option<(&str, &str)> {
        let insured = self
            .insurance
            .as_ref()
            .map(|i| (i.insurer_number.as_str(), i.number.as_str()));
        let assisted = self.assistance.as_ref();
        insured.or(assisted.map(|a| (a.payer_number.as_str(), a.recipient_number.as_str())))
    }

    /// The person in the form of the register; the card in it is not a card of anybody.
    pub(crate) fn as_person(&self) -> Person {
        Person {
            id: format!("invented-{}", self.place),
            name: self.name.clone(),
            kana: self.kana.clone(),
            sex: self.sex.to_owned(),
            birth_date: self.birth_date.clone(),
            address: self.address.clone(),
            card: CardSpec::none(),
            registered: true,
            unknown: false,
            insurance: self.insurance.clone(),
            former_insurances: Vec::new(),
            assistance: self.assistance.clone(),
            medicines: Vec::new(),
            treatments: Vec::new(),
            operations: Vec::new(),
            checkups: Vec::new(),
        }
    }
}

/// The last of each so many places is a double: name, sex, birth date, symbol and number are those of the person two places before,
/// so that only the branch and the end of the address tell the two apart (複数該当, OQSCD006).
const DOUBLES: u32 = 50;

/// Whose double the person of this place is.
fn doubled(place: u32) -> Option<u32> {
    (place % DOUBLES == DOUBLES - 1).then(|| place - 2)
}

impl Invented {
    fn random(self, place: u32, what: u64) -> usize {
        let mut x = self.seed ^ (u64::from(place) << 20) ^ (what << 56);
        // SplitMix64, public domain.
        x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) >> 33).unwrap_or(0)
    }

    /// The person of a place; `month` is this month (yyyyMM), `institution` the clinic.
    pub fn person(self, place: u32, month: &str, institution: &str) -> Option<InventedPerson> {
        if place >= self.persons {
            return None;
        }
        // Where the person lives is the place's own.
        let (home, place) = (place, doubled(place).unwrap_or(place));
        let family = FAMILY[self.random(place, 1) % FAMILY.len()];
        let given = GIVEN[self.random(place, 2) % GIVEN.len()];
        let birth_date = format!(
            "{:04}{:02}{:02}",
            1930 + self.random(place, 3) % 90,
            1 + self.random(place, 4) % 12,
            1 + self.random(place, 5) % 28
        );
        let on_assistance = place.is_multiple_of(2);
        let (payer, office) = OFFICES[self.random(place, 6) % OFFICES.len()];
        Some(InventedPerson {
            place: home,
            name: format!("{}　{}", family.0, given.0),
            kana: format!("{} {}", family.1, given.1),
            sex: if self.random(place, 7).is_multiple_of(2) {
                "1"
            } else {
                "2"
            },
            birth_date,
            address: format!("東京都架空区想像町{}丁目{}番", 1 + home % 9, 1 + home % 30),
            insurance: (!on_assistance).then(|| Insurance {
                insurer_number: "06139307".into(),
                symbol: format!("{}", 100 + place % 50),
                number: format!("{:07}", 2_000_000 + place),
                branch: match (doubled(home), doubled(home.saturating_add(2))) {
                    (Some(_), _) => "02",
                    (None, Some(_)) => "01",
                    (None, None) => "00",
                }
                .into(),
                insurer_name: "想像健康保険組合".into(),
                validity: "1".into(),
                personal_family: "1".into(),
                card_classification: "01".into(),
                valid_start: "20240401".into(),
                valid_end: None,
                lost: None,
                reason_of_loss: None,
            }),
            assistance: on_assistance.then(|| Assistance {
                payer_number: payer.into(),
                recipient_number: format!("{:07}", 3_000_000 + place),
                office_name: office.into(),
                validity: "1".into(),
                qualification_date: "20250401".into(),
                tickets: vec![Ticket {
                    institution_code: institution.to_owned(),
                    ticket_type: "01".into(),
                    month: month.to_owned(),
                    valid_start: format!("{month}01"),
                    valid_end: format!("{month}28"),
                    institution_name: "架空クリニック".into(),
                    single_or_combined: "01".into(),
                    injury_names: vec!["架空性高血圧症".into(), "想像性腰痛".into()],
                    registered: None,
                }],
            }),
        })
    }

    /// The places of a recipient or insured number of this register: two where the person has a double.
    pub fn places_of(self, number: &str) -> Vec<u32> {
        let place = match number.trim().parse::<u32>() {
            Ok(number @ 2_000_000..3_000_000) => number - 2_000_000,
            Ok(number @ 3_000_000..4_000_000) => number - 3_000_000,
            _ => return Vec::new(),
        };
        // A double's own place stands in nobody's number.
        if doubled(place).is_some() {
            return Vec::new();
        }
        let double = place.saturating_add(2);
        let double = (doubled(double) == Some(place)).then_some(double);
        let mut places: Vec<u32> = std::iter::once(place).chain(double).collect();
        places.retain(|place| *place < self.persons);
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_persons_differ_and_the_seed_gives_them_again() {
        let register = Invented {
            seed: 42,
            persons: 10_000,
        };
        let mut numbers = std::collections::BTreeSet::new();
        let mut names = std::collections::BTreeSet::new();
        for place in 0..register.persons {
            let person = register.person(place, "202611", "1310000001").unwrap();
            let number = match (&person.insurance, &person.assistance) {
                (Some(insurance), None) => insurance.number.clone(),
                (None, Some(assistance)) => assistance.recipient_number.clone(),
                _ => panic!("one of the two"),
            };
            assert!(register.places_of(&number).contains(&place));
            numbers.insert(number);
            names.insert((person.name, person.birth_date));
        }
        assert_eq!(numbers.len(), 10_000 - 10_000 / 50, "but for the doubles");
        assert!(names.len() > 9_000);
        let again = |seed| {
            Invented { seed, persons: 1 }
                .person(0, "202611", "1")
                .unwrap()
                .birth_date
        };
        assert_eq!(again(42), again(42));
        assert!((0..20).any(|seed| again(seed) != again(42)));
        assert!(register.person(10_000, "202611", "1").is_none());
    }

    /// Only branch and address tell a double from whose it is.
    #[test]
    fn a_double_has_the_name_the_birthday_and_the_number_of_another() {
        let register = Invented {
            seed: 7,
            persons: 50,
        };
        let of = |place| register.person(place, "202611", "1310000001").unwrap();
        let (one, double) = (of(47), of(49));
        assert_eq!(
            (&one.name, one.sex, &one.birth_date, one.numbers()),
            (
                &double.name,
                double.sex,
                &double.birth_date,
                double.numbers()
            )
        );
        assert_ne!(one.address, double.address);
        let branch = |person: &InventedPerson| person.insurance.clone().unwrap().branch;
        assert_eq!((branch(&one), branch(&double)), ("01".into(), "02".into()));
        assert_eq!(register.places_of("2000047"), [47, 49]);
        assert!(register.places_of("2000049").is_empty());
        let fewer = Invented {
            persons: 48,
            ..register
        };
        assert_eq!(fewer.places_of("2000047"), [47]);
        assert_eq!(register.places_of("2000045"), [45]);
    }
}
