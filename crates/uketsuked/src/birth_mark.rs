//! The holder's date of birth beside an inquiry that waits in the ledger: a keyed hash of the six digits that the card itself took, so that an
//! answer about somebody else is known (invariant 10) and the date stands nowhere.

use oqs::QualificationAnswer;
use ring::hmac;

/// The hash of the digits as printed on the card. `visit` makes it another one each time.
pub(crate) fn of_card(key: &hmac::Key, visit: u64, digits: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(hmac::sign(key, &text(visit, digits)).as_ref())
}

/// Whether an answer names somebody born on another day. What can't be compared says nothing.
pub(crate) fn is_another_persons(
    key: &hmac::Key,
    visit: u64,
    mark: &str,
    answer: &QualificationAnswer,
) -> bool {
    let Ok(mark) = data_encoding::HEXLOWER.decode(mark.as_bytes()) else {
        return false;
    };
    let fits = |digits: String| hmac::verify(key, &text(visit, digits.as_bytes()), &mark).is_ok();
    let told = answer.results().iter();
    let told = told.filter_map(|result| result.birthdate.as_deref());
    let mut told = told.filter_map(|day| card::matching::as_printed(day.trim()));
    told.any(|mut printed| !printed.any(fits))
}

fn text(visit: u64, digits: &[u8]) -> Vec<u8> {
    let mut text = format!("card-birth\u{1f}{visit:016x}\u{1f}").into_bytes();
    text.extend_from_slice(digits);
    text
}
