//! Markup as a stream of tags: enough to tell a hostile page before it is parsed, and to take the text out of one.
//!
//! A parser's work grows with the square of the depth and of the attributes of one tag; a page that has too much of
//! either is not given to it.

/// Elements within elements. Pages of the web have some tens.
const DEPTH_LIMIT: usize = 256;
/// Attributes of one tag.
const ATTRIBUTES_LIMIT: usize = 256;
/// Elements of a whole page.
const ELEMENTS_LIMIT: usize = 50_000;

/// A piece of markup.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Start(Start<'a>),
    End(&'a str),
}

/// A start tag.
#[derive(Debug, PartialEq, Eq)]
struct Start<'a> {
    name: &'a str,
    attributes: usize,
    /// Whether it ends with `/>`.
    closed: bool,
}

/// Whether a page is made to keep a parser busy. In doubt it is: whatever a parser may nest counts as nested.
pub(crate) fn is_hostile(html: &str) -> bool {
    let mut open: Vec<String> = Vec::new();
    let mut elements = 0;
    let mut pieces = Pieces::new(html);
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Start(tag) => {
                elements += 1;
                if tag.attributes > ATTRIBUTES_LIMIT || elements > ELEMENTS_LIMIT {
                    return true;
                }
                let name = tag.name.to_ascii_lowercase();
                let foreign = open.iter().any(|name| is_foreign(name));
                if foreign && tag.closed || !foreign && VOID.contains(&name.as_str()) {
                    continue;
                }
                if !foreign {
                    let closes = closes(&name);
                    while open
                        .last()
                        .is_some_and(|last| closes.contains(&last.as_str()))
                    {
                        open.pop();
                    }
                    pieces.skip_raw(&name, &["script", "style"]);
                }
                open.push(name);
                if open.len() > DEPTH_LIMIT {
                    return true;
                }
            }
            Piece::End(name) => end(&mut open, &name.to_ascii_lowercase()),
            Piece::Text(_) => {}
        }
    }
    false
}

const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

fn is_foreign(name: &str) -> bool {
    matches!(name, "svg" | "math")
}

/// The open elements that a start tag ends, where their own end tags may be left out.
fn closes(name: &str) -> &'static [&'static str] {
    match name {
        "p" => &["p"],
        "li" => &["li"],
        "dt" | "dd" => &["dt", "dd"],
        "option" => &["option"],
        "td" | "th" => &["td", "th"],
        "tr" => &["td", "th", "tr"],
        "tbody" | "thead" | "tfoot" => &["td", "th", "tr", "tbody", "thead", "tfoot"],
        _ => &[],
    }
}

/// What an end tag ends. Elements out of its reach stay open, and one of formatting ends alone.
fn end(open: &mut Vec<String>, name: &str) {
    let in_table = [
        "table", "tr", "tbody", "thead", "tfoot", "td", "th", "caption",
    ];
    let borders: &[&str] = match name {
        "svg" | "math" => &[],
        name if in_table.contains(&name) => &["table", "template"],
        _ => &[
            "table", "template", "td", "th", "caption", "object", "marquee", "applet", "button",
            "select", "svg", "math",
        ],
    };
    for at in (0..open.len()).rev() {
        if open[at] == name {
            match name {
                "a" | "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small"
                | "strike" | "strong" | "tt" | "u" => {
                    open.remove(at);
                }
                _ => open.truncate(at),
            }
            return;
        }
        if borders.contains(&open[at].as_str()) {
            return;
        }
    }
}

/// Elements whose text nobody sees.
const UNSEEN: &[&str] = &["script", "style", "noscript", "template", "svg", "iframe"];

/// The text of some markup, without scripts and styles, its entities decoded, with a line for each block.
pub(crate) fn plain(html: &str) -> String {
    const BLOCKS: &[&str] = &[
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "title",
        "tr",
        "ul",
    ];
    let mut text = String::with_capacity(html.len() / 2);
    let mut pieces = Pieces::new(html);
    while let Some(piece) = pieces.next() {
        match piece {
            // A line's end in the source is a space on the page.
            Piece::Text(part) => decode(&part.replace(['\n', '\r'], " "), &mut text),
            Piece::Start(Start { name, .. }) | Piece::End(name) => {
                if matches!(piece, Piece::Start(_)) {
                    pieces.skip_raw(name, UNSEEN);
                }
                if BLOCKS.iter().any(|block| block.eq_ignore_ascii_case(name)) {
                    text.push('\n');
                }
            }
        }
    }
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Decodes the entities that texts have.
fn decode(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let character = end.and_then(|end| entity(&rest[1..end]));
        match (character, end) {
            (Some(character), Some(end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|character| *character != '\0');
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "copy" => '©',
        "reg" => '®',
        "euro" => '€',
        "middot" => '·',
        _ => return None,
    })
}

struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Leaves out all up to and with `end`, or everything if that does not come.
    fn skip_past(&mut self, end: &str) {
        self.rest = self
            .rest
            .find(end)
            .map_or("", |at| &self.rest[at + end.len()..]);
    }

    /// Leaves out what an element holds, up to its end tag, if it is one of these.
    fn skip_raw(&mut self, name: &str, raw: &[&str]) {
        if !raw.iter().any(|raw| raw.eq_ignore_ascii_case(name)) {
            return;
        }
        let bytes = self.rest.as_bytes();
        let mut from = 0;
        while let Some(at) = self.rest[from..].find("</") {
            let at = from + at;
            if bytes[at + 2..]
                .get(..name.len())
                .is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes()))
            {
                self.rest = &self.rest[at..];
                return;
            }
            from = at + 2;
        }
        self.rest = "";
    }

    /// Leaves out a comment, from after its `<!--`.
    fn skip_comment(&mut self) {
        if let Some(rest) = self
            .rest
            .strip_prefix('>')
            .or_else(|| self.rest.strip_prefix("->"))
        {
            self.rest = rest;
            return;
        }
        let ends = ["-->", "--!>"].map(|end| self.rest.find(end).map(|at| at + end.len()));
        self.rest = ends
            .into_iter()
            .flatten()
            .min()
            .map_or("", |end| &self.rest[end..]);
    }

    /// A tag, from its name on.
    fn tag(&mut self) -> Start<'a> {
        let html = self.rest;
        let name_end = html
            .find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')
            .unwrap_or(html.len());
        let (name, mut rest) = html.split_at(name_end);
        let mut tag = Start {
            name,
            attributes: 0,
            closed: false,
        };
        // Whether a name was read that may get a value, and whether it goes on.
        let (mut named, mut naming) = (false, false);
        while let Some(next) = rest.bytes().next() {
            if next == b'>' {
                rest = &rest[1..];
                break;
            }
            tag.closed = next == b'/';
            if next == b'/' || next.is_ascii_whitespace() {
                named &= next != b'/';
                naming = false;
                rest = &rest[1..];
            } else if next == b'=' && named {
                rest = value_end(rest[1..].trim_start_matches(|c: char| c.is_ascii_whitespace()));
                (named, naming) = (false, false);
            } else {
                tag.attributes += usize::from(!naming);
                (named, naming) = (true, true);
                rest = &rest[rest.chars().next().map_or(1, char::len_utf8)..];
            }
        }
        self.rest = rest;
        tag
    }
}

