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

pub(crate) fn log_in(shared: &Shared, body: &Value, now: i64) -> Outcome {
    let Ok(given) = Credentials::deserialize(body) else {
        return Outcome::bad_request("userIdとpasswordが必要です");
    };
    if given.user_id != shared.config.user_id || given.password != shared.config.password {
        return Outcome::error(
            StatusCode::UNAUTHORIZED,
            "SIM-LOGIN",
            "利用者IDまたはパスワードが違います",
        );
    }
    let mut state = shared.state();
    let life = shared.token_life_ms();
    let issued = (
        state.issue_token(now.saturating_add(life)),
        state.secret(),
        state.secret(),
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
