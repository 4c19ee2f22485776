//! The card-face record: parsed without panic; what it hands out lies inside what came.
#![no_main]

use card::authenticity::{check_presence, check_record};
use card::record::PhotoRecord;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(record) = PhotoRecord::parse(data) {
        let signed: usize = record.groups.iter().map(|group| group.len()).sum();
        assert!(signed + record.signature.len() <= data.len());
        assert!(record.groups[2].len() >= record.photo.len());
        // Nobody finds a signature that fits by chance, also not under the record's own key.
        assert!(check_record(&record, &record.card_key).is_err());
        assert!(check_presence(&record.card_key, b"challenge", record.signature).is_err());
    }
});
