//! Bulk answers read as they come, ZIPs, and what hostile ones meet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::io::{Cursor, Read};

use oqs::bulk::{
    BulkAnswer, BulkDownloadRequest, BulkLimits, BulkPart, BulkReception, BulkState, Form,
    read_bulk,
};
use oqs::{Charset, Deliverable, Message, OqsError, zip};

const UNIT: &str = "<BulkConfirmUnit><ProcessingResultStatus>1</ProcessingResultStatus><QualificationValidity>1</QualificationValidity>\
<ResultOfQualificationConfirmation><InsuredCardClassification>A1</InsuredCardClassification><InsurerNumber>12000001</InsurerNumber>\
<InsuredIdentificationNumber>NUMBER</InsuredIdentificationNumber><Name>架空　表</Name><InsurerName>架空市福祉事務所</InsurerName>\
<PublicExpenseResultList><MedicalTicketInfo><TicketType>01</TicketType><DesignatedMedicalInstitutionCode>1310000001</DesignatedMedicalInstitutionCode></MedicalTicketInfo></PublicExpenseResultList>\
</ResultOfQualificationConfirmation><ReferenceNumber>00000001</ReferenceNumber></BulkConfirmUnit>";

/// The header comes after the persons on purpose.
fn xml(persons: usize, encoding: &str) -> String {
    let units: String = (0..persons)
        .map(|n| UNIT.replace("NUMBER", &format!("{n:07}")))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"{encoding}\" standalone=\"no\"?>\n<XmlMsg><MessageBody>{units}</MessageBody>\
         <MessageHeader><SegmentOfResult>1</SegmentOfResult><MedicalInstitutionCode>1310000001</MedicalInstitutionCode>\
         <ReceptionNumber>R1</ReceptionNumber></MessageHeader></XmlMsg>"
    )
}

