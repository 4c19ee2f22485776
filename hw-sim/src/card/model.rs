//! What a card is made of: applications, their elementary files, who may use which.
use ring::signature::EcdsaKeyPair;
use rsa::RsaPrivateKey;
use serde::{Deserialize, Serialize};

/// Who may read a file or use a key, by the EF ids of credentials of the same application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Free,
    /// Nobody.
    Never,
    /// Whoever satisfied one of these credentials.
    AnyOf(&'static [u16]),
    /// The same, or a terminal that passed the (fictitious) terminal authentication.
    AnyOfOrTerminal(&'static [u16]),
}

/// A credential of the card. Each has its own counter, also where two have the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialName {
    /// 利用者証明用PIN (JPKI 0018).
    AuthPin,
    /// 署名用パスワード (JPKI 001B).
    SignPassword,
    /// 生年月日 key (surface 0011).
    BirthDate,
    /// 照合番号B of the surface AP (0012).
    SurfaceB,
    /// 照合番号A of the surface AP (0013).
    SurfaceA,
    /// 券面事項入力補助用PIN (text 0011).
    TextPin,
    /// The key reference that is blocked as issued (text 0012).
    TextBlocked,
    /// 照合番号A of the text AP (0014).
    TextA,
    /// 照合番号B of the text AP (0015).
    TextB,
    /// 住民基本台帳用PIN of the common AP (001C).
    CommonPin,
    /// 住民基本台帳用PIN of the juki AP (001C).
    JukiPin,
}

/// An elementary file.
pub(crate) struct Ef {
    pub(crate) id: u16,
    pub(crate) body: Body,
}

/// What an elementary file holds.
pub(crate) enum Body {
    /// Bytes readable by offset.
    Transparent { content: Vec<u8>, read: Access },
    /// Records, numbered from 1.
    Records(Vec<Vec<u8>>),
    /// A credential's reference and counter.
    Credential(CredentialName),
    /// A private key.
    PrivateKey {
        key: CardKey,
        signs: Access,
        /// Answers INTERNAL AUTHENTICATE (only 共通 0019 does).
        internal: bool,
    },
    /// The CA key against which the terminal's CV certificate is checked.
    TerminalCa(super::cvc::PublicKey),
    /// A key reference that answers the question for its tries; what it is for is not public.
    External,
    /// Exists; what it is for is not public.
    Opaque,
}

/// A private key on the card.
pub(crate) enum CardKey {
    /// RSA-2048, as on every card of today.
    Rsa(Box<RsaPrivateKey>),
    /// P-384, as announced for the next card.
    P384(Box<EcdsaKeyPair>),
}

/// An application (DF).
pub(crate) struct Application {
    pub(crate) aid: &'static [u8],
    pub(crate) files: Vec<Ef>,
    /// The key that `80 2A` with P2=00 uses (the 券面 applications have one).
    pub(crate) default_key: Option<u16>,
}

impl Application {
    /// A file by id.
    pub(crate) fn ef(&self, id: u16) -> Option<&Ef> {
        self.files.iter().find(|ef| ef.id == id)
    }

    /// A file by id.
    pub(crate) fn ef_mut(&mut self, id: u16) -> Option<&mut Ef> {
        self.files.iter_mut().find(|ef| ef.id == id)
    }
}
