//! Statistics: how many events match, by time, by the value of a field, or both. The request, and what counts are.

pub mod bars;
pub mod tally;

use std::fmt;
use std::str::FromStr;

pub use bars::{Bar, Bars, Interval, QUARTER_US, Zone};
pub use tally::{ArchivedRow, Count, Group, Labels, Newest, Others, Ranked, Seen, Tally};

use crate::cursor::{Cursor, QueryDigest};
use crate::error::ParseError;
use crate::event::Event;
use crate::filter::FilterFields;
use crate::id::EventId;
use crate::invalid::InputErrors;
use crate::limits::{GROUPS, GROUPS_DEFAULT, PAGE_EVENTS};
use crate::narrowing::Narrowing;
use crate::order::Order;
use crate::org::OrgId;
use crate::parameters::{Parameters, RANGE_AND_FILTER, parsed};
use crate::search::Search;

const GROUP_BY: &str = "time, action, category, result, actor, actor_type, target or ip, or time and one of the others, such as time,action";
const INTERVAL: &str = "15m, 1h, 1d, 1w, 1mo or auto";

/// Returns the names of the query parameters of statistics.
pub fn parameters() -> Vec<&'static str> {
    [RANGE_AND_FILTER, &["group_by", "interval", "zone", "top", "cursor"]].concat()
}

/// What events are counted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupBy {
    /// By bars of time.
    pub time: bool,
    /// By the value of a field.
    pub field: Option<Field>,
}

/// A field by whose values events are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The action.
    Action,
    /// The category.
    Category,
    /// The result.
    Result,
    /// The id of the actor.
    Actor,
    /// The type of the actor.
    ActorType,
    /// The id of the target.
    Target,
    /// `context.ip`, as it is stored.
    Ip,
}

impl Field {
    const ALL: [Self; 7] =
        [Self::Action, Self::Category, Self::Result, Self::Actor, Self::ActorType, Self::Target, Self::Ip];

    /// Returns the name of the stored text, as in [`flat::NAMES`](crate::flat::NAMES).
    pub fn column(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Category => "category",
            Self::Result => "result",
            Self::Actor => "actor_id",
            Self::ActorType => "actor_type",
            Self::Target => "target_id",
            Self::Ip => "ip",
        }
    }

    /// Returns the value of an event.
    pub fn of(self, event: &Event) -> Option<&str> {
        if self == Self::ActorType { Some(event.actor.kind.as_str()) } else { self.of_fields(&FilterFields::of(event)) }
    }

    /// Returns the value in the fields that filters read, which do not include the type of the actor.
    pub(crate) fn of_fields<'a>(self, event: &FilterFields<'a>) -> Option<&'a str> {
        match self {
            Self::Action => Some(event.action),
            Self::Category => Some(event.category),
            Self::Result => Some(event.result),
            Self::Actor => Some(event.actor_id),
            Self::ActorType => None,
            Self::Target => event.target_id,
            Self::Ip => event.ip,
        }
    }

    /// Reports whether its groups have a first and a last event.
    pub fn is_seen(self) -> bool {
        matches!(self, Self::Actor | Self::Target | Self::Ip)
    }

    /// Returns the labels of its value in an event: nothing, unless the value is the id of an actor or a target.
    pub fn labels(self, event: &Event) -> Labels {
        match (self, &event.target) {
            (Self::Actor, _) => Labels {
                name: event.actor.name.clone(),
                email: event.actor.email.clone(),
                kind: Some(event.actor.kind.as_str().to_owned()),
            },
            (Self::Target, Some(target)) => {
                Labels { name: target.name.clone(), email: None, kind: target.kind.clone() }
            }
            _ => Labels::default(),
        }
    }

    /// Returns the names of the stored texts that are the name, the e-mail address and the type of its value.
    pub fn label_columns(self) -> [Option<&'static str>; 3] {
        match self {
            Self::Actor => [Some("actor_name"), Some("actor_email"), Some("actor_type")],
            Self::Target => [Some("target_name"), None, Some("target_type")],
            _ => [None; 3],
        }
    }
}

/// The text of the API; a part of the cursor's digest.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Actor => "actor",
            Self::Target => "target",
            other => other.column(),
        })
    }
}

