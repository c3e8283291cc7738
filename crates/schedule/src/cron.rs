//! Cron expressions in time zones.

use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};

use crate::explain;

/// Longest cron expression, in characters.
pub const CRON_MAX: usize = 200;

/// Why a schedule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The expression is not one of cron.
    #[error("`{cron}` is no cron expression: {reason}")]
    Cron {
        /// As it was given.
        cron: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The expression means no moment that will ever come, such as the 30th of February.
    #[error("`{0}` never comes")]
    Never(String),
    /// The IANA database has no time zone of this name.
    #[error("`{0}` is no time zone of the IANA database, such as `Europe/Amsterdam` or `UTC`")]
    TimeZone(String),
}

/// A cron expression in a time zone.
///
/// Five fields: minute, hour, day of month, month, day of week; six with seconds before them.
/// A day matches if its day of month or its day of week does, where both are given; a `+` before the
/// day of week asks for both. At the changes of daylight saving time:
///
/// - An expression with a fixed minute and hour fires once on every day: a time that the clock
///   skips is made up for at the first moment after the gap, and of a time that comes twice the
///   first one counts.
/// - One that repeats (with `*` or a step in its minute or hour) goes by the clock on the wall: it
///   has nothing in the skipped hour, and fires in both passes of a repeated one.
#[derive(Debug, Clone)]
pub struct Cron {
    cron: croner::Cron,
    zone: TimeZone,
}

impl Cron {
    /// Reads an expression and a time zone's name.
    ///
    /// # Errors
    /// If one of them cannot be used, or the expression never comes.
    pub fn parse(cron: &str, time_zone: &str) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Cron {
            cron: cron.chars().take(CRON_MAX).collect(),
            reason,
        };
        if cron.len() > CRON_MAX {
            return Err(wrong(format!("it may have {CRON_MAX} characters at most")));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Disallowed)
            .build();
        let Ok(parsed) = parser.parse(cron) else {
            return Err(wrong(explain::reason(cron, |other| {
                parser.parse(other).is_ok()
            })));
        };
        let zone = TimeZoneDatabase::bundled()
            .get(time_zone)
            .map_err(|_| Error::TimeZone(time_zone.chars().take(CRON_MAX).collect()))?;
        let parsed = Self { cron: parsed, zone };
        // The rules repeat: what does not come in the next years never does.
        if parsed.next_after(0).is_none() {
            return Err(Error::Never(cron.to_owned()));
        }
        Ok(parsed)
    }

    /// The first moment after one.
    #[must_use]
    pub fn next_after(&self, moment: i64) -> Option<i64> {
        let next = self.cron.find_next_occurrence(&self.zoned(moment)?, false);
        next.ok().map(|next| next.timestamp().as_millisecond())
    }

    /// The last moment up to one, which may be that moment itself.
    #[must_use]
    pub fn last_until(&self, moment: i64) -> Option<i64> {
        let last = self
            .cron
            .find_previous_occurrence(&self.zoned(moment)?, true);
        last.ok().map(|last| last.timestamp().as_millisecond())
    }

    /// The next moments after one, in order.
    pub fn after(&self, moment: i64) -> impl Iterator<Item = i64> {
        std::iter::successors(self.next_after(moment), |last| self.next_after(*last))
    }

    fn zoned(&self, moment: i64) -> Option<Zoned> {
        let moment = Timestamp::from_millisecond(moment).ok()?;
        Some(moment.to_zoned(self.zone.clone()))
    }
}
