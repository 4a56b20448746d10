//! JSON texts by a grammar: all that JSON allows, forbids, or does not define.

use proptest::collection::vec;
use proptest::prelude::*;

/// Values as JSON text, each odd for a different reason.
const ODD: &[&str] = &[
    "null",
    "true",
    "0",
    "-0",
    "1.0",
    "1E400",
    "-1e-400",
    "9007199254740993",
    "123456789012345678901234567890.5",
    r#""""#,
    r#""\ud83d\ude00""#,
    r#""\u0000""#,
    "\"\u{202e}gpj.exe\"",
    "\"\u{0}\"",
    "\"\u{7f}\u{85}\u{2028}\u{feff}\"",
    r#""\ud800""#,
    r#""\udc00\ud800""#,
    r#""\ud800x""#,
    "01",
    "+1",
    ".5",
    "1.",
    "NaN",
    "-Infinity",
    "'x'",
    "tru",
    "nulls",
    r#""\x41""#,
    r#""\u12""#,
    "\"\t\"",
    "\"",
    "[1,]",
    r#"{"a":1,}"#,
    "{,}",
    "[",
    "]",
    "",
    "/**/1",
    "\u{feff}1",
    "{\"\\ud800\":1}",
    r#"{"a":1,"\u0061":2}"#,
    r#"{"$serde_json::private::RawValue":"1"}"#,
    r#"{"$serde_json::private::Number":"1"}"#,
];

/// Any JSON value, and some texts that are not JSON.
pub(crate) fn value() -> impl Strategy<Value = String> {
    let text = any::<String>().prop_map(|text| serde_json::Value::from(text).to_string());
    let number = any::<f64>().prop_map(|number| format!("{number:e}"));
    let leaf = prop_oneof![4 => proptest::sample::select(ODD).prop_map(str::to_owned), 2 => text, 1 => number];
    leaf.prop_recursive(6, 40, 5, |inner| {
        let member = (key(), inner.clone()).prop_map(|(key, value)| format!("{key} : {value}"));
        prop_oneof![
            vec(inner, 0..5).prop_map(|values| format!("[{}]", values.join(" , "))),
            vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// Keys of objects, some of them the same key written otherwise.
pub(crate) fn key() -> impl Strategy<Value = String> {
    let odd = [r#""a""#, r#""\u0061""#, r#""""#, r#""a/b~c""#, r#""id""#, r#""\ud800""#, "\"\u{202e}\"", "a"];
    proptest::sample::select(odd.to_vec()).prop_map(str::to_owned)
}

/// Containers inside one another, around each depth that a limit counts to.
pub(crate) fn nested() -> impl Strategy<Value = String> {
    let depth = prop_oneof![Just(63_usize), Just(64), Just(65), Just(127), Just(128), Just(129), Just(10_000)];
    (depth, any::<bool>()).prop_map(|(depth, objects)| match objects {
        true => format!("{}1{}", r#"{"k":"#.repeat(depth), "}".repeat(depth)),
        false => format!(r#"{{"k":{}{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1)),
    })
}
