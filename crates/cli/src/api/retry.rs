//! How often, and after which pauses, a request is retried.

use std::time::Duration;

/// How often, and after which pauses, a request is retried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The most times one request is sent.
    pub tries: u32,
    /// The pause after the first try; it doubles with every further try.
    pub first_pause: Duration,
    /// The longest pause that the client chooses itself.
    pub longest_pause: Duration,
    /// The longest pause that the service may request; the client gives up if the service requests more.
    pub longest_retry_after: Duration,
    /// The longest time of one try.
    pub timeout: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            tries: 8,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(300),
            timeout: Duration::from_secs(60),
        }
    }
}

impl Policy {
    /// A person waits for the response, so a request is given up after a few seconds.
    pub(crate) fn interactive() -> Self {
        let longest_retry_after = Duration::from_secs(10);
        Self { tries: 4, longest_retry_after, timeout: Duration::from_secs(35), ..Self::default() }
    }

    /// Returns the pause after `tried` tries, or `None` when it is time to give up.
    ///
    /// `jitter` is from 0 to 1 and takes up to half of the pause away, so that clients that failed together do not
    /// return together. The pause is never shorter than what the service requested.
    pub(crate) fn pause(&self, tried: u32, retry_after: Option<Duration>, jitter: f64) -> Option<Duration> {
        let asked = retry_after.unwrap_or_default();
        if tried >= self.tries || asked > self.longest_retry_after {
            return None;
        }
        let doubled = self.first_pause.saturating_mul(1_u32.checked_shl(tried.saturating_sub(1)).unwrap_or(u32::MAX));
        let own = doubled.min(self.longest_pause).mul_f64(1.0 - 0.5 * jitter.clamp(0.0, 1.0));
        Some(own.max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let policy = Policy { tries: 5, longest_pause: Duration::from_secs(3), ..Policy::default() };
        let pauses: Vec<_> =
            (1..=5).map(|tried| policy.pause(tried, None, 0.0).map(|pause| pause.as_millis())).collect();
        assert_eq!(pauses, [Some(500), Some(1_000), Some(2_000), Some(3_000), None]);
        assert_eq!(policy.pause(1, None, 1.0), Some(Duration::from_millis(250)));
        let patient = Policy { tries: u32::MAX, ..policy };
        assert_eq!(patient.pause(1_000, None, 0.0), Some(Duration::from_secs(3)));
    }

    #[test]
    fn the_service_can_lengthen_a_pause_but_not_for_ever() {
        let policy = Policy::default();
        let asked = |seconds| policy.pause(1, Some(Duration::from_secs(seconds)), 0.0).map(|pause| pause.as_secs_f64());
        assert_eq!((asked(0), asked(7), asked(300), asked(301)), (Some(0.5), Some(7.0), Some(300.0), None));
    }
}
