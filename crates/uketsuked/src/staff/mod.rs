//! The staff's page behind its forms: who may sign in, what the desk's pages are answered, the listener on the clinic's network.

pub mod accounts;
mod detail;
pub(crate) mod earlier;
mod guard;
mod lists;
mod medical;
pub(crate) mod network;
mod spelling;
#[cfg(test)]
mod tests;
mod totp;

use std::path::PathBuf;
use std::sync::Arc;

use kiosk::Words;
use kiosk::desk::{
    Actor, DayResults, DeskProblem, FollowUpLine, Fut, JobDetail, JobLine, Left, Look, MedicalList,
    Person, ResultDetail, StaffDesk, Ways,
};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use zeroize::Zeroizing;

use crate::counter::{Counter, CounterError, CounterRequest};
use crate::ledger_desk::LedgerDesk;
use accounts::Accounts;
pub(crate) use guard::locks_set_back;
#[cfg(test)]
pub(crate) use lists::call_lines;
pub(crate) use lists::day_and_time;
pub(crate) use medical::medical_agreed;

/// How an actor begins who is signed in at the staff's page; the name follows.
pub(crate) const SIGNED_IN: &str = "staff:";
/// Passwords hashed at once: each takes 19 MiB for a moment.
const HASHES: usize = 2;
/// Looks at the overview that wait for the ledger at once.
const LOOKS: usize = 4;

/// What the desk's pages are answered from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct DeskSide {
    counter: Counter,
    accounts: PathBuf,
    hashing: Arc<Semaphore>,
    looking: Arc<Semaphore>,
    changes: watch::Receiver<u64>,
}

impl DeskSide {
    /// Begins; `stop` ends the telling of changes.
    pub(crate) fn start(counter: Counter, accounts: PathBuf, stop: watch::Receiver<bool>) -> Self {
        let (tell, changes) = watch::channel(0);
        tokio::spawn(tell_changes(
            counter.desk.clone(),
            counter.happenings.watch(),
            tell,
            stop,
        ));
        Self {
            counter,
            accounts,
            hashing: Arc::new(Semaphore::new(HASHES)),
            looking: Arc::new(Semaphore::new(LOOKS)),
            changes,
        }
    }

    fn now(&self) -> i64 {
        self.counter.clock.wall_ms()
    }

    async fn accounts(&self) -> Result<Accounts, DeskProblem> {
        let path = self.accounts.clone();
        let read = tokio::task::spawn_blocking(move || Accounts::load(&path)).await;
        match read {
            Ok(Ok(accounts)) => Ok(accounts),
            Ok(Err(error)) => {
                tracing::error!(code = error.code(), error = %crate::chain(&error), "nobody can sign in");
                Err(unreadable())
            }
            Err(_) => Err(unreadable()),
        }
    }

