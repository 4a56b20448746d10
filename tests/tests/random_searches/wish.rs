//! Random searches, and the plain filter they are compared with. It shares no code with the service.

use audit_core::UnixMicros;
use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

use crate::made::{ACTIONS, ACTORS, EMAILS, Made, TARGETS, pick};

/// What a search requests.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    from: Option<i64>,
    to: Option<i64>,
    actors: Vec<String>,
    actions: Vec<String>,
    categories: Vec<&'static str>,
    targets: Vec<String>,
    failed: Option<bool>,
    pub(crate) oldest: bool,
}

impl Wish {
    /// Requests everything.
    pub(crate) fn all(oldest: bool) -> Self {
        Self { oldest, ..Self::default() }
    }

    /// Requests something; ranges begin and end at instants of `events`, or a microsecond away.
    pub(crate) fn random(rng: &mut Xoshiro256PlusPlus, events: &[Made]) -> Self {
        let mut wish = Self::all(rng.random_bool(0.5));
        let mut bounds = [0, 1].map(|_| events[rng.random_range(0..events.len())].us + rng.random_range(-1..=1));
        if rng.random_bool(0.2) {
            bounds[1] = bounds[0] + rng.random_range(0..3);
        }
        bounds.sort_unstable();
        wish.from = rng.random_bool(0.8).then_some(bounds[0]);
        wish.to = rng.random_bool(0.8).then_some(bounds[1]);
        for _ in 0..alternatives(rng, 0.6) {
            let list = if rng.random_bool(0.5) { ACTORS } else { EMAILS };
            let actor = *pick(rng, list);
            // An empty one is refused, as an empty target is.
            wish.actors.extend((!actor.is_empty()).then(|| recased(rng, actor)));
        }
        for _ in 0..alternatives(rng, 0.5) {
            wish.actions.push(action(rng));
        }
        for _ in 0..alternatives(rng, 0.3) {
            wish.categories.push(pick(rng, ACTIONS).1);
        }
        for _ in 0..alternatives(rng, 0.25) {
            let made = events[rng.random_range(0..events.len())].target.clone();
            let listed = (*pick(rng, TARGETS)).to_owned();
            let target = made.filter(|_| rng.random_bool(0.3)).unwrap_or(listed);
            wish.targets.extend(Some(target).filter(|target| !target.is_empty()));
        }
        wish.failed = rng.random_bool(0.2).then(|| rng.random_bool(0.5));
        wish
    }

    /// The query string, without limit and cursor.
    pub(crate) fn query(&self) -> String {
        let instant = |us: &i64| UnixMicros::new(*us).to_string();
        let mut pairs: Vec<(&str, String)> = Vec::new();
        pairs.extend(self.from.iter().map(|us| ("from", instant(us))));
        pairs.extend(self.to.iter().map(|us| ("to", instant(us))));
        pairs.extend(self.actors.iter().map(|actor| ("actor", actor.clone())));
        pairs.extend(self.actions.iter().map(|action| ("action", action.clone())));
        pairs.extend(self.categories.iter().map(|category| ("category", (*category).to_owned())));
        pairs.extend(self.targets.iter().map(|target| ("target", target.clone())));
        pairs.extend(self.failed.map(|failed| ("result", if failed { "failed" } else { "succeeded" }.to_owned())));
        pairs.push(("order", if self.oldest { "oldest" } else { "newest" }.to_owned()));
        pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    }

    /// Whether the result contains `event`.
    pub(crate) fn wants(&self, event: &Made) -> bool {
        let folded = |text: &str| text.to_uppercase().to_lowercase();
        let actor =
            |wanted: &String| wanted == event.actor || event.email.is_some_and(|it| folded(it) == folded(wanted));
        let action = |wanted: &String| match wanted.strip_suffix('*') {
            Some(prefix) => event.action.starts_with(prefix),
            None => wanted == event.action,
        };
        self.from.is_none_or(|from| event.us >= from)
            && self.to.is_none_or(|to| event.us < to)
            && (self.actors.is_empty() || self.actors.iter().any(actor))
            && (self.actions.is_empty() || self.actions.iter().any(action))
            && (self.categories.is_empty() || self.categories.contains(&event.category))
            && (self.targets.is_empty() || event.target.as_ref().is_some_and(|target| self.targets.contains(target)))
            && self.failed.is_none_or(|failed| event.failed == failed)
    }
}

/// None with the probability `1 - some`, otherwise one to three.
fn alternatives(rng: &mut Xoshiro256PlusPlus, some: f64) -> usize {
    if rng.random_bool(some) { rng.random_range(1..4) } else { 0 }
}

/// An action, or a prefix of whole words of one.
fn action(rng: &mut Xoshiro256PlusPlus) -> String {
    let action = pick(rng, ACTIONS).0;
    let words: Vec<_> = action.split('.').collect();
    match rng.random_range(0..words.len() + 1) {
        0 => action.to_owned(),
        count => format!("{}.*", words[..count.min(3)].join(".")),
    }
}

/// The text, or the same letters in another case.
fn recased(rng: &mut Xoshiro256PlusPlus, text: &str) -> String {
    match rng.random_range(0..5) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        _ => text.to_owned(),
    }
}

fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~*:".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
