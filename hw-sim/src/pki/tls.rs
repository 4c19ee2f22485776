//! Certificates of the simulated central service and of terminals: ECDSA P-256, one good set and
//! one for every way in which a certificate can be wrong.
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams, SerialNumber,
};
use time::{Duration, OffsetDateTime};

use super::PrepareError;
use super::keys::make_private;
use crate::card::write;

/// The organisation that every simulated certificate names.
const ORGANISATION: &str = "UKETSUKE SIMULATION (no real service)";

/// Files below the prepared folder. They are issued together and kept together.
const FILES: [&str; 21] = [
    "central/ca.pem",
    "central/server.pem",
    "central/server.key",
    "central/expired-server.pem",
    "central/expired-server.key",
    "central/other-host-server.pem",
    "central/other-host-server.key",
    "central/untrusted-server.pem",
    "central/untrusted-server.key",
    "central/revoked-server.pem",
    "central/revoked-server.key",
    "central/revoked.crl",
    "central/client-ca.pem",
    "terminal/client.pem",
    "terminal/client.key",
    "terminal/expired-client.pem",
    "terminal/expired-client.key",
    "terminal/clinic.pem",
    "terminal/clinic.key",
    "terminal/hospital.pem",
    "terminal/hospital.key",
];

/// Certificates that name the institution to which they were issued: the service takes them for no other's login.
const INSTITUTIONS: [(&str, &str); 2] = [
    ("terminal/clinic", crate::central::CLINIC_INSTITUTION),
    ("terminal/hospital", crate::central::OTHER_INSTITUTION),
];

/// Serial number of the certificate that the service's authority has revoked.
const REVOKED: u64 = 0x7265_766f_6b65_6400;

type Ca = Issuer<'static, KeyPair>;

/// Issues all files unless all are there and are, at this time, what they are meant to be: a folder made while the clock
/// stood elsewhere is issued anew. The authorities' keys are not kept.
pub(super) fn prepare(dir: &Path, now: OffsetDateTime) -> Result<(), PrepareError> {
    let holds = |file: &str| holds_at(&dir.join(file), now);
    if FILES.iter().all(|file| dir.join(file).exists())
        && ["central/server.pem", "terminal/client.pem"]
            .into_iter()
            .all(|file| holds(file) == Some(true))
        && ["central/expired-server.pem", "terminal/expired-client.pem"]
            .into_iter()
            .all(|file| holds(file) == Some(false))
    {
        return Ok(());
    }
    let out = Out { dir, now };
    let service = out.authority("central/ca.pem", "Central service CA")?;
    let stranger = out.authority("central/untrusted-ca.pem", "Somebody else's CA")?;
    let terminals = out.authority("central/client-ca.pem", "Terminal CA")?;
    let good = (-1, 10 * 365);
    let past = (-400, -30);
    let server = ExtendedKeyUsagePurpose::ServerAuth;
    let own = ["localhost", "127.0.0.1"];
    out.leaf(&service, "central/server", &own, good, &server)?;
    out.leaf(&service, "central/expired-server", &own, past, &server)?;
    out.leaf(
        &service,
        "central/other-host-server",
        &["other.invalid"],
        good,
        &server,
    )?;
    out.leaf(&stranger, "central/untrusted-server", &own, good, &server)?;
    out.revoked_leaf(&service, "central/revoked-server", &own, good, &server)?;
    out.revocation_list(&service, "central/revoked.crl")?;
    let client = ExtendedKeyUsagePurpose::ClientAuth;
    let three_years = (-1, 3 * 365);
    out.leaf(&terminals, "terminal/client", &[], three_years, &client)?;
    for (stem, institution) in INSTITUTIONS {
        out.leaf_named(&terminals, stem, institution, &[], three_years, &client)?;
    }
    out.leaf(&terminals, "terminal/expired-client", &[], past, &client)
}

/// Whether a certificate holds at this time; `None` when it can't be read.
fn holds_at(file: &Path, now: OffsetDateTime) -> Option<bool> {
    let text = std::fs::read(file).ok()?;
    let (_, pem) = x509_parser::pem::parse_x509_pem(&text).ok()?;
    let certificate = pem.parse_x509().ok()?;
    let validity = certificate.validity();
    let now = now.unix_timestamp();
    Some(validity.not_before.timestamp() <= now && now <= validity.not_after.timestamp())
}

struct Out<'a> {
    dir: &'a Path,
    now: OffsetDateTime,
}

impl Out<'_> {
    fn authority(&self, file: &str, name: &str) -> Result<Ca, PrepareError> {
        let mut params = self.params(name, &[], (-400, 20 * 365))?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        write(&self.dir.join(file), certificate.pem().as_bytes())?;
        Ok(Issuer::new(params, key))
    }

    /// Days of validity are counted from now.
    fn leaf(
        &self,
        ca: &Ca,
        stem: &str,
        hosts: &[&str],
        days: (i64, i64),
        usage: &ExtendedKeyUsagePurpose,
    ) -> Result<(), PrepareError> {
        let name = hosts.first().copied().unwrap_or("simulated terminal");
        self.leaf_named(ca, stem, name, hosts, days, usage)
    }

    /// One that stands on the authority's revocation list.
    fn revoked_leaf(
        &self,
        ca: &Ca,
        stem: &str,
        hosts: &[&str],
        days: (i64, i64),
        usage: &ExtendedKeyUsagePurpose,
    ) -> Result<(), PrepareError> {
        let name = hosts.first().copied().unwrap_or("revoked");
        let mut params = self.params(name, hosts, days)?;
        params.serial_number = Some(SerialNumber::from(REVOKED));
        self.issue(ca, stem, params, usage)
    }

    /// The authority's revocation list, PEM: as long as its certificates hold.
    fn revocation_list(&self, ca: &Ca, file: &str) -> Result<(), PrepareError> {
        let yesterday = self.now - Duration::days(1);
        let list = CertificateRevocationListParams {
            this_update: yesterday,
            next_update: self.now + Duration::days(10 * 365),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(REVOKED),
                revocation_time: yesterday,
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(ca)?.pem()?;
        write(&self.dir.join(file), list.as_bytes())?;
        Ok(())
    }

    fn leaf_named(
        &self,
        ca: &Ca,
        stem: &str,
        name: &str,
        hosts: &[&str],
        days: (i64, i64),
        usage: &ExtendedKeyUsagePurpose,
    ) -> Result<(), PrepareError> {
        let params = self.params(name, hosts, days)?;
        self.issue(ca, stem, params, usage)
    }

    fn issue(
        &self,
        ca: &Ca,
        stem: &str,
        mut params: CertificateParams,
        usage: &ExtendedKeyUsagePurpose,
    ) -> Result<(), PrepareError> {
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage.clone()];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, ca)?;
        let key_file = self.dir.join(format!("{stem}.key"));
        write(&key_file, key.serialize_pem().as_bytes())?;
        make_private(&key_file)?;
        let certificate_file = self.dir.join(format!("{stem}.pem"));
        write(&certificate_file, certificate.pem().as_bytes())?;
        Ok(())
    }

    fn params(
        &self,
        name: &str,
        hosts: &[&str],
        days: (i64, i64),
    ) -> Result<CertificateParams, PrepareError> {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts)?;
        let mut distinguished = DistinguishedName::new();
        distinguished.push(DnType::CountryName, "JP");
        distinguished.push(DnType::OrganizationName, ORGANISATION);
        distinguished.push(DnType::CommonName, name);
        params.distinguished_name = distinguished;
        params.not_before = self.now + Duration::days(days.0);
        params.not_after = self.now + Duration::days(days.1);
        Ok(params)
    }
}
