//! Taking a file back: nobody took it in time, or its result is another's now. Noted first, then renamed to a hidden name (if it is not
//! there to be renamed, somebody took it), then what becomes of its result in one transaction, then removed. After a crash in between, the
//! note and the place of the file tell how far it came; a file that was taken back is never mistaken for one that was taken (invariant 9).

use super::deliver::{hidden, withdrawn};
use super::gateway::FolderGateway;
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
        if delivery.step != DeliveryStep::Withdrawing {
            self.note(&delivery.subject, &delivery.name, DeliveryStep::Withdrawing)?;
        }
        let failed = || FolderProblem::io("take an answer back");
        // Still under the name before its own: nobody ever saw it, and what stands under its own is not ours.
        let unseen = folder.has(&hidden(&delivery.name)).map_err(failed())?;
        let there = unseen
            || folder
                .take_back(&delivery.name, &withdrawn(&delivery.name))
                .map_err(failed())?;
        if !there {
            return self.gone(delivery);
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

    /// Removes hidden files of deliveries that have come to their end. Only of our own: several terminals may share a folder.
    pub(crate) fn tidy(&mut self) -> Result<(), FolderProblem> {
        if !self.untidy {
            return Ok(());
        }
        let failed = || FolderProblem::io("remove a hidden file");
        let mut all = true;
        for folder in [Some(&self.res), self.face.as_ref()].into_iter().flatten() {
            if !folder.known {
                all = false;
                continue;
            }
            let hidden = folder.names(|name| name.to_str().and_then(hidden_of).is_some());
            let hidden = hidden.map_err(failed())?;
            all &= !hidden.more;
            for name in hidden.names {
                let Some((name, of)) = name
                    .to_str()
                    .and_then(|name| Some((name, hidden_of(name)?)))
                else {
                    continue;
                };
                let ended = self.store.delivery_named(of)?.is_some_and(|known| {
                    matches!(
                        known.step,
                        DeliveryStep::Taken | DeliveryStep::Uncollected | DeliveryStep::Abandoned
                    )
                });
                let seen = folder.look(name.as_ref()).map_err(failed())?;
                // A folder of that name is nobody's of ours.
                if ended && seen.is_some_and(|seen| !seen.folder) {
                    folder.remove(name).map_err(failed())?;
                }
            }
        }
        self.untidy = !all;
        Ok(())
    }
}

/// The file's own name behind a hidden one.
fn hidden_of(name: &str) -> Option<&str> {
    let rest = name.strip_prefix(".uketsuke-")?;
    rest.strip_suffix(".tmp")
        .or_else(|| rest.strip_suffix(".withdrawn"))
}
