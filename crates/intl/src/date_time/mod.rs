//! `Intl.DateTimeFormat`.

mod fields;
mod polish;
mod zone_name;

use icu_calendar::Gregorian;
use icu_datetime::{
    DateTimeFormatterPreferences, FixedCalendarDateTimeFormatter,
    fieldsets::{builder::FieldSetBuilder, enums::CompositeDateTimeFieldSet},
    input::DateTime,
    options::Length,
    range::FixedCalendarDateRangeFormatter,
};
use icu_locale::Locale;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::fields::Fields;
use crate::{
    Error, Result, locale,
    options::Options,
    parts::{self, LITERAL, Piece},
    zone,
};

/// The calendar that is carried. Who asks for another one gets it, as the standard says of what is not there.
const CALENDAR: &str = "gregory";

const STYLES: &[&str] = &["full", "long", "medium", "short"];

pub(crate) fn calendars() -> Vec<String> {
    vec![CALENDAR.to_owned()]
}

/// What `resolvedOptions` shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resolved {
    locale: String,
    calendar: String,
    numbering_system: String,
    time_zone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hour_cycle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hour12: Option<bool>,
    #[serde(flatten)]
    fields: Fields,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_style: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_style: Option<String>,
}

pub(crate) fn resolve(locales: &[String], options: &Options) -> Result<Value> {
    let asked = locale::lookup(locales)?;
    options.keyword("calendar")?;
    let numbering = options
        .keyword("numberingSystem")?
        .or_else(|| locale::keyword(&asked, "nu"))
        .filter(|name| locale::is_numbering_system(name));
    let cycles = ["h11", "h12", "h23", "h24"];
    let cycle = options
        .choice("hourCycle", &cycles)?
        .or_else(|| locale::keyword(&asked, "hc").filter(|name| cycles.contains(&&**name)));
    let time_zone = match options.text("timeZone") {
        Some(name) => zone::canonical(&name)?,
        None => zone::DEFAULT.to_owned(),
    };
    let date_style = options.choice("dateStyle", STYLES)?;
    let time_style = options.choice("timeStyle", STYLES)?;
    let mut fields = Fields::read(options)?;
    let required = options.text("required").unwrap_or_else(|| "any".to_owned());
    if date_style.is_some() || time_style.is_some() {
        let wrong = match () {
            () if fields.first().is_some() => fields.first(),
            () if required == "date" && time_style.is_some() => Some("timeStyle"),
            () if required == "time" && date_style.is_some() => Some("dateStyle"),
            () => None,
        };
        if let Some(wrong) = wrong {
            let style = if date_style.is_some() {
                "dateStyle"
            } else {
                "timeStyle"
            };
            return Err(Error::Type(format!(
                "Can't set option {wrong} when {style} is used"
            )));
        }
    } else {
        let defaults = options
            .text("defaults")
            .unwrap_or_else(|| "date".to_owned());
        fields.complete(&required, &defaults);
    }
    let with = locale::with_keywords(&asked, &[("nu", numbering.as_deref())]);
    let has_hour = fields.has_hour() || time_style.is_some();
    let hour_cycle = match (has_hour, options.flag("hour12"), cycle) {
        (false, ..) => None,
        (true, Some(true), _) if asked.id.language.as_str() == "ja" => Some("h11".to_owned()),
        (true, Some(true), _) => Some("h12".to_owned()),
        (true, Some(false), _) => Some("h23".to_owned()),
        (true, None, Some(cycle)) => Some(cycle),
        (true, None, None) => Some(usual_cycle(&with)?.to_owned()),
    };
    let said = |key, used: &Option<String>| {
        locale::keyword(&asked, key).filter(|name| Some(name) == used.as_ref())
    };
    let tag = locale::with_keywords(
        &asked,
        &[
            ("hc", said("hc", &hour_cycle).as_deref()),
            ("nu", said("nu", &numbering).as_deref()),
        ],
    );
    Ok(json!(Resolved {
        locale: tag.to_string(),
        calendar: CALENDAR.to_owned(),
        numbering_system: match numbering {
            Some(name) => name,
            None => crate::number::numbering_system(&with)?,
        },
        time_zone,
        hour12: hour_cycle
            .as_ref()
            .map(|cycle| matches!(&**cycle, "h11" | "h12")),
        hour_cycle,
        fields,
        date_style,
        time_style,
    }))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Range(error.to_string())
}

/// Writes dates and times. What names a zone is written by `zone_name`: all kinds of names together are half of all data.
type Formatter = FixedCalendarDateTimeFormatter<Gregorian, CompositeDateTimeFieldSet>;

fn formatter(prefs: DateTimeFormatterPreferences, fields: &FieldSetBuilder) -> Result<Formatter> {
    let fields = fields.clone().build_composite_datetime().map_err(failed)?;
    Formatter::try_new(prefs, fields).map_err(failed)
}

fn plain(local: &zone::Local) -> DateTime<Gregorian> {
    DateTime {
        date: local.date,
        time: local.time,
    }
}

/// Whether people there count hours to twelve.
fn usual_cycle(locale: &Locale) -> Result<&'static str> {
    let formatter = formatter(locale.into(), &fields::minutes())?;
    let morning = zone::local(zone::DEFAULT, 0.0)?;
    let pieces = parts::collect(&formatter.format(&plain(&morning)));
    Ok(match pieces.iter().any(|piece| piece.kind == "dayPeriod") {
        true => "h12",
        false => "h23",
    })
}

