//! The three published certification authorities, compiled in: a trust anchor read from a file beside the
//! program is one that can be exchanged. Where the files come from: `roots/README.md`.

/// One published authority.
#[derive(Debug, Clone, Copy)]
pub struct Published {
    /// The generation by J-LIS's own file names.
    pub generation: u8,
    /// Its certificate, DER.
    pub der: &'static [u8],
}

const PUBLISHED: [Published; 3] = [
    Published {
        generation: 1,
        der: include_bytes!("../../roots/authca01.cer"),
    },
    Published {
        generation: 2,
        der: include_bytes!("../../roots/authca02.cer"),
    },
    Published {
        generation: 3,
        der: include_bytes!("../../roots/authca03.cer"),
    },
];

/// The authorities of 利用者証明用 certificates, all generations. The first has ended, but until its last
/// cards are gone the service decides about them.
#[must_use]
pub const fn published_roots() -> &'static [Published] {
    &PUBLISHED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::{Roots, is_test, parse, roots::subject_key_id};
    use crate::issuers::hex;
    use crate::jst::Day;

    /// Identifiers as public sources give them (jpki/myna src/ta, myna-card certs/README; generation 2's key
    /// identifier from a certificate it issued), not as computed from these files.
    #[test]
    fn the_files_are_the_published_ones() {
        let expected = [
            (
                1,
                "01",
                "2015-10-20",
                "2025-10-19",
                "9567951B5CA70D84A0FFF1D85A87F1AAB1340385",
            ),
            (
                2,
                "0133C349",
                "2019-09-15",
                "2029-09-14",
                "8CD5586A891485E559379B7E29D410CFD28B3593",
            ),
            (
                3,
                "06D18006",
                "2023-07-16",
                "2033-07-15",
                "1AC100F596A3BC8C4B3DF195E32699249E9E308A",
            ),
        ];
        for (root, (generation, serial, from, to, key_id)) in published_roots().iter().zip(expected)
        {
            let parsed = parse(root.der).unwrap();
            assert_eq!(root.generation, generation);
            assert_eq!(hex(parsed.raw_serial()), serial);
            let day =
                |time: x509_parser::time::ASN1Time| Day::at(time.timestamp() * 1000).to_string();
            assert_eq!(day(parsed.validity().not_before), from, "in Japan");
            assert_eq!(day(parsed.validity().not_after), to, "in Japan");
            assert_eq!(hex(&subject_key_id(&parsed).unwrap()), key_id);
            assert!(!is_test(parsed.subject()), "invariant 13");
        }
        let digest = |der| hex(ring::digest::digest(&ring::digest::SHA256, der).as_ref());
        assert_eq!(
            digest(PUBLISHED[0].der),
            "4DCFC4CA0AAF9FB2A3081B3F0C991C320B3ACC008667A341EEAEC5AF1D58CA7D"
        );
        assert_eq!(
            digest(PUBLISHED[2].der),
            "64114F29620C24ED2631D46476A040E7EE740D956089C00B036A6A8118C322B5"
        );
    }

    #[test]
    fn all_three_are_accepted_in_production_and_bear_one_name() {
        let ders: Vec<Vec<u8>> = published_roots()
            .iter()
            .map(|root| root.der.to_vec())
            .collect();
        assert!(Roots::new(&ders, false).is_ok());
        let names: Vec<_> = ders
            .iter()
            .map(|der| parse(der).unwrap().subject().as_raw().to_vec())
            .collect();
        assert!(names.iter().all(|name| *name == names[0]));
    }
}
