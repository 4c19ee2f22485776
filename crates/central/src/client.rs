//! The adapter: every call of the service, with login when needed and one login more when the token has
//! gone stale.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use oqs::assumed::{InsuranceUseRequest, StatusAnswer};
use oqs::{
    CheckupsAnswer, CheckupsRequest, MedicinesAnswer, MedicinesRequest, Message,
    QualificationAnswer, QualificationRequest,
};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::assumed::{CardConfirmation, Confirmation, Nonce};
use crate::certificate::certificate_status;
use crate::config::{CentralConfig, TimeSource};
use crate::connection::timed_out;
use crate::correlate::{self, Added};
use crate::desk_client::{Repeat, echoed};
use crate::error::{CentralError, ClientCertificateProblem, UnreachableCause};
use crate::exchange::{Answer, Exchanger};
use crate::login::{self, Session};
use crate::person::{born_as_asked, numbers_as_asked};
use crate::service::{CentralService, Fut};
use crate::tls;

/// A token older than this is renewed while nobody waits; public sources name a screen session of about 30 minutes.
const RENEW_AFTER: Duration = Duration::from_secs(15 * 60);

/// The client of the central service. Cheap to keep, meant to live as long as the daemon; must be used
/// inside a Tokio runtime.
pub struct CentralClient {
    pub(crate) exchanger: Exchanger,
    token: Mutex<Option<Session>>,
    time: TimeSource,
    certificate_ends: AtomicI64,
}

