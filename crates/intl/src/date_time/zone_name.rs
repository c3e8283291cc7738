//! The name of a time zone.

use icu_datetime::{
    NoCalendarFormatter,
    fieldsets::{
        builder::{FieldSetBuilder, ZoneStyle},
        zone::{LocalizedOffsetLong, LocalizedOffsetShort, SpecificLong, SpecificShort},
    },
};
use icu_locale::Locale;

use super::failed;
use crate::{
    Result,
    parts::{self, Piece},
    zone::Local,
};

/// The zone of a moment as it is to be named there.
pub(super) fn pieces(
    fields: &FieldSetBuilder,
    locale: &Locale,
    local: &Local,
) -> Result<Vec<Piece>> {
    macro_rules! named {
        ($kind:expr) => {{
            let formatter = NoCalendarFormatter::try_new(locale.into(), $kind).map_err(failed)?;
            Ok(parts::collect(&formatter.format(&local.zone)))
        }};
    }
    match fields.zone_style {
        Some(ZoneStyle::SpecificLong) => named!(SpecificLong),
        Some(ZoneStyle::LocalizedOffsetLong) => named!(LocalizedOffsetLong),
        Some(ZoneStyle::LocalizedOffsetShort) => named!(LocalizedOffsetShort),
        _ => named!(SpecificShort),
    }
}