    async fn ledger<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut ledger::Ledger) -> Result<T, ledger::LedgerError> + Send + 'static,
    ) -> Result<T, DeskProblem> {
        match self.counter.desk.run(job).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(from_counter(error.into())),
            Err(closed) => Err(from_counter(closed.into())),
        }
    }

    /// Refuses what somebody asks whose account was removed, or who is no longer qualified, since the sign-in.
    async fn still(&self, actor: &Actor, medical: bool) -> Result<(), DeskProblem> {
        match self.accounts().await?.medical(&actor.name) {
            None => Err(problem("UK-STAFF-007")),
            Some(false) if medical => Err(not_qualified()),
            Some(_) => Ok(()),
        }
    }

    async fn sign_in(
        self,
        name: String,
        password: Zeroizing<String>,
    ) -> Result<Person, DeskProblem> {
        let accounts = self.accounts().await?;
        let (medical, edition) = (accounts.medical(&name), accounts.edition(&name));
        let room = self.hashing.acquire().await.map_err(|_| unreadable())?;
        let looked_up = name.clone();
        let fits =
            tokio::task::spawn_blocking(move || accounts.password_fits(&looked_up, &password))
                .await
                .unwrap_or(false);
        drop(room);
        let now = self.now();
        let Some(medical) = medical else {
            // What was typed may be a password in the wrong field: it is kept nowhere.
            self.ledger(move |ledger| {
                let detail = json!({"accepted": false, "known": false});
                ledger
                    .append_audit(now, "staff", "staff-sign-in", &detail)
                    .map(drop)
            })
            .await?;
            return Err(wrong_password());
        };
        let who = name.clone();
        let verdict = self
            .ledger(move |ledger| guard::judge(ledger, now, &who, fits, None))
            .await?;
        guard::answer(verdict, wrong_password)?;
        // What was read before the hashing: a change meanwhile ends this session at its first look.
        let edition = edition.ok_or_else(wrong_password)?;
        Ok(Person {
            name,
            medical,
            edition,
        })
    }

    async fn stands(self, person: Person) -> Result<bool, DeskProblem> {
        let accounts = self.accounts().await?;
        Ok(accounts.edition(&person.name) == Some(person.edition)
            && accounts.medical(&person.name) == Some(person.medical))
    }

    /// Asked every few seconds by each open page, so a file that can't be read is not logged here but at the next sign-in.
    async fn has_accounts(self) -> Result<bool, DeskProblem> {
        let path = self.accounts;
        let read = tokio::task::spawn_blocking(move || Accounts::load(&path)).await;
        match read {
            Ok(Ok(accounts)) => Ok(!accounts.list().is_empty()),
            Ok(Err(_)) | Err(_) => Err(unreadable()),
        }
    }

    async fn second_factor(self, name: String, code: Zeroizing<String>) -> Result<(), DeskProblem> {
        let accounts = self.accounts().await?;
        if accounts.medical(&name) != Some(true) {
            return Err(not_qualified());
        }
        let now = self.now();
        // The authenticator knows nothing of the service: where its clock was wrong once, the machine's own is the one that agrees; where the
        // machine lost its time, the service's does. A step that was used stays used by either.
        let times = [now, self.counter.clock.machine_ms()];
        let verdict = self
            .ledger(move |ledger| {
                let after = guard::last_step(ledger, &name)?;
                let step = accounts.code_fits(&name, &code, times, after);
                guard::judge(
                    ledger,
                    now,
                    &name,
                    step.is_some(),
                    Some(step.unwrap_or(after)),
                )
            })
            .await?;
        guard::answer(verdict, || problem("UK-STAFF-004"))
    }

    async fn ask(self, actor: Actor, request: Value) -> Result<Value, DeskProblem> {
        let request = CounterRequest::read(request).map_err(from_counter)?;
        let medical = match &request {
            CounterRequest::Emergency { .. } => true,
            CounterRequest::Disaster { information, .. } => *information,
            _ => false,
        };
        if medical && !actor.qualified {
            return Err(not_qualified());
        }
        self.still(&actor, medical).await?;
        let who = format!("{SIGNED_IN}{}", actor.name);
        self.counter
            .carry_out(&who, request)
            .await
            .map_err(from_counter)
    }
}

impl StaffDesk for DeskSide {
    fn sign_in(
        &self,
        name: String,
        password: Zeroizing<String>,
    ) -> Fut<Result<Person, DeskProblem>> {
        Box::pin(self.clone().sign_in(name, password))
    }

    fn second_factor(&self, name: String, code: Zeroizing<String>) -> Fut<Result<(), DeskProblem>> {
        Box::pin(self.clone().second_factor(name, code))
    }

    fn stands(&self, person: Person) -> Fut<Result<bool, DeskProblem>> {
        Box::pin(self.clone().stands(person))
    }

    fn has_accounts(&self) -> Fut<Result<bool, DeskProblem>> {
        Box::pin(self.clone().has_accounts())
    }

    fn left(&self, name: String, why: Left) {
        let now = self.now();
        let why = match why {
            Left::SignedOut => "signed-out",
            Left::Idle => "idle",
            Left::TooLong => "too-long",
            Left::AccountChanged => "account-changed",
        };
        let submitted = self.counter.desk.submit(move |ledger| {
            let actor = format!("staff:{name}");
            let detail = json!({ "why": why });
            if let Err(error) = ledger.append_audit(now, &actor, "staff-sign-out", &detail) {
                tracing::error!(code = error.code(), error = %crate::chain(&error), "the end of a session could not be recorded");
            }
        });
        if submitted.is_err() {
            tracing::error!("the end of a session could not be recorded");
        }
    }

