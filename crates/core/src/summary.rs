//! The summary of an event: one sentence in a locale, as tokens, so that a viewer can mark its parts.
//!
//! `summaries.txt` is the data, and explains its templates. Changes come from the convention
//! `details.changes: [{"field", "old", "new"}]`, which no event has to follow.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::ParseError;
use crate::event::{Event, EventResult};

const DATA: &str = include_str!("summaries.txt");
/// Changes in one sentence.
const CHANGES: usize = 3;
/// Characters of an old or new value, a field or a reason in a sentence. The event contains the whole text.
const VALUE_CHARS: usize = 200;

/// A language of summaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// English.
    En,
    /// German.
    De,
}

impl Locale {
    /// What a request can name.
    pub const ALLOWED: &str = "en or de";

    const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    const fn as_str_failed(self) -> &'static str {
        match self {
            Self::En => "en!",
            Self::De => "de!",
        }
    }
}

impl std::str::FromStr for Locale {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        [Self::En, Self::De].into_iter().find(|locale| locale.as_str() == text).ok_or(ParseError(Self::ALLOWED))
    }
}

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// The text.
    pub text: String,
    /// The value of the event that the text shows; `None` for the words between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Part>,
}

/// A value of an event in its summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The actor: its name, e-mail address or id.
    Actor,
    /// The action.
    Action,
    /// The target: its name, id or type.
    Target,
    /// The name of a changed field.
    Field,
    /// The value of a field before.
    Old,
    /// The value of a field after.
    New,
}

/// An event as it is returned: with a summary if the caller requested one.
#[derive(Debug, Serialize)]
pub struct Summarized<'a> {
    #[serde(flatten)]
    event: Cow<'a, Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Vec<Token>>,
}

impl<'a> Summarized<'a> {
    /// Returns the event with its summary in a locale.
    pub fn new(event: Cow<'a, Event>, locale: Option<Locale>) -> Self {
        let summary = locale.map(|locale| tokens(&event, locale));
        Self { event, summary }
    }
}

/// Returns the summary of an event.
pub fn tokens(event: &Event, locale: Locale) -> Vec<Token> {
    let failed = event.result == EventResult::FAILED;
    let key = if failed { locale.as_str_failed() } else { locale.as_str() };
    let template = template(event.action.as_str(), key).or_else(|| template("other", key)).unwrap_or_default();
    let (changes, more) = changes(event);
    let mut sentence = Sentence { event, target: target(event), changes, change: None, tokens: Vec::new() };
    sentence.render(template);
    sentence.render_changes(locale, more);
    if let Some(reason) = event.failure_reason.as_deref().filter(|reason| failed && !reason.is_empty()) {
        sentence.plain(&format!(" ({})", shortened(reason)));
    }
    sentence.tokens
}

/// The templates by name, then by locale.
static TEMPLATES: LazyLock<HashMap<(&str, &str), &str>> = LazyLock::new(|| {
    let mut templates = HashMap::new();
    let mut name = "";
    for line in DATA.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("  ").and_then(|line| line.split_once(' ')) {
            Some((key, template)) => _ = templates.insert((name, key), template.trim_start()),
            None => name = line,
        }
    }
    templates
});

fn template(name: &str, key: &str) -> Option<&'static str> {
    TEMPLATES.get(&(name, key)).copied()
}

/// A sentence under construction.
struct Sentence<'a> {
    event: &'a Event,
    target: Option<&'a str>,
    /// The changes that the sentence has not named yet.
    changes: Vec<Change>,
    /// The change that the template is about.
    change: Option<Change>,
    tokens: Vec<Token>,
}

