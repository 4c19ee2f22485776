//! Status words as this card uses them (JICSAP v1.1 table 25; measured values from myna-card) and
//! the answer that carries one.

pub(crate) const OK: u16 = 0x9000;
pub(crate) const MEMORY: u16 = 0x6581;
pub(crate) const NO_SECURITY_ENVIRONMENT: u16 = 0x66F1;
pub(crate) const WRONG_LENGTH: u16 = 0x6700;
pub(crate) const NO_SUCH_CHANNEL: u16 = 0x6881;
pub(crate) const NO_SECURE_MESSAGING: u16 = 0x6882;
pub(crate) const FILE_STRUCTURE: u16 = 0x6981;
pub(crate) const SECURITY_STATUS: u16 = 0x6982;
pub(crate) const BLOCKED: u16 = 0x6984;
pub(crate) const CONDITIONS: u16 = 0x6985;
pub(crate) const NO_CURRENT_EF: u16 = 0x6986;
pub(crate) const NO_SM_SESSION: u16 = 0x69FC;
pub(crate) const BAD_DATA: u16 = 0x6A80;
pub(crate) const NOT_SUPPORTED: u16 = 0x6A81;
pub(crate) const NO_FILE: u16 = 0x6A82;
pub(crate) const NO_RECORD: u16 = 0x6A83;
pub(crate) const BAD_P1P2: u16 = 0x6A86;
pub(crate) const NO_KEY: u16 = 0x6A88;
pub(crate) const OFFSET: u16 = 0x6B00;
pub(crate) const INSTRUCTION_UNKNOWN: u16 = 0x6D00;
pub(crate) const CLASS_UNKNOWN: u16 = 0x6E00;
pub(crate) const INTERNAL: u16 = 0x6F00;

/// `63Cx`: x tries left.
pub(crate) fn tries_left(tries: u8) -> u16 {
    0x63C0 | u16::from(tries.min(0x0F))
}

/// Response data and status word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    data: Vec<u8>,
    status: u16,
}

impl Answer {
    /// Success without data.
    pub(crate) fn ok() -> Self {
        Self::status(OK)
    }

    /// Success with data.
    pub(crate) fn data(data: Vec<u8>) -> Self {
        Self { data, status: OK }
    }

    /// A status word alone.
    pub(crate) fn status(status: u16) -> Self {
        Self {
            data: Vec::new(),
            status,
        }
    }

    /// As sent.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = self.data;
        bytes.extend_from_slice(&self.status.to_be_bytes());
        bytes
    }
}
