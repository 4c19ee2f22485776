//! A small synthetic card that answers like one, with a hook on every answer. Independent of hw-sim's
//! engine on purpose: two authors rarely make the same mistake.

use std::sync::{Arc, Mutex};

use card::scripted::{CardScript, Said};
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};

use super::{ISSUER_ID, Keys, NUMBER, PIN, SIGNER_ID, TEST_ORGANIZATION, keys, leaf_der};

/// What a hook does with the answer of command number `index` (from 0 since the card was made).
pub type Hook = Box<dyn FnMut(usize, &[u8], Vec<u8>) -> Said + Send>;

/// What stays when the power goes, and what the test wants to look at.
pub struct Memory {
    pub pin: u8,
    pub number: u8,
    pub powered: bool,
    pub power_ons: u32,
    pub commands: Vec<Vec<u8>>,
    pub hook: Option<Hook>,
    pub token: &'static str,
    pub availability: [u8; 3],
    pub certificate: Vec<u8>,
    pub cvc: Vec<u8>,
    pub record: Vec<u8>,
    /// What GET DATA 00F2 says.
    pub expiry: Option<&'static str>,
    /// What stands in the 共通カードAP's record.
    pub common_expiry: Option<&'static str>,
    pub atr: Vec<u8>,
    pub face_key: RsaPrivateKey,
    pub auth_key: RsaPrivateKey,
}

impl Memory {
    /// Commands that carried a credential.
    pub fn attempts(&self) -> usize {
        self.commands
            .iter()
            .filter(|command| command[1] == 0x20 && command.len() > 5)
            .count()
    }
}

#[derive(Clone)]
pub struct Synthetic {
    pub memory: Arc<Mutex<Memory>>,
    jpki: Option<bool>,
    common: bool,
    file: u8,
    verified: bool,
    more: Vec<u8>,
}

pub const PHOTO: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n synthetic photo, not decodable";

impl Synthetic {
    pub fn new() -> Self {
        let Keys {
            issuer,
            signer,
            face,
            auth,
            root,
            ..
        } = keys();
        // About 3 kB, so that blocks matter.
        let photo = PHOTO.repeat(80);
        let memory = Memory {
            pin: 3,
            number: 10,
            powered: false,
            power_ons: 0,
            commands: Vec::new(),
            hook: None,
            token: "JPKIAPICCTOKEN2",
            availability: [0x8F, 0x8F, 0x00],
            certificate: leaf_der(TEST_ORGANIZATION, root, auth),
            cvc: cvc(issuer, &ISSUER_ID, signer),
            record: record(signer, face, &photo),
            expiry: Some("20300115"),
            common_expiry: Some("20300115"),
            atr: vec![0x3B, 0x80, 0x80, 0x01, 0x01],
            face_key: face.clone(),
            auth_key: auth.clone(),
        };
        Self {
            memory: Arc::new(Mutex::new(memory)),
            jpki: None,
            common: false,
            file: 0,
            verified: false,
            more: Vec::new(),
        }
    }

    pub fn change(&self, what: impl FnOnce(&mut Memory)) {
        what(&mut self.memory.lock().unwrap());
    }

    pub fn hook(&self, hook: impl FnMut(usize, &[u8], Vec<u8>) -> Said + Send + 'static) {
        self.change(|memory| memory.hook = Some(Box::new(hook)));
    }

    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        let memory = Arc::clone(&self.memory);
        let mut memory = memory.lock().unwrap();
        let data = command.get(5..).unwrap_or(&[]);
        let jpki = self.jpki;
        match (&command[..4], jpki) {
            ([0x00, 0xCA, 0x00, 0xF2], None) => match memory.expiry {
                Some(expiry) => ok(expiry.as_bytes()),
                None => sw(0x6A88),
            },
            ([0x00, 0xA4, 0x04, 0x0C], _) => {
                (self.verified, self.jpki, self.common) = (false, None, false);
                match data {
                    _ if data == card::allowlist::JPKI_AID => self.jpki = Some(true),
                    _ if data == card::allowlist::SURFACE_AID => self.jpki = Some(false),
                    _ if data == card::allowlist::COMMON_AID && memory.common_expiry.is_some() => {
                        self.common = true;
                    }
                    _ => return sw(0x6A82),
                }
                sw(0x9000)
            }
            ([0x00, 0xB2, 0x01, 0x0C], None) if self.common => {
                let expiry = memory.common_expiry.unwrap();
                ok(format!("\x01\x1c40000001271984313221{expiry}").as_bytes())
            }
            ([0x00, 0xA4, 0x02, 0x0C], Some(_)) => {
                self.file = data[1];
                sw(0x9000)
            }
            ([0x00, 0xB0, high, low], Some(jpki)) => {
                let mut from = usize::from(u16::from_be_bytes([*high, *low]));
                if high & 0x80 != 0 {
                    (self.file, from) = (high & 0x1F, usize::from(*low));
                }
                let mut token = memory.token.as_bytes().to_vec();
                token.resize(160, b' ');
                let content: &[u8] = match (jpki, self.file) {
                    (true, 0x06) => &token,
                    (true, 0x08) => &memory.availability,
                    (true, 0x0A) => &memory.certificate,
                    (false, 0x04) => &memory.cvc,
                    (false, 0x02) if self.verified => &memory.record,
                    (false, 0x02) => return sw(0x6982),
                    _ => return sw(0x6A82),
                };
                let want = match command[4..] {
                    [0] => 256,
                    [count] => usize::from(count),
                    [0, high, low] => usize::from(u16::from_be_bytes([high, low])),
                    _ => return sw(0x6700),
                };
                match content.get(from..) {
                    Some(rest) => ok(&rest[..rest.len().min(want)]),
                    None => sw(0x6B00),
                }
            }
            ([0x00, 0x20, 0x00, key], Some(_)) => {
                let (left, right) = match key {
                    0x98 => (&mut memory.pin, PIN),
                    0x92 => (&mut memory.number, NUMBER),
                    _ => return sw(0x6A88),
                };
                if data.is_empty() || *left == 0 {
                    return sw(if data.is_empty() {
                        0x63C0 | u16::from(*left)
                    } else {
                        0x6984
                    });
                }
                if data == right.as_bytes() {
                    *left = if *key == 0x98 { 3 } else { 10 };
                    self.verified = true;
                    return sw(0x9000);
                }
                *left -= 1;
                sw(0x63C0 | u16::from(*left))
            }
            ([0x80, 0x2A, 0x00, 0x97], Some(true)) if self.verified => {
                ok(&sign(&memory.auth_key, &data[..51]))
            }
            ([0x80, 0x2A, 0x00, 0x00], Some(false)) => ok(&sign(&memory.face_key, &data[..51])),
            ([0x80, 0x2A, ..], _) => sw(0x6982),
            ([0x00, 0xC0, ..], _) => ok(&std::mem::take(&mut self.more)),
            _ => sw(0x6D00),
        }
    }
}

