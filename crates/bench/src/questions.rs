//! The questions of the search parts: a request to the API, and the same in SQL.

use audit_core::Day;

use crate::Result;
use crate::client::{Client, ORG};
use crate::events::{COMMON_ACTOR, Events, RARE_ACTION, RARE_ACTOR, RARE_TARGET};

/// The page of a walk that is asked for, if there are as many.
const WALKED: usize = 100;

/// A question about the events of a year.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) what: &'static str,
    /// The path of the request, without a cursor.
    pub(crate) path: String,
    /// All pages, not only the first one.
    pub(crate) exhaustive: bool,
    /// The same in SQL.
    pub(crate) sql: String,
}

impl Question {
    fn page(what: &'static str, query: &str, condition: &str) -> Self {
        let path = format!("/v1/orgs/{ORG}/events?limit=50{query}");
        let sql = format!("SELECT * FROM events WHERE {condition} ORDER BY id DESC LIMIT 50");
        Self { what, path, exhaustive: false, sql }
    }

    fn all(what: &'static str, query: &str, condition: &str) -> Self {
        let path = format!("/v1/orgs/{ORG}/events?limit=1000{query}");
        let sql = format!("SELECT * FROM events WHERE {condition} ORDER BY id DESC");
        Self { what, path, exhaustive: true, sql }
    }

    /// The most milliseconds that it may take; `None` if only DuckDB's count.
    pub(crate) fn limit_ms(&self) -> Option<f64> {
        ["newest 50", "absent actor", "one id"].contains(&self.what).then_some(10.0)
    }
}

/// The names of the questions whose time must not grow with the archive.
pub(crate) const CONSTANT: [&str; 3] = ["newest 50", "one id", "absent actor"];

/// Returns the questions. `client` finds the id and the cursor that two of them need.
pub(crate) async fn all(events: Events, client: &Client) -> Result<Vec<Question>> {
    let first_day = events.first_day()?;
    let day = |number: u64| -> Result<Day> { Ok(Day(first_day.0 + i32::try_from(number)?)) };
    let between = |from: Day, to: Day| {
        let id = |day: Day| audit_core::EventId::first_at(day.start());
        let query = format!("&from={}&to={}", from.start(), to.start());
        (query, format!("id >= '{}' AND id < '{}'", id(from), id(to)))
    };
    let (month, in_month) = between(day(events.days / 2)?, day((events.days / 2 + 30).min(events.days))?);
    let (one_day, in_day) = between(day(events.days / 3)?, day(events.days / 3 + 1)?);
    let middle = client.page(&format!("/v1/orgs/{ORG}/events?limit=1&to={}", day(events.days / 4)?.start())).await?.1;
    let id = middle.ids.first().ok_or("an archive without events")?.clone();
    let newest = format!("/v1/orgs/{ORG}/events?limit=50");
    let walked = client.walk(&newest, WALKED - 1).await?.1;
    let by = |column: &str, value: &str| format!("{column} = '{value}'");
    let mut questions = vec![
        Question::page("newest 50", "", "true"),
        Question::page("common actor", &format!("&actor={COMMON_ACTOR}"), &by("actor_id", COMMON_ACTOR)),
        Question::page("rare actor", &format!("&actor={RARE_ACTOR}"), &by("actor_id", RARE_ACTOR)),
        Question::page("absent actor", "&actor=usr_nobody", &by("actor_id", "usr_nobody")),
        Question::page("rare action", &format!("&action={RARE_ACTION}"), &by("action", RARE_ACTION)),
        Question::page("failed", "&result=failed", &by("result", "failed")),
        Question::page(
            "category in a month",
            &format!("&category=billing{month}"),
            &format!("category = 'billing' AND {in_month}"),
        ),
        Question::page(
            "one day and an actor",
            &format!("&actor={COMMON_ACTOR}{one_day}"),
            &format!("actor_id = '{COMMON_ACTOR}' AND {in_day}"),
        ),
        Question::all("all of a rare actor", &format!("&actor={RARE_ACTOR}"), &by("actor_id", RARE_ACTOR)),
        Question::all("all of a rare action", &format!("&action={RARE_ACTION}"), &by("action", RARE_ACTION)),
        Question::all("all of a rare target", &format!("&target={RARE_TARGET}"), &by("target_id", RARE_TARGET)),
        Question::all(
            "all failed of a rare actor",
            &format!("&actor={RARE_ACTOR}&result=failed"),
            &format!("actor_id = '{RARE_ACTOR}' AND result = 'failed'"),
        ),
    ];
    let path = format!("/v1/orgs/{ORG}/events/{id}");
    let sql = format!("SELECT * FROM events WHERE id = '{id}'");
    if let Some((last, cursor)) = walked.ids.last().zip(walked.next) {
        questions.insert(8, Question::page("page 100", &format!("&cursor={cursor}"), &format!("id < '{last}'")));
    }
    questions.insert(8, Question { what: "one id", path, exhaustive: false, sql });
    Ok(questions)
}

/// Asks once; returns the milliseconds and the ids.
pub(crate) async fn ask(client: &Client, question: &Question) -> Result<(f64, Vec<String>)> {
    let pages = if question.exhaustive { usize::MAX } else { 1 };
    let (milliseconds, found) = if question.path.contains('?') {
        client.walk(&question.path, pages).await?
    } else {
        client.page(&question.path).await?
    };
    Ok((milliseconds, found.ids))
}
