//! Is it a 利用者証明用 certificate? Policy, key usage and purpose, as published certificates show them.

use x509_parser::prelude::X509Certificate;

use super::CertificateProblem;

/// Policy of 利用者証明用 certificates (jsrsasign's OID table "auth-class30"; seen in certificates).
const POLICY: &str = "1.2.392.200149.8.5.1.3.30";
/// The test hierarchy's, by the pattern of its 署名用 policy (`…8.5.1.0.20` for `…8.5.1.1.20`). Test
/// hierarchies themselves are refused in production (invariant 13).
const TEST_POLICY: &str = "1.2.392.200149.8.5.1.0.30";

/// Checks what makes it a certificate for authentication.
pub(super) fn check(leaf: &X509Certificate<'_>) -> Result<(), CertificateProblem> {
    if leaf.is_ca() || !is_for_authentication(leaf) {
        return Err(CertificateProblem::WrongPurpose);
    }
    let policies =
        leaf.extensions()
            .iter()
            .find_map(|extension| match extension.parsed_extension() {
                x509_parser::prelude::ParsedExtension::CertificatePolicies(policies) => {
                    Some(policies)
                }
                _ => None,
            });
    let named = policies.is_some_and(|policies| {
        policies.iter().any(|policy| {
            let policy = policy.policy_id.to_id_string();
            policy == POLICY || (policy == TEST_POLICY && super::is_test(leaf.issuer()))
        })
    });
    if named {
        Ok(())
    } else {
        Err(CertificateProblem::WrongPolicy)
    }
}

/// 署名用 certificates carry nonRepudiation and no clientAuth; this must not be one.
fn is_for_authentication(leaf: &X509Certificate<'_>) -> bool {
    let key_usage = leaf.key_usage().ok().flatten();
    let extended = leaf.extended_key_usage().ok().flatten();
    key_usage.is_some_and(|usage| usage.value.digital_signature() && !usage.value.non_repudiation())
        && extended.is_some_and(|usage| usage.value.client_auth)
}
