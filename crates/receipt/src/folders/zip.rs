//! A ZIP file with one entry, stored without compression: what bulk answers are wrapped in. (APPNOTE.TXT of PKWARE, §4.3.)

/// MS-DOS date of 1980-01-01: the entry's time says nothing.
const DOS_DATE: u16 = 0x0021;

/// Wraps `bytes` as the only entry `name` (ASCII); `None` when it is larger than the old format can say.
pub(crate) fn wrap(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let size = u32::try_from(bytes.len()).ok()?;
    let length = u16::try_from(name.len()).ok()?;
    let mut common = Vec::new();
    common.extend_from_slice(&20u16.to_le_bytes()); // version needed: 2.0
    common.extend_from_slice(&0u16.to_le_bytes()); // flags
    common.extend_from_slice(&0u16.to_le_bytes()); // stored
    common.extend_from_slice(&0u16.to_le_bytes()); // time
    common.extend_from_slice(&DOS_DATE.to_le_bytes());
    common.extend_from_slice(&crc32(bytes).to_le_bytes());
    common.extend_from_slice(&size.to_le_bytes());
    common.extend_from_slice(&size.to_le_bytes());
    common.extend_from_slice(&length.to_le_bytes());
    common.extend_from_slice(&0u16.to_le_bytes()); // extra field

    let mut out = b"PK\x03\x04".to_vec();
    out.extend_from_slice(&common);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(bytes);
    let directory = u32::try_from(out.len()).ok()?;
    out.extend_from_slice(b"PK\x01\x02");
    out.extend_from_slice(&20u16.to_le_bytes()); // made by
    out.extend_from_slice(&common);
    out.extend_from_slice(&[0; 14]); // comment, disk, attributes, offset of the entry
    out.extend_from_slice(name.as_bytes());
    let end = u32::try_from(out.len()).ok()?;
    out.extend_from_slice(b"PK\x05\x06");
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&1u16.to_le_bytes());
    out.extend_from_slice(&1u16.to_le_bytes());
    out.extend_from_slice(&(end - directory).to_le_bytes());
    out.extend_from_slice(&directory.to_le_bytes());
    out.extend_from_slice(&0u16.to_le_bytes());
    Some(out)
}

/// CRC-32 of IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_program_unpacks_it() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        let content = "資格確認".repeat(1000);
        std::fs::write(&path, wrap("a.xml", content.as_bytes()).unwrap()).unwrap();
        let script = "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nassert z.namelist()==['a.xml']\nsys.stdout.buffer.write(z.read('a.xml'))";
        let output = std::process::Command::new("python3")
            .arg("-c")
            .arg(script)
            .arg(&path)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.stdout, content.as_bytes());
    }
}
