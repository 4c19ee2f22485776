//! Tests of the prepared folder: profiles of the certificates, what is kept, what is issued anew.
use std::collections::BTreeMap;
use std::path::Path;

use x509_parser::prelude::*;

use super::*;

const NOW: i64 = 1_795_305_600; // 2026-11-22T00:00:00Z
const PERSON: &str = r#"
[[person]]
id = "a"
name = "架空　太郎"
kana = "ｶｸｳ"
sex = "1"
birth_date = "19900115"
address = "東京都"
[person.card]
pin = "1234"
expiry = "20300115"
security_code = "4321"
portrait = "face"
kind = "face-only"
"#;

/// Every file below a folder with its content.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                out.insert(path.clone(), std::fs::read(path).unwrap());
            }
        }
    }
    out
}

#[test]
fn preparing_again_changes_nothing_until_something_changes() {
    let dir = tempfile::tempdir().unwrap();
    let portraits = tempfile::tempdir().unwrap();
    let run = |text: &str| {
        let register = Register::from_toml(text).unwrap();
        prepare_at(dir.path(), &register, portraits.path(), NOW).unwrap()
    };
    let first = run(PERSON);
    assert_eq!(first.placeholders, ["a"]);
    let before = contents(dir.path());
    assert!(before.len() > 30);
    run(PERSON);
    assert_eq!(contents(dir.path()), before);
    // Counters are the card's own memory: they stay.
    let mut card = first.card("a").unwrap();
    let tired = crate::card::Counters {
        surface_b: 4,
        ..card.counters()
    };
    card.set_counters(tired).unwrap();
    run(PERSON);
    assert_eq!(first.card("a").unwrap().counters(), tired);
    // Another security code is another card, with the same keys.
    let key = first.card_folder("a").join("auth-key.der");
    let old_key = std::fs::read(&key).unwrap();
    let certificate = first.card_folder("a").join("auth-cert.der");
    let old_certificate = std::fs::read(&certificate).unwrap();
    run(&PERSON.replace("4321", "4322"));
    let card = first.card("a").unwrap();
    assert_eq!(card.card().security_code, "4322");
    assert_eq!(card.counters().surface_b, 10);
    assert_eq!(std::fs::read(&key).unwrap(), old_key);
    // A portrait that turns up replaces the placeholder.
    let placeholder = std::fs::read(first.card_folder("a").join("photo.jp2")).unwrap();
    image::GrayImage::from_fn(300, 300, |x, y| image::Luma([(x ^ y) as u8]))
        .save(portraits.path().join("face.jpg"))
        .unwrap();
    assert!(run(PERSON).placeholders.is_empty());
    assert_ne!(
        std::fs::read(first.card_folder("a").join("photo.jp2")).unwrap(),
        placeholder
    );
    // A lost key makes a new card rather than one that contradicts itself.
    std::fs::remove_file(&key).unwrap();
    run(PERSON);
    assert_ne!(std::fs::read(&certificate).unwrap(), old_certificate);
    let spki = SigningKey::load(&key).unwrap().spki().unwrap();
    assert!(contains(&std::fs::read(&certificate).unwrap(), &spki));
}

