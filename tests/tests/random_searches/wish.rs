//! Random searches, and the plain filter they are compared with. It shares no code with the service.

use audit_core::UnixMicros;
use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

use crate::made::{ACTIONS, ACTORS, EMAILS, IPS, Made, REQUESTS, TARGETS, pick};

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
    ips: Vec<&'static str>,
    request_ids: Vec<&'static str>,
    not_actors: Vec<String>,
    not_actions: Vec<String>,
    not_ips: Vec<&'static str>,
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
        wish.actors = actors(rng, 0.5);
        wish.not_actors = actors(rng, 0.15);
        wish.actions = actions(rng, 0.4);
        wish.not_actions = actions(rng, 0.15);
        wish.ips = ips(rng, 0.25);
        wish.not_ips = ips(rng, 0.15);
        for _ in 0..alternatives(rng, 0.1) {
            wish.request_ids.extend(Some(*pick(rng, REQUESTS)).filter(|request_id| !request_id.is_empty()));
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
        pairs.extend(self.ips.iter().map(|ip| ("ip", (*ip).to_owned())));
        pairs.extend(self.request_ids.iter().map(|request_id| ("request_id", (*request_id).to_owned())));
        pairs.extend(self.not_actors.iter().map(|actor| ("not_actor", actor.clone())));
        pairs.extend(self.not_actions.iter().map(|action| ("not_action", action.clone())));
        pairs.extend(self.not_ips.iter().map(|ip| ("not_ip", (*ip).to_owned())));
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
        let ip = |wanted: &&str| event.ip.is_some_and(|ip| is_same_ip(wanted, ip));
        self.from.is_none_or(|from| event.us >= from)
            && self.to.is_none_or(|to| event.us < to)
            && (self.actors.is_empty() || self.actors.iter().any(actor))
            && (self.actions.is_empty() || self.actions.iter().any(action))
            && (self.categories.is_empty() || self.categories.contains(&event.category))
            && (self.targets.is_empty() || event.target.as_ref().is_some_and(|target| self.targets.contains(target)))
            && self.failed.is_none_or(|failed| event.failed == failed)
            && (self.ips.is_empty() || self.ips.iter().any(ip))
            && (self.request_ids.is_empty() || event.request_id.is_some_and(|it| self.request_ids.contains(&it)))
            && !self.not_actors.iter().any(actor)
            && !self.not_actions.iter().any(action)
            && !self.not_ips.iter().any(ip)
    }
}

/// Whether a value of `IPS` that is one address is in another one, or is that one itself.
fn is_same_ip(wanted: &str, (text, addresses): (&str, &[&str])) -> bool {
    let one = IPS.iter().find(|(text, found)| *text == wanted && found.len() == 1 && !text.contains(','));
    one.map_or(wanted == text, |(_, address)| addresses.contains(&address[0]))
}

fn actors(rng: &mut Xoshiro256PlusPlus, some: f64) -> Vec<String> {
    let mut actors = Vec::new();
    for _ in 0..alternatives(rng, some) {
        let list = if rng.random_bool(0.5) { ACTORS } else { EMAILS };
        let actor = *pick(rng, list);
        // An empty one is refused, as an empty target is.
        actors.extend((!actor.is_empty()).then(|| recased(rng, actor)));
    }
    actors
}

fn actions(rng: &mut Xoshiro256PlusPlus, some: f64) -> Vec<String> {
    (0..alternatives(rng, some)).map(|_| action(rng)).collect()
}

fn ips(rng: &mut Xoshiro256PlusPlus, some: f64) -> Vec<&'static str> {
    let count = alternatives(rng, some);
    (0..count).map(|_| pick(rng, IPS).0).filter(|ip| !ip.is_empty()).collect()
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
