//! The mobile page's address as a QR code, drawn as SVG for screen and printer.

use qrcodegen::{QrCode, QrCodeEcc};

/// Modules of quiet zone around the code (ISO/IEC 18004 wants four).
const QUIET: i32 = 4;

/// The drawing; `None` when the text is too long for a code.
pub(super) fn svg(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
            }
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_becomes_a_drawing_with_its_quiet_zone() {
        let drawing = super::svg("https://myna-zaitaku.invalid/1310000001/abc").unwrap();
        assert!(drawing.starts_with("<svg") && drawing.contains("M4 4h1v1h-1z"));
        assert!(!drawing.contains("M3 "), "nothing in the quiet zone");
        assert_eq!(super::svg(&"x".repeat(5000)), None);
    }
}
