//! Settings of the client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

/// Where the present comes from, in milliseconds since the Unix epoch: what certificates are judged by.
/// The daemon gives one that is never earlier than the newest trusted time (invariant 14); which times are trusted a technician may mend.
pub type TimeSource = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How the central service is reached.
#[derive(Clone)]
pub struct CentralConfig {
    /// Host name; the server's certificate must be for it.
    pub host: String,
    /// Port, 443 in the field.
    pub port: u16,
    /// Connects there instead of resolving the host name; the certificate must still be for the host.
    pub connect_address: Option<SocketAddr>,
    /// PEM of the only certification authorities accepted for the server.
    pub ca_pem: Vec<u8>,
    /// PEM or DER of the authorities' revocation lists; none = revocation is not looked at. With lists, a server certificate that none of
    /// them covers, and one whose list has passed its next update, are refused; of several lists of one authority the newest counts.
    pub crls: Vec<Vec<u8>>,
    /// PEM of this terminal's certificate with its intermediates.
    pub client_cert_pem: Vec<u8>,
    /// PEM of its private key.
    pub client_key_pem: Zeroizing<Vec<u8>>,
    /// Login: user.
    pub user_id: String,
    /// Login: password.
    pub password: Zeroizing<String>,
    /// Paths of the calls.
    pub paths: Paths,
    /// Also accept TLS 1.2 (with AEAD suites only). Off by default.
    pub tls12: bool,
    /// Longest wait for a connection, handshake included.
    pub connect_timeout: Duration,
    /// Longest wait for a call, with everything it needs: connection, login, repetitions.
    pub request_timeout: Duration,
    /// 医療機関コード, 10 digits.
    pub institution_code: String,
}

/// Paths of the calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Login.
    pub auth: String,
    /// Qualification (IF-001/002).
    pub search: String,
    /// A nonce for a card. **Assumed**, see [`crate::assumed`].
    pub nonce: String,
    /// A card's proof. **Assumed**, see [`crate::assumed`].
    pub confirm: String,
    /// Medicines. **Assumed**, see [`crate::assumed`].
    pub medicines: String,
    /// Prefix of all other calls (`{others}/013`). **Assumed**, see [`crate::assumed`].
    pub others: String,
}

impl Default for Paths {
    /// The two public paths are those of hangilc/myclinic-ts; the others are assumed.
    fn default() -> Self {
        Self {
            auth: "/oqs-api-pro/MSA12020/ILI12020SV01/auth".to_owned(),
            search: "/oqs-api-pro/MSA01030/ILI01030SV01/search".to_owned(),
            nonce: crate::assumed::NONCE_PATH.to_owned(),
            confirm: crate::assumed::CONFIRM_PATH.to_owned(),
            medicines: crate::assumed::MEDICINES_PATH.to_owned(),
            others: crate::assumed::OTHERS_PREFIX.to_owned(),
        }
    }
}

impl Paths {
    pub(crate) fn all(&self) -> [&str; 6] {
        [
            &self.auth,
            &self.search,
            &self.nonce,
            &self.confirm,
            &self.medicines,
            &self.others,
        ]
    }
}

/// Domain of the official test environment (接続検証環境), of which public scripts name `hweb.oqs-st.onshikaku.org`
/// (Takemistu5041/Powershell, `ons_set_dns.ps1`).
const TEST_DOMAIN: &str = "oqs-st.onshikaku.org";

/// Whether a host belongs to the official test environment. Its certificate must be for this name like any other's (invariant 13), so the
/// name is what the service itself says.
pub fn is_test_environment(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == TEST_DOMAIN
        || host
            .strip_suffix(TEST_DOMAIN)
            .is_some_and(|name| name.ends_with('.'))
}

/// Without keys and passwords.
impl std::fmt::Debug for CentralConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CentralConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("connect_address", &self.connect_address)
            .field("paths", &self.paths)
            .field("tls12", &self.tls12)
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("institution_code", &self.institution_code)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::is_test_environment;

    #[test]
    fn only_the_official_domain_is_the_test_environment() {
        for host in [
            "hweb.oqs-st.onshikaku.org",
            "HWEB-API.OQS-ST.ONSHIKAKU.ORG.",
            "oqs-st.onshikaku.org",
        ] {
            assert!(is_test_environment(host), "{host}");
        }
        for host in [
            "hweb.oqs.onshikaku.org",
            "hwebxoqs-st.onshikaku.org",
            "oqs-st.onshikaku.org.example.jp",
            "localhost",
            "",
        ] {
            assert!(!is_test_environment(host), "{host}");
        }
    }
}