impl Resolved {
    fn read(resolved: &str) -> Result<Self> {
        serde_json::from_str(resolved).map_err(failed)
    }

    fn locale(&self) -> Result<Locale> {
        let cycle = self.hour_cycle.as_deref().map(|cycle| match cycle {
            "h24" => "h23",
            cycle => cycle,
        });
        let keywords = [("hc", cycle), ("nu", Some(&*self.numbering_system))];
        locale::of_resolved(&self.locale, &keywords)
    }

    fn builder(&self) -> FieldSetBuilder {
        match (&self.date_style, &self.time_style) {
            (None, None) => self.fields.builder(),
            (date, time) => fields::of_styles(date.as_deref(), time.as_deref()),
        }
    }
}

/// `[milliseconds since 1970]`
pub(crate) fn parts(resolved: &str, arguments: &Value) -> Result<Value> {
    let resolved = Resolved::read(resolved)?;
    Ok(parts::answer(&format(&resolved, &arguments[0])?))
}

fn moment(resolved: &Resolved, at: &Value) -> Result<zone::Local> {
    zone::local(&resolved.time_zone, at.as_f64().unwrap_or(f64::NAN))
}

fn format(resolved: &Resolved, at: &Value) -> Result<Vec<Piece>> {
    let local = moment(resolved, at)?;
    let locale = resolved.locale()?;
    let builder = resolved.builder();
    let Some(formatter) = written(&locale, &builder)? else {
        return zone_name::pieces(&builder, &locale, &local);
    };
    let mut pieces = parts::collect(&formatter.format(&plain(&local)));
    if is_month_lost(resolved, &pieces) {
        pieces = with_short_month(resolved, &locale, &local)?;
    }
    let mut pieces = polish::polish(pieces, &resolved.fields, &locale, &[&local])?;
    if builder.zone_style.is_some() {
        pieces.push(Piece::new(LITERAL, " "));
        pieces.extend(zone_name::pieces(&builder, &locale, &local)?);
    }
    Ok(pieces)
}

/// The formatter of all but the zone's name, if anything else is shown.
fn written(locale: &Locale, fields: &FieldSetBuilder) -> Result<Option<Formatter>> {
    let mut fields = fields.clone();
    fields.zone_style = None;
    match fields.date_fields.is_some() || fields.time_precision.is_some() {
        true => formatter(locale.into(), &fields).map(Some),
        false => Ok(None),
    }
}

/// Whether a month is a number that was asked for by name, as in languages whose usual dates have none.
fn is_month_lost(resolved: &Resolved, pieces: &[Piece]) -> bool {
    let is_number = |piece: &Piece| piece.text.chars().all(locale::is_digit);
    resolved.fields.weekday.is_none()
        && matches!(resolved.fields.month.as_deref(), Some("short" | "narrow"))
        && pieces
            .iter()
            .any(|piece| piece.kind == "month" && is_number(piece))
}

/// The long date, with the short name of its month where it has one.
fn with_short_month(
    resolved: &Resolved,
    locale: &Locale,
    local: &zone::Local,
) -> Result<Vec<Piece>> {
    let mut long = resolved.builder();
    long.zone_style = None;
    long.length = Some(Length::Long);
    let mut pieces = parts::collect(&formatter(locale.into(), &long)?.format(&plain(local)));
    let short =
        parts::collect(&formatter(locale.into(), &fields::short_month())?.format(&plain(local)));
    let name = short
        .into_iter()
        .find(|piece| piece.kind == "month" && !piece.text.chars().any(locale::is_digit));
    if let (Some(name), Some(month)) = (name, pieces.iter_mut().find(|piece| piece.kind == "month"))
    {
        month.text = name.text;
    }
    Ok(pieces)
}

/// `[start, end]`, both in milliseconds since 1970.
pub(crate) fn range_parts(resolved: &str, arguments: &Value) -> Result<Value> {
    let resolved = Resolved::read(resolved)?;
    let [start, end] = [&arguments[0], &arguments[1]];
    let alone = format(&resolved, start)?;
    if alone == format(&resolved, end)? {
        let shared = alone.into_iter().map(|piece| Piece {
            source: Some("shared".to_owned()),
            ..piece
        });
        return Ok(parts::answer(&shared.collect::<Vec<_>>()));
    }
    let (start, end) = (moment(&resolved, start)?, moment(&resolved, end)?);
    let locale = resolved.locale()?;
    let mut builder = resolved.builder();
    builder.zone_style = None;
    let fields = builder.build_composite_datetime().map_err(failed)?;
    let formatter: FixedCalendarDateRangeFormatter<Gregorian, CompositeDateTimeFieldSet> =
        FixedCalendarDateRangeFormatter::try_new((&locale).into(), fields).map_err(failed)?;
    let pieces = parts::collect(&formatter.format(&plain(&start), &plain(&end)));
    let mut pieces = polish::polish(pieces, &resolved.fields, &locale, &[&start, &end])?;
    for piece in &mut pieces {
        piece.source.get_or_insert_with(|| "shared".to_owned());
    }
    Ok(parts::answer(&pieces))
}
