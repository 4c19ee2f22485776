//! The second factor: time-based one-time passwords (RFC 6238 with RFC 4226's HMAC-SHA-1, six digits, 30 seconds), as every
//! authenticator knows them.

use data_encoding::BASE32_NOPAD;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

/// Bytes of a key, as RFC 4226 recommends.
const KEY: usize = 20;
const STEP_MS: i64 = 30_000;
/// Steps before and after the present one that are accepted, for clocks that differ.
const NEAR: u64 = 1;

/// A key.
pub(super) struct Key(Zeroizing<Vec<u8>>);

impl Key {
    /// A fresh one; `None` when the system gives no random bytes.
    pub(super) fn generate() -> Option<Self> {
        let mut key = Zeroizing::new(vec![0; KEY]);
        SystemRandom::new().fill(&mut key).ok()?;
        Some(Self(key))
    }

    /// From base32.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?);
        (bytes.len() >= 16).then_some(Self(bytes))
    }

    /// As base32.
    pub(super) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// The address that an authenticator reads from a code on the screen.
    pub(super) fn address(&self, name: &str) -> Zeroizing<String> {
        let name: String = name.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        });
        Zeroizing::new(format!(
            "otpauth://totp/uketsuke:{name}?secret={}&issuer=uketsuke&algorithm=SHA1&digits=6&period=30",
            *self.text()
        ))
    }

    fn code(&self, step: u64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
        let word = tag.get(at..at + 4).unwrap_or(&[0; 4]);
        let number = word
            .iter()
            .fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        (number & 0x7fff_ffff) % 1_000_000
    }
}

/// The step whose code this is: the present one or one beside it, and later than `after`.
pub(super) fn fits(key: &Key, code: &str, now_ms: i64, after: u64) -> Option<u64> {
    let now = u64::try_from(now_ms / STEP_MS).ok()?;
    let mut found = None;
    // Every step is compared, so that the time tells nothing about which one was near.
    for step in now.saturating_sub(NEAR)..=now + NEAR {
        let expected = format!("{:06}", key.code(step));
        if super::accounts::same(expected.as_bytes(), code.as_bytes()) && step > after {
            found = Some(step);
        }
    }
    found
}

/// The code of a key at a time, for tests of the whole way.
#[cfg(test)]
pub(super) fn code_at(text: &str, now_ms: i64) -> String {
    let key = Key::read(text).unwrap();
    format!("{:06}", key.code(u64::try_from(now_ms / STEP_MS).unwrap()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of its eight digits; the key is the ASCII text 12345678901234567890.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        let key = Key(Zeroizing::new(b"12345678901234567890".to_vec()));
        for (seconds, code) in [
            (59_i64, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = u64::try_from(seconds / 30).unwrap();
            assert_eq!(fits(&key, code, seconds * 1000, 0), Some(step), "{seconds}");
            assert_eq!(fits(&key, code, seconds * 1000, step), None, "used before");
            assert_eq!(
                fits(&key, code, (seconds + 120) * 1000, 0),
                None,
                "too late"
            );
        }
        assert_eq!(fits(&key, "", 59_000, 0), None);
    }

    /// Clocks differ by a step at most; what was used is over, and so is all that is older, also when the clock was set back.
    #[test]
    fn a_neighbouring_step_is_taken_once_and_an_older_one_never() {
        let key = Key(Zeroizing::new(b"12345678901234567890".to_vec()));
        let now = 2_000_000_010_000_i64;
        let step = u64::try_from(now / STEP_MS).unwrap();
        let code = |step: u64| format!("{:06}", key.code(step));
        for (beside, taken) in [
            (-2_i64, false),
            (-1, true),
            (0, true),
            (1, true),
            (2, false),
        ] {
            let other = step.checked_add_signed(beside).unwrap();
            let fitted = fits(&key, &code(other), now, 0);
            assert_eq!(fitted, taken.then_some(other), "{beside}");
        }
        // An authenticator that is fast was used with the next step's code: this step's is older.
        assert_eq!(fits(&key, &code(step), now, step + 1), None);
        assert_eq!(fits(&key, &code(step + 1), now, step + 1), None);
        // The clock is set back an hour: neither the codes of then nor the one used.
        let back = now - 3_600_000;
        for old in [step - 121, step - 120, step - 119, step] {
            assert_eq!(fits(&key, &code(old), back, step), None, "{old}");
        }
        assert_eq!(
            fits(&key, &code(step + 2), now + 2 * STEP_MS, step),
            Some(step + 2)
        );
        for wrong in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            assert_eq!(fits(&key, wrong, now, 0), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_returns_from_its_text() {
        let key = Key::generate().unwrap();
        let again = Key::read(&key.text()).unwrap();
        assert_eq!(key.code(5), again.code(5));
        assert!(Key::read("short").is_none());
        assert!(
            key.address("受付 a")
                .contains("%E5%8F%97%E4%BB%98%20a?secret=")
        );
    }
}
