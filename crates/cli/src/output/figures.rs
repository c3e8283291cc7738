//! Times and sizes for people.

use std::time::Duration;

use jiff::tz::TimeZone;
use tasker_api::Timestamp;

/// A moment in the local time of this machine, with its zone.
pub(crate) fn moment(at: Timestamp) -> String {
    local(at, "%Y-%m-%d %H:%M:%S")
}

/// The same to the millisecond, for what comes in quick succession.
pub(crate) fn exact_moment(at: Timestamp) -> String {
    local(at, "%Y-%m-%d %H:%M:%S%.3f")
}

fn local(at: Timestamp, format: &str) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::MAX);
    let moment = moment.to_zoned(TimeZone::system());
    let zone = match moment.offset().seconds() {
        0 => "Z".to_owned(),
        _ => moment.strftime("%:z").to_string(),
    };
    format!("{}{zone}", moment.strftime(format))
}

/// The time between two moments.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> String {
    let millis = u64::try_from(to.millis() - from.millis()).unwrap_or(0);
    duration(Duration::from_millis(millis))
}

/// A length of time in the unit that suits it.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// A length of time as an option takes it.
pub(crate) fn as_option(time: Duration) -> String {
    let seconds = time.as_secs();
    match time.as_millis() {
        ms if ms % 1000 != 0 => format!("{ms}ms"),
        _ if seconds != 0 && seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds != 0 && seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// A number of bytes in the unit that suits it.
#[expect(clippy::cast_precision_loss, reason = "a rounded figure for people")]
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{:.1} KB", count as f64 / 1024.0),
        _ => format!("{:.1} MB", count as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_come_in_units_that_suit_them() {
        let times = [999, 1_500, 61_000, 7_260_000, 183_600_000];
        assert_eq!(
            times.map(|ms| duration(Duration::from_millis(ms))),
            ["999 ms", "1.5 s", "1 min 1 s", "2 h 1 min", "2 d 3 h"]
        );
        assert_eq!(
            [0, 250, 90_000, 120_000, 7_200_000].map(|ms| as_option(Duration::from_millis(ms))),
            ["0s", "250ms", "90s", "2m", "2h"]
        );
        assert_eq!(
            [512, 7_168, 3 << 20].map(bytes),
            ["512 B", "7.0 KB", "3.0 MB"]
        );
    }
}
