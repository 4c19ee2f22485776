//! What the integration tests share: keys made once, a desk with a running card thread, patience.

#![allow(dead_code, unreachable_pub)] // every test file uses its own part

pub mod synthetic;

use std::sync::mpsc::Receiver;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use card::scripted::ScriptedReaders;
use card::{
    CardAnswer, CardCommand, CardConfig, CardEvent, CardHandle, CardIdentity, IssuerKeys, ProveHow,
    Secret, spawn_with,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData,
};
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use rustls_pki_types::PrivatePkcs8KeyDer;

pub const READER: &str = "Scripted Reader 00 00";
/// 2026-11-22 00:00 UTC.
pub const NOW: i64 = 1_795_305_600_000;
pub const PIN: &str = "1234";
pub const NUMBER: &str = "02011520304321";
pub const VISIT: u64 = 7;

/// RSA-2048 keys take a second each: made once per test program, side by side.
pub struct Keys {
    pub issuer: RsaPrivateKey,
    pub signer: RsaPrivateKey,
    pub face: RsaPrivateKey,
    pub auth: RsaPrivateKey,
    pub root: RsaPrivateKey,
    pub stranger: RsaPrivateKey,
}

pub fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let threads: Vec<_> = (0..6)
            .map(|_| {
                std::thread::spawn(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap())
            })
            .collect();
        let mut made = threads.into_iter().map(|thread| thread.join().unwrap());
        let mut next = || made.next().unwrap();
        Keys {
            issuer: next(),
            signer: next(),
            face: next(),
            auth: next(),
            root: next(),
            stranger: next(),
        }
    })
}

pub const ISSUER_ID: [u8; 16] = *b"6000023\x08\x05001\0\0\0\0";
pub const SIGNER_ID: [u8; 16] = *b"1322121\x08\x05000\0\0\0\0";

pub fn issuers_toml(key: &RsaPrivateKey) -> String {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    format!(
        "[[issuer]]\nkey_id = \"{}\"\nmodulus = \"{}\"\nexponent = \"010001\"\n",
        hex(&ISSUER_ID),
        hex(&key.n().to_bytes_be())
    )
}

fn rcgen_key(key: &RsaPrivateKey) -> KeyPair {
    let der = key.to_pkcs8_der().unwrap();
    let der = PrivatePkcs8KeyDer::from(der.as_bytes());
    KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_RSA_SHA256).unwrap()
}

fn name(params: &mut CertificateParams, organization: &str, common: &str) {
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, organization);
    params.distinguished_name.push(DnType::CommonName, common);
}

fn root_params(organization: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    name(&mut params, organization, "user authentication");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub fn root_der(organization: &str, key: &RsaPrivateKey) -> Vec<u8> {
    root_params(organization)
        .self_signed(&rcgen_key(key))
        .unwrap()
        .der()
        .to_vec()
}

pub fn leaf_der(organization: &str, root: &RsaPrivateKey, key: &RsaPrivateKey) -> Vec<u8> {
    leaf_with(
        organization,
        root,
        key,
        &[KeyUsagePurpose::DigitalSignature],
    )
}

pub fn leaf_with(
    organization: &str,
    root: &RsaPrivateKey,
    key: &RsaPrivateKey,
    usages: &[KeyUsagePurpose],
) -> Vec<u8> {
    let mut params = CertificateParams::default();
    name(&mut params, organization, "997794E9AGCIEG13221003A");
    params.key_usages = usages.to_vec();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    params.custom_extensions = vec![policy(AUTH_POLICY)];
    let issuer = Issuer::new(root_params(organization), rcgen_key(root));
    params
        .signed_by(&rcgen_key(key), &issuer)
        .unwrap()
        .der()
        .to_vec()
}

/// Last arc of 1.2.392.200149.8.5.1.3.x: 30 is 利用者証明用.
pub const AUTH_POLICY: u8 = 30;

pub fn policy(last: u8) -> CustomExtension {
    let content = vec![
        0x30, 0x0F, 0x30, 0x0D, 0x06, 0x0B, 0x2A, 0x83, 0x08, 0x8C, 0x9B, 0x55, 0x08, 0x05, 0x01,
        0x03, last,
    ];
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 32], content);
    extension.set_criticality(true);
    extension
}

