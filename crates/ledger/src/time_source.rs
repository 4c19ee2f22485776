//! Where the time of an audit record came from. The ledger knows no clock; whoever gives it `now` can say once where such times come
//! from, and each record then carries that word, sealed and hashed with its detail.

use std::sync::Arc;

use serde_json::Value;

use crate::LedgerError;

/// The name under which it stands in the sealed detail of a record.
pub(crate) const KEY: &str = "time_source";

/// Where a time came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSource {
    /// The central service told it in this run; the machine's own clock was behind.
    Service,
    /// An earlier run knew it from the service; the machine's own clock was behind that.
    Kept,
    /// The machine's own clock, which is not behind the time that the service told in this run.
    System,
    /// The machine's own clock alone: the service has told no time in this run.
    Unchecked,
}

impl TimeSource {
    /// The word in records and interfaces: `service`, `kept`, `system`, `unchecked`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Kept => "kept",
            Self::System => "system",
            Self::Unchecked => "unchecked",
        }
    }
}

/// Says for a time (milliseconds since the Unix epoch) that was given as `now` where it came from.
pub type TimeSources = Arc<dyn Fn(i64) -> TimeSource + Send + Sync>;

/// The time of a record, with its source.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) at: i64,
    source: TimeSource,
}

impl Moment {
    pub(crate) fn new(at: i64, source: TimeSource) -> Self {
        Self { at, source }
    }

    /// A time of which nobody said where it came from.
    pub(crate) fn unchecked(at: i64) -> Self {
        Self::new(at, TimeSource::Unchecked)
    }

    /// The detail with the source in it.
    ///
    /// # Errors
    /// A detail that is no object, or has something under that name already.
    pub(crate) fn into_detail(self, detail: &Value) -> Result<Value, LedgerError> {
        let wrong = || LedgerError::Unacceptable("audit detail");
        let mut fields = detail.as_object().ok_or_else(wrong)?.clone();
        match fields.insert(KEY.to_owned(), self.source.word().into()) {
            None => Ok(Value::Object(fields)),
            Some(_) => Err(wrong()),
        }
    }
}

/// Takes the source out of an opened detail; `None` in a record of a release that did not write it.
pub(crate) fn taken_from(detail: &mut Value) -> Option<String> {
    let fields = detail.as_object_mut()?;
    let word = fields.get(KEY)?.as_str()?.to_owned();
    fields.remove(KEY);
    Some(word)
}
