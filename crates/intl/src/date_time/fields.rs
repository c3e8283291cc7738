//! The fields of a date and a time that are shown.

use icu_datetime::{
    fieldsets::builder::{DateFields, FieldSetBuilder, ZoneStyle},
    options::{Length, SubsecondDigits, TimePrecision, YearStyle},
};
use serde::{Deserialize, Serialize};

use crate::{Result, options::Options};

const NAMES: &[&str] = &["narrow", "short", "long"];
const NUMBERS: &[&str] = &["2-digit", "numeric"];
const MONTHS: &[&str] = &["2-digit", "numeric", "narrow", "short", "long"];
const ZONES: &[&str] = &[
    "short",
    "long",
    "shortOffset",
    "longOffset",
    "shortGeneric",
    "longGeneric",
];

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Fields {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) weekday: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) era: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) year: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) month: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) day_period: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hour: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minute: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) second: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fractional_second_digits: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_zone_name: Option<String>,
    /// Whether minutes were asked for in two digits and hours were not: then no hour gets a zero before it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_hour_unpadded: bool,
}

impl Fields {
    pub(super) fn read(options: &Options) -> Result<Self> {
        Ok(Self {
            weekday: options.choice("weekday", NAMES)?,
            era: options.choice("era", NAMES)?,
            year: options.choice("year", NUMBERS)?,
            month: options.choice("month", MONTHS)?,
            day: options.choice("day", NUMBERS)?,
            day_period: options.choice("dayPeriod", NAMES)?,
            hour: options.choice("hour", NUMBERS)?,
            minute: options.choice("minute", NUMBERS)?,
            second: options.choice("second", NUMBERS)?,
            fractional_second_digits: options.integer("fractionalSecondDigits", 1, 3)?,
            time_zone_name: options.choice("timeZoneName", ZONES)?,
            is_hour_unpadded: options.text("hour").as_deref() == Some("numeric")
                && options.text("minute").as_deref() == Some("2-digit"),
        })
    }

    /// The name of a field that is there.
    pub(super) fn first(&self) -> Option<&'static str> {
        let fields = [
            ("weekday", self.weekday.is_some()),
            ("era", self.era.is_some()),
            ("year", self.year.is_some()),
            ("month", self.month.is_some()),
            ("day", self.day.is_some()),
            ("dayPeriod", self.day_period.is_some()),
            ("hour", self.hour.is_some()),
            ("minute", self.minute.is_some()),
            ("second", self.second.is_some()),
            (
                "fractionalSecondDigits",
                self.fractional_second_digits.is_some(),
            ),
            ("timeZoneName", self.time_zone_name.is_some()),
        ];
        let found = fields.into_iter().find(|(_, is_there)| *is_there);
        found.map(|(name, _)| name)
    }

    fn has_date(&self) -> bool {
        self.weekday.is_some() || self.year.is_some() || self.month.is_some() || self.day.is_some()
    }

    fn has_time(&self) -> bool {
        self.day_period.is_some()
            || self.has_hour()
            || self.minute.is_some()
            || self.second.is_some()
            || self.fractional_second_digits.is_some()
    }

    pub(super) fn has_hour(&self) -> bool {
        self.hour.is_some()
    }

    /// Adds what is shown where nothing was asked for that is required.
    pub(super) fn complete(&mut self, required: &str, defaults: &str) {
        let asked = match required {
            "date" => self.has_date(),
            "time" => self.has_time(),
            _ => self.has_date() || self.has_time(),
        };
        let numeric = || Some("numeric".to_owned());
        if !asked && matches!(defaults, "date" | "all") {
            (self.year, self.month, self.day) = (numeric(), numeric(), numeric());
        }
        if !asked && matches!(defaults, "time" | "all") {
            (self.hour, self.minute, self.second) = (numeric(), numeric(), numeric());
        }
        // As all formatters write minutes and seconds.
        let two = || Some("2-digit".to_owned());
        if self.hour.is_some() && self.minute.is_some() {
            self.minute = two();
        }
        if self.minute.is_some() && self.second.is_some() {
            self.second = two();
            self.minute = two();
        }
    }

    /// Fields as ICU4X has them. Widths that it cannot tell apart are put right afterwards.
    pub(super) fn builder(&self) -> FieldSetBuilder {
        let mut builder = FieldSetBuilder::default();
        let year = self.year.is_some() || self.era.is_some();
        let has = (
            year,
            self.month.is_some(),
            self.day.is_some(),
            self.weekday.is_some(),
        );
        builder.date_fields = match has {
            (false, false, false, false) => None,
            (true, false, false, false) => Some(DateFields::Y),
            (false, true, false, false) => Some(DateFields::M),
            (true, true, false, false) => Some(DateFields::YM),
            (false, false, true, false) => Some(DateFields::D),
            (false, true, true, false) => Some(DateFields::MD),
            (true, _, true, false) => Some(DateFields::YMD),
            (false, false, false, true) => Some(DateFields::E),
            (false, false, true, true) => Some(DateFields::DE),
            (false, true, _, true) => Some(DateFields::MDE),
            (true, _, _, true) => Some(DateFields::YMDE),
        };
        builder.length = Some(self.length());
        builder.year_style = year.then_some(match self.era {
            Some(_) => YearStyle::WithEra,
            None => YearStyle::Full,
        });
        builder.time_precision = match self {
            Self {
                fractional_second_digits: Some(1),
                ..
            } => Some(TimePrecision::Subsecond(SubsecondDigits::S1)),
            Self {
                fractional_second_digits: Some(2),
                ..
            } => Some(TimePrecision::Subsecond(SubsecondDigits::S2)),
            Self {
                fractional_second_digits: Some(_),
                ..
            } => Some(TimePrecision::Subsecond(SubsecondDigits::S3)),
            Self {
                second: Some(_), ..
            } => Some(TimePrecision::Second),
            Self {
                minute: Some(_), ..
            } => Some(TimePrecision::Minute),
            Self { hour: Some(_), .. }
            | Self {
                day_period: Some(_),
                ..
            } => Some(TimePrecision::Hour),
            _ => None,
        };
        // Years and months stand with no time; then the whole date is shown.
        let is_period = matches!(
            builder.date_fields,
            Some(DateFields::Y | DateFields::M | DateFields::YM)
        );
        let zone = self.time_zone_name.as_deref().map(zone_style);
        if is_period && (builder.time_precision.is_some() || zone.is_some()) {
            builder.date_fields = Some(DateFields::YMD);
        }
        builder.zone_style = zone;
        builder
    }

    /// The month's width decides, since the pattern follows it, else the weekday's.
    fn length(&self) -> Length {
        match (self.month.as_deref(), self.weekday.as_deref()) {
            (Some("long"), _) | (None, Some("long")) => Length::Long,
            (Some("short" | "narrow"), _) | (None, Some(_)) => Length::Medium,
            _ => Length::Short,
        }
    }
}

