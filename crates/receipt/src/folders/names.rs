//! Names of files: which requests there are, what their answers are called, and names for results of visits.

use oqs::time::to_jst;

use crate::counter::Care;

/// What a request file wants, by its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// 資格確認要求 (IF-001).
    Qualification,
    /// 資格確認一括照会要求 (IF-005).
    Bulk,
    /// 照会番号登録 (IF-003).
    Reference,
    /// 照会番号一括登録 (IF-009).
    References,
    /// 委託先資格情報の一括取得 (IF-013).
    Tickets,
    /// 同意済資格情報一括取得 (IF-017, IF-021).
    Consented(Care),
    /// The second phase of a bulk call: what is fetched, as the job's kind.
    BulkFetch(&'static str),
    /// A request of the interface whose elements are not public: the socket and the staff's page have it.
    Elsewhere,
    /// 薬剤情報, 特定健診情報: never for a folder, since no card stands behind it (invariant 1).
    Medical,
}

/// A request file's name, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestName {
    /// What it wants.
    pub(crate) wanted: Wanted,
    /// Name of its answer, without the ending.
    pub(crate) answer: String,
}

/// Each prefix without its `req_` (public sources: YUKI-ENT/OQSDrug2, Takemistu5041/Powershell; the numbers of the interfaces as a public
/// index of them has it).
const KNOWN: [(&str, Wanted); 20] = [
    ("OQSsiquc01", Wanted::Qualification),
    ("OQSmuquc01", Wanted::Bulk),
    ("OQSmuquc02", Wanted::BulkFetch("qualification")),
    ("OQSsiimm01", Wanted::Reference),
    ("OQSmuimm01", Wanted::References),
    ("OQSmuimm02", Wanted::BulkFetch(REFERENCES)),
    ("OQSmutic01", Wanted::Tickets),
    ("OQSmutic02", Wanted::BulkFetch("tickets")),
    ("OQSmuhvq01", Wanted::Consented(Care::Visiting)),
    ("OQSmuhvq02", Wanted::BulkFetch("visiting")),
    ("OQSmuonq01", Wanted::Consented(Care::Online)),
    ("OQSmuonq02", Wanted::BulkFetch("online")),
    ("OQSsihvq01", Wanted::Elsewhere),
    ("OQSsionq01", Wanted::Elsewhere),
    ("OQSsihvd01", Wanted::Elsewhere),
    ("OQSsiurl01", Wanted::Elsewhere),
    ("OQSsiinq01", Wanted::Elsewhere),
    ("OQSsiupd01", Wanted::Elsewhere),
    ("YZKsiquc01", Wanted::Medical),
    ("TKKsiquc01", Wanted::Medical),
];
/// Kind of a job that registers reference numbers.
pub(crate) const REFERENCES: &str = "references";

/// Understands a request's name; `None` when it is not one.
pub(crate) fn request(name: &str) -> Option<RequestName> {
    let stem = name
        .strip_suffix(".xml")
        .or_else(|| name.strip_suffix(".XML"))?;
    let (prefix, wanted) = KNOWN
        .into_iter()
        .find(|(prefix, _)| stem.starts_with(prefix))?;
    let rest = stem.strip_prefix(prefix)?.strip_prefix("req_")?;
    // YYYYMMDDNNNN by custom; other unique digits and letters are accepted in practice.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if rest.is_empty() || rest.len() > 60 || !rest.bytes().all(plain) {
        return None;
    }
    Some(RequestName {
        wanted,
        answer: format!("{prefix}res_{rest}"),
    })
}

/// Name of the error answer to a file whose name is no request's: its own name made harmless, so that its writer finds it.
pub(crate) fn error_answer(name: &str, number: u64) -> String {
    let stem: String = name
        .rsplit_once('.')
        .map_or(name, |(stem, _)| stem)
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
                c
            } else {
                '_'
            }
        })
        .take(60)
        .collect();
    let stem = stem.replace("req_", "res_");
    format!("{stem}_error_{number:06}")
}

/// Whether a name is one that is still being written, by the customs of programs that write elsewhere first.
pub(crate) fn is_temporary(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with('.')
        || name.starts_with('~')
        || [".tmp", ".part", ".partial", ".writing", ".temp"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// `OQSsiquc01res_face_` + institution (10) + 20 characters + `_` + time; the 20 characters of a simulated one say so (invariant 13).
pub(crate) fn face(institution: &str, number: u64, now: i64, simulated: bool) -> String {
    let free = if simulated {
        format!("SIMULATION{number:010}")
    } else {
        format!("{number:020}")
    };
    format!("OQSsiquc01res_face_{institution}{free}_{}.xml", to_jst(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_known_by_their_names_and_nothing_else_is_one() {
        let known = request("OQSsiquc01req_202611220001.xml").unwrap();
        assert_eq!(
            (known.wanted, known.answer.as_str()),
            (Wanted::Qualification, "OQSsiquc01res_202611220001")
        );
        assert_eq!(
            request("OQSmuquc02req_1.XML").unwrap().wanted,
            Wanted::BulkFetch("qualification")
        );
        for (name, wanted, answer) in [
            ("OQSsiimm01req_1", Wanted::Reference, "OQSsiimm01res_1"),
            ("OQSmutic01req_1", Wanted::Tickets, "OQSmutic01res_1"),
            (
                "OQSmuonq02req_1",
                Wanted::BulkFetch("online"),
                "OQSmuonq02res_1",
            ),
            ("TKKsiquc01req_1", Wanted::Medical, "TKKsiquc01res_1"),
            ("OQSsiinq01req_1", Wanted::Elsewhere, "OQSsiinq01res_1"),
        ] {
            let known = request(&format!("{name}.xml")).unwrap();
            assert_eq!((known.wanted, known.answer.as_str()), (wanted, answer));
        }
        for bad in [
            "OQSsiquc01req_.xml",
            "OQSsiquc01req_1.txt",
            "OQSsiquc01res_1.xml",
            "xOQSsiquc01req_1.xml",
            "OQSsiquc01req_../../etc.xml",
            "OQSsiquc01req_あ.xml",
            "",
        ] {
            assert_eq!(request(bad), None, "{bad}");
        }
        assert!(request(&format!("OQSsiquc01req_{}.xml", "1".repeat(61))).is_none());
    }

    #[test]
    fn answers_to_strange_names_are_harmless() {
        assert_eq!(
            error_answer("../../etc/passwd.xml", 7),
            "______etc_passwd_error_000007"
        );
        assert_eq!(error_answer("OQSxxreq_1.xml", 1), "OQSxxres_1_error_000001");
        assert!(error_answer(&"あ".repeat(300), 1).len() < 100);
        let name = face("1310000001", 42, 1_795_273_200_000, true);
        let real = face("1310000001", 42, 1_795_273_200_000, false);
        assert_eq!(
            real,
            "OQSsiquc01res_face_131000000100000000000000000042_20261122000000.xml"
        );
        assert_eq!(name.len(), real.len());
        assert_eq!(
            name,
            "OQSsiquc01res_face_1310000001SIMULATION0000000042_20261122000000.xml"
        );
    }
}
