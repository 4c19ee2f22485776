//! A rebuilt disk with folders: the gateway is started on it as the terminal does, everything open is answered, and what a receipt computer
//! finds is compared with what it asked, what it had taken, and whose each answer is.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use ledger::ResultFilter;
use oqs::Charset;
use receipt::folders::FolderSettings;
use uketsuked::measure::FolderSide;

use super::record::{Recording, shown};
use super::seen::{Seen, Sure, is_face};
use crate::disk::looked::{Found, NOW, options};
use crate::disk::rebuilt::{Disk, Left};

/// Passes of the gateway until nothing moves any more: a request is taken in the first, answered after it, its answer written in the next.
const ROUNDS: usize = 4;
/// Nobody counts as having forgotten a file, at first: it is as far as 2100 on a rebuilt disk. Then everything is forgotten.
const STAY: Duration = Duration::from_secs(200 * 366 * 86_400);

/// Writes what is left into `place`, starts, and compares.
pub(super) fn judge(
    recording: &Recording,
    disk: &Disk,
    left: Left,
    seen: &Seen,
    place: &Path,
) -> anyhow::Result<Found> {
    disk.write(left, &recording.base, place)?;
    let there = |path: &Path| anyhow::Ok(place.join(path.strip_prefix(&recording.base)?));
    let home = there(&recording.bench)?;
    let [req, res, face] = &recording.folders;
    let (req, res, face) = (there(req)?, there(res)?, there(face)?);
    for folder in [&home.join("ledger"), &home.join("head"), &req, &res, &face] {
        std::fs::create_dir_all(folder).context("the rebuilt disk")?;
    }
    let mut found = Found::default();
    let settings = FolderSettings {
        req: req.clone(),
        res: res.clone(),
        face: Some(face.clone()),
        charset: Charset::Utf8,
        bulk_zip: false,
        stay: STAY,
        rejected: STAY,
        settle: Duration::ZERO,
        half_written: Duration::ZERO,
        unfinished: STAY,
        poll: Duration::from_millis(50),
        readers: Vec::new(),
        institution_code: "1310000001".into(),
        simulated: true,
    };
    let short = FolderSettings {
        stay: Duration::ZERO,
        ..settings.clone()
    };
    let mut side = match FolderSide::open(options(&home), settings, NOW) {
        Ok(side) => side,
        Err(error) => {
            found.lose(1, format!("the folders do not open: {error:#}"));
            return Ok(found);
        }
    };
    let answer = |request: &str| {
        let of = recording
            .answers
            .iter()
            .find(|(number, _)| request.contains(number.as_str()));
        of.map(|(_, body)| body.clone())
    };
    if let Err(error) = side.settle(ROUNDS, answer) {
        found.broken += 1;
        found.problems.push(format!("the gateway: {error:#}"));
        return Ok(found);
    }
    let files = files(&res, &face)?;
    requests(recording, left, seen, &files, &mut found);
    faces(recording, &side, seen, &files, &mut found)?;
    for name in seen
        .taken
        .iter()
        .filter(|(_, sure)| **sure == Sure::Durable)
    {
        if files.contains_key(name.0) {
            found.doubled += 1;
            found
                .problems
                .push(format!("{} was taken and is there again", name.0));
        }
    }
    side.start_again(short, NOW + 1000);
    if let Err(error) = side.settle(2, |_| None) {
        found.broken += 1;
        found
            .problems
            .push(format!("the gateway, taking files back: {error:#}"));
        return Ok(found);
    }
    forgotten(&side, seen, [&res, &face], &mut found)?;
    let intact = side.ledger(|ledger| ledger.verify().map(|report| report.intact()))??;
    if !intact {
        found.broken += 1;
        found
            .problems
            .push("the audit chain does not verify".into());
    }
    Ok(found)
}

/// What a receipt computer finds, decoded.
fn files(res: &Path, face: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for folder in [res, face] {
        for name in shown(folder)? {
            let bytes = std::fs::read(folder.join(&name))?;
            let head = String::from_utf8_lossy(bytes.get(..80).unwrap_or(&bytes)).to_lowercase();
            let text = if head.contains("shift_jis") {
                encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned()
            } else {
                String::from_utf8_lossy(&bytes).into_owned()
            };
            files.insert(name, text);
        }
    }
    Ok(files)
}

/// Each request has one answer, about the persons asked about and nobody else.
fn requests(
    recording: &Recording,
    left: Left,
    seen: &Seen,
    files: &BTreeMap<String, String>,
    found: &mut Found,
) {
    for (name, sure) in &seen.placed {
        let answer = name.replace("req_", "res_");
        let kept = *sure == Sure::Durable || left == Left::Everything;
        match files.get(&answer) {
            None if kept && !seen.taken.contains_key(&answer) => {
                found.lose(1, format!("{name} has no answer"));
            }
            None => {}
            Some(text) => whole_and_about(recording, seen, name, &answer, text, found),
        }
    }
    let known = |name: &str| {
        seen.placed
            .contains_key(&name.replace("res_", "req_").replace(".zip", ".xml"))
    };
    for name in files.keys().filter(|name| !is_face(name) && !known(name)) {
        found.doubled += 1;
        found.problems.push(format!("{name} answers no request"));
    }
}