impl CardScript for Synthetic {
    fn power(&mut self, on: bool) {
        (self.jpki, self.common, self.file, self.verified) = (None, false, 0, false);
        let mut memory = self.memory.lock().unwrap();
        memory.powered = on;
        memory.power_ons += u32::from(on);
    }

    fn atr(&self) -> Vec<u8> {
        self.memory.lock().unwrap().atr.clone()
    }

    fn answer(&mut self, command: &[u8]) -> Said {
        let answer = self.respond(command);
        let (index, hook) = {
            let mut memory = self.memory.lock().unwrap();
            memory.commands.push(command.to_vec());
            (memory.commands.len() - 1, memory.hook.take())
        };
        let Some(mut hook) = hook else {
            return Said::Bytes(answer);
        };
        let said = hook(index, command, answer);
        self.memory.lock().unwrap().hook.get_or_insert(hook);
        said
    }
}

pub fn sw(status: u16) -> Vec<u8> {
    status.to_be_bytes().to_vec()
}

fn ok(data: &[u8]) -> Vec<u8> {
    [data, &[0x90, 0x00]].concat()
}

fn sign(key: &RsaPrivateKey, digest_info: &[u8]) -> Vec<u8> {
    key.sign(Pkcs1v15Sign::new_unprefixed(), digest_info)
        .unwrap()
}

fn tlv(tag: u16, value: &[u8]) -> Vec<u8> {
    let mut out = tag.to_be_bytes().to_vec();
    let length = u16::try_from(value.len()).unwrap();
    // Not minimal on purpose: cards write 82 00 80.
    if length < 0x20 {
        out.push(length as u8)
    } else {
        out.push(0x82)
    }
    if length >= 0x20 {
        out.extend_from_slice(&length.to_be_bytes());
    }
    out.extend_from_slice(value);
    out
}

fn public(key: &RsaPrivateKey) -> Vec<u8> {
    let mut out = vec![0x90, 0x03, 0x01, 0x00, 0x01, 0x91, 0x82, 0x01, 0x00];
    out.extend_from_slice(&key.n().to_bytes_be());
    out
}

fn sha256(data: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, data)
        .as_ref()
        .to_vec()
}

/// A CV certificate of 568 bytes.
pub fn cvc(issuer: &RsaPrivateKey, issuer_id: &[u8; 16], subject: &RsaPrivateKey) -> Vec<u8> {
    let body = [&issuer_id[..], &SIGNER_ID, &public(subject)].concat();
    let signature = sign(issuer, &card::authenticity::digest_info(&body));
    let out = tlv(
        0x7F21,
        &[tlv(0x5F4E, &body), tlv(0x5F37, &signature)].concat(),
    );
    assert_eq!(out.len(), 568);
    out
}

/// A card-face record with its three-digest signature and FF filler.
pub fn record(signer: &RsaPrivateKey, face: &RsaPrivateKey, photo: &[u8]) -> Vec<u8> {
    let groups = [
        [
            tlv(0xDF22, b"19900115"),
            tlv(0xDF23, b"1"),
            tlv(0xDF24, &public(face)),
        ]
        .concat(),
        [tlv(0xDF25, b"name image"), tlv(0xDF26, b"address image")].concat(),
        tlv(0xDF27, photo),
    ];
    let digests: Vec<u8> = groups.iter().flat_map(|group| sha256(group)).collect();
    let mut info = vec![
        0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x60,
    ];
    info.extend_from_slice(&digests);
    let mut body = tlv(0xDF21, &[0; 18]);
    body.extend(groups.concat());
    body.extend(tlv(0xDF28, &sign(signer, &info)));
    body.extend(tlv(0xDF29, b"20300115"));
    body.extend(tlv(0xDF2A, b"code image"));
    let mut file = tlv(0xFF20, &body);
    file.resize(file.len() + 300, 0xFF);
    file
}
