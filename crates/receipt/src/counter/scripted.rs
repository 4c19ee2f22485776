//! The second implementation of [`ReceiptCounter`]: answers as it was told, in that order, and notes what was asked. For trying out a
//! client without a central service, and for tests.

use super::{Answered, ReceiptCounter, Refusal, Why, Wish};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A counter that follows a script; without one it cannot reach the service.
#[derive(Debug, Default)]
pub struct ScriptedCounter {
    inner: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<Result<Value, Refusal>>,
    asked: Vec<(String, Wish)>,
}

impl ScriptedCounter {
    /// The next answer that has no other before it.
    pub fn answer(&self, answer: Result<Value, Refusal>) {
        self.lock().answers.push_back(answer);
    }

    /// Who wished what, in order.
    pub fn asked(&self) -> Vec<(String, Wish)> {
        self.lock().asked.clone()
    }

    /// Forgets what was asked so far.
    pub fn forget(&self) {
        self.lock().asked.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReceiptCounter for ScriptedCounter {
    fn carry_out(&self, client: String, _: Option<String>, wish: Wish) -> Answered<'_> {
        let mut script = self.lock();
        script.asked.push((client, wish));
        let answer = script.answers.pop_front().unwrap_or_else(|| {
            Err(Refusal {
                why: Why::Unreachable,
                cause: "UK-CENT-002".into(),
                words: ("接続できません。".into(), "No connection.".into()),
                service: None,
                field: None,
            })
        });
        Box::pin(std::future::ready(answer))
    }
}