fn zone_style(name: &str) -> ZoneStyle {
    match name {
        "long" => ZoneStyle::SpecificLong,
        // Generic names are not carried; without one the offset is written.
        "shortOffset" | "shortGeneric" => ZoneStyle::LocalizedOffsetShort,
        "longOffset" | "longGeneric" => ZoneStyle::LocalizedOffsetLong,
        _ => ZoneStyle::SpecificShort,
    }
}

/// What `dateStyle` and `timeStyle` show.
pub(super) fn of_styles(date: Option<&str>, time: Option<&str>) -> FieldSetBuilder {
    let mut builder = FieldSetBuilder::default();
    if let Some(style) = date {
        builder.date_fields = Some(match style {
            "full" => DateFields::YMDE,
            _ => DateFields::YMD,
        });
    }
    builder.length = Some(match date.or(time) {
        Some("full" | "long") => Length::Long,
        Some("medium") => Length::Medium,
        _ => Length::Short,
    });
    if let Some(style) = time {
        builder.time_precision = Some(match style {
            "short" => TimePrecision::Minute,
            _ => TimePrecision::Second,
        });
        builder.zone_style = match style {
            "full" => Some(ZoneStyle::SpecificLong),
            "long" => Some(ZoneStyle::SpecificShort),
            _ => None,
        };
    }
    builder
}

/// Hours and minutes alone.
pub(super) fn minutes() -> FieldSetBuilder {
    let mut builder = FieldSetBuilder::default();
    builder.time_precision = Some(TimePrecision::Minute);
    builder
}

/// A day with the short name of its month.
pub(super) fn short_month() -> FieldSetBuilder {
    let mut builder = FieldSetBuilder::default();
    builder.date_fields = Some(DateFields::MD);
    builder.length = Some(Length::Medium);
    builder
}

/// The weekday alone.
pub(super) fn weekday(is_long: bool) -> FieldSetBuilder {
    let mut builder = FieldSetBuilder::default();
    builder.date_fields = Some(DateFields::E);
    builder.length = Some(if is_long {
        Length::Long
    } else {
        Length::Medium
    });
    builder
}
