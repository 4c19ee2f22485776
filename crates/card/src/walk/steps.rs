//! The steps that need the card in hand.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use myna_card::ap::jpki::ef;
use myna_card::ap::surface;

use super::{Log, Problem, Seen, Step, WalkSettings, failure};
use crate::allowlist::{Application, Credential};
use crate::api::CardKind;
use crate::authenticity::{challenge, check_certificate};
use crate::certificate::{CertificateProblem, expires_soon};
use crate::error::{CardError, NotGenuine};
use crate::holder::holders;
use crate::issuers::hex;
use crate::jst::Day;
use crate::record::{CvCertificate, header};
use crate::session::{EXTENDED_BLOCK, Session, Tries, kind_by_token, kind_of, printable};
use crate::stop::Stop;
use crate::timed::{Limits, LinkThreads};
use crate::transport::{LinkError, Readers};

/// No card takes longer than this over the whole walk.
const WALK: Duration = Duration::from_secs(60);

/// Takes the first card that nobody holds, walks over it, switches it off.
pub(super) fn hold(
    readers: &Arc<dyn Readers>,
    names: &[String],
    settings: &WalkSettings,
    log: &mut Log<'_>,
) {
    let threads = LinkThreads::default();
    let mut last = None;
    let mut held = Vec::new();
    for name in names {
        let limits = Limits {
            each: settings.limit,
            until: Instant::now() + WALK,
            stop: Arc::new(Stop::default()),
        };
        match Session::open(readers, name, 1, limits, &threads) {
            Ok(mut session) => {
                log.ok(Step::Hold, taken(name, &held));
                let ended = card(&mut session, settings, log);
                session.close();
                if let Err((step, error)) = ended {
                    let error = if lies_no_more(readers, name) {
                        CardError::CardRemoved
                    } else {
                        error
                    };
                    log.fail(step, failure(&error), Problem::of(&error));
                }
                return;
            }
            Err(error) => {
                held.push(name.as_str());
                last = Some((name, error));
            }
        }
    }
    let Some((name, error)) = last else { return };
    let holder: Vec<String> = holders(Path::new("/proc"))
        .iter()
        .map(ToString::to_string)
        .collect();
    let busy = match error {
        CardError::Link(LinkError::Busy) => true,
        // pcscd lets us wait while another program's transaction lasts.
        CardError::Link(LinkError::Timeout) => !holder.is_empty(),
        _ => false,
    };
    if busy {
        let detail = format!("{name}: {}", holder.join(", "));
        log.fail(Step::Hold, detail, Problem::HELD_BY_TERMINAL);
        return;
    }
    let Seen { ja, en } = failure(&error);
    let seen = Seen::words(format!("{name} {ja}"), format!("{name}: {en}"));
    log.fail(Step::Hold, seen, Problem::of(&error));
}

/// The reader that was taken, and those before it that could not be.
fn taken(name: &str, held: &[&str]) -> Seen {
    if held.is_empty() {
        return name.into();
    }
    let held = held.join("; ");
    Seen::words(
        format!("{name}(使えなかったリーダー: {held})"),
        format!("{name} (could not be taken: {held})"),
    )
}

/// Whether the card has left the reader meanwhile: then nothing else need be said of what went wrong.
fn lies_no_more(readers: &Arc<dyn Readers>, name: &str) -> bool {
    let seen = readers
        .watch()
        .and_then(|mut watch| watch.wait(Duration::ZERO));
    seen.is_ok_and(|seen| !seen.iter().any(|reader| reader.name == name && reader.card))
}

type Walked = Result<(), (Step, CardError)>;

fn card(session: &mut Session, settings: &WalkSettings, log: &mut Log<'_>) -> Walked {
    let at = |step| move |error| (step, error);
    log.ok(Step::Atr, hex(session.atr()));
    let mut expiry = match session.expiry_at_power_on() {
        Err(CardError::Link(_)) if session.is_felica() => {
            let kind = name(CardKind::TransitCard);
            log.fail(Step::JpkiAp, kind, Problem::OTHER_CARD);
            return Ok(());
        }
        read => read.map_err(at(Step::ExpiryRecord))?,
    };
    match session.need(Application::Jpki) {
        Ok(()) => log.ok(Step::JpkiAp, hex(&crate::allowlist::JPKI_AID)),
        Err(CardError::Status { sw, .. }) => {
            let kind = session.other_card().map_err(at(Step::JpkiAp))?;
            // "Not found" in its forms is what a card of another kind says; these are the chip's own troubles.
            if kind == CardKind::Unknown && matches!(sw >> 8, 0x64 | 0x65 | 0x6F) {
                let seen = Seen::words(format!("応答 {sw:04X}"), format!("answered {sw:04X}"));
                log.fail(Step::JpkiAp, seen, Problem::CHIP_FAILS);
            } else {
                log.fail(Step::JpkiAp, name(kind), Problem::OTHER_CARD);
            }
            return Ok(());
        }
        Err(error) => return Err((Step::JpkiAp, error)),
    }
    let token = session.token_name().map_err(at(Step::Token))?;
    if let Some(kind) = kind_by_token(&token) {
        let token = printable(&token);
        let Seen { ja, en } = name(kind);
        let seen = Seen::words(format!("{ja} {token}"), format!("{en} {token}"));
        log.fail(Step::Token, seen, Problem::OTHER_CARD);
        return Ok(());
    }
    log.ok(Step::Token, printable(&token));
    pin(session, log).map_err(at(Step::PinTries))?;
    certificate(session, settings, log).map_err(at(Step::Certificate))?;
    if settings.probe_extended {
        extended(session, log).map_err(at(Step::ExtendedLength))?;
    }
    if expiry.is_none() {
        expiry = session
            .expiry_of_common_record()
            .map_err(at(Step::ExpiryRecord))?;
    }
    match expiry.as_deref().and_then(Day::parse) {
        Some(day) => log.ok(Step::ExpiryRecord, day.to_string()),
        None => log.warn(Step::ExpiryRecord, "", Problem::NO_EXPIRY),
    }
    surface_ap(session, settings, log)
}