/// A leaf made to order: `change` may spoil what it likes.
pub fn leaf_changed(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    leaf_of(&keys().root, &rcgen_key(&keys().auth), change)
}

/// A leaf of any kind of key.
pub fn leaf_of(
    root: &RsaPrivateKey,
    key: &impl PublicKeyData,
    change: impl FnOnce(&mut CertificateParams),
) -> Vec<u8> {
    let mut params = CertificateParams::default();
    name(&mut params, TEST_ORGANIZATION, "997794E9AGCIEG13221003A");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    params.custom_extensions = vec![policy(AUTH_POLICY)];
    change(&mut params);
    let issuer = Issuer::new(root_params(TEST_ORGANIZATION), rcgen_key(root));
    params.signed_by(key, &issuer).unwrap().der().to_vec()
}

pub const TEST_ORGANIZATION: &str = "JPKI-TEST";

/// A configuration that accepts the synthetic card.
pub fn config() -> CardConfig {
    CardConfig {
        simulation: true,
        reader_filters: Vec::new(),
        extended_readers: Vec::new(),
        reset: None,
        issuers: IssuerKeys::from_toml(&issuers_toml(&keys().issuer)).unwrap(),
        auth_roots: vec![root_der(TEST_ORGANIZATION, &keys().root)],
        pinless: None,
        apdu_timeout: Duration::from_secs(5),
        clock: Arc::new(|| NOW),
    }
}

/// A running card thread over a scripted desk.
pub struct Desk {
    pub readers: ScriptedReaders,
    pub handle: CardHandle,
    pub events: Receiver<CardEvent>,
}

impl Desk {
    pub fn new(config: CardConfig) -> Self {
        let readers = ScriptedReaders::new();
        readers.plug(READER);
        Self::over(config, readers)
    }

    pub fn over(config: CardConfig, readers: ScriptedReaders) -> Self {
        let mut handle = spawn_with(config, Box::new(readers.clone())).unwrap();
        let events = handle.events().unwrap();
        Self {
            readers,
            handle,
            events,
        }
    }

    pub fn with(card: impl card::scripted::CardScript + 'static) -> Self {
        let desk = Self::new(config());
        desk.readers.lay(READER, card);
        desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
        desk
    }

    /// The next event that fits; fails after ten seconds.
    pub fn wait(&self, fits: impl Fn(&CardEvent) -> bool) -> CardEvent {
        loop {
            let event = self
                .events
                .recv_timeout(Duration::from_secs(10))
                .expect("the expected event came");
            if fits(&event) {
                return event;
            }
        }
    }

    pub fn answer(&self) -> CardAnswer {
        match self.wait(|event| matches!(event, CardEvent::Answer { .. })) {
            CardEvent::Answer { visit, answer } => {
                assert_eq!(visit, VISIT);
                answer
            }
            _ => unreachable!(),
        }
    }

    pub fn ask(&self, command: CardCommand) -> CardAnswer {
        self.handle.send(command).unwrap();
        self.answer()
    }

    pub fn begin(&self) -> CardAnswer {
        self.ask(CardCommand::Begin {
            visit: VISIT,
            reader: READER.into(),
        })
    }

    pub fn identified(&self) -> CardIdentity {
        match self.begin() {
            CardAnswer::Identified(identity) => identity,
            other => panic!("not identified: {other:?}"),
        }
    }

    pub fn pin(&self, pin: &str) -> CardAnswer {
        self.ask(CardCommand::VerifyPin {
            visit: VISIT,
            pin: Secret::new(pin.into()),
        })
    }

    pub fn number(&self, number: &str) -> CardAnswer {
        self.ask(CardCommand::VerifyMatchingNumber {
            visit: VISIT,
            number: Secret::new(number.into()),
        })
    }

    pub fn photo(&self) -> CardAnswer {
        self.ask(CardCommand::ReadPhoto { visit: VISIT })
    }

    pub fn prove(&self, how: ProveHow) -> CardAnswer {
        self.ask(CardCommand::Prove {
            visit: VISIT,
            nonce: b"a nonce of the service".to_vec(),
            how,
        })
    }

    pub fn end(&self) {
        assert!(matches!(
            self.ask(CardCommand::End { visit: VISIT }),
            CardAnswer::Ended
        ));
    }
}
