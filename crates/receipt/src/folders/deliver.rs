//! One delivery, step by step. Each step is durable ([`super::DeliveryStep`]): name chosen, content durable under a hidden name, renamed.
//! After a crash each step is known, so nothing is written twice under two names and nothing is forgotten. What disappears from the folder
//! was taken, and only then is the result acknowledged.

use super::dir::Folder;
use super::gateway::FolderGateway;
use super::problem::FolderProblem;
use super::{DeliveryRecord, DeliveryStep, FOLDERS, answers};
use crate::store::StoreError;
use crate::{InquiryState, ResultRecord};
use oqs::Charset;

impl FolderGateway {
    /// Where a delivery goes; `None` when there is no such folder, or it is not the one of before.
    pub(crate) fn target(&self, subject: &str) -> Option<&Folder> {
        let folder = if answered_name(subject).is_some() {
            Some(&self.res)
        } else {
            self.face.as_ref()
        };
        folder.filter(|folder| folder.known)
    }

    /// Brings a delivery one or more steps further; `owners` = whether a result may have changed hands.
    pub(crate) fn deliver(
        &mut self,
        delivery: &DeliveryRecord,
        owners: bool,
    ) -> Result<(), FolderProblem> {
        if self.target(&delivery.subject).is_none() {
            return Ok(());
        }
        match delivery.step {
            DeliveryStep::Planned => self.begin(delivery),
            DeliveryStep::Ready if !self.is_ours(delivery)? => self.withdraw(delivery),
            DeliveryStep::Ready => self.uncover(delivery),
            DeliveryStep::Written => self.watch_over(delivery, owners),
            DeliveryStep::Withdrawing => self.withdraw(delivery),
            DeliveryStep::Taken | DeliveryStep::Uncollected | DeliveryStep::Abandoned => Ok(()),
        }
    }

    pub(crate) fn is_older_than_stay(&self, delivery: &DeliveryRecord) -> bool {
        let stay = i64::try_from(self.settings.stay.as_millis()).unwrap_or(i64::MAX);
        self.now().saturating_sub(delivery.moved_at) > stay
    }

    /// The result that is delivered; `None` for an answer without one.
    pub(crate) fn result_of(
        &self,
        delivery: &DeliveryRecord,
    ) -> Result<Option<String>, FolderProblem> {
        Ok(match answered_name(&delivery.subject) {
            None => Some(delivery.subject.clone()),
            Some((name, _)) => match self.store.inquiry_by_key(name) {
                // It was answered with an error file, or its result waits for staff.
                Err(StoreError::Unreadable) => None,
                other => other?.and_then(|inquiry| inquiry.result_id),
            },
        })
    }

    /// Whether the folders still own what is delivered: staff may have given it to another (invariant 9).
    fn is_ours(&self, delivery: &DeliveryRecord) -> Result<bool, FolderProblem> {
        let Some(id) = self.result_of(delivery)? else {
            return Ok(true);
        };
        let record = match self.store.result(&id) {
            // Its file was written while it could be read.
            Err(StoreError::Unreadable) => return Ok(true),
            other => other?,
        };
        Ok(record.is_none_or(|record| record.owner.as_deref() == Some(FOLDERS)))
    }

    /// A planned delivery: written once there is something to write.
    fn begin(&mut self, delivery: &DeliveryRecord) -> Result<(), FolderProblem> {
        let Some((name, charset)) = answered_name(&delivery.subject) else {
            return self.begin_face(delivery);
        };
        let inquiry = match self.store.inquiry_by_key(name) {
            Err(StoreError::Unreadable) => {
                let bytes = self.error("UK-RCPT-019", UNREADABLE, charset);
                return self.publish_or_give_up(delivery, bytes);
            }
            other => other?,
        };
        let Some(inquiry) = inquiry else {
            // An answer that is made at once, when its request is looked at again. After so long that will not come.
            if self.is_older_than_stay(delivery) {
                return self.give_up(delivery);
            }
            return Ok(());
        };
        let bytes = match inquiry.state {
            InquiryState::Answered => {
                let record = match &inquiry.result_id {
                    Some(id) => self.store.result(id),
                    None => Ok(None),
                };
                let record = match record {
                    Err(StoreError::Unreadable) => None,
                    other => other?,
                };
                match record {
                    Some(record) if record.owner.as_deref() != Some(FOLDERS) => {
                        self.error("UK-RCPT-007", GIVEN_AWAY, charset)
                    }
                    Some(record) => match self.rendered(&record, charset) {
                        Some(bytes) => Some(bytes),
                        None => self.error("UK-RCPT-019", UNREADABLE, charset),
                    },
                    None => self.error("UK-RCPT-019", UNREADABLE, charset),
                }
            }
            InquiryState::Failed => {
                let sentence = no_answer(inquiry.service.as_ref());
                self.error(&inquiry.code, &sentence, charset)
            }
            _ => return Ok(()),
        };
        self.publish_or_give_up(delivery, bytes)
    }

    fn publish_or_give_up(
        &mut self,
        delivery: &DeliveryRecord,
        bytes: Option<Vec<u8>>,
    ) -> Result<(), FolderProblem> {
        match bytes {
            Some(bytes) => self.publish(delivery, &bytes),
            None => self.give_up(delivery),
        }
    }

    fn begin_face(&mut self, delivery: &DeliveryRecord) -> Result<(), FolderProblem> {
        let record = match self.store.result(&delivery.subject) {
            Err(StoreError::Unreadable) => return self.unwritable(delivery),
            other => other?,
        };
        let Some(record) = record else {
            return self.give_up(delivery);
        };
        if record.owner.as_deref() != Some(FOLDERS) {
            return self.give_up(delivery);
        }
        match self.rendered(&record, self.settings.charset) {
            Some(bytes) => self.publish(delivery, &bytes),
            None => self.unwritable(delivery),
        }
    }

