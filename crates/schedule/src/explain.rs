//! What is wrong with a cron expression, in its author's words. The parser's own messages speak of
//! its inside ("position 60 is out of bounds"), and not of the field that is meant.

/// A field of an expression.
struct Field {
    name: &'static str,
    takes: &'static str,
}

const fn field(name: &'static str, takes: &'static str) -> Field {
    Field { name, takes }
}

/// In the order of an expression with seconds.
const FIELDS: [Field; 6] = [
    field("second", "0 to 59"),
    field("minute", "0 to 59"),
    field("hour", "0 to 23"),
    field("day of the month", "1 to 31, `L` or `15W`"),
    field("month", "1 to 12 or JAN to DEC"),
    field(
        "day of the week",
        "0 to 7 or SUN to SAT, `FRI#2` or `FRI#L`",
    ),
];

/// Why an expression is not understood; `is_understood` tells of another one whether it is.
pub(crate) fn reason(cron: &str, is_understood: impl Fn(&str) -> bool) -> String {
    let cron = cron.trim();
    if cron.is_empty() {
        return "it is empty".to_owned();
    }
    if cron.starts_with('@') {
        return "the short forms are @yearly, @monthly, @weekly, @daily and @hourly".to_owned();
    }
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let known = match fields.len() {
        5 => &FIELDS[1..],
        6 => &FIELDS[..],
        count => {
            let count = if count == 1 {
                "one field".to_owned()
            } else {
                format!("{count} fields")
            };
            return format!(
                "it has {count}, but takes five: minute, hour, day of the month, month and day of the week, with \
                 seconds before them if there are six"
            );
        }
    };
    let wrong = fields
        .iter()
        .zip(known)
        .enumerate()
        .find(|(at, (text, _))| {
            let mut alone = vec!["*"; fields.len()];
            alone[*at] = **text;
            !is_understood(&alone.join(" "))
        });
    match wrong {
        Some((_, (text, Field { name, takes }))) => format!(
            "its {name} is `{text}`, but takes {takes}, `*`, lists such as `1,3`, ranges such as `1-3` and steps such as \
             `*/2` or `1-5/2`"
        ),
        None => "its fields do not fit each other".to_owned(),
    }
}