fn pin(session: &mut Session, log: &mut Log<'_>) -> Result<(), CardError> {
    let availability = session.availability()?;
    let tries = session.tries_surely(Credential::Pin)?;
    if kind_of(tries, availability) == CardKind::FaceOnlyCard {
        let seen = Seen::words(
            "暗証番号のないカードです(顔認証マイナンバーカード)。顔か目視で確認します",
            "a card without a PIN (顔認証マイナンバーカード): face or staff's eyes",
        );
        log.skip(Step::PinTries, seen);
        return Ok(());
    }
    let (ja, en) = match availability {
        Some(file) if file.has_sign_certificate() => ("", ""),
        Some(_) => ("(署名用電子証明書なし)", ", no 署名用 certificate"),
        None => ("(EF 0008 を読み取れません)", ", EF 0008 unreadable"),
    };
    let with = |ja_value: &str, en_value: &str| {
        Seen::words(format!("{ja_value}{ja}"), format!("{en_value}{en}"))
    };
    match tries {
        Tries::Left(left) if left >= Credential::Pin.lowest_counter() => {
            let left = left.to_string();
            log.ok(Step::PinTries, with(&left, &left));
        }
        Tries::Left(left) => {
            let left = left.to_string();
            log.warn(Step::PinTries, with(&left, &left), Problem::PIN_LOW);
        }
        Tries::Absent => log.skip(
            Step::PinTries,
            with("このカードに暗証番号はありません", "no PIN on this card"),
        ),
        Tries::Unsaid => log.warn(Step::PinTries, with("", ""), Problem::TRIES_UNSAID),
    }
    Ok(())
}

fn certificate(
    session: &mut Session,
    settings: &WalkSettings,
    log: &mut Log<'_>,
) -> Result<(), CardError> {
    let Some(certificate) = session.certificate_surely(&settings.roots)? else {
        let absent = CertificateProblem::Absent;
        log.fail(Step::Certificate, "", Problem::certificate(absent));
        return Ok(());
    };
    // Days in Japan; the last one is the last on which it may be used.
    let dates = match certificate.problem() {
        // What cannot be parsed has no dates.
        Some(CertificateProblem::Malformed) => String::new(),
        _ => format!(
            "{} – {}",
            Day::at(certificate.not_before_ms()),
            Day::at(certificate.not_after_ms())
        ),
    };
    if let Some(problem) = certificate.problem() {
        log.fail(Step::Certificate, dates, Problem::certificate(problem));
    } else if certificate.not_before_ms() > settings.now {
        log.warn(Step::Certificate, dates, Problem::NOT_YET);
    } else if certificate.not_after_ms() < settings.now {
        log.warn(Step::Certificate, dates, Problem::EXPIRED);
    } else if expires_soon(certificate.not_after_ms(), settings.now) {
        log.warn(Step::Certificate, dates, Problem::EXPIRES_SOON);
    } else {
        log.ok(Step::Certificate, dates);
    }
    Ok(())
}

/// Reads the certificate's beginning once more with one extended block of the size that visits will ask for. A reader that cannot pass it may lose the card over the
/// attempt, so this comes only when asked for; the daemon is told by a setting.
fn extended(session: &mut Session, log: &mut Log<'_>) -> Result<(), CardError> {
    session.allow_extended(true);
    let [high, low] = (EXTENDED_BLOCK as u16).to_be_bytes();
    let file = 0x80 | (ef::AUTH_CERTIFICATE & 0x1F) as u8;
    let command = [0x00, 0xB0, file, 0x00, 0x00, high, low];
    let read = session.ask("extended length", &command);
    session.allow_extended(false);
    // A shorter file ends the answer before its length does.
    let whole = |data: &[u8]| header(data, usize::MAX).map_or(EXTENDED_BLOCK, |(_, total)| total);
    match read {
        Ok((data, 0x9000)) if data.len() >= whole(&data).min(EXTENDED_BLOCK) => {
            log.ok(
                Step::ExtendedLength,
                Seen::words(
                    format!("一度に{}バイト", data.len()),
                    format!("{} bytes at once", data.len()),
                ),
            );
            Ok(())
        }
        Ok((data, sw)) => {
            let detail = Seen::words(
                format!("{sw:04X}、{}バイト", data.len()),
                format!("{sw:04X}, {} bytes", data.len()),
            );
            log.warn(Step::ExtendedLength, detail, Problem::NO_EXTENDED);
            Ok(())
        }
        Err(error) => {
            log.warn(Step::ExtendedLength, failure(&error), Problem::NO_EXTENDED);
            Err(error)
        }
    }
}