impl CentralClient {
    /// A client whose certificates are judged by the system clock. Connects to nobody yet; fails when the
    /// settings or certificate files can't be used.
    pub fn new(config: CentralConfig) -> Result<Self, CentralError> {
        let system = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |since| {
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            })
        };
        Self::with_time(config, Arc::new(system))
    }

    /// The same with a given source of time (invariant 14).
    pub fn with_time(config: CentralConfig, time: TimeSource) -> Result<Self, CentralError> {
        let tls = tls::client_config(&config, Arc::clone(&time))?;
        let certificate_ends = certificate_status(&config.client_cert_pem, time())?.not_after;
        let connector = TlsConnector::from(Arc::new(tls));
        Ok(Self {
            exchanger: Exchanger::new(config, connector)?,
            token: Mutex::new(None),
            time,
            certificate_ends: AtomicI64::new(certificate_ends),
        })
    }

    /// A token, logging in when there is none or when `refused` is the one at hand. Calls that need one at
    /// the same time share one login.
    pub(crate) async fn token(
        &self,
        refused: Option<&HeaderValue>,
        deadline: Instant,
    ) -> Result<HeaderValue, CentralError> {
        let slot = timeout_at(deadline, self.token.lock()).await;
        let mut slot = slot.map_err(|_| timed_out("another call is still logging in"))?;
        match slot.as_ref() {
            Some(session) if Some(&session.token) != refused => return Ok(session.token.clone()),
            _ => {}
        }
        let session = match slot.take().and_then(|old| old.refresh) {
            // A refresh that fails, for whatever reason of the service's, leaves the full login.
            Some(refresh) => match login::refresh(&self.exchanger, &refresh, deadline).await {
                Ok(session) => session,
                Err(CentralError::Unreachable { cause, detail }) => {
                    return Err(CentralError::Unreachable { cause, detail });
                }
                Err(_) => login::login(&self.exchanger, deadline).await?,
            },
            None => login::login(&self.exchanger, deadline).await?,
        };
        let token = session.token.clone();
        *slot = Some(session);
        Ok(token)
    }

    /// Whether the service is there: an open connection says nothing of that, only an answer does. Where one was heard a moment ago and
    /// nothing has failed since, the connection alone is seen to.
    async fn look(&self, token: &HeaderValue, deadline: Instant) -> Result<(), CentralError> {
        if !self.exchanger.must_probe() {
            self.exchanger.warm(deadline).await?;
            return self.keep_young(deadline).await;
        }
        let path = &self.exchanger.config().paths.nonce;
        match self.exchanger.probe(path, token, deadline).await? {
            Answer::Unauthorized(_) => self.token(Some(token), deadline).await.map(drop),
            Answer::Ok(_) | Answer::Refused(_) => self.keep_young(deadline).await,
        }
    }

    /// A token that grows old is renewed before a patient meets its end.
    async fn keep_young(&self, deadline: Instant) -> Result<(), CentralError> {
        let old = {
            let slot = timeout_at(deadline, self.token.lock()).await;
            let slot = slot.map_err(|_| timed_out("another call is still logging in"))?;
            let aged = |session: &&Session| session.since.elapsed() >= RENEW_AFTER;
            slot.as_ref()
                .filter(aged)
                .map(|session| session.token.clone())
        };
        match old {
            Some(token) => self.token(Some(&token), deadline).await.map(drop),
            None => Ok(()),
        }
    }

    /// Takes over a renewed certificate and key (and revocation lists) without a restart; open connections end.
    ///
    /// # Errors
    /// The files can't be used; the former ones stay.
    pub fn renew(&self, config: &CentralConfig) -> Result<(), CentralError> {
        let tls = tls::client_config(config, Arc::clone(&self.time))?;
        let ends = certificate_status(&config.client_cert_pem, (self.time)())?.not_after;
        self.exchanger.replace(TlsConnector::from(Arc::new(tls)));
        self.certificate_ends.store(ends, Ordering::Relaxed);
        Ok(())
    }

    /// True while the breaker lets no call through: the service did not answer several times in a row.
    pub fn is_paused(&self) -> bool {
        self.exchanger.is_paused()
    }

    pub(crate) async fn call(&self, path: &str, body: String) -> Result<Vec<u8>, CentralError> {
        self.call_repeating(path, body, Repeat::Harmless).await
    }

    pub(crate) async fn call_repeating(
        &self,
        path: &str,
        body: String,
        repeat: Repeat,
    ) -> Result<Vec<u8>, CentralError> {
        let outcome = self.call_authorized(path, Bytes::from(body), repeat).await;
        outcome.map_err(|error| self.explain(error))
    }

    async fn call_authorized(
        &self,
        path: &str,
        body: Bytes,
        repeat: Repeat,
    ) -> Result<Vec<u8>, CentralError> {
        let deadline = self.exchanger.deadline();
        let mut token = self.token(None, deadline).await?;
        let mut again = true;
        loop {
            let posted = self
                .exchanger
                .post(path, body.clone(), Some(&token), deadline, repeat);
            match posted.await? {
                Answer::Ok(body) => return Ok(body),
                Answer::Refused(words) => {
                    return Err(CentralError::Refused {
                        code: words.code,
                        message: words.message,
                    });
                }
                Answer::Unauthorized(_) if again => {
                    again = false;
                    token = self.token(Some(&token), deadline).await?;
                }
                Answer::Unauthorized(words) => return Err(login::refused(words)),
            }
        }
    }

    /// Some servers just hang up on an expired certificate; then our own clock knows better than the line.
    pub(crate) fn explain(&self, error: CentralError) -> CentralError {
        match error {
            CentralError::Unreachable {
                cause: UnreachableCause::Broken,
                detail,
            } if (self.time)() > self.certificate_ends.load(Ordering::Relaxed) => {
                CentralError::TlsClient {
                    problem: ClientCertificateProblem::Expired,
                    detail: format!("{detail}; this terminal's certificate has expired"),
                }
            }
            other => other,
        }
    }

    /// An answer must be for this institution and for what was asked (invariant 10).
    fn belongs(
        &self,
        request: &QualificationRequest,
        added: Added,
        answer: &QualificationAnswer,
    ) -> Result<(), CentralError> {
        let told = answer.header.as_ref();
        self.is_ours(told.and_then(|header| header.medical_institution_code.as_ref()))?;
        let asked = request.header.as_ref();
        let file = (
            asked.and_then(|header| header.arbitrary_file_identifier.as_ref()),
            told.and_then(|header| header.arbitrary_file_identifier.as_ref()),
        );
        let asked = request
            .search_info()
            .and_then(|info| info.arbitrary_identifier.as_ref());
        let echo = answer
            .body
            .as_ref()
            .and_then(|body| body.search_info.as_ref());
        let echo = echo.and_then(|echo| echo.arbitrary_identifier.as_ref());
        let mut told = answer.results().iter();
        let in_results = told.any(|result| differs(asked, result.arbitrary_identifier.as_ref()));
        // One of the identifiers that were sent must have come back: an answer that says nothing may be anybody's.
        let mut told = answer.results().iter();
        let search_came_back = same(asked, echo)
            || told.any(|result| same(asked, result.arbitrary_identifier.as_ref()));
        let speaks = echo.is_some() || !answer.results().is_empty();
        let unsaid = (file.0.is_some() || asked.is_some())
            && !search_came_back
            && (!same(file.0, file.1) || (added.must_come_back() && speaks));
        if differs(file.0, file.1) || differs(asked, echo) || in_results || unsaid {
            return Err(CentralError::bad_answer("it is for another request"));
        }
        numbers_as_asked(request, answer)?;
        let born = request
            .search_info()
            .and_then(|info| info.birthdate.as_deref());
        born_as_asked(born, answer)
    }

    fn is_ours(&self, institution: Option<&String>) -> Result<(), CentralError> {
        if differs(Some(&self.exchanger.config().institution_code), institution) {
            return Err(CentralError::bad_answer("it is for another institution"));
        }
        Ok(())
    }
}