fn collect(
    reader: impl Read,
    form: Form,
    limits: &BulkLimits,
) -> Result<(Vec<String>, bool), OqsError> {
    let (mut numbers, mut header) = (Vec::new(), false);
    let units = read_bulk(reader, form, limits, &mut |part| {
        match part {
            BulkPart::Header(found) => {
                assert_eq!(found.bulk_state(), BulkState::Finished);
                header = true;
            }
            BulkPart::Unit(unit) => {
                let result = &unit.results[0];
                assert_eq!(result.name.as_deref(), Some("架空　表"));
                numbers.push(
                    result
                        .insured_identification_number
                        .as_deref()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
        Ok(())
    })?;
    assert_eq!(units, numbers.len());
    Ok((numbers, header))
}

fn expected(persons: usize) -> Vec<String> {
    (0..persons).map(|n| format!("{n:07}")).collect()
}

#[test]
fn persons_come_one_by_one_in_both_forms_and_encodings() {
    let limits = BulkLimits::default();
    let utf8 = xml(300, "UTF-8");
    assert_eq!(
        collect(utf8.as_bytes(), Form::Xml, &limits).unwrap(),
        (expected(300), true)
    );
    let sjis_text = xml(300, "Shift_JIS");
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(&sjis_text);
    assert_eq!(
        collect(sjis.as_ref(), Form::Xml, &limits).unwrap(),
        (expected(300), true)
    );
    // A byte at a time: characters cut in the middle.
    struct Drip<'a>(&'a [u8]);
    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let n = self.0.len().min(1).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }
    assert_eq!(
        collect(Drip(&sjis), Form::Xml, &limits).unwrap(),
        (expected(300), true)
    );
    let whole = BulkAnswer::from_xml(utf8.as_bytes()).unwrap();
    assert_eq!(whole.body.as_ref().unwrap().units.len(), 300);
    let json = whole.to_json();
    assert_eq!(
        collect(json.as_bytes(), Form::Json, &limits).unwrap(),
        (expected(300), true)
    );
    let one = BulkAnswer::from_xml(xml(1, "UTF-8").as_bytes())
        .unwrap()
        .to_json();
    assert!(
        one.contains(r#""BulkConfirmUnit":{"#),
        "a single person stands without an array: {one}"
    );
    assert_eq!(
        collect(one.as_bytes(), Form::Json, &limits).unwrap(),
        (expected(1), true)
    );
}

#[test]
fn results_under_a_list_are_found_too() {
    let nested = xml(2, "UTF-8")
        .replace("<ResultOf", "<ResultList><ResultOf")
        .replace(
            "</ResultOfQualificationConfirmation>",
            "</ResultOfQualificationConfirmation></ResultList>",
        );
    assert_eq!(
        collect(nested.as_bytes(), Form::Xml, &BulkLimits::default())
            .unwrap()
            .0,
        expected(2)
    );
}

#[test]
fn a_cut_answer_is_never_taken_for_whole() {
    let limits = BulkLimits::default();
    let text = xml(20, "UTF-8");
    for keep in [0, 1, 50, text.len() / 2, text.len() - 1] {
        let mut keep = keep;
        while !text.is_char_boundary(keep) {
            keep -= 1;
        }
        assert!(
            collect(&text.as_bytes()[..keep], Form::Xml, &limits).is_err(),
            "{keep}"
        );
    }
    let json = BulkAnswer::from_xml(text.as_bytes()).unwrap().to_json();
    for keep in [0, 1, 50, json.len() - 1] {
        let mut keep = keep;
        while !json.is_char_boundary(keep) {
            keep -= 1;
        }
        assert!(
            collect(&json.as_bytes()[..keep], Form::Json, &limits).is_err(),
            "{keep}"
        );
    }
}

#[test]
fn invariant_15_every_bound_holds_while_streaming() {
    let limits = BulkLimits {
        bytes: 20_000,
        part: 4_000,
        units: 50,
    };
    let text = xml(100, "UTF-8");
    assert!(matches!(
        collect(text.as_bytes(), Form::Xml, &limits),
        Err(OqsError::TooLarge { .. })
    ));
    let endless = Cursor::new(b"<XmlMsg><MessageBody><a>").chain(std::io::repeat(b'x'));
    assert!(matches!(
        collect(endless, Form::Xml, &BulkLimits::default()),
        Err(OqsError::TooLarge { .. })
    ));
    let endless = Cursor::new(br#"{"XmlMsg":{"MessageBody":{"a":""#).chain(std::io::repeat(b'x'));
    assert!(matches!(
        collect(endless, Form::Json, &BulkLimits::default()),
        Err(OqsError::TooLarge { .. })
    ));
    let limits = BulkLimits {
        units: 10,
        ..BulkLimits::default()
    };
    assert_eq!(
        collect(text.as_bytes(), Form::Xml, &limits),
        Err(OqsError::TooManyElements)
    );
    let dtd = text.replace("<XmlMsg>", "<!DOCTYPE x><XmlMsg>");
    assert_eq!(
        collect(dtd.as_bytes(), Form::Xml, &BulkLimits::default()),
        Err(OqsError::Dtd)
    );
    let other = text.replace("XmlMsg", "Other");
    assert_eq!(
        collect(other.as_bytes(), Form::Xml, &BulkLimits::default()),
        Err(OqsError::Root("XmlMsg"))
    );
    assert!(collect(br#"{"a":1}"#.as_slice(), Form::Json, &BulkLimits::default()).is_err());
    let mut taken = 0;
    let stopped = read_bulk(
        text.as_bytes(),
        Form::Xml,
        &BulkLimits::default(),
        &mut |_| {
            taken += 1;
            if taken == 3 {
                Err(OqsError::Stopped)
            } else {
                Ok(())
            }
        },
    );
    assert_eq!((stopped, taken), (Err(OqsError::Stopped), 3));
}

#[test]
fn a_zip_gives_the_message_back() {
    let text = xml(500, "UTF-8");
    let packed = zip::pack("OQSmutic02res_202611220001.xml", text.as_bytes()).unwrap();
    assert!(packed.len() * 5 < text.len());
    assert!(zip::is_zip(&packed));
    let message = zip::open(&packed, 10_000_000).unwrap();
    assert_eq!(message.name, "OQSmutic02res_202611220001.xml");
    assert_eq!(message.form, Form::Xml);
    assert_eq!(message.unpack(10_000_000).unwrap(), text.as_bytes());
    assert_eq!(
        collect(message.reader(), Form::Xml, &BulkLimits::default())
            .unwrap()
            .0,
        expected(500)
    );
    assert!(matches!(
        message.unpack(100),
        Err(OqsError::TooLarge { .. })
    ));
    if let Ok(python) = std::process::Command::new("python3")
        .args(["-c", "import sys,zipfile,io;z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()));assert z.testzip() is None;sys.stdout.write(z.namelist()[0])"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
    {
        use std::io::Write as _;
        let mut python = python;
        python.stdin.take().unwrap().write_all(&packed).unwrap();
        let said = python.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(said.stdout).unwrap(), "OQSmutic02res_202611220001.xml");
    }
}

#[test]
fn invariant_15_bombs_and_damaged_zips_are_refused() {
    let bomb = zip::pack("a.xml", &vec![b' '; 60_000_000]).unwrap();
    assert!(bomb.len() < 100_000);
    assert_eq!(zip::open(&bomb, u64::MAX).err(), Some(OqsError::ZipBomb));
    let good = zip::pack("a.xml", xml(3, "UTF-8").as_bytes()).unwrap();
    assert_eq!(zip::open(&good, 10).err(), Some(OqsError::ZipBomb));
    // Announces less than it holds: reading ends in an error, not in more bytes.
    let mut lying = good.clone();
    let at = lying.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap() + 24;
    lying[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    assert!(zip::open(&lying, 1000).unwrap().unpack(1000).is_err());
    // Every single damaged byte gives an error or the very same message.
    let text = xml(3, "UTF-8");
    for at in 0..good.len() {
        let mut broken = good.clone();
        broken[at] ^= 0x5a;
        if let Ok(message) = zip::open(&broken, 1_000_000)
            && let Ok(bytes) = message.unpack(1_000_000)
        {
            assert_eq!(bytes, text.as_bytes(), "byte {at}");
        }
        assert!(zip::open(&good[..at], 1_000_000).is_err(), "cut at {at}");
    }
    assert!(matches!(
        zip::open(&zip::pack("a.pdf", b"x").unwrap(), 100),
        Err(OqsError::Zip(_))
    ));
}

#[test]
fn two_phases() {
    let request = BulkDownloadRequest::new("1310000001", "R1", "job-1");
    assert!(
        request
            .to_json()
            .contains(r#""MessageBody":{"ReceptionNumber":"R1"}"#)
    );
    let header = |segment: &str, number: &str| {
        let json = format!(
            r#"{{"XmlMsg":{{"MessageHeader":{{"SegmentOfResult":"{segment}","ReceptionNumber":"{number}","ErrorCode":"E1"}}}}}}"#
        );
        BulkReception::from_json(json.as_bytes()).unwrap()
    };
    assert_eq!(header("1", " R1").reception_number(), Some("R1"));
    assert_eq!(header("2", "R1").reception_number(), Some("R1"));
    assert_eq!(header("9", "R1").reception_number(), None);
    assert_eq!(header("1", "").reception_number(), None);
    assert_eq!(
        header("2", "R1").header.unwrap().bulk_state(),
        BulkState::Working
    );
    assert!(matches!(
        header("", "").header.unwrap().bulk_state(),
        BulkState::Failed { .. }
    ));
}

#[test]
fn invariant_6_a_unit_passes_the_same_withholding() {
    let text = xml(1, "UTF-8").replace("1310000001</Des", "1319999999</Des");
    let answer = BulkAnswer::from_xml(text.as_bytes()).unwrap();
    let header = answer.header.unwrap();
    let unit = answer.body.unwrap().units.remove(0);
    let shown = Deliverable::from_answer(&unit.into_answer(&header), "1310000001");
    assert!(shown.is_unentrusted(0));
    for form in [
        shown.to_json(),
        String::from_utf8(shown.to_xml(Charset::Utf8).unwrap().bytes).unwrap(),
    ] {
        assert!(
            !form.contains("12000001") && !form.contains("0000000"),
            "{form}"
        );
        assert!(form.contains("架空市福祉事務所"));
    }
}
