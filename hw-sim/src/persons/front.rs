//! What stands on the front of a person's card, for pictures of it.

use super::Person;
use crate::camera::card_front::Print;
use crate::card::matching::{DateParts, era_year};

impl Person {
    /// The printed front; `None` for what has none: a phone, a card of another kind.
    pub fn front(&self) -> Option<Print> {
        if !self.card.kind.has_card_face() {
            return None;
        }
        let birth = DateParts::parse(&self.birth_date)?;
        let year = if self.card.western_birth_date {
            format!("{}年", birth.year)
        } else {
            match era_year(birth)? {
                (era, 1) => format!("{era}元年"),
                (era, year) => format!("{era}{year}年"),
            }
        };
        let expiry = DateParts::parse(&self.card.expiry)?;
        Some(Print {
            name: self.name.clone(),
            address: self.address.clone(),
            sex: match self.sex.as_str() {
                "1" => "男",
                "2" => "女",
                _ => "",
            }
            .to_owned(),
            birth: format!("{year}{}月{}日", birth.month, birth.day),
            expiry: format!("{}年{}月{}日", expiry.year, expiry.month, expiry.day),
            code: self.card.security_code.clone(),
            addenda: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::persons::Register;

    #[test]
    fn a_front_prints_what_matching_number_b_is_made_of() {
        let register = Register::with_catalogue().unwrap();
        let mut person = register.person("seiho").unwrap().clone();
        person.card.expiry = "20300115".into();
        let front = person.front().unwrap();
        assert_eq!(
            (&*front.birth, &*front.expiry, &*front.code),
            ("平成2年1月15日", "2030年1月15日", "4321")
        );
        assert_eq!(person.matching_number_b().unwrap(), "02011520304321");
        person.birth_date = "20190503".into();
        assert_eq!(person.front().unwrap().birth, "令和元年5月3日");
        person.card.western_birth_date = true;
        assert_eq!(person.front().unwrap().birth, "2019年5月3日");
        let phone = register
            .persons
            .iter()
            .find(|person| !person.card.kind.has_card_face())
            .unwrap();
        assert_eq!(phone.front(), None, "{}", phone.id);
    }
}
