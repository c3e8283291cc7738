//! When schedules fire, on clocks of any year.

use jiff::Timestamp;
use proptest::prelude::*;
use tasker_domain::{CatchUp, Skipped, WhySkipped};
use tasker_schedule::{CATCH_UP_MAX, Cron, Due, Error, LATE_MS, SKIPPED_MAX, due};

fn at(text: &str) -> i64 {
    let moment: Timestamp = text.parse().unwrap();
    moment.as_millisecond()
}

/// The moments after one until another, as text in UTC.
fn between(cron: &str, zone: &str, from: &str, until: &str) -> Vec<String> {
    let cron = Cron::parse(cron, zone).unwrap();
    let until = at(until);
    cron.after(at(from))
        .take_while(|moment| *moment <= until)
        .map(|moment| Timestamp::from_millisecond(moment).unwrap().to_string())
        .collect()
}

#[test]
fn the_clock_skips_an_hour_in_spring() {
    let spring = |cron| {
        between(
            cron,
            "Europe/Amsterdam",
            "2026-03-28T12:00:00Z",
            "2026-03-30T01:00:00Z",
        )
    };
    // 02:30 is skipped on the 29th: 03:00 of summer time is the first moment after the gap.
    assert_eq!(
        spring("30 2 * * *"),
        ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
    );
    // Nine o'clock stays nine o'clock.
    assert_eq!(spring("0 9 * * *"), ["2026-03-29T07:00:00Z"]);
    // An hourly one goes on by the hour.
    assert_eq!(spring("0 * * * *").len(), 37);
    let half_hours = between(
        "*/30 * * * *",
        "Europe/Amsterdam",
        "2026-03-29T00:00:00Z",
        "2026-03-29T02:00:00Z",
    );
    assert_eq!(
        half_hours,
        [
            "2026-03-29T00:30:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-29T01:30:00Z",
            "2026-03-29T02:00:00Z"
        ]
    );
}

#[test]
fn the_clock_repeats_an_hour_in_autumn() {
    let autumn = |cron| {
        between(
            cron,
            "Europe/Amsterdam",
            "2026-10-24T12:00:00Z",
            "2026-10-26T02:00:00Z",
        )
    };
    // 02:30 comes twice on the 25th; the first one counts.
    assert_eq!(
        autumn("30 2 * * *"),
        ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
    );
    // One that repeats fires in both passes.
    assert_eq!(
        autumn("0 * * * *")
            .iter()
            .filter(|at| at.starts_with("2026-10-25T00"))
            .count(),
        1
    );
    assert_eq!(autumn("0 * * * *").len(), 38);
    // South of the equator, at half an hour, and without any change.
    let lord_howe = between(
        "15 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-03T00:00:00Z",
        "2026-10-05T00:00:00Z",
    );
    assert_eq!(lord_howe, ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]);
    assert_eq!(
        between(
            "0 0 * * *",
            "Asia/Kolkata",
            "2026-03-28T00:00:00Z",
            "2026-03-29T00:00:00Z"
        ),
        ["2026-03-28T18:30:00Z"]
    );
}