    /// Nobody will find it here: staff is told, and another client may have it.
    fn unwritable(&self, delivery: &DeliveryRecord) -> Result<(), FolderProblem> {
        let ended = DeliveryRecord {
            step: DeliveryStep::Uncollected,
            ..delivery.clone()
        };
        Ok(self
            .store
            .end_delivery(&ended, Some(&delivery.subject), true, self.now())?)
    }

    /// The end of a delivery that never came under its name; the hidden file is removed by the next tidying.
    fn give_up(&mut self, delivery: &DeliveryRecord) -> Result<(), FolderProblem> {
        tracing::warn!(file = delivery.name, "a planned answer was given up");
        self.note(&delivery.subject, &delivery.name, DeliveryStep::Abandoned)?;
        self.untidy = true;
        Ok(())
    }

    fn error(&self, code: &str, sentence: &str, charset: Charset) -> Option<Vec<u8>> {
        self.frame(charset).error(code, sentence, None)
    }

    fn rendered(&self, record: &ResultRecord, charset: Charset) -> Option<Vec<u8>> {
        if record.simulated != self.settings.simulated {
            tracing::error!(
                code = "UK-RCPT-018",
                result = record.id,
                "a result of the other world was refused"
            );
            return None;
        }
        let Some((bytes, lost)) = answers::single(record, charset) else {
            tracing::error!(
                code = "UK-RCPT-019",
                result = record.id,
                "a stored result cannot be rendered"
            );
            return None;
        };
        if lost > 0 {
            tracing::warn!(
                result = record.id,
                lost,
                "characters that Shift_JIS lacks stand as a geta mark in the file"
            );
        }
        Some(bytes)
    }

    /// From planned to written: hidden file, flushed; noted; renamed; noted.
    fn publish(&mut self, delivery: &DeliveryRecord, bytes: &[u8]) -> Result<(), FolderProblem> {
        if self.target(&delivery.subject).is_none() {
            return Ok(());
        }
        self.write_hidden(delivery, bytes)?;
        self.uncover(delivery)
    }

    /// Gives a whole hidden file its name. If it is hidden no longer, it was renamed before a crash, and taken if it is gone; but where it was
    /// hidden is only known by its note. Without that, a file that is not found may never have been seen: staff looks (invariant 9).
    pub(crate) fn uncover(&mut self, delivery: &DeliveryRecord) -> Result<(), FolderProblem> {
        let Some(folder) = self.target(&delivery.subject) else {
            return Ok(());
        };
        let failed = || FolderProblem::io("rename an answer");
        let noted = self.noted(&delivery.name)?;
        let hidden = self.lies_hidden(folder, &delivery.name, &noted);
        if let Some(name) = hidden.map_err(failed())? {
            match folder.move_to(name.as_ref(), folder, &delivery.name) {
                // Something that is not ours stands there: it is not replaced, and the answer waits, but not for ever.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    if self.is_older_than_stay(delivery) {
                        return self.withdraw(delivery);
                    }
                    return Err(failed()(error));
                }
                other => other.map_err(failed())?,
            }
        } else if (delivery.moved_at < folder.since() || !noted.is_sure())
            && !folder.has(&delivery.name).map_err(failed())?
        {
            // It lay in the folder of before, or lies under a name that is not known any more.
            self.end_uncollected(delivery, false)?;
            self.untidy = true;
            return Ok(());
        }
        self.note(&delivery.subject, &delivery.name, DeliveryStep::Written)
    }

    /// A written file that has gone was taken; one that stays too long, or whose result is another's, is taken back.
    fn watch_over(&mut self, delivery: &DeliveryRecord, owners: bool) -> Result<(), FolderProblem> {
        let Some(folder) = self.target(&delivery.subject) else {
            return Ok(());
        };
        let failed = || FolderProblem::io("look after an answer");
        if !folder.has(&delivery.name).map_err(failed())? {
            return self.gone(delivery);
        }
        if self.is_older_than_stay(delivery) || (owners && !self.is_ours(delivery)?) {
            return self.withdraw(delivery);
        }
        Ok(())
    }
}

const GIVEN_AWAY: &str = "この結果は別のシステムが引き取り済みです。取り込まないでください。";
const UNREADABLE: &str = "保存された結果を読み出せません。管理者に連絡してください。";
const NO_ANSWER: &str = "オンライン資格確認から回答を得られませんでした。";

/// The sentence of a failed lookup: what the service itself said, with its code, where it said anything.
fn no_answer(service: Option<&(String, String)>) -> String {
    let Some((code, words)) = service else {
        return NO_ANSWER.to_owned();
    };
    format!("{code} {words}").trim().to_owned()
}

/// Subject of the answer to a request file.
pub(crate) fn subject_of(name: &str, charset: Charset) -> String {
    match charset {
        Charset::Utf8 => format!("req:{name}"),
        Charset::ShiftJis => format!("req-sjis:{name}"),
    }
}

/// The request file's name behind such a subject, and the encoding of its answer.
pub(crate) fn answered_name(subject: &str) -> Option<(&str, Charset)> {
    if let Some(name) = subject.strip_prefix("req:") {
        return Some((name, Charset::Utf8));
    }
    let name = subject.strip_prefix("req-sjis:")?;
    Some((name, Charset::ShiftJis))
}
