//! ASSUMED: a nonce for the card, and the confirmation of the card's proof. The service checks chain,
//! validity, revocation and signature by itself and believes nothing the terminal says about them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::surface::{self, Surface};
use crate::central::people::{Holder, serves_after};
use crate::central::store::NonceState;
use crate::central::web::Outcome;
use crate::central::{Shared, jst};

/// Certificates of the real hierarchy have about 1.7 kB.
const MAX_CERTIFICATE: usize = 8 * 1024;

#[derive(Deserialize)]
struct Confirm {
    nonce: String,
    certificate: String,
    proof: Proof,
    method: Method,
    #[serde(rename = "performedAt")]
    performed_at: String,
}

#[derive(Deserialize)]
struct Proof {
    kind: ProofKind,
    signature: String,
    surface: Option<Surface>,
}

#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum ProofKind {
    AuthenticationKeyAfterPin,
    FictitiousTerminalAuthentication,
    SurfaceInternalAuthentication,
}

#[derive(Deserialize, Debug, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Method {
    Face,
    Pin,
    Visual,
}

/// The words of `result`, each with its code and a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Confirmed,
    /// Confirmed for the qualification alone: the certificate has ended lately.
    InGrace,
    UnknownPerson,
    NotRegistered,
    Revoked,
    Expired,
    ProofInvalid,
    NonceUnknown,
}

impl Verdict {
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Confirmed => ("confirmed", "SIM-C00", ""),
            Self::InGrace => (
                "confirmed",
                "SIM-C07",
                "利用者証明用電子証明書の有効期限が切れています（資格情報のみ提供できます）",
            ),
            Self::UnknownPerson => (
                "unknown-person",
                "SIM-C01",
                "該当する加入者が見つかりません",
            ),
            Self::NotRegistered => (
                "not-registered",
                "SIM-C02",
                "健康保険証の利用登録がされていません",
            ),
            Self::Revoked => (
                "certificate-revoked",
                "SIM-C03",
                "利用者証明用電子証明書が失効しています",
            ),
            Self::Expired => (
                "certificate-expired",
                "SIM-C04",
                "利用者証明用電子証明書の有効期間外です",
            ),
            Self::ProofInvalid => ("proof-invalid", "SIM-C05", "カードの署名を確認できません"),
            Self::NonceUnknown => (
                "nonce-unknown",
                "SIM-C06",
                "照会用乱数が無効か、使用済みです",
            ),
        }
    }

    fn answer(self, confirmation: Option<&str>) -> Value {
        let (result, code, message) = self.words();
        let mut answer = json!({"result": result, "code": code, "message": message});
        if let Some(id) = confirmation {
            answer["confirmationId"] = Value::from(id);
        }
        if self == Self::InGrace {
            answer["qualificationOnly"] = Value::from(true);
        }
        answer
    }
}

/// Gives a fresh nonce and the service's time.
pub(crate) fn nonce(shared: &Shared, now: i64) -> Outcome {
    let Some((nonce, expires)) = shared.state().issue_nonce(now) else {
        return no_randomness();
    };
    Outcome::ok(
        json!({
            "nonce": nonce,
            "expiresAt": jst::stamp(expires),
            "serverTime": jst::stamp(shared.shown_time(now)),
        }),
        "nonce given",
    )
}

/// Judges a proof. The answer names the nonce, so that nobody takes it for another card's.
pub(crate) fn confirm(shared: &Shared, body: &Value, now: i64) -> Outcome {
    let mut outcome = judged(shared, body, now);
    if let (StatusCode::OK, Some(nonce)) = (outcome.status, body.get("nonce")) {
        outcome.body["nonce"] = nonce.clone();
    }
    outcome
}

