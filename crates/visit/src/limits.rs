//! Time limits and counts a visit keeps to; from the settings.

use std::time::Duration;

/// How long each kind of waiting may last, and how often something may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A page waits for the person.
    pub idle: Duration,
    /// The consent questions wait for the person.
    pub consent: Duration,
    /// The person waits for staff.
    pub staff: Duration,
    /// Card, camera or service work on one command.
    pub device: Duration,
    /// One try of the face, with the turns of the head.
    pub capture: Duration,
    /// The last page stays at most (invariant 11: ten seconds).
    pub farewell: Duration,
    /// A card that was left behind is called out this long before staff is told.
    pub card_left: Duration,
    /// Face captures per visit before another way is offered (invariant 7).
    pub face_attempts: u8,
    /// A card can be proved without its PIN after a face match; otherwise face is not offered, for it would lead nowhere.
    pub face: bool,
    /// Staff can confirm by sight (a passcode is set up, and the card can be proved after it); otherwise nobody is sent to
    /// wait for it.
    pub visual: bool,
    /// Whether consents are asked at all; a terminal that asks for the qualification only asks none.
    pub asks_consents: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(60),
            consent: Duration::from_secs(90),
            staff: Duration::from_secs(300),
            device: Duration::from_secs(20),
            capture: Duration::from_secs(45),
            farewell: Duration::from_secs(10),
            card_left: Duration::from_secs(30),
            face_attempts: 3,
            face: true,
            visual: true,
            asks_consents: true,
        }
    }
}
