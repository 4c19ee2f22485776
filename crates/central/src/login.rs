//! Login: credentials to a token that goes in the `Authorization` header of each further call.
//!
//! Shape of the answer: hangilc/myclinic-ts. The field names of the request are assumed.

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::desk_client::Repeat;
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
    #[serde(rename = "refreshToken", default)]
    refresh_token: String,
}

/// Assumed: the refresh token of the login's answer goes to the same path.
#[derive(Serialize)]
struct RefreshRequest<'a> {
    #[serde(rename = "refreshToken")]
    refresh_token: &'a str,
}

/// What a login gives.
pub(crate) struct Session {
    /// Goes into the `Authorization` header.
    pub(crate) token: HeaderValue,
    /// Renews it without the password.
    pub(crate) refresh: Option<Zeroizing<String>>,
    /// When it was given.
    pub(crate) since: Instant,
}

/// Logs in and gives the token.
pub(crate) async fn login(
    exchanger: &Exchanger,
    deadline: Instant,
) -> Result<Session, CentralError> {
    let config = exchanger.config();
    let body = serde_json::to_vec(&LoginRequest {
        user_id: &config.user_id,
        password: &config.password,
    })
    .map_err(CentralError::configuration)?;
    // The password is wiped from our buffer once sent; what TLS and HTTP copied is theirs.
    let body = Bytes::from_owner(Zeroizing::new(body));
    post(exchanger, body, deadline).await
}

/// Renews a session without the password. **Assumed**: public clients show the token, not its use.
pub(crate) async fn refresh(
    exchanger: &Exchanger,
    refresh_token: &str,
    deadline: Instant,
) -> Result<Session, CentralError> {
    let body = serde_json::to_vec(&RefreshRequest { refresh_token })
        .map_err(CentralError::configuration)?;
    post(exchanger, Bytes::from_owner(Zeroizing::new(body)), deadline).await
}

async fn post(
    exchanger: &Exchanger,
    body: Bytes,
    deadline: Instant,
) -> Result<Session, CentralError> {
    let path = &exchanger.config().paths.auth;
    let answer = exchanger
        .post(path, body, None, deadline, Repeat::Harmless)
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

fn token(body: &[u8]) -> Result<Session, CentralError> {
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
    let usable = |token: &str| !token.is_empty() && token.len() <= MAX_TOKEN;
    let result = answer
        .result
        .filter(|result| usable(&result.id_token))
        .ok_or_else(|| malformed("token"))?;
    let refresh = Some(Zeroizing::new(result.refresh_token)).filter(|token| usable(token));
    let mut token = HeaderValue::try_from(result.id_token).map_err(|_| malformed("token"))?;
    token.set_sensitive(true);
    Ok(Session {
        token,
        refresh,
        since: Instant::now(),
    })
}
