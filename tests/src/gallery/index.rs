//! The index page over all pictures: plain HTML with four selections, opened from the disk.

use std::collections::BTreeSet;
use std::path::Path;

use super::Report;

/// Writes `index.html` and `report.json` beside the pictures.
///
/// # Errors
/// They can't be written.
pub(super) fn write(folder: &Path, pictures: &[String], report: &Report) -> anyhow::Result<()> {
    std::fs::write(
        folder.join("report.json"),
        serde_json::to_string_pretty(report)?,
    )?;
    let part = |at: usize| -> BTreeSet<&str> {
        pictures
            .iter()
            .filter_map(|name| name.split('/').nth(at))
            .collect()
    };
    let select = |label: &str, at: usize| {
        let options: String = part(at)
            .iter()
            .map(|name| format!("<option>{name}</option>"))
            .collect();
        format!(
            "<label>{label} <select data-at=\"{at}\"><option value=\"\">all</option>{options}</select></label>\n"
        )
    };
    let wrong: BTreeSet<&str> = report
        .findings
        .iter()
        .map(|finding| finding.picture.as_str())
        .collect();
    let figures: String = pictures
        .iter()
        .map(|name| {
            let mark = if wrong.contains(name.as_str()) { " class=\"wrong\"" } else { "" };
            format!("<figure data-name=\"{name}\"{mark} hidden><img loading=\"lazy\" alt=\"\" src=\"{name}.webp\"><figcaption>{name}</figcaption></figure>\n")
        })
        .collect();
    let page = format!(
        r#"<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Gallery: {count} pictures</title>
<style>
body {{ font-family: sans-serif; margin: 1rem; }} label {{ margin-right: 1rem; }}
main {{ display: flex; flex-wrap: wrap; gap: 1rem; margin-top: 1rem; }}
figure {{ margin: 0; border: 1px solid #888; padding: .4rem; }} figure.wrong {{ border: 4px solid #b00; }}
img {{ max-width: 30rem; max-height: 24rem; display: block; }} figcaption {{ font-size: .8rem; }}
</style>
<h1>{count} pictures, {wrong_count} with something wrong</h1>
<p>{selects}</p><main>{figures}</main>
<script>
const selects = [...document.querySelectorAll("select")];
function filter() {{
  for (const figure of document.querySelectorAll("figure")) {{
    const parts = figure.dataset.name.split("/");
    figure.hidden = selects.some((select) => select.value && parts[select.dataset.at] !== select.value);
  }}
}}
for (const select of selects) {{ select.onchange = filter; select.selectedIndex = Math.min(1, select.options.length - 1); }}
selects[3].selectedIndex = 0;
filter();
</script>
"#,
        count = pictures.len(),
        wrong_count = report.findings.len(),
        selects = [
            select("screen size", 0),
            select("look", 1),
            select("language", 2),
            select("screen", 3)
        ]
        .concat(),
    );
    std::fs::write(folder.join("index.html"), page)?;
    Ok(())
}
