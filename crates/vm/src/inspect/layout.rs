//! How pieces of text are put on lines.

/// A string on one line is at least this long before it is broken.
const STRING_MIN: usize = 16;
/// Arrays with more items are put into columns.
const COLUMNS_FROM: usize = 6;
/// A character is this much higher than wide, about.
const CHARACTER_HEIGHT: f64 = 2.5;
const COLUMNS_MAX: usize = 15;

/// A string literal, with the quotes that need no escapes if there are such.
pub(crate) fn quoted(text: &str) -> String {
    let quote = if !text.contains('\'') {
        '\''
    } else if !text.contains('"') {
        '"'
    } else if !text.contains('`') && !text.contains("${") {
        '`'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    push_escaped(&mut out, text, quote);
    out.push(quote);
    out
}

/// A name of a property in brackets needs no quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    push_escaped(&mut out, text, '\'');
    out
}

fn push_escaped(out: &mut String, text: &str, quote: char) {
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\\' => out.push_str("\\\\"),
            '\'' if quote == '\'' => out.push_str("\\'"),
            char if char < ' ' || ('\u{7f}'..='\u{9f}').contains(&char) => {
                out.push_str(&format!("\\x{:02X}", char as u32));
            }
            char => out.push(char),
        }
    }
}

/// A string literal, its lines below each other if they do not fit into `room`.
pub(super) fn string(text: &str, room: usize, indent: usize) -> String {
    let length = width(text);
    if length <= STRING_MIN || length <= room {
        return quoted(text);
    }
    let lines: Vec<String> = text.split_inclusive('\n').map(quoted).collect();
    lines.join(&format!(" +\n{}", " ".repeat(indent + 2)))
}

/// How wide text is, in characters.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// What stands around the members of an object.
pub(super) struct Frame<'a> {
    /// Before the bracket: `[Function: f]`.
    pub(super) base: &'a str,
    pub(super) open: &'a str,
    pub(super) close: &'a str,
    /// The first of these many members are the items of an array, all of them numbers or not.
    pub(super) array: Option<Array>,
}

/// What members of an array are.
pub(super) struct Array {
    pub(super) numbers: bool,
    /// The last member says how many more there are.
    pub(super) cut: bool,
}

/// The bounds of what is put together.
pub(super) struct Bounds {
    pub(super) width: usize,
    pub(super) compact: usize,
    /// Whether long arrays are put into columns.
    pub(super) columns: bool,
    pub(super) indent: usize,
    /// How deep the members go.
    pub(super) levels: usize,
}

/// An object from its members: on one line if they fit, and if not too much is inside of each other.
pub(super) fn join(members: Vec<String>, frame: &Frame<'_>, bounds: &Bounds) -> String {
    let base = match frame.base {
        "" => String::new(),
        base => format!("{base} "),
    };
    let entries = members.len();
    let members = match &frame.array {
        Some(array) if entries > COLUMNS_FROM && bounds.columns => columns(members, array, bounds),
        _ => members,
    };
    if bounds.levels < bounds.compact && entries == members.len() {
        let around = bounds.indent + width(frame.open) + width(frame.base) + 10;
        let total: usize = members.iter().map(|member| width(member)).sum();
        let fits = around + 2 * entries + total.max(entries) <= bounds.width;
        let is_line = !frame.base.contains('\n') && !members.iter().any(|m| m.contains('\n'));
        if fits && is_line {
            let joined = members.join(", ");
            return format!("{base}{} {joined} {}", frame.open, frame.close);
        }
    }
    let line = format!("\n{}", " ".repeat(bounds.indent));
    let joined = members.join(&format!(",{line}  "));
    format!("{base}{}{line}  {joined}{line}{}", frame.open, frame.close)
}

/// Puts short items of an array into columns.
fn columns(members: Vec<String>, array: &Array, bounds: &Bounds) -> Vec<String> {
    let shown = members.len() - usize::from(array.cut);
    let widths: Vec<usize> = members[..shown].iter().map(|item| width(item)).collect();
    let total: usize = widths.iter().map(|width| width + 2).sum();
    let longest = widths.iter().copied().max().unwrap_or(0);
    let widest = longest + 2;
    let fits = widest * 3 + bounds.indent < bounds.width;
    if !fits || (total as f64 / widest as f64 <= 5.0 && longest > 6) {
        return members;
    }
    let bias = (widest as f64 - total as f64 / members.len() as f64).sqrt();
    let biased = (widest as f64 - 3.0 - bias).max(1.0);
    let square = (CHARACTER_HEIGHT * biased * shown as f64).sqrt() / biased;
    let count = ((square + 0.5).floor() as usize)
        .min((bounds.width - bounds.indent) / widest)
        .min(bounds.compact * 4)
        .min(COLUMNS_MAX);
    if count <= 1 {
        return members;
    }
    let column = |index: usize| widths.iter().skip(index).step_by(count).copied().max();
    let room: Vec<usize> = (0..count).map(|index| column(index).unwrap_or(0)).collect();
    let mut rows: Vec<String> = members[..shown]
        .chunks(count)
        .map(|row| row_of(row, &room, array.numbers))
        .collect();
    rows.extend(members.into_iter().skip(shown));
    rows
}

fn row_of(row: &[String], room: &[usize], numbers: bool) -> String {
    let mut out = String::new();
    for (index, (item, room)) in row.iter().zip(room).enumerate() {
        let is_last = index + 1 == row.len();
        let padding = " ".repeat(room.saturating_sub(width(item)));
        if numbers {
            out.push_str(&padding);
        }
        out.push_str(item);
        if !is_last {
            out.push_str(", ");
        }
        if !numbers && !is_last {
            out.push_str(&padding);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_the_quotes_that_need_no_escapes() {
        for (text, shown) in [
            ("two", "'two'"),
            ("it's", "\"it's\""),
            ("it's \"so\"", "`it's \"so\"`"),
            ("'\"`", "'\\'\"`'"),
            ("a\n\u{b}\\\u{9b}é", "'a\\n\\x0B\\\\\\x9Bé'"),
        ] {
            assert_eq!(quoted(text), shown);
        }
        assert_eq!(
            string("one line\nand another\n", 12, 2),
            "'one line\\n' +\n    'and another\\n'"
        );
    }
}