/// The profile of a 利用者証明用証明書 as decoded from published certificates: names, extensions
/// and their order, and a chain that verifies under the CA the terminal is given.
#[test]
fn the_authentication_certificate_has_the_jpki_profile() {
    let prepared = crate::card::tests::prepared();
    let ca = std::fs::read(prepared.dir.join("terminal/auth-ca.der")).unwrap();
    let (_, ca) = X509Certificate::from_der(&ca).unwrap();
    let der = std::fs::read(prepared.card_folder("normal").join("auth-cert.der")).unwrap();
    let (rest, certificate) = X509Certificate::from_der(&der).unwrap();
    assert!(rest.is_empty());
    assert_eq!(
        ca.subject().to_string(),
        "C=JP, O=JPKI-TEST, OU=JPKI for user authentication, \
         OU=Japan Agency for Local Authority Information Systems"
    );
    assert_eq!(certificate.issuer(), ca.subject());
    ca.verify_signature(None).unwrap();
    certificate.verify_signature(Some(ca.public_key())).unwrap();
    assert!(ca.is_ca());
    assert!(!certificate.is_ca());
    let common_name = certificate.subject().iter_common_name().next().unwrap();
    let common_name = common_name.as_str().unwrap();
    assert_eq!(common_name.len(), 23);
    assert!(common_name.ends_with("13221003A"));
    assert_eq!(certificate.raw_serial().len(), 4);
    let extensions: Vec<(String, bool)> = certificate
        .extensions()
        .iter()
        .map(|e| (e.oid.to_id_string(), e.critical))
        .collect();
    let expected = [
        ("2.5.29.15", true),
        ("2.5.29.37", false),
        ("2.5.29.32", true),
        ("2.5.29.18", false),
        ("2.5.29.31", false),
        ("1.3.6.1.5.5.7.1.1", false),
        ("2.5.29.35", false),
        ("2.5.29.14", false),
    ];
    let expected: Vec<(String, bool)> = expected
        .iter()
        .map(|(o, c)| ((*o).to_owned(), *c))
        .collect();
    assert_eq!(extensions, expected);
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::KeyUsage(usage) => assert_eq!(usage.flags, 1),
            ParsedExtension::ExtendedKeyUsage(usage) => assert!(usage.client_auth),
            ParsedExtension::CertificatePolicies(policies) => assert_eq!(
                policies[0].policy_id.to_id_string(),
                "1.2.392.200149.8.5.1.3.30"
            ),
            ParsedExtension::CRLDistributionPoints(points) => {
                let Some(DistributionPointName::FullName(names)) =
                    &points.points[0].distribution_point
                else {
                    panic!("no full name");
                };
                let GeneralName::DirectoryName(name) = &names[0] else {
                    panic!("no directory name");
                };
                assert!(name.to_string().ends_with("CN=Kiyose-shi CRLDP"));
            }
            ParsedExtension::AuthorityKeyIdentifier(key) => {
                assert_eq!(key.key_identifier.as_ref().unwrap().0, identifier(&ca));
                assert_eq!(key.authority_cert_serial, Some(ca.raw_serial()));
                assert!(key.authority_cert_issuer.is_some());
            }
            ParsedExtension::SubjectKeyIdentifier(key) => assert_eq!(key.0.len(), 20),
            ParsedExtension::IssuerAlternativeName(name) => {
                assert_eq!(name.general_names.len(), 1);
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                assert_eq!(access.accessdescs.len(), 1);
            }
            other => panic!("unexpected extension {other:?}"),
        }
    }
}

fn identifier<'a>(certificate: &'a X509Certificate<'_>) -> &'a [u8] {
    certificate
        .extensions()
        .iter()
        .find_map(|e| match e.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(key) => Some(key.0),
            _ => None,
        })
        .unwrap()
}

#[test]
fn certificates_end_when_the_register_says() {
    let prepared = crate::card::tests::prepared();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        .cast_signed();
    let day = 86_400;
    for (person, years_left, birthday) in [
        ("normal", (day, 4 * 366 * day), Some("Jan 15")),
        ("face", (day, 4 * 366 * day), Some("May  9")),
        ("expired", (-3 * 366 * day, -day), Some("Feb 2")),
        ("soon", (-day, 32 * day), None),
    ] {
        let der = std::fs::read(prepared.card_folder(person).join("auth-cert.der")).unwrap();
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        let end = certificate.validity().not_after;
        let left = end.timestamp() - now;
        assert!(
            (years_left.0..years_left.1).contains(&left),
            "{person}: {left}"
        );
        // 23:59:59 in Japan.
        assert_eq!(end.timestamp() % day, 15 * 3600 - 1);
        if let Some(birthday) = birthday {
            assert!(end.to_string().starts_with(birthday), "{person}: {end}");
        }
        assert!(certificate.validity().not_before.timestamp() < now);
    }
}

