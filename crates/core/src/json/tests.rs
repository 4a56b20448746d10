use super::*;

fn read(text: &str) -> Result<(String, String), InputErrors> {
    let mut errors = InputErrors::default();
    let raw = document(text.as_bytes(), &mut errors);
    let forms = raw.and_then(|raw| forms(raw, crate::limits::DETAILS_DEPTH, "", &mut errors));
    errors.or(forms).map(|forms| (forms.compact, forms.canonical))
}

fn pointers(text: &str) -> Vec<String> {
    read(text).unwrap_err().listed().iter().map(|error| error.pointer.clone()).collect()
}

#[test]
fn numbers_escapes_and_key_order_stay_as_they_came() {
    let text = r#"{"b":1.0,"a":1,"B":18446744073709551617,"e":-0.0,"f":1E400,"s":"\u00e9\/é\u0000","":[],"$serde_json::private::Number":"1"}"#;
    assert_eq!(read(text).unwrap().0, text);
    assert_eq!(read(" { \"a b\" : [ 1 , 2 ] } ").unwrap().0, r#"{"a b":[1,2]}"#);
}

#[test]
fn equal_values_share_one_canonical_form() {
    let canonical = |text| read(text).unwrap().1;
    assert_eq!(canonical(r#"{"a":1,"b":"\u0041"}"#), canonical(r#"{"b":"A","a":1}"#));
    assert_ne!(canonical("[1]"), canonical("[1.0]"));
    assert_ne!(canonical("[[1],2]"), canonical("[[1,2]]"));
}

#[test]
fn a_repeated_key_is_an_error_however_it_is_escaped() {
    assert_eq!(pointers(r#"{"x":{"a":1,"\u0061":2},"y/":{"b":1,"b":2}}"#), ["/x/a", "/y~1/b"]);
    assert!(read(r#"{"a":1,"A":2}"#).is_ok());
}

#[test]
fn a_lone_surrogate_is_an_error_and_a_pair_is_not() {
    assert_eq!(pointers(r#"{"a":["\ud800"],"b":"\udc00x"}"#), ["/a/0", "/b"]);
    assert_eq!(pointers(r#"{"a":{"\ud800":1}}"#), ["/a"]);
    assert!(read(r#"["\ud83d\ude00"]"#).is_ok());
}

#[test]
fn sixty_four_levels_pass_and_sixty_five_do_not() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(&nested(64)).is_ok());
    assert_eq!(pointers(&nested(65)), ["/0".repeat(64)]);
    assert!(read(&nested(1_000_000)).is_err());
}

#[test]
fn a_text_that_is_not_json_is_an_error_at_the_root() {
    for text in ["", "{", "{'a':1}", "01", "1 2", "nul", "[1,]", "\"\u{1}\"", "{\"a\":NaN}"] {
        assert_eq!(pointers(text), [""], "{text:?}");
    }
    let mut errors = InputErrors::default();
    assert!(document(b"\"\xff\"", &mut errors).is_none());
    assert_eq!(errors.listed()[0].found, "invalid UTF-8 at byte 1");
}