/// True when both are said and are not the same.
fn differs(asked: Option<&String>, told: Option<&String>) -> bool {
    matches!((asked, told), (Some(asked), Some(told)) if asked.trim() != told.trim())
}

/// True when both are said and are the same.
fn same(asked: Option<&String>, told: Option<&String>) -> bool {
    matches!((asked, told), (Some(asked), Some(told)) if asked.trim() == told.trim())
}

impl CentralService for CentralClient {
    fn warm(&self) -> Fut<'_, Result<(), CentralError>> {
        Box::pin(async {
            let deadline = self.exchanger.deadline();
            let outcome = match self.token(None, deadline).await {
                Ok(token) => self.look(&token, deadline).await,
                Err(error) => Err(error),
            };
            outcome.map_err(|error| self.explain(error))
        })
    }

    fn nonce(&self) -> Fut<'_, Result<Nonce, CentralError>> {
        Box::pin(async {
            let path = &self.exchanger.config().paths.nonce;
            let body = self.call(path, "{}".to_owned()).await?;
            Nonce::from_answer(&body)
        })
    }

    fn confirm_card<'a>(
        &'a self,
        confirmation: &'a CardConfirmation,
    ) -> Fut<'a, Result<Confirmation, CentralError>> {
        Box::pin(async {
            let path = &self.exchanger.config().paths.confirm;
            let request =
                serde_json::to_string(confirmation).map_err(CentralError::configuration)?;
            Confirmation::from_answer(&self.call(path, request).await?, confirmation)
        })
    }

    fn qualification<'a>(
        &'a self,
        request: &'a QualificationRequest,
    ) -> Fut<'a, Result<QualificationAnswer, CentralError>> {
        Box::pin(async {
            let path = &self.exchanger.config().paths.search;
            let (request, added) = correlate::complete(request, &correlate::fresh()?);
            let body = self.call(path, request.to_json()).await?;
            let mut answer =
                QualificationAnswer::from_json(&body).map_err(CentralError::bad_answer)?;
            self.belongs(&request, added, &answer)?;
            correlate::take_back(&mut answer, added);
            Ok(answer)
        })
    }

    fn medicines<'a>(
        &'a self,
        request: &'a MedicinesRequest,
    ) -> Fut<'a, Result<MedicinesAnswer, CentralError>> {
        Box::pin(async {
            let path = &self.exchanger.config().paths.medicines;
            let body = self.call(path, request.to_json()).await?;
            let answer = MedicinesAnswer::from_json(&body).map_err(CentralError::bad_answer)?;
            // Whose they are stands nowhere but in the header.
            echoed(
                &self.exchanger.config().institution_code,
                &request.to_element(),
                &answer.to_element(),
            )?;
            if answer.is_mixed_up() {
                return Err(CentralError::OtherKind);
            }
            Ok(answer)
        })
    }

    fn checkups_of_visit<'a>(
        &'a self,
        request: &'a CheckupsRequest,
    ) -> Fut<'a, Result<CheckupsAnswer, CentralError>> {
        crate::desk::CentralDesk::checkups(self, request)
    }

    fn register_insurance_use<'a>(
        &'a self,
        request: &'a InsuranceUseRequest,
    ) -> Fut<'a, Result<StatusAnswer, CentralError>> {
        Box::pin(self.ask("insurance-use", request, Repeat::Harmless))
    }
}
