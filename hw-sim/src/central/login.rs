//! Login to a token. The answer has the shape that hangilc/myclinic-ts reads; the names of the two
//! request fields are assumed.

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::web::Outcome;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    user_id: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refresh {
    refresh_token: String,
}

/// `peer` is the name in the client certificate: ten digits name the institution it was issued to.
pub(crate) fn log_in(shared: &Shared, body: &Value, peer: Option<&str>, now: i64) -> Outcome {
    let institution = if let Ok(given) = Refresh::deserialize(body) {
        let Some(institution) = shared.state().take_refresh(&given.refresh_token) else {
            return refused("SIM-REFRESH", "更新用トークンが無効です");
        };
        institution
    } else {
        let Ok(given) = Credentials::deserialize(body) else {
            return Outcome::bad_request("userIdとpasswordが必要です");
        };
        let known = shared.institutions().iter().find_map(|i| {
            let fits = i.user_id == given.user_id && i.password == given.password;
            fits.then(|| i.code.clone())
        });
        let Some(institution) = known else {
            return refused("SIM-LOGIN", "利用者IDまたはパスワードが違います");
        };
        institution
    };
    if is_of_another(peer, &institution) {
        return refused("SIM-CERT", "電子証明書が別の医療機関のものです");
    }
    let mut state = shared.state();
    let life = shared.token_life_ms();
    let issued = (
        state.issue_token(&institution, now.saturating_add(life)),
        state.secret(),
        state.issue_refresh(&institution),
    );
    let (Some(id_token), Some(access), Some(refresh)) = issued else {
        return Outcome::error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "SIM-RANDOM",
            "乱数を得られません",
        );
    };
    Outcome::ok(
        json!({
            "status": "0",
            "msg": "",
            "result": {
                "accessToken": access,
                "refreshToken": refresh,
                "idToken": id_token,
                "linkSysCharCd": "0",
            }
        }),
        "logged in",
    )
}

fn refused(code: &str, words: &str) -> Outcome {
    Outcome::error(StatusCode::UNAUTHORIZED, code, words)
}

/// Whether a client certificate names an institution, and not this one.
pub(crate) fn is_of_another(peer: Option<&str>, institution: &str) -> bool {
    peer.is_some_and(|name| is_code(name) && name != institution)
}

fn is_code(name: &str) -> bool {
    name.len() == 10 && name.bytes().all(|b| b.is_ascii_digit())
}
