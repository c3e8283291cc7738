//! Time zones, with the names and rules of IANA's database.

use icu_calendar::{Gregorian, Iso};
use icu_time::{
    DateTime, TimeZone, ZonedDateTime,
    zone::{IanaParser, TimeZoneInfo, UtcOffset, models::AtTime},
};
use jiff::{Timestamp, tz};

use crate::{Error, Result};

/// A moment where a zone's clocks show it.
pub(crate) type Local = ZonedDateTime<Gregorian, TimeZoneInfo<AtTime>>;

/// The zone that tasks have.
pub(crate) const DEFAULT: &str = "UTC";

/// The farthest moment from 1970 that a `Date` can be, in milliseconds.
const FARTHEST_MS: f64 = 8.64e15;

pub(crate) fn names() -> Vec<String> {
    let mut names: Vec<_> = tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name.contains('/') && !name.starts_with("Etc/") || name == DEFAULT)
        .collect();
    names.sort();
    names
}

/// The name of a zone as the database writes it, or an offset as `+05:30`.
pub(crate) fn canonical(name: &str) -> Result<String> {
    let invalid = || Error::Range(format!("Invalid time zone specified: {name}"));
    if name.starts_with(['+', '-']) {
        let minutes = offset_minutes(name).ok_or_else(invalid)?;
        let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
        return Ok(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
    }
    if ["utc", "gmt", "etc/utc", "etc/gmt"].contains(&&*name.to_ascii_lowercase()) {
        return Ok(DEFAULT.to_owned());
    }
    let zone = tz::db().get(name).map_err(|_| invalid())?;
    Ok(zone.iana_name().unwrap_or(name).to_owned())
}

/// `+HH`, `+HHMM` or `+HH:MM`.
fn offset_minutes(text: &str) -> Option<i32> {
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "0"),
        4 => digits.split_at_checked(2)?,
        5 => digits
            .split_once(':')
            .filter(|(hours, _)| hours.len() == 2)?,
        _ => return None,
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let fits = hours < 24 && minutes < 60;
    let total = hours * 60 + minutes;
    fits.then_some(if sign == "-" { -total } else { total })
}

/// How far a zone is from UTC at a moment, in seconds.
fn offset_seconds(zone: &str, at: i64) -> i32 {
    if zone.starts_with(['+', '-']) {
        return offset_minutes(zone).unwrap_or_default() * 60;
    }
    let Ok(rules) = tz::db().get(zone) else {
        return 0;
    };
    // Years beyond 9999 have the offset of the last that is known.
    let at = at.clamp(
        Timestamp::MIN.as_millisecond(),
        Timestamp::MAX.as_millisecond(),
    );
    Timestamp::from_millisecond(at).map_or(0, |at| rules.to_offset(at).seconds())
}

/// The date and time in a zone at a moment.
///
/// # Errors
/// A moment that no `Date` can be.
pub(crate) fn local(zone: &str, at: f64) -> Result<Local> {
    if !at.is_finite() || at.abs() > FARTHEST_MS {
        return Err(Error::Range("Invalid time value".to_owned()));
    }
    let at = at.trunc() as i64;
    let offset = UtcOffset::try_from_seconds(offset_seconds(zone, at)).unwrap_or(UtcOffset::zero());
    let local: ZonedDateTime<Iso, _> =
        ZonedDateTime::from_epoch_milliseconds_and_utc_offset(at, offset);
    let named = match zone {
        DEFAULT => TimeZone::from_iana_id("Etc/UTC"),
        zone if zone.starts_with(['+', '-']) => TimeZone::UNKNOWN,
        zone => IanaParser::new().parse(zone),
    };
    let local_time = DateTime {
        date: local.date,
        time: local.time,
    };
    let info = named.with_offset(Some(offset)).at_date_time(local_time);
    Ok(ZonedDateTime {
        date: local.date.to_calendar(Gregorian),
        time: local.time,
        zone: info,
    })
}