#[test]
fn leap_days_month_ends_weekdays_and_seconds() {
    let utc = |cron, from, until| between(cron, "UTC", from, until);
    assert_eq!(
        utc("0 0 29 2 *", "2026-01-01T00:00:00Z", "2037-01-01T00:00:00Z"),
        [
            "2028-02-29T00:00:00Z",
            "2032-02-29T00:00:00Z",
            "2036-02-29T00:00:00Z"
        ]
    );
    // 2100 is no leap year.
    assert_eq!(
        utc("0 0 29 2 *", "2096-03-01T00:00:00Z", "2105-01-01T00:00:00Z"),
        ["2104-02-29T00:00:00Z"]
    );
    assert_eq!(
        utc("0 12 L * *", "2028-01-31T12:00:00Z", "2028-04-01T00:00:00Z"),
        ["2028-02-29T12:00:00Z", "2028-03-31T12:00:00Z"]
    );
    // Day of month or day of week; with a plus, both.
    assert_eq!(
        utc(
            "0 0 13 * FRI",
            "2026-11-01T00:00:00Z",
            "2026-11-21T00:00:00Z"
        )
        .len(),
        3
    );
    assert_eq!(
        utc(
            "0 0 13 * +FRI",
            "2026-01-01T00:00:00Z",
            "2026-12-31T00:00:00Z"
        )
        .len(),
        3
    );
    assert_eq!(
        utc(
            "*/20 0 0 * * *",
            "2026-11-21T00:00:00Z",
            "2026-11-22T00:00:00Z"
        ),
        [
            "2026-11-21T00:00:20Z",
            "2026-11-21T00:00:40Z",
            "2026-11-22T00:00:00Z"
        ]
    );
    assert_eq!(
        utc("@daily", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
        ["2026-11-22T00:00:00Z"]
    );
}

#[test]
fn what_cannot_be_used_is_refused_with_the_reason() {
    for cron in [
        "",
        "* * * *",
        "60 * * * *",
        "* * * * * * *",
        "0 9 * * MOO",
        "x",
        &"* ".repeat(500),
    ] {
        assert!(
            matches!(Cron::parse(cron, "UTC"), Err(Error::Cron { .. })),
            "{cron}"
        );
    }
    for never in ["0 0 30 2 *", "0 0 31 4,6 *"] {
        let refused = Cron::parse(never, "UTC").unwrap_err();
        assert_eq!(refused, Error::Never(never.to_owned()));
    }
    for zone in ["", "Europe/Atlantis", "../../etc/passwd", "+01:00"] {
        let refused = Cron::parse("* * * * *", zone).unwrap_err();
        assert_eq!(refused, Error::TimeZone(zone.to_owned()));
    }
    assert!(Cron::parse("* * * * *", "europe/amsterdam").is_ok());
}

#[test]
fn a_refusal_names_the_field_and_what_it_takes() {
    let reason = |cron: &str| match Cron::parse(cron, "UTC") {
        Err(Error::Cron { reason, .. }) => reason,
        other => panic!("{cron:?}: {other:?}"),
    };
    for (cron, said) in [
        ("60 * * * *", "its minute is `60`, but takes 0 to 59"),
        ("75 * * * * *", "its second is `75`"),
        ("0 24 * * *", "its hour is `24`, but takes 0 to 23"),
        ("0 0 32 * *", "its day of the month is `32`"),
        ("0 0 * 13 *", "its month is `13`"),
        ("0 0 * * 8", "its day of the week is `8`"),
        ("0 0 * * MON-", "its day of the week is `MON-`"),
        ("5-1 * * * *", "its minute is `5-1`"),
        ("*/0 * * * *", "its minute is `*/0`"),
        ("5/10 * * * *", "steps such as `*/2`"),
        ("0 0 é * *", "its day of the month is `é`"),
        ("0 9 * *", "it has 4 fields, but takes five"),
        ("daily", "it has one field"),
        ("0 9 * * 1-5 UTC 7", "it has 7 fields"),
        ("@never", "the short forms are @yearly"),
        ("  ", "it is empty"),
    ] {
        let reason = reason(cron);
        assert!(reason.contains(said), "{cron}: {reason}");
        // Nothing of the library's inside.
        for word in [
            "omponent",
            "attern",
            "osition",
            "offset",
            "Bit",
            "Cron",
            "disallowed",
            "out of bounds",
            "nvalid",
        ] {
            assert!(!reason.contains(word), "{cron}: {reason}");
        }
    }
}

#[test]
fn missed_moments_are_caught_up_with_as_the_policy_says() {
    let hourly = Cron::parse("0 * * * *", "UTC").unwrap();
    let first = at("2026-11-21T01:00:00Z");
    let hour = 3_600_000;
    let moments = |catch_up, now| due(&hourly, first, catch_up, now).map(|due| due.moments);
    assert_eq!(moments(CatchUp::All, first - 1), None);
    for catch_up in [CatchUp::None, CatchUp::Last, CatchUp::All] {
        assert_eq!(
            moments(catch_up, first),
            Some(vec![first]),
            "{catch_up} on time"
        );
        assert_eq!(moments(catch_up, first + LATE_MS), Some(vec![first]));
    }
    // Down from before one to half past four.
    let now = first + 3 * hour + hour / 2;
    assert_eq!(
        due(&hourly, first, CatchUp::None, now),
        Some(Due {
            moments: vec![],
            skipped: Some(Skipped {
                moments: 4,
                last_at: first + 3 * hour,
                why: WhySkipped::Late
            }),
            last_at: first + 3 * hour,
            next_at: Some(first + 4 * hour)
        })
    );
    assert_eq!(moments(CatchUp::Last, now), Some(vec![first + 3 * hour]));
    let skipped = |catch_up, now| due(&hourly, first, catch_up, now).unwrap().skipped;
    let superseded = Skipped {
        moments: 3,
        last_at: first + 2 * hour,
        why: WhySkipped::Superseded,
    };
    assert_eq!(skipped(CatchUp::Last, now), Some(superseded));
    assert_eq!(skipped(CatchUp::None, first + 3 * hour), Some(superseded));
    assert_eq!(skipped(CatchUp::All, now), None);
    assert_eq!(skipped(CatchUp::None, first), None);
    let all: Vec<_> = (0..4).map(|hours| first + hours * hour).collect();
    assert_eq!(moments(CatchUp::All, now), Some(all));
    // After years the newest ones count, and finding them takes no longer.
    let every_second = Cron::parse("* * * * * *", "America/New_York").unwrap();
    let now = at("2036-11-21T00:00:00Z");
    let late = due(&every_second, first, CatchUp::All, now).unwrap();
    assert_eq!(late.moments.len(), CATCH_UP_MAX);
    assert_eq!(late.moments.last(), Some(&now));
    assert_eq!(late.next_at, Some(now + 1_000));
    let skipped = late.skipped.unwrap();
    assert_eq!(
        (skipped.moments, skipped.why),
        (SKIPPED_MAX as u64, WhySkipped::TooMany)
    );
    assert_eq!(skipped.last_at, late.moments[0] - 1_000);
}

proptest! {
    /// Backwards there are the same moments as forwards, through every change of the clock.
    #[test]
    fn looking_back_finds_what_looking_ahead_does(
        cron in prop::sample::select(vec![
            "30 2 * * *", "0 * * * *", "*/20 1-3 * * *", "15,45 2 * * 0", "0 0 29 2 *", "0 3 L * *", "59 23 * * *",
        ]),
        zone in prop::sample::select(vec!["UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
        day in 0..4_000_i64,
    ) {
        let cron = Cron::parse(cron, zone).unwrap();
        let start = at("2020-01-01T00:00:00Z") + day * 86_400_000;
        let ahead: Vec<_> = cron.after(start).take(30).collect();
        prop_assert!(ahead.is_sorted_by(|one, next| one < next));
        let end = *ahead.last().unwrap();
        let mut back: Vec<_> =
            std::iter::successors(cron.last_until(end), |last| cron.last_until(*last - 1)).take(30).collect();
        back.reverse();
        prop_assert_eq!(ahead, back);
    }
}
