//! The four consents asked at the reader and what becomes of questions nobody answered.

/// A kind of medical information that is passed on only with consent (OQSCD036; see `docs/flow.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsentKind {
    /// 特定健診情報
    Checkups,
    /// 薬剤情報
    Medicines,
    /// 診療情報
    Treatment,
    /// 手術情報
    Operations,
}

impl ConsentKind {
    /// All kinds, in the order in which they are asked.
    pub const ALL: [Self; 4] = [
        Self::Checkups,
        Self::Medicines,
        Self::Treatment,
        Self::Operations,
    ];

    fn index(self) -> usize {
        match self {
            Self::Checkups => 0,
            Self::Medicines => 1,
            Self::Treatment => 2,
            Self::Operations => 3,
        }
    }
}

/// The answers given so far. What was not answered is "no" (invariant 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConsentAnswers([Option<bool>; 4]);

impl ConsentAnswers {
    /// The answer to one question, if it was given.
    #[must_use]
    pub fn get(&self, kind: ConsentKind) -> Option<bool> {
        self.0[kind.index()]
    }

    /// Records an answer.
    pub fn set(&mut self, kind: ConsentKind, yes: bool) {
        self.0[kind.index()] = Some(yes);
    }

    /// The question to be answered now when they are asked one by one: the first without an answer.
    #[must_use]
    pub fn open(&self) -> Option<ConsentKind> {
        ConsentKind::ALL
            .into_iter()
            .find(|kind| self.get(*kind).is_none())
    }

    /// Goes back by one question, which is then asked again; the answers before it stay. `false` before the first one.
    pub fn step_back(&mut self) -> bool {
        let at = self.open().map_or(self.0.len(), ConsentKind::index);
        match self.0[..at].last_mut() {
            Some(before) => {
                *before = None;
                true
            }
            None => false,
        }
    }

    /// Records the same answer to every question.
    pub fn set_all(&mut self, yes: bool) {
        self.0 = [Some(yes); 4];
    }

    /// In page order.
    #[must_use]
    pub fn as_array(&self) -> [Option<bool>; 4] {
        self.0
    }

    /// Closes the questions: silence becomes "no", given answers stand (invariant 11).
    #[must_use]
    pub fn closed(mut self) -> Self {
        for answer in &mut self.0 {
            *answer = Some(answer.unwrap_or(false));
        }
        self
    }

    /// Whether this kind was answered "yes".
    #[must_use]
    pub fn agreed(&self, kind: ConsentKind) -> bool {
        self.get(kind) == Some(true)
    }

    /// The kinds answered "yes".
    #[must_use]
    pub fn agreed_kinds(&self) -> Vec<ConsentKind> {
        ConsentKind::ALL
            .into_iter()
            .filter(|kind| self.agreed(*kind))
            .collect()
    }
}