/// The text of the API; a part of the cursor's digest.
impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = if self.time { "time" } else { "" };
        match self.field {
            None => f.write_str(time),
            Some(field) if self.time => write!(f, "time,{field}"),
            Some(field) => field.fmt(f),
        }
    }
}

impl FromStr for GroupBy {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fields = || std::iter::once(None).chain(Field::ALL.map(Some));
        let all = fields().flat_map(|field| [true, false].map(|time| Self { time, field }));
        all.into_iter().find(|it| !text.is_empty() && it.to_string() == text).ok_or(ParseError(GROUP_BY))
    }
}

/// One page of statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsRequest {
    /// The events that are counted, newest first, from the cursor on. Its limit and summary are not used.
    pub search: Search,
    /// What they are counted by.
    pub group_by: GroupBy,
    /// The length of a bar; `None` if the service chooses it, or if nothing is counted by time.
    pub interval: Option<Interval>,
    /// The zone whose clocks and calendar divide time.
    pub zone: Zone,
    /// The maximum number of groups.
    pub top: usize,
}

impl StatsRequest {
    /// Reads the query string of a request by a caller who may see only what `narrowing` allows.
    ///
    /// # Errors
    /// Every error of the query, as [`Search::read`], and an interval if nothing is counted by time.
    pub fn read_within(org_id: OrgId, query: Option<&str>, narrowing: &Narrowing) -> Result<Self, InputErrors> {
        let mut parameters = Parameters::decode(query);
        let (from, to) = parameters.range();
        let filter = parameters.filter();
        let group_by: GroupBy = parameters.one("group_by", parsed, GROUP_BY).unwrap_or_default();
        let auto_or = |text: &str| if text == "auto" { Some(None) } else { text.parse().ok().map(Some) };
        let interval: Option<Option<Interval>> = parameters.one("interval", auto_or, INTERVAL);
        let zone = parameters.one("zone", parsed, "an IANA time zone such as Europe/Berlin").unwrap_or_default();
        let top = parameters.one("top", top, &format!("1 to {GROUPS}")).unwrap_or(GROUPS_DEFAULT);
        let cursor = parameters.cursor();
        let mut errors = parameters.refuse_unknown(&self::parameters());
        if interval.is_some() && !group_by.time {
            errors.add("?interval", "without time in group_by", "an interval only if group_by contains time");
        }
        let (from, filter) = narrowing.narrow(from, filter);
        let (order, limit) = (Order::Newest, PAGE_EVENTS);
        let search = Search { org_id, from, to, filter, order, limit, summary: None, cursor: None };
        let mut request = Self { search, group_by, interval: interval.flatten(), zone, top };
        if let Some(text) = cursor.filter(|_| errors.is_empty()) {
            match request.resumed(&text) {
                Some(resumed) => request = resumed,
                None => {
                    errors.add("?cursor", "a cursor of another query", "the next_cursor of a page of the same query")
                }
            }
        }
        errors.or(Some(request))
    }

    /// Returns the request that continues at a cursor. The cursor decides the interval that the service had chosen.
    fn resumed(&self, cursor: &str) -> Option<Self> {
        let chosen = self.interval.is_none() && self.group_by.time;
        let intervals = if chosen { Interval::ALL.map(Some).to_vec() } else { vec![self.interval] };
        intervals.into_iter().find_map(|interval| {
            let request = Self { interval, ..self.clone() };
            let cursor = Cursor::decode(cursor, request.digest()).ok()?;
            Some(Self { search: Search { cursor: Some(cursor), ..request.search }, ..request })
        })
    }

    /// Returns the bars that events are counted by, if they are counted by time. Without an interval, the bars of
    /// days.
    pub fn bars(&self) -> Option<Bars> {
        let interval = self.interval.unwrap_or(Interval::Day);
        self.group_by.time.then_some(Bars { interval, zone: self.zone })
    }

    /// Returns the cursor that continues strictly after `position`.
    pub fn cursor_at(&self, position: EventId) -> Cursor {
        Cursor { position, digest: self.digest() }
    }

