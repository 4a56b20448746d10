//! Events to try the service with: three months of a made-up company that uses a monitoring product.
//!
//! Two streams are merged by time: the routine, drawn at random with the rhythm of a working week, and a story of
//! single scenes, written down, which holds the rare actions and an incident that searches can find: twelve days ago,
//! by night, an unknown address signs in as an admin, makes an API key, and clears the way.

mod calendar;
mod cast;
mod draft;
mod kinds;
mod routine;
mod shelf;
mod story;

use std::iter::Peekable;
use std::vec;

use calendar::Calendar;
use draft::Draft;
use routine::Routine;

/// Generates events of one org, oldest first.
///
/// *Shapes and units*: `now_us` in Unix microseconds; each item is the JSON of one event as the API takes it, with an
/// idempotency key.
///
/// *Guarantees*: the same arguments give the same events. All happened in the 90 days before `now_us`, no two at the
/// same time. From 60 events on, every action of the catalog is among them.
pub fn events(now_us: i64, count: usize) -> impl Iterator<Item = String> {
    let mut story = story::scenes(now_us);
    story.drain(..story.len().saturating_sub(count));
    let routine_count = count - story.len();
    Events {
        calendar: Calendar::before(now_us),
        routine: Routine::new(),
        routine_count,
        routine_given: 0,
        story: story.into_iter().peekable(),
        upcoming_us: None,
        last_us: i64::MIN,
        given: 0,
    }
}

struct Events {
    calendar: Calendar,
    routine: Routine,
    routine_count: usize,
    routine_given: usize,
    story: Peekable<vec::IntoIter<(i64, Draft)>>,
    /// When the next routine event happens, once it has been drawn.
    upcoming_us: Option<i64>,
    last_us: i64,
    given: usize,
}

impl Events {
    /// Draws from one of as many equal parts of the rhythm as there are events, so that times come in order.
    fn upcoming(&mut self) -> Option<i64> {
        if self.upcoming_us.is_none() && self.routine_given < self.routine_count {
            let part = (self.routine_given as f64 + self.routine.fraction()) / self.routine_count as f64;
            self.upcoming_us = Some(self.calendar.instant(part));
        }
        self.upcoming_us
    }

    fn draw(&mut self) -> Option<(i64, Draft)> {
        match self.upcoming() {
            Some(at_us) if self.story.peek().is_none_or(|(scene_us, _)| at_us < *scene_us) => {
                self.upcoming_us = None;
                self.routine_given += 1;
                Some((at_us, self.routine.draft(self.calendar.is_quiet(at_us))))
            }
            _ => self.story.next(),
        }
    }
}

impl Iterator for Events {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let (at_us, draft) = self.draw()?;
        self.last_us = at_us.max(self.last_us.saturating_add(1));
        self.given += 1;
        Some(draft.json(self.last_us, &format!("demo-{:06}", self.given)))
    }
}

#[cfg(test)]
mod tests;