fn whole_and_about(
    recording: &Recording,
    seen: &Seen,
    name: &str,
    answer: &str,
    text: &str,
    found: &mut Found,
) {
    if !text.trim_end().ends_with("</XmlMsg>") || text.contains("ErrorCode") {
        found.broken += 1;
        found
            .problems
            .push(format!("{answer} is not a whole answer: {text:.400}"));
        return;
    }
    let asked = seen.requests.get(name).map_or("", String::as_str);
    for (number, person) in &recording.names {
        // A bulk request is answered by a receipt first, without a person.
        if text.contains(person.as_str())
            && !asked.contains(number.as_str())
            && !asked.contains("ReceptionNumber")
        {
            found.mixed += 1;
            found
                .problems
                .push(format!("{answer} is about another person"));
        }
        if name.contains("siquc01req")
            && asked.contains(number.as_str())
            && !text.contains(person.as_str())
        {
            found.mixed += 1;
            found
                .problems
                .push(format!("{answer} is not about whom was asked about"));
        }
    }
}

/// Each result of a visit is one file, or was taken.
fn faces(
    recording: &Recording,
    side: &FolderSide,
    seen: &Seen,
    files: &BTreeMap<String, String>,
    found: &mut Found,
) -> anyhow::Result<()> {
    let filter = ResultFilter {
        limit: ledger::MAX_ROWS,
        ..ResultFilter::default()
    };
    let delivered = side.ledger(move |ledger| {
        let mut delivered = Vec::new();
        for result in ledger.results(filter)? {
            if result.kind == "qualification" && !result.reader.contains("/number:") {
                let file = ledger.delivery("folders", &result.id)?;
                delivered.push((result.id, result.body_json, file.map(|file| file.name)));
            }
        }
        Ok::<_, ledger::LedgerError>(delivered)
    })??;
    let mut expected = Vec::new();
    for (id, body, file) in &delivered {
        let Some(file) = file else {
            found.lose(1, format!("{id} became no file"));
            continue;
        };
        let earlier = recording.faces.iter().find(|(_, result)| *result == id);
        if let Some((earlier, _)) = earlier
            && earlier != file
            && seen.taken.contains_key(earlier)
        {
            found.doubled += 1;
            found
                .problems
                .push(format!("{id} was taken as {earlier} and comes as {file}"));
        }
        match files.get(file) {
            None if !seen.taken.contains_key(file) => found.lose(1, format!("{file} is not there")),
            Some(text) if !about_the_same(body, text) => {
                found.mixed += 1;
                found
                    .problems
                    .push(format!("{file} is about another person"));
            }
            _ => {}
        }
        expected.push(file);
    }
    for name in files.keys().filter(|name| is_face(name)) {
        if !expected.contains(&name) {
            found.doubled += 1;
            found.problems.push(format!("{name} belongs to no result"));
        }
    }
    Ok(())
}

/// Their time has passed: no file is left, and a result that nobody took is nobody's, not counted as taken.
fn forgotten(
    side: &FolderSide,
    seen: &Seen,
    folders: [&Path; 2],
    found: &mut Found,
) -> anyhow::Result<()> {
    for folder in folders {
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != ".uketsuke-folder" {
                found.broken += 1;
                found
                    .problems
                    .push(format!("{name} is there after its time"));
            }
        }
    }
    let filter = ResultFilter {
        limit: ledger::MAX_ROWS,
        ..ResultFilter::default()
    };
    let delivered = side.ledger(move |ledger| {
        let mut delivered = Vec::new();
        for result in ledger.results(filter)? {
            if result.kind == "qualification"
                && !result.reader.contains("/number:")
                && let Some(file) = ledger.delivery("folders", &result.id)?
            {
                delivered.push((file.name, result.state, result.owner));
            }
        }
        Ok::<_, ledger::LedgerError>(delivered)
    })??;
    for (file, state, owner) in delivered {
        let taken = seen.taken.contains_key(&file);
        if state == ledger::ResultState::Acknowledged && !taken {
            found.lose(1, format!("{file} counts as taken, and nobody took it"));
        }
        if state != ledger::ResultState::Acknowledged && owner.is_some() {
            found.lose(
                1,
                format!("{file} was taken back, and its result is {owner:?}'s"),
            );
        }
    }
    Ok(())
}

/// Every person named in the stored result stands in the file.
fn about_the_same(body: &str, text: &str) -> bool {
    let stored = serde_json::from_str(body).unwrap_or_default();
    let names = crate::disk::looked::names(&stored);
    text.trim_end().ends_with("</XmlMsg>")
        && !names.is_empty()
        && names.iter().all(|name| text.contains(name.as_str()))
}
