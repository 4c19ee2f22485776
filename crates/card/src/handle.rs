//! Starting and stopping the card threads, and the daemon's end of their channels.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

use crate::api::{CardCommand, CardConfig, CardEvent};
use crate::certificate::Roots;
use crate::error::{CardError, CardGone};
use crate::hang::Hang;
use crate::leaves::Leaves;
use crate::monitor::{Monitor, ReaderRules};
use crate::pcsc_link::PcscReaders;
use crate::pulse::Pulse;
use crate::stop::Stop;
use crate::transport::Readers;
use crate::worker::{Surroundings, Worker};

const COMMANDS: usize = 16;
const EVENTS: usize = 256;

/// The daemon's end. Dropping it stops the threads; [`CardHandle::shutdown`] also waits for them.
pub struct CardHandle {
    commands: SyncSender<CardCommand>,
    events: Option<Receiver<CardEvent>>,
    threads: Vec<JoinHandle<()>>,
    stop: Arc<Stop>,
    readers: Arc<dyn Readers>,
}

/// Starts over the system's pcscd. pcscd need not run yet.
///
/// # Errors
/// [`CardError::Config`] (invariant 13 among others) or [`CardError::Threads`].
pub fn spawn(config: CardConfig) -> Result<CardHandle, CardError> {
    spawn_with(config, Box::new(PcscReaders::new()))
}

/// Starts over any readers.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_with(config: CardConfig, readers: Box<dyn Readers>) -> Result<CardHandle, CardError> {
    if !config.simulation {
        if config.issuers.has_test_keys() {
            return Err(CardError::Config(
                "an issuer key of a test hierarchy in production".into(),
            ));
        }
        if config
            .pinless
            .as_ref()
            .is_some_and(|pinless| pinless.simulation_only())
        {
            return Err(CardError::Config(
                "a simulated terminal authentication in production".into(),
            ));
        }
    }
    if config.apdu_timeout.is_zero() {
        return Err(CardError::Config(
            "the time limit of a card command is zero".into(),
        ));
    }
    let roots = Roots::new(&config.auth_roots, config.simulation)?;
    let readers: Arc<dyn Readers> = Arc::from(readers);
    let stop = Arc::new(Stop::default());
    let leaves = Arc::new(Leaves::default());
    let pulse = Arc::new(Pulse::default());
    let rules = ReaderRules {
        simulation: config.simulation,
        filters: config.reader_filters,
    };
    let (commands, inbox) = sync_channel(COMMANDS);
    let (events, listen) = sync_channel(EVENTS);
    let monitor = Monitor {
        readers: Arc::clone(&readers),
        rules: rules.clone(),
        events: events.clone(),
        leaves: Arc::clone(&leaves),
        pulse: Arc::clone(&pulse),
        stop: Arc::clone(&stop),
    };
    let around = Surroundings {
        readers: Arc::clone(&readers),
        rules,
        issuers: config.issuers,
        roots,
        apdu_timeout: config.apdu_timeout,
        extended_readers: config.extended_readers,
        clock: config.clock,
        leaves,
        pulse,
        stop: Arc::clone(&stop),
    };
    let worker = Worker::new(around, config.pinless, Hang::new(config.reset), events);
    let mut handle = CardHandle {
        commands,
        events: Some(listen),
        threads: Vec::new(),
        stop,
        readers,
    };
    let mut start = |name: &str, body: Box<dyn FnOnce() + Send>| -> Result<(), CardError> {
        let thread = Builder::new()
            .name(name.into())
            .spawn(body)
            .map_err(|_| CardError::Threads)?;
        handle.threads.push(thread);
        Ok(())
    };
    start("card-worker", Box::new(move || worker.run(&inbox)))?;
    start("card-monitor", Box::new(move || monitor.run()))?;
    Ok(handle)
}

impl CardHandle {
    /// Queues a command.
    ///
    /// # Errors
    /// [`CardGone`]; the command, and a credential in it, is dropped and wiped.
    pub fn send(&self, command: CardCommand) -> Result<(), CardGone> {
        self.commands
            .try_send(command)
            .map_err(|error| match error {
                TrySendError::Full(_) => CardGone::Busy,
                TrySendError::Disconnected(_) => CardGone::Stopped,
            })
    }

    /// The events; given out once. When the receiver is dropped, the threads end.
    pub fn events(&mut self) -> Option<Receiver<CardEvent>> {
        self.events.take()
    }

    /// Ends the session, stops both threads and waits for them. A step under way ends with its present
    /// exchange, so this takes at most the configured time limit and two seconds for the power-off.
    pub fn shutdown(mut self) {
        self.halt();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a card thread had panicked");
            }
        }
    }

    fn halt(&self) {
        self.stop.stop();
        self.readers.cancel();
    }
}

impl Drop for CardHandle {
    fn drop(&mut self) {
        self.halt();
    }
}
