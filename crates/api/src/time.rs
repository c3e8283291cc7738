//! Moments as clients see them.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};
use utoipa::{PartialSchema, ToSchema};

/// The Unix epoch. Days of the calendar, unlike `jiff::Timestamp`, reach the end of the year 9999, which stands for never.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A moment in UTC, to the millisecond. Its text is RFC 3339: `2026-01-31T09:30:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(DateTime);

impl Timestamp {
    /// The moment at these milliseconds after the Unix epoch; the epoch itself if that lies
    /// outside the calendar.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        let moment = EPOCH.checked_add(SignedDuration::from_millis(millis));
        Self(moment.unwrap_or(EPOCH))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        let since = self.0.duration_since(EPOCH).as_millis();
        i64::try_from(since).expect("the calendar's milliseconds fit")
    }

    /// Reads RFC 3339: a date and a time to the second at least, with their offset from UTC. `None`: it is not that.
    fn parse(text: &str) -> Option<Self> {
        // What is read takes more forms than the standard has.
        let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        let has_form = marks
            .iter()
            .all(|(at, mark)| text.as_bytes().get(*at) == Some(mark));
        let pieces = Pieces::parse(text)
            .ok()
            .filter(|_| has_form && !text.ends_with(']'))?;
        let local = pieces.date().to_datetime(pieces.time()?);
        let offset = SignedDuration::from_secs(pieces.to_numeric_offset()?.seconds().into());
        let moment = local.checked_sub(offset).ok()?;
        Some(Self::from_millis(Self(moment).millis()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.3}Z", self.0))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom("must be a moment of RFC 3339, such as 2026-01-31T09:30:00Z")
        })
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment in UTC, to the millisecond"))
            .examples([serde_json::json!("2026-01-31T09:30:00.000Z")])
            .into()
    }
}

impl ToSchema for Timestamp {}
