//! An event before it is sent. There are few enough different ones that they all collide.

use audit_core::UnixMicros;

/// The content of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Draft {
    pub(crate) at: UnixMicros,
    pub(crate) actor: u8,
    pub(crate) action: u8,
    pub(crate) failed: bool,
    /// Different content under the same key is another event.
    pub(crate) content: u32,
    pub(crate) key: Option<u32>,
}

pub(crate) const ACTIONS: [&str; 4] = ["member.invited", "member.removed", "billing.plan_changed", "made.up"];

impl Draft {
    pub(crate) fn action(self) -> &'static str {
        ACTIONS[usize::from(self.action) % ACTIONS.len()]
    }

    pub(crate) fn result(self) -> &'static str {
        if self.failed { "failed" } else { "succeeded" }
    }

    /// The JSON to send.
    pub(crate) fn json(self) -> String {
        let key = self.key.map(|key| format!(r#","idempotency_key":"{key}""#)).unwrap_or_default();
        format!(
            r#"{{"occurred_at":"{}","actor":{{"id":"usr_{}"}},"action":"{}","result":"{}","details":{{"content":{},"one":1.0}}{key}}}"#,
            self.at,
            self.actor,
            self.action(),
            self.result(),
            self.content
        )
    }
}

/// What a search looks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wish {
    Everything,
    Actor(u8),
    Billing,
    Failed,
    Between(UnixMicros, UnixMicros),
}

impl Wish {
    pub(crate) fn query(self) -> String {
        match self {
            Self::Everything => String::new(),
            Self::Actor(actor) => format!("&actor=usr_{actor}"),
            Self::Billing => "&action=billing.*".to_owned(),
            Self::Failed => "&result=failed".to_owned(),
            Self::Between(from, to) => format!("&from={from}&to={to}"),
        }
    }

    pub(crate) fn grants(self, draft: &Draft) -> bool {
        match self {
            Self::Everything => true,
            Self::Actor(actor) => draft.actor == actor,
            Self::Billing => draft.action().starts_with("billing."),
            Self::Failed => draft.failed,
            Self::Between(from, to) => (from..to).contains(&draft.at),
        }
    }
}
