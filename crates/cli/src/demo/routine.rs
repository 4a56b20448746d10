//! What happens on an ordinary day.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use super::cast::{ANONYMOUS, API_KEYS, Actor, PEOPLE, SERVICES, SYSTEM, VIEWERS};
use super::draft::{Change, Details, Draft, Target};
use super::kinds;
use super::shelf::{Deed, Kind, Shelf};

/// Any number would do; the same one gives the same events.
const SEED: u64 = 0x000A_0D17;

/// How often a thing of each kind comes, changes, goes.
static THINGS: [(&Kind, [u32; 3]); 9] = [
    (&kinds::MONITOR, [80, 260, 60]),
    (&kinds::ESCALATION_POLICY, [14, 60, 10]),
    (&kinds::ON_CALL_SCHEDULE, [10, 120, 7]),
    (&kinds::STATUS_PAGE, [7, 70, 5]),
    (&kinds::DOMAIN, [22, 0, 14]),
    (&kinds::CLOUD_ACCOUNT, [8, 0, 5]),
    (&kinds::REPOSITORY, [16, 0, 10]),
    (&kinds::API_KEY, [20, 0, 15]),
    (&kinds::MEMBER, [16, 12, 9]),
];

/// How often things happen that change nothing.
const VISITS: [(u32, Visit); 4] =
    [(150, Visit::SignIn), (30, Visit::FailedSignIn), (25, Visit::Export), (4, Visit::Payment)];

#[derive(Debug, Clone, Copy)]
enum Visit {
    SignIn,
    FailedSignIn,
    Export,
    Payment,
}

/// Draws events one after another, and keeps what they leave behind.
pub(super) struct Routine {
    rng: Xoshiro256PlusPlus,
    shelves: Vec<Shelf>,
    /// The last digits of the card that pays.
    card: u16,
}

impl Routine {
    /// Starts with the company as it was before the demo begins.
    pub(super) fn new() -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
        let shelves = THINGS.iter().map(|(kind, _)| Shelf::new(kind, &mut rng)).collect();
        Self { rng, shelves, card: 4_242 }
    }

    /// A number from 0 up to 1.
    pub(super) fn fraction(&mut self) -> f64 {
        self.rng.random()
    }

    /// The next event, at an hour at which many or few people work.
    pub(super) fn draft(&mut self, is_quiet: bool) -> Draft {
        let things = THINGS.iter().flat_map(|(_, weights)| weights).sum::<u32>();
        let visits = VISITS.iter().map(|(weight, _)| weight).sum::<u32>();
        let mut drawn = self.rng.random_range(0..things + visits);
        for (shelf, (_, weights)) in THINGS.iter().enumerate() {
            for (deed, weight) in [Deed::Come, Deed::Change, Deed::Go].into_iter().zip(weights) {
                if drawn < *weight {
                    return self.thing(shelf, deed, is_quiet);
                }
                drawn -= weight;
            }
        }
        for (weight, visit) in VISITS {
            if drawn < weight {
                return self.visit(visit);
            }
            drawn -= weight;
        }
        self.visit(Visit::SignIn)
    }

    fn thing(&mut self, shelf: usize, deed: Deed, is_quiet: bool) -> Draft {
        let noun = THINGS[shelf].0.noun;
        let fails = self.rng.random_bool(0.03);
        let viewer = fails && !is_quiet && self.rng.random_bool(0.4);
        let actor = if viewer { self.viewer() } else { self.worker(noun, deed, is_quiet) };
        let happened = self.shelves[shelf].happen(deed, fails, &mut self.rng);
        let reason = match happened.deed {
            _ if viewer => "permission denied: viewers cannot change this",
            Deed::Come => "limit reached: the plan allows no more of these",
            Deed::Change => "conflict: somebody else has changed it meanwhile – reload and try again",
            Deed::Go => "still in use",
        };
        let failure = fails.then(|| reason.to_owned());
        self.finish(actor, happened.action, happened.target, failure, happened.details)
    }

    /// Who does such a thing at such an hour.
    fn worker(&mut self, noun: &str, deed: Deed, is_quiet: bool) -> &'static Actor {
        let by_machine = self.rng.random_bool(if is_quiet { 0.8 } else { 0.25 });
        match (noun, deed) {
            ("on_call_schedule", Deed::Change) if by_machine => &SERVICES[0],
            ("domain" | "repository" | "cloud_account", Deed::Come) if by_machine => &SERVICES[1],
            ("api_key", Deed::Go) if by_machine => &SYSTEM,
            ("monitor" | "domain" | "escalation_policy" | "status_page", _) if by_machine => {
                &API_KEYS[self.rng.random_range(0..API_KEYS.len())]
            }
            // Who may join and what may act is for the owner and the admins.
            ("member" | "api_key", _) => &PEOPLE[[0, 1, 7][self.rng.random_range(0..3)]],
            _ => &PEOPLE[self.rng.random_range(0..PEOPLE.len() - VIEWERS)],
        }
    }

    fn viewer(&mut self) -> &'static Actor {
        &PEOPLE[self.rng.random_range(PEOPLE.len() - VIEWERS..PEOPLE.len())]
    }

    fn visit(&mut self, visit: Visit) -> Draft {
        let person = &PEOPLE[self.rng.random_range(0..PEOPLE.len())];
        let account =
            Target { kind: "user", id: person.id.to_owned(), name: person.email.unwrap_or_default().to_owned() };
        match visit {
            Visit::SignIn => self.finish(person, "session.created".to_owned(), account, None, None),
            Visit::FailedSignIn => {
                let reason = Some("wrong password or second factor".to_owned());
                self.finish(&ANONYMOUS, "session.created".to_owned(), account, reason, None)
            }
            Visit::Export => {
                let number = self.rng.random_range(1..1_000);
                let name = format!("Verfügbarkeit, report {number}");
                let report = Target { kind: "report", id: format!("rep_{number:04}"), name };
                self.finish(person, "report.exported".to_owned(), report, None, None)
            }
            Visit::Payment => {
                let target =
                    Target { kind: "organization", id: "org_acme".to_owned(), name: "Acme Zürich".to_owned() };
                let old = std::mem::replace(&mut self.card, self.rng.random_range(1_000..9_999));
                let new = self.card;
                let change = Change { field: "card_last4", old: json!(old.to_string()), new: json!(new.to_string()) };
                let details = Details { changes: vec![change], note: None };
                self.finish(&PEOPLE[0], "billing.payment_method_updated".to_owned(), target, None, Some(details))
            }
        }
    }

    fn finish(
        &mut self,
        actor: &'static Actor,
        action: String,
        target: Target,
        failure_reason: Option<String>,
        details: Option<Details>,
    ) -> Draft {
        let (ip, request) = (self.rng.random_range(0..60), self.rng.random());
        Draft { actor, action, target, failure_reason, ip, request, details }
    }
}