    /// Returns what identifies the query; `top` and the cursor do not count.
    ///
    /// # Guarantees
    /// Built from texts that never change, since cursors outlive releases; a golden test pins it.
    fn digest(&self) -> QueryDigest {
        let Search { org_id, from, to, filter, .. } = &self.search;
        let mut terms = vec![format!("group_by {}", self.group_by)];
        terms.extend(self.bars().map(|Bars { interval, zone }| format!("bars {interval} {zone}")));
        terms.extend(from.map(|at| format!("from {at}")));
        terms.extend(to.map(|at| format!("to {at}")));
        terms.extend(filter.terms());
        QueryDigest::of(org_id, terms)
    }
}

fn top(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|top| digits && (1..=GROUPS).contains(top))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixMicros;

    const POSITION: EventId = EventId::first_at(UnixMicros::new(1_732_270_530_123_456));

    fn read(query: &str) -> Result<StatsRequest, InputErrors> {
        StatsRequest::read_within("acme".parse().unwrap(), Some(query), &Narrowing::default())
    }

    #[test]
    fn every_parameter_is_read() {
        let request = read("group_by=time,actor&interval=1w&zone=Asia/Kathmandu&top=100&actor=usr_1&result=failed");
        let request = request.unwrap();
        assert_eq!(request.group_by, GroupBy { time: true, field: Some(Field::Actor) });
        assert_eq!((request.interval, request.top), (Some(Interval::Week), 100));
        assert_eq!(request.zone.to_string(), "Asia/Kathmandu");
        assert_eq!(request.search.filter.actors[0].id, "usr_1");
        let plain = read("").unwrap();
        assert_eq!((plain.group_by, plain.bars(), plain.top), (GroupBy::default(), None, 10));
        assert_eq!(read("group_by=time&interval=auto").unwrap(), read("group_by=time").unwrap());
    }

    #[test]
    fn every_error_of_a_query_is_listed() {
        for query in [
            "group_by=",
            "group_by=actor,time",
            "group_by=time,time",
            "group_by=target_id",
            "group_by=time&group_by=actor",
            "interval=1d",
            "group_by=actor&interval=auto",
            "group_by=time&interval=2d",
            "zone=Berlin",
            "top=0",
            "top=101",
            "top=+5",
            "order=newest",
            "limit=5",
            "cursor=x",
        ] {
            assert_eq!(read(query).unwrap_err().count(), 1, "{query}");
        }
        assert_eq!(read("group_by=x&zone=y&top=z&interval=w&form=v&actor=").unwrap_err().count(), 6);
    }

    #[test]
    fn every_group_by_is_read_back_from_its_text() {
        for field in Field::ALL.map(Some).into_iter().chain([None]) {
            for time in [true, false] {
                let group_by = GroupBy { time, field };
                let is_read = group_by.to_string().parse() == Ok(group_by);
                assert_eq!(is_read, time || field.is_some(), "{group_by}");
            }
        }
    }

    #[test]
    fn a_cursor_belongs_to_its_groups_bars_and_filter_and_top_may_change() {
        let base = "group_by=time,actor&interval=1d&zone=Europe/Berlin&action=a.b";
        let cursor = read(base).unwrap().cursor_at(POSITION).encode();
        let resumed = read(&format!("{base}&top=7&cursor={cursor}")).unwrap();
        assert!(!resumed.search.span().contains(POSITION));
        for other in [
            "group_by=actor&action=a.b".to_owned(),
            base.replace("1d", "1h"),
            base.replace("Berlin", "Paris"),
            base.replace("a.b", "a.c"),
            base.replace("time,actor", "time,ip"),
        ] {
            assert!(read(&format!("{other}&cursor={cursor}")).is_err(), "{other}");
        }
        assert!(Search::read("acme".parse().unwrap(), Some(&format!("action=a.b&cursor={cursor}"))).is_err());
    }

    #[test]
    fn a_cursor_keeps_the_interval_that_was_chosen() {
        let chosen = StatsRequest { interval: Some(Interval::Week), ..read("group_by=time&zone=Asia/Tokyo").unwrap() };
        let cursor = chosen.cursor_at(POSITION).encode();
        for query in ["group_by=time&zone=Asia/Tokyo", "group_by=time&zone=Asia/Tokyo&interval=1w"] {
            let resumed = read(&format!("{query}&cursor={cursor}")).unwrap();
            assert_eq!(resumed.interval, Some(Interval::Week));
        }
        assert!(read(&format!("group_by=time&zone=Asia/Tokyo&interval=1d&cursor={cursor}")).is_err());
    }
}
