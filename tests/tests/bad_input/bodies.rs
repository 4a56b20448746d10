//! Bodies by a grammar: valid events with some changes, single, in a list or in an array, and with damage to the whole.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::json::{key, nested, value};

/// The members of a valid event.
const MEMBERS: &[(&str, &str)] = &[
    ("occurred_at", r#""2026-11-01T00:00:00.000001Z""#),
    ("actor", r#"{"type":"user","id":"usr_1","name":"Ada","email":"ada@example.com"}"#),
    ("action", r#""member.invited""#),
    ("target", r#"{"type":"member","id":"usr_2","name":""}"#),
    ("result", r#""failed""#),
    ("failure_reason", r#""\u0000""#),
    ("context", r#"{"ip":"203.0.113.7","user_agent":"x","request_id":"r"}"#),
    ("details", r#"{"b":[1.0,{"a":18446744073709551617}],"a":"\u00e9\/"}"#),
    ("idempotency_key", r#""k""#),
];

/// A member of an event: its name and its value, as JSON text.
type Member = (String, String);

/// A change of an event's members.
#[derive(Debug, Clone)]
enum Change {
    Value(Index, String),
    Details(String),
    Add(Member),
    Double(Index),
    Drop(Index),
    Swap(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (any::<Index>(), value()).prop_map(|(at, value)| Change::Value(at, value)),
        3 => value().prop_map(|value| Change::Details(format!(r#"{{"x":{value}}}"#))),
        1 => nested().prop_map(Change::Details),
        1 => (key(), value()).prop_map(Change::Add),
        1 => any::<Index>().prop_map(Change::Double),
        1 => any::<Index>().prop_map(Change::Drop),
        1 => any::<(Index, Index)>().prop_map(|(a, b)| Change::Swap(a, b)),
    ]
}

impl Change {
    fn done_to(&self, members: &mut Vec<Member>) {
        let count = members.len();
        match self {
            Self::Add(member) => members.push(member.clone()),
            Self::Details(value) => {
                let details = members.iter_mut().filter(|(key, _)| key == r#""details""#);
                details.for_each(|member| member.1.clone_from(value));
            }
            _ if count == 0 => {}
            Self::Value(at, value) => members[at.index(count)].1.clone_from(value),
            Self::Double(at) => members.push(members[at.index(count)].clone()),
            Self::Drop(at) => _ = members.remove(at.index(count)),
            Self::Swap(a, b) => members.swap(a.index(count), b.index(count)),
        }
    }
}

/// The JSON text of an event with up to three changes.
fn event() -> impl Strategy<Value = String> {
    vec(change(), 0..4).prop_map(|changes| {
        let mut members: Vec<Member> =
            MEMBERS.iter().map(|(name, value)| (format!("\"{name}\""), (*value).to_owned())).collect();
        changes.iter().for_each(|change| change.done_to(&mut members));
        let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}:{value}")).collect();
        format!("{{{}}}", members.join(", "))
    })
}

/// The bytes of a body: one event or a list, maybe with something before or after it, cut off, or with another byte.
pub(crate) fn body() -> impl Strategy<Value = Vec<u8>> {
    let list = vec(event(), 0..4).prop_map(|events| format!(r#"{{"events":[{}]}}"#, events.join(",")));
    let array = vec(event(), 0..4).prop_map(|events| format!("[{}]", events.join(",")));
    let text = prop_oneof![4 => event(), 3 => list, 2 => array, 1 => value()];
    let damage = prop_oneof![
        6 => Just(Damage::None),
        1 => proptest::sample::select(vec!["\u{feff}", " \r\n\t", "\u{0}", "//", "["]).prop_map(Damage::Before),
        1 => proptest::sample::select(vec!["\u{feff}", " \n", "\u{0}", "{}", ",", "]", "null"]).prop_map(Damage::Behind),
        1 => any::<Index>().prop_map(Damage::Cut),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
    ];
    (text, damage).prop_map(|(text, damage)| damage.done_to(text))
}

#[derive(Debug, Clone)]
enum Damage {
    None,
    Before(&'static str),
    Behind(&'static str),
    Cut(Index),
    Byte(Index, u8),
}

impl Damage {
    fn done_to(&self, text: String) -> Vec<u8> {
        let mut bytes = text.into_bytes();
        match self {
            Self::None => {}
            Self::Before(text) => _ = bytes.splice(0..0, text.bytes()),
            Self::Behind(text) => bytes.extend(text.bytes()),
            Self::Cut(at) => bytes.truncate(at.index(bytes.len() + 1)),
            Self::Byte(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Byte(..) => {}
        }
        bytes
    }
}
