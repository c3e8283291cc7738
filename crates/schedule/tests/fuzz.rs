//! Whatever is given for a cron expression or a time zone, its moments are found or it is refused.

use std::time::{Duration, Instant};

use tasker_schedule::Cron;

const EXAMPLES: &[&str] = &[
    "0 9 * * 1-5|Europe/Amsterdam",
    "*/20 1-3 1,15 JAN-MAR MON#2|America/New_York",
    "0 0 29 2 *|UTC",
    "59 23 L * 5L|Australia/Lord_Howe",
    "0 0 31 4 *|Asia/Kathmandu",
    "@daily|UTC",
    "30 2 * * 0,7|Etc/GMT+12",
];
/// 2026-01-31, and the ends of the calendar.
const MOMENTS: [i64; 4] = [1_769_817_600_000, 0, i64::MAX, i64::MIN];

#[test]
fn any_expression_is_understood_or_refused() {
    tasker_fuzz::text(EXAMPLES, 3_000, |text| {
        let (cron, zone) = text.split_once('|').unwrap_or((text, "UTC"));
        let Ok(cron) = Cron::parse(cron, zone) else {
            return;
        };
        let begun = Instant::now();
        for moment in MOMENTS {
            let next = cron.next_after(moment);
            assert!(next.is_none_or(|next| next > moment), "{text}: {next:?}");
            let last = cron.last_until(moment);
            assert!(last.is_none_or(|last| last <= moment), "{text}: {last:?}");
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{text}");
    });
}
