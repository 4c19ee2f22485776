//! X.509 certificates of the test JPKI hierarchies, written with yasna: the JPKI profile has two
//! OUs in a name, directory names as CRL distribution points and a fixed order of extensions,
//! which a general certificate maker does not express.
use time::OffsetDateTime;
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, Tag, tags};

use super::PrepareError;
use super::keys::SigningKey;

const SHA256_WITH_RSA: &[u64] = &[1, 2, 840, 113549, 1, 1, 11];
pub(super) const C: &[u64] = &[2, 5, 4, 6];
pub(super) const L: &[u64] = &[2, 5, 4, 7];
pub(super) const O: &[u64] = &[2, 5, 4, 10];
pub(super) const OU: &[u64] = &[2, 5, 4, 11];
pub(super) const CN: &[u64] = &[2, 5, 4, 3];

/// A distinguished name: one attribute per RDN. C is PrintableString, the rest UTF8String.
pub(super) type Name = Vec<(&'static [u64], String)>;

/// An extension: OID, critical, DER of its value.
pub(super) struct Extension {
    oid: &'static [u64],
    critical: bool,
    value: Vec<u8>,
}

/// A certificate to be signed.
pub(super) struct Certificate {
    pub(super) serial: Vec<u8>,
    pub(super) issuer: Name,
    pub(super) subject: Name,
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
    pub(super) spki: Vec<u8>,
    pub(super) extensions: Vec<Extension>,
}

impl Certificate {
    /// Signs with SHA-256 and RSA; the result is DER.
    pub(super) fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, PrepareError> {
        let tbs = self.tbs();
        let signature = key
            .sign(&tbs)
            .ok_or(PrepareError::Crypto("a certificate could not be signed"))?;
        Ok(yasna::construct_der(|w| {
            w.write_sequence(|w| {
                w.next().write_der(&tbs);
                algorithm(w.next());
                w.next().write_bitvec_bytes(&signature, signature.len() * 8);
            });
        }))
    }

    fn tbs(&self) -> Vec<u8> {
        yasna::construct_der(|w| {
            w.write_sequence(|w| {
                w.next().write_tagged(Tag::context(0), |w| w.write_u8(2));
                w.next().write_bigint_bytes(&self.serial, true);
                algorithm(w.next());
                name(w.next(), &self.issuer);
                w.next().write_sequence(|w| {
                    moment(w.next(), self.not_before);
                    moment(w.next(), self.not_after);
                });
                name(w.next(), &self.subject);
                w.next().write_der(&self.spki);
                w.next().write_tagged(Tag::context(3), |w| {
                    w.write_sequence(|w| {
                        for extension in &self.extensions {
                            extension.write(w.next());
                        }
                    });
                });
            });
        })
    }
}

impl Extension {
    fn new(oid: &'static [u64], critical: bool, value: impl FnOnce(DERWriter<'_>)) -> Self {
        Self {
            oid,
            critical,
            value: yasna::construct_der(value),
        }
    }

    fn write(&self, writer: DERWriter<'_>) {
        writer.write_sequence(|w| {
            oid(w.next(), self.oid);
            if self.critical {
                w.next().write_bool(true);
            }
            w.next().write_bytes(&self.value);
        });
    }

    /// keyUsage, critical; the bits as in the standard, first bit high.
    pub(super) fn key_usage(bits: u8) -> Self {
        let used = 8 - bits.trailing_zeros().min(7) as usize;
        Self::new(&[2, 5, 29, 15], true, |w| {
            w.write_bitvec_bytes(&[bits], used);
        })
    }

    /// extendedKeyUsage clientAuth.
    pub(super) fn client_auth() -> Self {
        Self::new(&[2, 5, 29, 37], false, |w| {
            w.write_sequence(|w| oid(w.next(), &[1, 3, 6, 1, 5, 5, 7, 3, 2]));
        })
    }

    /// certificatePolicies, critical, one policy with the address of its practice statement.
    pub(super) fn policy(policy: &[u64], cps: &str) -> Self {
        Self::new(&[2, 5, 29, 32], true, |w| {
            w.write_sequence(|w| {
                w.next().write_sequence(|w| {
                    oid(w.next(), policy);
                    w.next().write_sequence(|w| {
                        w.next().write_sequence(|w| {
                            oid(w.next(), &[1, 3, 6, 1, 5, 5, 7, 2, 1]);
                            w.next().write_ia5_string(cps);
                        });
                    });
                });
            });
        })
    }

    /// basicConstraints CA:TRUE, critical.
    pub(super) fn authority() -> Self {
        Self::new(&[2, 5, 29, 19], true, |w| {
            w.write_sequence(|w| w.next().write_bool(true));
        })
    }

    /// subjectAltName with a directory name.
    pub(super) fn subject_alt_name(directory: &Name) -> Self {
        Self::new(&[2, 5, 29, 17], false, |w| {
            w.write_sequence(|w| directory_name(w.next(), directory));
        })
    }

    /// subjectAltName with otherNames of UTF8Strings.
    pub(super) fn other_names(names: &[(&'static [u64], String)]) -> Self {
        Self::new(&[2, 5, 29, 17], false, |w| {
            w.write_sequence(|w| {
                for (kind, text) in names {
                    w.next().write_tagged_implicit(Tag::context(0), |w| {
                        w.write_sequence(|w| {
                            oid(w.next(), kind);
                            w.next()
                                .write_tagged(Tag::context(0), |w| w.write_utf8_string(text));
                        });
                    });
                }
            });
        })
    }

    /// issuerAltName with a directory name.
    pub(super) fn issuer_alt_name(directory: &Name) -> Self {
        Self::new(&[2, 5, 29, 18], false, |w| {
            w.write_sequence(|w| directory_name(w.next(), directory));
        })
    }

    /// cRLDistributionPoints: fullName with a directory name.
    pub(super) fn crl_point(directory: &Name) -> Self {
        Self::new(&[2, 5, 29, 31], false, |w| {
            w.write_sequence(|w| {
                w.next().write_sequence(|w| {
                    w.next().write_tagged(Tag::context(0), |w| {
                        w.write_tagged_implicit(Tag::context(0), |w| {
                            w.write_sequence(|w| directory_name(w.next(), directory));
                        });
                    });
                });
            });
        })
    }

    /// authorityInfoAccess with an OCSP address.
    pub(super) fn ocsp(address: &str) -> Self {
        Self::new(&[1, 3, 6, 1, 5, 5, 7, 1, 1], false, |w| {
            w.write_sequence(|w| {
                w.next().write_sequence(|w| {
                    oid(w.next(), &[1, 3, 6, 1, 5, 5, 7, 48, 1]);
                    w.next().write_tagged_implicit(Tag::context(6), |w| {
                        w.write_ia5_string(address);
                    });
                });
            });
        })
    }

    /// authorityKeyIdentifier with key id, the issuer's issuer and serial number.
    pub(super) fn authority_key(key: &[u8], issuer: &Name, serial: &[u8]) -> Self {
        Self::new(&[2, 5, 29, 35], false, |w| {
            w.write_sequence(|w| {
                w.next()
                    .write_tagged_implicit(Tag::context(0), |w| w.write_bytes(key));
                w.next().write_tagged_implicit(Tag::context(1), |w| {
                    w.write_sequence(|w| directory_name(w.next(), issuer));
                });
                w.next().write_tagged_implicit(Tag::context(2), |w| {
                    w.write_bigint_bytes(serial, true);
                });
            });
        })
    }

    /// subjectKeyIdentifier.
    pub(super) fn subject_key(key: &[u8]) -> Self {
        Self::new(&[2, 5, 29, 14], false, |w| w.write_bytes(key))
    }
}

fn oid(writer: DERWriter<'_>, components: &[u64]) {
    writer.write_oid(&ObjectIdentifier::from_slice(components));
}

fn algorithm(writer: DERWriter<'_>) {
    writer.write_sequence(|w| {
        oid(w.next(), SHA256_WITH_RSA);
        w.next().write_null();
    });
}

fn name(writer: DERWriter<'_>, attributes: &Name) {
    writer.write_sequence(|w| {
        for (kind, text) in attributes {
            w.next().write_set(|w| {
                w.next().write_sequence(|w| {
                    oid(w.next(), kind);
                    if *kind == C {
                        w.next().write_printable_string(text);
                    } else {
                        w.next().write_utf8_string(text);
                    }
                });
            });
        }
    });
}

/// GeneralName directoryName: explicit, because Name is a choice.
fn directory_name(writer: DERWriter<'_>, directory: &Name) {
    writer.write_tagged(Tag::context(4), |w| name(w, directory));
}

/// UTCTime until 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5).
fn moment(writer: DERWriter<'_>, at: OffsetDateTime) {
    let rest = format!(
        "{:02}{:02}{:02}{:02}{:02}Z",
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    let (tag, text) = if at.year() < 2050 {
        (tags::TAG_UTCTIME, format!("{:02}{rest}", at.year() % 100))
    } else {
        (tags::TAG_GENERALIZEDTIME, format!("{:04}{rest}", at.year()))
    };
    writer.write_tagged_implicit(tag, |w| w.write_bytes(text.as_bytes()));
}