    fn ask(&self, actor: Actor, request: Value) -> Fut<Result<Value, DeskProblem>> {
        Box::pin(self.clone().ask(actor, request))
    }

    fn result(
        &self,
        actor: Actor,
        id: String,
        look: Look,
    ) -> Fut<Result<ResultDetail, DeskProblem>> {
        Box::pin(self.clone().detail(actor, id, look))
    }

    fn overview(&self, actor: Actor, results: Vec<String>) -> Fut<Result<(), DeskProblem>> {
        Box::pin(self.clone().overview(actor, results))
    }

    fn results(&self, from: usize) -> Fut<Result<DayResults, DeskProblem>> {
        Box::pin(self.clone().day_results(from))
    }

    fn clock(&self) -> String {
        day_and_time(self.now())
    }

    fn now(&self) -> i64 {
        Self::now(self)
    }

    fn ways(&self) -> Ways {
        Ways {
            tickets: self.counter.tickets,
            qualification_only: self.counter.qualification_only,
        }
    }

    fn follow_ups(&self) -> Fut<Result<Vec<FollowUpLine>, DeskProblem>> {
        Box::pin(self.clone().follow_up_lines())
    }

    fn follow_ups_to_print(&self, actor: Actor) -> Fut<Result<Vec<FollowUpLine>, DeskProblem>> {
        Box::pin(self.clone().follow_ups_to_print(actor))
    }

    fn jobs(&self) -> Fut<Result<Vec<JobLine>, DeskProblem>> {
        Box::pin(self.clone().job_lines())
    }

    fn job(&self, actor: Actor, id: u64, from: u32) -> Fut<Result<JobDetail, DeskProblem>> {
        Box::pin(self.clone().job_detail(actor, id, from))
    }

    fn register_reference(
        &self,
        actor: Actor,
        id: String,
        index: usize,
        reference: String,
    ) -> Fut<Result<(), DeskProblem>> {
        Box::pin(self.clone().refer(actor, id, index, reference))
    }

    fn medical(&self, actor: Actor, id: String) -> Fut<Result<Vec<MedicalList>, DeskProblem>> {
        Box::pin(self.clone().medical_lists(actor, id))
    }

    fn deliver_again(
        &self,
        actor: Actor,
        id: String,
        reason: String,
    ) -> Fut<Result<(), DeskProblem>> {
        Box::pin(self.clone().once_more(actor, id, reason))
    }

    fn keep_spelling(
        &self,
        actor: Actor,
        id: String,
        text: String,
    ) -> Fut<Result<(), DeskProblem>> {
        Box::pin(self.clone().keep_spelling(actor, id, text))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }
}

/// Counts up when the ledger or a bulk job went on.
async fn tell_changes(
    desk: LedgerDesk,
    mut happenings: tokio::sync::broadcast::Receiver<crate::happenings::Timed>,
    tell: watch::Sender<u64>,
    mut stop: watch::Receiver<bool>,
) {
    use tokio::sync::broadcast::error::RecvError;
    let mut newest = desk.newest();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            changed = newest.changed() => if changed.is_err() { return },
            told = happenings.recv() => if matches!(told, Err(RecvError::Closed)) { return },
        }
        tell.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// One of the terminal's own codes with its sentence.
fn problem(code: &str) -> DeskProblem {
    DeskProblem {
        code: code.to_owned(),
        text: kiosk::staff::error(code, &[]),
        service: None,
    }
}

fn from_counter(error: CounterError) -> DeskProblem {
    DeskProblem {
        code: error.code,
        text: Words::new(error.ja, error.en),
        service: error.service,
    }
}

fn wrong_password() -> DeskProblem {
    problem("UK-STAFF-001")
}

fn unreadable() -> DeskProblem {
    problem("UK-STAFF-003")
}

fn not_qualified() -> DeskProblem {
    problem("UK-STAFF-005")
}

fn no_consent() -> DeskProblem {
    problem("UK-STAFF-006")
}

fn no_such_result() -> DeskProblem {
    from_counter(CounterError::unknown())
}