fn judged(shared: &Shared, body: &Value, now: i64) -> Outcome {
    let request = match Confirm::deserialize(body) {
        Ok(request) => request,
        Err(error) => return Outcome::bad_request(&format!("要求の形式が違います: {error}")),
    };
    let decode = |text: &str| {
        STANDARD
            .decode(text)
            .ok()
            .filter(|b| b.len() <= MAX_CERTIFICATE)
    };
    let (Some(nonce), Some(certificate), Some(signature)) = (
        decode(&request.nonce),
        decode(&request.certificate),
        decode(&request.proof.signature),
    ) else {
        return Outcome::bad_request("base64の項目が正しくありません");
    };
    if !jst::is_stamp(&request.performed_at) {
        return Outcome::bad_request("performedAtはyyyyMMddHHmmssとしてください");
    }
    // What is signed is the same after a PIN and after terminal authentication: the key itself
    // was opened by the card, not by what the terminal claims. The claim is recorded.
    let claim = format!("{:?} {:?}", request.method, request.proof.kind);

    match shared.state().nonce(&request.nonce, &signature, now) {
        NonceState::Fresh => {}
        NonceState::Repeated(answer) => {
            let result = answer["result"].as_str().unwrap_or_default().to_owned();
            return Outcome::ok(answer, format!("{claim}: {result} (repeated)"));
        }
        NonceState::Unknown => return refuse(Verdict::NonceUnknown, &claim),
    }
    let holder = match shared.people.holder(&certificate, now) {
        Ok(mut holder) => {
            if let Some(person) = holder.person
                && let Some(end) = shared.expired_at(&person.id)
            {
                if !serves_after(person, end, now) {
                    return refuse(Verdict::Expired, &claim);
                }
                (holder.not_after, holder.in_grace) = (end, true);
            }
            holder
        }
        Err(problem) => {
            use crate::central::people::CertificateProblem as P;
            let verdict = match problem {
                P::OutsideValidity => Verdict::Expired,
                P::Malformed | P::OtherAuthority => Verdict::ProofInvalid,
            };
            return refuse(verdict, &claim);
        }
    };
    let proved = match (request.proof.kind, &request.proof.surface, holder.person) {
        (ProofKind::SurfaceInternalAuthentication, Some(record), Some(person)) => {
            surface::proved(&shared.config.dir, &person.id, record, &nonce, &signature).is_some()
        }
        // A card that the service has never met by PIN.
        (ProofKind::SurfaceInternalAuthentication, _, None) => {
            return refuse(Verdict::UnknownPerson, &claim);
        }
        (ProofKind::SurfaceInternalAuthentication, None, _) => false,
        _ => holder.signed(&nonce, &signature),
    };
    if !proved {
        return refuse(Verdict::ProofInvalid, &claim);
    }
    let verdict = judge(shared, &holder);
    let mut state = shared.state();
    // From here on the holder of the key has spoken: this proof, and no other, spends the nonce.
    let confirmation = match (&holder.person, verdict) {
        (Some(person), Verdict::Confirmed | Verdict::InGrace) => {
            match state.confirm(&person.id, holder.not_after, now) {
                Some(id) => Some(id),
                None => return no_randomness(),
            }
        }
        _ => None,
    };
    let mut answer = verdict.answer(confirmation.as_deref());
    if let (Some(person), Verdict::NotRegistered) = (&holder.person, verdict)
        && let Some(id) = state.offer_registration(&person.id, &request.nonce)
    {
        answer["registrationId"] = Value::from(id);
    }
    state.spend_nonce(&request.nonce, &signature, &answer);
    let who = holder.person.map_or("?", |p| p.id.as_str());
    Outcome::ok(answer, format!("{who} {claim}: {}", verdict.words().0))
}

fn judge(shared: &Shared, holder: &Holder<'_>) -> Verdict {
    match holder.person {
        None => Verdict::UnknownPerson,
        Some(person) if shared.is_revoked(&person.id) => Verdict::Revoked,
        Some(person) if !shared.registered(person) => Verdict::NotRegistered,
        Some(_) if holder.in_grace => Verdict::InGrace,
        Some(_) => Verdict::Confirmed,
    }
}

fn refuse(verdict: Verdict, claim: &str) -> Outcome {
    Outcome::ok(
        verdict.answer(None),
        format!("{claim}: {}", verdict.words().0),
    )
}

fn no_randomness() -> Outcome {
    Outcome::error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "SIM-RANDOM",
        "乱数を得られません",
    )
}
