//! Timers: calls of no service, which the queue settles by itself when their moment has come.

use crate::Call;

/// What a timer has for a service.
pub const SERVICE: &str = "timer";
/// The method of `tools.sleep`.
pub const SLEEP: &str = "sleep";
/// The method of `setTimeout` and `setInterval`: such a timer may be cleared.
pub const TIMEOUT: &str = "timeout";

/// Nothing can be asked for further ahead than this many milliseconds: five years.
pub const AHEAD_MAX_MS: i64 = 5 * 366 * 24 * HOUR_MS;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The units of a time span, the longest first.
const UNITS: [(&str, i64); 6] = [
    ("w", 7 * 24 * HOUR_MS),
    ("d", 24 * HOUR_MS),
    ("h", HOUR_MS),
    ("m", MINUTE_MS),
    ("s", SECOND_MS),
    ("ms", 1),
];

/// What a timer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// The moment by the task's clock, milliseconds since the Unix epoch.
    pub until: i64,
    /// How far ahead that was, in milliseconds, if the task named a span and not a date.
    pub span: Option<i64>,
}

impl Timer {
    /// The moment by the clock of this machine. A span that is asked for `now` is not made longer by a
    /// task's clock that is ahead, as it is once the machine's was put back.
    #[must_use]
    pub fn due(self, now: i64) -> i64 {
        self.span
            .map_or(self.until, |span| self.until.min(now.saturating_add(span)))
    }
}

impl Call {
    /// What it waits for, if it is a timer: its arguments are the moment and, if there is one, the span.
    #[must_use]
    pub fn timer(&self) -> Option<Timer> {
        let is_timer = self.service == SERVICE
            && matches!(self.method.as_slice(), [one] if one == SLEEP || one == TIMEOUT);
        if !is_timer {
            return None;
        }
        match *serde_json::from_str::<Vec<i64>>(&self.args).ok()? {
            [until] => Some(Timer { until, span: None }),
            [until, span] => Some(Timer {
                until,
                span: Some(span),
            }),
            _ => None,
        }
    }

    /// The time that a task's clock shows at least when it sees that this call has settled well.
    #[must_use]
    pub fn settles_at(&self, finished_at: i64) -> i64 {
        self.timer()
            .map_or(finished_at, |timer| timer.until.max(finished_at))
    }
}

/// Milliseconds of a time span such as `90s`, `1.5h` or `1d 12h`: numbers with the units w, d, h, m, s
/// and ms, the longer units first. `None` if it is not a span, or longer than [`AHEAD_MAX_MS`].
#[must_use]
pub fn span_ms(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total = 0_i64;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let letters = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let (_, ms) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(times(number, *ms)?)?;
        rest = after.trim_start();
        if rest.is_empty() && total <= AHEAD_MAX_MS {
            return Some(total);
        }
    }
    None
}

/// A decimal number of units, rounded up to a millisecond.
fn times(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let scale = 10_i64.pow(u32::try_from(fraction.len()).ok()?);
    let fraction = i128::from(fraction.parse::<i64>().ok()?) * i128::from(unit);
    let fraction = (fraction + i128::from(scale) - 1) / i128::from(scale);
    let whole = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    whole.checked_add(i64::try_from(fraction).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        for (text, ms) in [
            ("2h", 7_200_000),
            ("1d12h", 129_600_000),
            (" 1w 2d 3h 4m 5s 6ms ", 788_645_006),
            ("1.5h", 5_400_000),
            ("0.0001s", 1),
            ("0s", 0),
            ("52w", 31_449_600_000),
        ] {
            assert_eq!(span_ms(text), Some(ms), "{text}");
        }
        for text in [
            "",
            " ",
            "5",
            "h",
            "2 h",
            "1h1h",
            "1m1h",
            "-1h",
            "1e3s",
            "1.h",
            ".5h",
            "2H",
            "1h,",
            "ten h",
            "99999999999999999999s",
            "9223372036854775807ms",
            "300w",
            "1.0000000001s",
            "2hours",
        ] {
            assert_eq!(span_ms(text), None, "{text}");
        }
    }

    #[test]
    fn a_timer_is_a_call_with_a_moment_and_perhaps_a_span() {
        let call = |service: &str, method: &str, args: &str| Call {
            number: 1,
            service: service.to_owned(),
            method: vec![method.to_owned()],
            args: args.to_owned(),
            options: None,
        };
        assert_eq!(
            call("timer", "sleep", "[1700000000000]").timer(),
            Some(Timer {
                until: 1_700_000_000_000,
                span: None
            })
        );
        let timer = call("timer", "timeout", "[500,20]").timer().unwrap();
        assert_eq!((timer.until, timer.span), (500, Some(20)));
        assert_eq!(
            (timer.due(490), timer.due(480), timer.due(100)),
            (500, 500, 120)
        );
        assert_eq!(
            Timer {
                span: None,
                ..timer
            }
            .due(100),
            500
        );
        for (service, method, args) in [
            ("timer", "wait", "[1]"),
            ("timers", "sleep", "[1]"),
            ("timer", "sleep", "[]"),
            ("timer", "sleep", "[1,2,3]"),
            ("timer", "sleep", "[1.5]"),
            ("timer", "sleep", "[\"1\"]"),
            ("timer", "sleep", "[99999999999999999999]"),
        ] {
            assert_eq!(
                call(service, method, args).timer(),
                None,
                "{service}.{method}{args}"
            );
        }
    }
}
