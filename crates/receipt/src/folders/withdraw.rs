//! Taking a file back: nobody took it in time, or its result is another's now. Noted first, then renamed to a hidden name (if it is not
//! there to be renamed, somebody took it), then what becomes of its result in one transaction, then removed. After a crash in between, the
//! note and the place of the file tell how far it came; a file that was taken back is never mistaken for one that was taken (invariant 9).

use super::gateway::FolderGateway;
use super::hidden::{Noted, withdrawn};
use super::problem::FolderProblem;
use super::{DeliveryRecord, DeliveryStep, FOLDERS};
use crate::store::StoreError;
use serde_json::json;

impl FolderGateway {
    /// Takes a file back, from wherever a crash left that.
    pub(crate) fn withdraw(&mut self, delivery: &DeliveryRecord) -> Result<(), FolderProblem> {
        let Some(folder) = self.target(&delivery.subject) else {
            return Ok(());
        };
        let failed = || FolderProblem::io("take an answer back");
        let name = delivery.name.as_str();
        // Still under the name before its own: nobody ever saw it, and what stands under its own is not ours. A file that had its own name
        // is ours wherever it is, whatever somebody put under a hidden one.
        let noted = self.noted(name)?;
        let begun = delivery.step == DeliveryStep::Withdrawing;
        if delivery.step == DeliveryStep::Ready
            && self
                .lies_hidden(folder, name, &noted)
                .map_err(failed())?
                .is_some()
        {
            self.end_uncollected(delivery, true)?;
            self.untidy = true;
            return Ok(());
        }
        // Where it would lie is not known, so neither is whether somebody took it.
        let lost = match noted {
            Noted::Suffix(_) => false,
            Noted::Nothing => delivery.step == DeliveryStep::Ready,
            Noted::Unreadable => delivery.step == DeliveryStep::Ready || begun,
        };
        if lost && !folder.has(name).map_err(failed())? {
            self.end_uncollected(delivery, false)?;
            self.untidy = true;
            return Ok(());
        }
        let suffix = match noted {
            Noted::Suffix(suffix) if begun => suffix,
            Noted::Nothing if begun => String::new(),
            _ => self.other_suffix(name)?,
        };
        if !begun {
            self.note(&delivery.subject, name, DeliveryStep::Withdrawing)?;
        }
        let away = withdrawn(name, &suffix);
        match folder.take_back(name, &away) {
            Ok(true) => {}
            // An earlier release noted this step also for a file that never had its own name, or the note was lost with its name. Whether anybody
            // saw it is not known then.
            Ok(false) if suffix.is_empty() => {
                self.end_uncollected(delivery, false)?;
                self.untidy = true;
                return Ok(());
            }
            Ok(false) => return self.gone(delivery),
            Err(error) => {
                // What stands there is not replaced: the next pass takes another name.
                if folder.has(&away).map_err(failed())? && folder.has(name).map_err(failed())? {
                    self.other_suffix(name)?;
                }
                return Err(failed()(error));
            }
        }
        self.end_uncollected(delivery, true)?;
        self.untidy = true;
        Ok(())
    }

    /// A file that is not there: somebody took it, unless it lay in a folder that is no longer this one.
    pub(crate) fn gone(&mut self, delivery: &DeliveryRecord) -> Result<(), FolderProblem> {
        let what = self.target(&delivery.subject).map(|folder| folder.what);
        // The folder itself may have gone since the pass began.
        self.know_the_folders(&mut super::problem::First::default());
        let Some(folder) = self.target(&delivery.subject) else {
            let what = what.unwrap_or("res");
            return Err(FolderProblem::Unknown { what });
        };
        if delivery.moved_at < folder.since() {
            return self.end_uncollected(delivery, false);
        }
        // Whoever took it may not have made that durable: after a power cut the file must not be there again, noted as taken.
        folder
            .sync()
            .map_err(FolderProblem::io("look after an answer"))?;
        if folder
            .has(&delivery.name)
            .map_err(FolderProblem::io("look after an answer"))?
        {
            return Ok(());
        }
        if let Some(id) = self.result_of(delivery)? {
            let now = self.now();
            let given_away = match self.store.acknowledge(&id, FOLDERS, now) {
                Err(StoreError::NotOwner(_) | StoreError::NotClaimed) => true,
                // Erased since: it was acknowledged.
                Err(StoreError::NotFound | StoreError::AlreadyAcknowledged) | Ok(()) => false,
                Err(error) => return Err(error.into()),
            };
            if given_away {
                tracing::warn!(
                    result = id,
                    file = delivery.name,
                    "a file was taken whose result was given to another: it may have been imported twice"
                );
                let detail = json!({"result": id, "file": delivery.name});
                self.store
                    .record("file-taken-after-release", &detail, now)?;
            }
        }
        self.note(&delivery.subject, &delivery.name, DeliveryStep::Taken)
    }

    /// The end of a delivery that nobody is known to have taken; `give_back` = it is sure that nobody did.
    pub(crate) fn end_uncollected(
        &self,
        delivery: &DeliveryRecord,
        give_back: bool,
    ) -> Result<(), FolderProblem> {
        let ended = DeliveryRecord {
            step: DeliveryStep::Uncollected,
            ..delivery.clone()
        };
        let result = self.result_of(delivery)?;
        Ok(self
            .store
            .end_delivery(&ended, result.as_deref(), give_back, self.now())?)
    }
}
