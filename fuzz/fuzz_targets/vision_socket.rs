//! See the function of this name in `checks`.
#![no_main]

#[allow(unused_imports, dead_code)]
#[path = "../checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::vision_socket(data));
