//! Times as people read them: RFC 3339 in Japan's time, which knows no summer time.

/// `2026-11-22T09:00:00.000+09:00` for milliseconds since the Unix epoch; years outside 0–9999 give the nearest.
pub(crate) fn japan(ms: i64) -> String {
    let local = oqs::time::to_jst(ms);
    let part = |range: std::ops::Range<usize>| local.get(range).unwrap_or_default();
    format!(
        "{}-{}-{}T{}:{}:{}.{:03}+09:00",
        part(0..4),
        part(4..6),
        part(6..8),
        part(8..10),
        part(10..12),
        part(12..14),
        ms.rem_euclid(1000),
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_right_at_the_edges() {
        let rows = [
            (0, "1970-01-01T09:00:00.000+09:00"),
            (-1, "1970-01-01T08:59:59.999+09:00"),
            (
                951_782_400_000 - 9 * 3_600_000,
                "2000-02-29T00:00:00.000+09:00",
            ),
            (
                951_868_800_000 - 9 * 3_600_000,
                "2000-03-01T00:00:00.000+09:00",
            ),
            (1_795_273_200_123, "2026-11-22T00:00:00.123+09:00"),
        ];
        for (ms, text) in rows {
            assert_eq!(super::japan(ms), text);
        }
        assert!(super::japan(i64::MAX).starts_with("9999-12-31T"));
        assert!(super::japan(i64::MIN).starts_with("0000-01-01T"));
    }
}