#[test]
fn the_signature_certificate_carries_the_four_attributes() {
    let prepared = crate::card::tests::prepared();
    let der = std::fs::read(prepared.card_folder("normal").join("sign-cert.der")).unwrap();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    let ca = std::fs::read(prepared.dir.join("issuer/sign-ca.der")).unwrap();
    let (_, ca) = X509Certificate::from_der(&ca).unwrap();
    certificate.verify_signature(Some(ca.public_key())).unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let found: Vec<String> = names
        .value
        .general_names
        .iter()
        .map(|name| match name {
            GeneralName::OtherName(oid, _) => oid.to_id_string(),
            other => panic!("unexpected name {other:?}"),
        })
        .collect();
    let arc = |n: u8| format!("1.2.392.200149.8.5.5.{n}");
    assert_eq!(found, [1, 4, 3, 5, 2, 6].map(arc));
    for text in ["架空　太郎", "419900115"] {
        assert!(contains(&der, text.as_bytes()), "{text}");
    }
}

#[test]
fn the_tls_set_holds_one_of_every_mistake() {
    let dir = crate::card::tests::prepared().dir.clone();
    let pem = |file: &str| std::fs::read(dir.join(file)).unwrap();
    let now = ASN1Time::now();
    let check = |file: &str, ca: &str, valid: bool, host: Option<&str>| {
        let (leaf, ca) = (pem(file), pem(ca));
        let (_, leaf) = parse_x509_pem(&leaf).unwrap();
        let (_, ca) = parse_x509_pem(&ca).unwrap();
        let leaf = leaf.parse_x509().unwrap();
        let ca = ca.parse_x509().unwrap();
        leaf.verify_signature(Some(ca.public_key())).unwrap();
        assert_eq!(leaf.validity().is_valid_at(now), valid, "{file}");
        assert!(leaf.subject().to_string().contains("SIMULATION"));
        let names = leaf.subject_alternative_name().unwrap();
        let names = names.map_or(Vec::new(), |n| n.value.general_names.clone());
        let first = names.first().map(|n| match n {
            GeneralName::DNSName(name) => *name,
            other => panic!("unexpected name {other:?}"),
        });
        assert_eq!(first, host, "{file}");
    };
    check(
        "central/server.pem",
        "central/ca.pem",
        true,
        Some("localhost"),
    );
    check(
        "central/expired-server.pem",
        "central/ca.pem",
        false,
        Some("localhost"),
    );
    check(
        "central/other-host-server.pem",
        "central/ca.pem",
        true,
        Some("other.invalid"),
    );
    check("terminal/client.pem", "central/client-ca.pem", true, None);
    check(
        "terminal/expired-client.pem",
        "central/client-ca.pem",
        false,
        None,
    );
    let (untrusted, ca) = (pem("central/untrusted-server.pem"), pem("central/ca.pem"));
    let (_, untrusted) = parse_x509_pem(&untrusted).unwrap();
    let (_, ca) = parse_x509_pem(&ca).unwrap();
    let ca = ca.parse_x509().unwrap();
    assert!(
        untrusted
            .parse_x509()
            .unwrap()
            .verify_signature(Some(ca.public_key()))
            .is_err()
    );
    for key in [
        "central/server.key",
        "terminal/client.key",
        "terminal/terminal.key",
    ] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir.join(key))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
}

#[test]
fn a_set_made_while_the_clock_stood_elsewhere_is_issued_anew() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["central", "terminal"] {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
    }
    let server = || std::fs::read(dir.path().join("central/server.pem")).unwrap();
    let now = ::time::OffsetDateTime::now_utc();
    tls::prepare(dir.path(), now).unwrap();
    let first = server();
    tls::prepare(dir.path(), now + ::time::Duration::days(200)).unwrap();
    assert_eq!(server(), first, "still good");
    tls::prepare(dir.path(), now - ::time::Duration::days(250)).unwrap();
    let earlier = server();
    assert_ne!(earlier, first, "not yet valid then");
    tls::prepare(dir.path(), now - ::time::Duration::days(280)).unwrap();
    assert_ne!(server(), earlier);
}
