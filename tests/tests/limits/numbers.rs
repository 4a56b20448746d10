//! Numbers as people write them and as code does.

/// Reads `2,621,440 bytes`, `5 s`, `500 ms`, `512`: the number, in milliseconds where it is a time.
pub(crate) fn number(text: &str) -> Option<i64> {
    let (digits, unit) = text.split_once(' ').unwrap_or((text, ""));
    let number: i64 = digits.replace(',', "").parse().ok()?;
    Some(if unit == "s" { number * 1000 } else { number })
}

/// Computes an expression of whole numbers, `+`, `*`, `<<` and durations; `constant` gives what a name stands for.
pub(crate) fn computed(text: &str, constant: &impl Fn(&str) -> Option<i64>) -> Option<i64> {
    let text = text.trim();
    for (begin, factor) in [("Duration::from_secs(", 1000), ("Duration::from_millis(", 1)] {
        if let Some(rest) = text.strip_prefix(begin) {
            return Some(computed(rest.strip_suffix(')')?, constant)? * factor);
        }
    }
    if let Some((a, b)) = text.split_once('+') {
        return Some(computed(a, constant)? + computed(b, constant)?);
    }
    if let Some((a, b)) = text.split_once('*') {
        return Some(computed(a, constant)? * computed(b, constant)?);
    }
    if let Some((a, b)) = text.split_once("<<") {
        return Some(computed(a, constant)? << computed(b, constant)?);
    }
    text.replace('_', "").parse().ok().or_else(|| constant(text))
}

#[test]
fn numbers_are_read_and_computed() {
    assert_eq!(
        (number("2,621,440 bytes"), number("5 s"), number("500 ms"), number("x")),
        (Some(2_621_440), Some(5_000), Some(500), None)
    );
    let named = |name: &str| (name == "N").then_some(7);
    assert_eq!(computed("2_048 + 2 * N * 3", &named), Some(2_090));
    assert_eq!(computed("1 << 20", &named), Some(1_048_576));
    assert_eq!(computed("Duration::from_secs(2 * 30)", &named), Some(60_000));
    assert_eq!(computed("M", &named), None);
}