/// What comes after an attribute's value, which may have a `>` in it if it is in quotes.
fn value_end(rest: &str) -> &str {
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest[1..].find(quote).map_or("", |at| &rest[at + 2..]),
        _ => rest
            .find(|c: char| c.is_ascii_whitespace() || c == '>')
            .map_or("", |at| &rest[at..]),
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            let Some(at) = self.rest.find('<') else {
                let text = std::mem::take(&mut self.rest);
                return (!text.is_empty()).then_some(Piece::Text(text));
            };
            let after = self.rest[at + 1..].bytes().next().unwrap_or_default();
            let is_tag = after.is_ascii_alphabetic() || matches!(after, b'/' | b'!' | b'?');
            if at > 0 || !is_tag {
                let (text, rest) = self.rest.split_at(if is_tag { at } else { at + 1 });
                self.rest = rest;
                return Some(Piece::Text(text));
            }
            if let Some(rest) = self.rest.strip_prefix("<!--") {
                self.rest = rest;
                self.skip_comment();
                continue;
            }
            self.rest = &self.rest[1..];
            if after.is_ascii_alphabetic() {
                return Some(Piece::Start(self.tag()));
            }
            let is_end =
                after == b'/' && self.rest[1..].starts_with(|c: char| c.is_ascii_alphabetic());
            if is_end {
                self.rest = &self.rest[1..];
                return Some(Piece::End(self.tag().name));
            }
            self.skip_past(">");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_out_of_markup() {
        let html = "<!doctype html><title>T &amp; U</title><script>if (a < b) '<p>'</script><p class='a>b' x>One <b>two</b>&nbsp;\n 3 < 4 &#8212; &x; &#0;<br/>five<!-- <p>no --></p><STYLE>p{}</STYLE><li>six";
        assert_eq!(plain(html), "T & U\nOne two 3 < 4 — &x; &#0;\nfive\nsix");
        for html in [
            "<",
            "<a",
            "<a href=\"",
            "</",
            "<!--",
            "<script>",
            "a<b>c</b",
            "&",
            "<é>",
            "<a ü=ü>x",
        ] {
            plain(html);
        }
    }

    #[test]
    fn pages_that_would_keep_a_parser_busy_are_told() {
        let items = "<ul>".to_owned()
            + &"<li>x".repeat(2_000)
            + "</ul>"
            + &"<p>y".repeat(2_000)
            + &"<br><img src=x>".repeat(2_000);
        assert!(!is_hostile(&items));
        assert!(!is_hostile(&format!(
            "{}{}",
            "<div>".repeat(200),
            "</div>".repeat(200)
        )));
        assert!(is_hostile(&"<div>".repeat(300)));
        assert!(is_hostile(&"<div></x>".repeat(300)));
        assert!(is_hostile(&format!("<p {}>", "a=1 ".repeat(300))));
        assert!(is_hostile(&"<br>".repeat(60_000)));
        let table = "<table>".to_owned() + &"<tr><td>a<td>b".repeat(1_000) + "</table>";
        let terms = "<dl>".to_owned() + &"<dt>a<dd>b".repeat(1_000) + "</dl>";
        let paths = "<svg>".to_owned() + &"<path d='m0 0'/>".repeat(1_000) + "</svg>";
        let scripts = format!(
            "<script>{}</script><style>{}</style>",
            "'<div>'".repeat(1_000),
            "<b>".repeat(1_000)
        );
        for page in [table, terms, paths, scripts] {
            assert!(!is_hostile(&page), "{page:.40}");
        }
        // Ways to hide elements from a reader that is less exact than a parser.
        for piece in [
            "<b><div></b>",
            "<div><table><tr><td></div>",
            "<!--><div>",
            "<!---><div>",
            "<!-- --!><div>",
            "<a =\"><div>",
            "<a b=\u{a0}\"><div>",
            "</ \"><div>",
            "<svg><style><g>",
            "<svg><td><source>",
        ] {
            assert!(is_hostile(&piece.repeat(400)), "{piece}");
        }
    }
}