fn surface_ap(session: &mut Session, settings: &WalkSettings, log: &mut Log<'_>) -> Walked {
    let at = |step| move |error| (step, error);
    session
        .need(Application::Surface)
        .map_err(at(Step::SurfaceAp))?;
    log.ok(Step::SurfaceAp, hex(&crate::allowlist::SURFACE_AID));
    let credential = Credential::MatchingNumber;
    let tries = session.tries(credential).map_err(at(Step::NumberTries))?;
    match tries {
        Tries::Left(left) if left >= credential.lowest_counter() => {
            log.ok(Step::NumberTries, left.to_string());
        }
        Tries::Left(left) if log.has(Problem::PIN_LOW.code) => {
            log.fail(Step::NumberTries, left.to_string(), Problem::NO_WAY_LEFT);
        }
        Tries::Left(left) => log.warn(Step::NumberTries, left.to_string(), Problem::NUMBER_LOW),
        Tries::Absent => {
            let detail = Seen::words("この鍵はありません", "no such key");
            log.warn(Step::NumberTries, detail, Problem::NUMBER_LOW);
        }
        Tries::Unsaid => log.warn(Step::NumberTries, "", Problem::TRIES_UNSAID),
    }
    // Without matching number B the record is closed, and that is how it shows that it is there.
    match session.read_start("photo record", surface::ef::CARD_FACE, 1) {
        Err(CardError::Status { sw: 0x6982, .. }) => {
            let detail = Seen::words("閉じています(正常)", "closed, as it should be");
            log.ok(Step::Photo, detail);
        }
        Ok(_) => log.warn(
            Step::Photo,
            Seen::words("照合番号なしで読み取れます", "open without a credential"),
            Problem::PHOTO_OPEN,
        ),
        Err(CardError::Status { sw, .. }) => {
            log.warn(Step::Photo, format!("{sw:04X}"), Problem::NO_PHOTO);
        }
        Err(error) => return Err((Step::Photo, error)),
    }
    authenticity(session, settings, log)
}

fn authenticity(session: &mut Session, settings: &WalkSettings, log: &mut Log<'_>) -> Walked {
    let not_genuine = |reason: NotGenuine| (Step::Issuer, CardError::NotGenuine { reason });
    let file = session
        .cv_certificate()
        .map_err(|error| (Step::Issuer, error))?;
    let certificate = CvCertificate::parse(&file).map_err(not_genuine)?;
    check_certificate(&certificate, &settings.issuers).map_err(not_genuine)?;
    let detail = format!(
        "{} → {}",
        printable(&certificate.issuer_id[..7]),
        printable(&certificate.subject_id[..7])
    );
    log.ok(Step::Issuer, detail);
    let random = challenge().map_err(|error| (Step::Authenticity, error))?;
    match session.internal_authentication(&random) {
        // Nothing here says whose key signed: the record that names it stays closed without matching number B.
        Ok(signature) if signature.len() == certificate.key.modulus.len() => log.skip(
            Step::Authenticity,
            Seen::words(
                "カードの鍵が応答しました。顔写真の記録にある鍵かどうかは、受付の中で確かめます",
                "the card's key answers; whether it is the one in the photo record shows in a visit",
            ),
        ),
        Ok(_) => {
            let reason = NotGenuine::KeyNotPresent;
            return Err((Step::Authenticity, CardError::NotGenuine { reason }));
        }
        Err(error) => return Err((Step::Authenticity, error)),
    }
    Ok(())
}

fn name(kind: CardKind) -> Seen {
    let (ja, en) = match kind {
        CardKind::DrivingLicence => ("運転免許証", "driving licence"),
        CardKind::FidoToken => ("FIDO セキュリティキー", "FIDO security key"),
        CardKind::TransitCard => (
            "FeliCa(交通系ICカードなど)",
            "FeliCa (transit card or the like)",
        ),
        CardKind::OldJukiCard => ("住民基本台帳カード", "old Basic Resident Register card"),
        CardKind::AndroidPhone => ("スマートフォン(Android)", "Android phone"),
        CardKind::IPhone => ("スマートフォン(iPhone)", "iPhone"),
        _ => ("JPKI AP なし", "no JPKI application"),
    };
    Seen::words(ja, en)
}
