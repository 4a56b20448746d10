//! One event, as the API returned it, and its proof.

use audit_core::{
    Checkpoint, Details, Event, EventProof, InputErrors, LeafFields, OrgId, ProofError, Seq, UnixMicros, VerifierKey,
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Why an event is not proven.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The text is not an event as the API returns it.
    #[error("this is not one event as the API returns it")]
    Malformed(#[source] serde_json::Error),
    /// A value of the event is not one that the API returns.
    #[error("the event has an invalid {0}")]
    Invalid(&'static str),
    /// The event states another sequence number than its proof.
    #[error("the event has the sequence number {found}, and the proof is that of {proven}")]
    OtherSeq {
        /// The number in the event.
        found: Seq,
        /// The number in the proof.
        proven: Seq,
    },
    /// The proof does not prove the event.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// An event as the API returns it. An unknown member is refused, since the proof would not cover it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned<'a> {
    id: String,
    org_id: String,
    occurred_at: String,
    ingested_at: String,
    actor: Actor,
    action: String,
    category: String,
    target: Option<Target>,
    result: String,
    failure_reason: Option<String>,
    context: Option<Context>,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
    seq: Option<u64>,
    /// Words about the event, which no proof covers.
    #[serde(rename = "summary")]
    _summary: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Actor {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    name: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Target {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Context {
    ip: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

/// Verifies the event that the API returned as `json`; returns it with the checkpoint that proves it.
///
/// # Errors
/// Also if the JSON has a member that no proof covers.
pub fn event(json: &str, proof: &EventProof, key: &VerifierKey) -> Result<(Event, Checkpoint), EventError> {
    let returned: Returned<'_> = serde_json::from_str(json).map_err(EventError::Malformed)?;
    let seq = returned.seq.map(Seq);
    let event = stored(returned)?;
    if let Some(found) = seq.filter(|seq| *seq != proof.seq) {
        return Err(EventError::OtherSeq { found, proven: proof.seq });
    }
    let checkpoint = proof.verify(&LeafFields::of(&event), key)?;
    Ok((event, checkpoint))
}

fn stored(returned: Returned<'_>) -> Result<Event, EventError> {
    let Returned { actor, target, context, .. } = returned;
    let (target, context) = (target.unwrap_or_default(), context.unwrap_or_default());
    let instant = |text: &str, name| {
        let at = text.parse::<UnixMicros>().ok().filter(|at| at.to_string() == text);
        at.ok_or(EventError::Invalid(name))
    };
    let id = returned.id.parse().map_err(|_| EventError::Invalid("id"))?;
    let org_id: OrgId = returned.org_id.parse().map_err(|_| EventError::Invalid("org_id"))?;
    let texts = [
        Some(actor.kind),
        Some(actor.id),
        actor.name,
        actor.email,
        Some(returned.action),
        Some(returned.category),
        target.kind,
        target.id,
        target.name,
        Some(returned.result),
        returned.failure_reason,
        context.ip,
        context.user_agent,
        context.request_id,
        returned.details.map(compact).transpose()?,
    ];
    let ingested_at = instant(&returned.ingested_at, "ingested_at")?;
    let event =
        Event::from_texts(id, org_id, ingested_at, texts).map_err(|malformed| EventError::Invalid(malformed.0))?;
    // The id determines the instant, so that the leaf contains it only once.
    if event.occurred_at != instant(&returned.occurred_at, "occurred_at")? {
        return Err(EventError::Invalid("occurred_at"));
    }
    Ok(event)
}

/// Removes white space between tokens, which the service never stores and other programs add.
fn compact(details: &RawValue) -> Result<String, EventError> {
    let mut errors = InputErrors::default();
    let read = Details::read(details, "/details", &mut errors).filter(|_| errors.is_empty());
    read.map(|(details, _)| details.as_str().to_owned()).ok_or(EventError::Invalid("details"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"id":"0193535e-9e4b-774b-8000-000000000005","org_id":"acme","occurred_at":"2024-11-22T10:15:31.787456Z","ingested_at":"2024-11-22T10:15:32.000000Z","actor":{"type":"user","id":"usr_1","name":null,"email":"ada@example.com"},"action":"member.invited","category":"members","target":null,"result":"succeeded","failure_reason":null,"context":null,"details":{"b":1.0,"a":"\u00e9"}}"#;

    fn read(json: &str) -> Result<Event, EventError> {
        stored(serde_json::from_str(json).map_err(EventError::Malformed)?)
    }

    /// The event of the text, with the instant of its id.
    fn json() -> String {
        let id: audit_core::EventId = "0193535e-9e4b-774b-8000-000000000005".parse().unwrap();
        JSON.replace("2024-11-22T10:15:31.787456Z", &id.occurred_at().to_string())
    }

    #[test]
    fn an_event_is_read_as_it_was_returned_also_when_it_was_pretty_printed_or_has_a_summary() {
        let event = read(&json()).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), json());
        let pretty = json().replace(':', ": ").replace("1: 0", "1:0").replace("T10: 15: ", "T10:15:");
        let pretty = pretty.replace("\"a\": ", "\n  \"a\" :\t");
        let spaced = format!(" {} ", json().replace("{\"b\":1.0,\"a\"", "{\n  \"b\": 1.0,\n  \"a\""));
        assert_eq!(read(&spaced).unwrap(), event, "{pretty}");
        let more = json().replacen('{', r#"{"seq":7,"summary":[{"text":"Ada"}],"#, 1);
        assert_eq!(read(&more).unwrap(), event);
    }

    #[test]
    fn a_member_that_no_proof_covers_is_refused() {
        for (from, to) in [
            ("{\"id\"", "{\"approved\":true,\"id\""),
            ("\"name\":null", "\"name\":null,\"role\":\"owner\""),
            ("\"target\":null", "\"target\":{\"type\":null,\"id\":null,\"name\":null,\"path\":\"/\"}"),
            ("\"context\":null", "\"context\":{\"ip\":null,\"user_agent\":null,\"request_id\":null,\"geo\":\"DE\"}"),
            ("\"action\"", "\"action\":\"a.b\",\"action\""),
        ] {
            assert!(json().contains(from));
            assert!(matches!(read(&json().replacen(from, to, 1)), Err(EventError::Malformed(_))), "{to}");
        }
    }

    #[test]
    fn an_instant_that_is_not_that_of_the_id_is_refused() {
        let id: audit_core::EventId = "0193535e-9e4b-774b-8000-000000000005".parse().unwrap();
        let at = id.occurred_at().to_string();
        for other in ["2024-11-22T10:15:31.787457Z", "2024-11-22T10:15:31Z", ""] {
            assert!(matches!(read(&json().replace(&at, other)), Err(EventError::Invalid("occurred_at"))), "{other}");
        }
    }
}
