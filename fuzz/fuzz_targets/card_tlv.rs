//! Tag and length as a card writes them: whatever comes, no length beyond the cap is believed.
#![no_main]

use card::record::header;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for cap in [0, 2, 255, 0x8000, usize::MAX] {
        if let Some((_, total)) = header(data, cap) {
            assert!(total >= 2 && total <= cap);
        }
    }
});
