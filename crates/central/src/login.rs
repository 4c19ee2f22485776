//! Login: credentials to a token that goes in the `Authorization` header of each further call.
//!
//! Shape of the answer: hangilc/myclinic-ts. The field names of the request are assumed.

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::error::CentralError;
use crate::exchange::{Answer, Exchanger, Words};

/// Longest token accepted, in bytes.
const MAX_TOKEN: usize = 16 * 1024;

/// Assumed field names.
#[derive(Serialize)]
struct LoginRequest<'a> {
    #[serde(rename = "userId")]
    user_id: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
struct LoginAnswer {
    status: String,
    #[serde(default)]
    msg: String,
    #[serde(default)]
    code: String,
    result: Option<LoginResult>,
}

#[derive(Deserialize)]
struct LoginResult {
    #[serde(rename = "idToken")]
    id_token: String,
}

/// Logs in and gives the token.
pub(crate) async fn login(
    exchanger: &Exchanger,
    deadline: Instant,
) -> Result<HeaderValue, CentralError> {
    let config = exchanger.config();
    let body = serde_json::to_vec(&LoginRequest {
        user_id: &config.user_id,
        password: &config.password,
    })
    .map_err(CentralError::configuration)?;
    // The password is wiped from our buffer once sent; what TLS and HTTP copied is theirs.
    let body = Bytes::from_owner(Zeroizing::new(body));
    let answer = exchanger
        .post(&config.paths.auth, body, None, deadline)
        .await?;
    match answer {
        Answer::Ok(body) => token(&body),
        Answer::Unauthorized(words) | Answer::Refused(words) => Err(refused(words)),
    }
}

pub(crate) fn refused(words: Words) -> CentralError {
    CentralError::LoginRefused {
        code: words.code,
        message: words.message,
    }
}

fn token(body: &[u8]) -> Result<HeaderValue, CentralError> {
    let malformed = |what| CentralError::bad_answer(format!("{what} of the login"));
    let answer: LoginAnswer = serde_json::from_slice(body).map_err(|_| malformed("JSON"))?;
    if answer.status != "0" {
        let code = if answer.code.is_empty() {
            answer.status
        } else {
            answer.code
        };
        return Err(refused(Words {
            code,
            message: answer.msg,
        }));
    }
    let token = answer
        .result
        .map(|result| result.id_token)
        .filter(|token| !token.is_empty() && token.len() <= MAX_TOKEN)
        .ok_or_else(|| malformed("token"))?;
    let mut token = HeaderValue::try_from(token).map_err(|_| malformed("token"))?;
    token.set_sensitive(true);
    Ok(token)
}