impl Sentence<'_> {
    fn render(&mut self, template: &str) {
        let mut rest = template;
        while let Some((text, begin)) = rest.find(['{', '[', '<']).map(|at| rest.split_at(at)) {
            self.plain(text);
            let close = match &begin[..1] {
                "{" => '}',
                "[" => ']',
                _ => '>',
            };
            let (inside, after) = begin[1..].split_once(close).unwrap_or((&begin[1..], ""));
            match close {
                '}' => self.value(inside),
                ']' => {
                    let (with, without) = inside.split_once('|').unwrap_or((inside, ""));
                    self.render(if self.target.is_some() { with } else { without });
                }
                _ => self.render_change_of(inside),
            }
            rest = after;
        }
        self.plain(rest);
    }

    /// Renders `field:template` if the event has an old and a new value of the field.
    fn render_change_of(&mut self, section: &str) {
        let (field, template) = section.split_once(':').unwrap_or((section, ""));
        let both = |change: &Change| change.field == field && change.old.is_some() && change.new.is_some();
        if let Some(at) = self.changes.iter().position(both) {
            self.change = Some(self.changes.remove(at));
            self.render(template);
        }
    }

    /// Adds the changes that the sentence has not named.
    fn render_changes(&mut self, locale: Locale, more: usize) {
        let mut separator = ": ";
        for change in std::mem::take(&mut self.changes) {
            let name = match (&change.old, &change.new) {
                (Some(_), Some(_)) => "change",
                (None, _) => "addition",
                (_, None) => "removal",
            };
            self.plain(separator);
            self.change = Some(change);
            self.render(template(name, locale.as_str()).unwrap_or_default());
            separator = ", ";
        }
        if more > 0 {
            self.plain(separator);
            self.plain(&template("more", locale.as_str()).unwrap_or_default().replace("{count}", &more.to_string()));
        }
    }

    fn value(&mut self, name: &str) {
        let change = self.change.as_ref();
        let (of, text) = match name {
            "actor" => (Part::Actor, Some(actor(self.event).to_owned())),
            "action" => (Part::Action, Some(self.event.action.as_str().to_owned())),
            "target" => (Part::Target, self.target.map(str::to_owned)),
            "field" => (Part::Field, change.map(|change| change.field.clone())),
            "old" => (Part::Old, change.and_then(|change| change.old.clone())),
            _ => (Part::New, change.and_then(|change| change.new.clone())),
        };
        self.tokens.extend(text.map(|text| Token { text, of: Some(of) }));
    }

    fn plain(&mut self, text: &str) {
        match self.tokens.last_mut() {
            _ if text.is_empty() => {}
            Some(Token { text: before, of: None }) => before.push_str(text),
            _ => self.tokens.push(Token { text: text.to_owned(), of: None }),
        }
    }
}

fn actor(event: &Event) -> &str {
    let actor = &event.actor;
    first_text([&actor.name, &actor.email]).unwrap_or(&actor.id)
}

fn target(event: &Event) -> Option<&str> {
    event.target.as_ref().and_then(|target| first_text([&target.name, &target.id, &target.kind]))
}

fn first_text<const N: usize>(texts: [&Option<String>; N]) -> Option<&str> {
    texts.into_iter().flatten().map(String::as_str).find(|text| !text.is_empty())
}

/// A changed field, with a value before, after or both.
struct Change {
    field: String,
    old: Option<String>,
    new: Option<String>,
}

/// Returns the first changes in `details.changes`, and the number of the others. Anything else in its place is ignored.
fn changes(event: &Event) -> (Vec<Change>, usize) {
    #[derive(Deserialize)]
    struct WithChanges<'a> {
        #[serde(borrow)]
        changes: Vec<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct WithField<'a> {
        field: String,
        #[serde(borrow)]
        old: Option<&'a RawValue>,
        #[serde(borrow)]
        new: Option<&'a RawValue>,
    }
    let details = event.details.as_ref().and_then(|details| serde_json::from_str(details.as_str()).ok());
    let listed = details.map(|WithChanges { changes }| changes).unwrap_or_default();
    let mut changes: Vec<_> = listed
        .iter()
        .filter_map(|raw| serde_json::from_str::<WithField<'_>>(raw.get()).ok())
        .filter(|change| change.old.is_some() || change.new.is_some())
        .map(|WithField { field, old, new }| Change {
            field: shortened(&field),
            old: old.map(value_text),
            new: new.map(value_text),
        })
        .collect();
    let more = changes.len().saturating_sub(CHANGES);
    changes.truncate(CHANGES);
    (changes, more)
}

/// Returns a string as its text, and any other value as its JSON.
fn value_text(raw: &RawValue) -> String {
    let text: Option<String> = serde_json::from_str(raw.get()).ok();
    shortened(text.as_deref().unwrap_or(raw.get()))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
