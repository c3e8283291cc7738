//! Pages as readable text.

pub mod charset;
pub mod kind;

use dom_query::Document;
use dom_smoothie::{Config, Readability, TextMode};
use url::Url;

use crate::markup;
use kind::Kind;

/// Elements of a page in which its article is looked for.
const ELEMENTS_LIMIT: usize = 20_000;
/// Characters of a title, and of a description.
const TITLE_LIMIT: usize = 500;

/// How a page's text is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain, with a line for each block.
    Text,
    /// With headings, links and lists.
    Markdown,
    /// As it came.
    Html,
}

impl Format {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }
}

/// What was read of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// From its head.
    pub title: Option<String>,
    /// What it says of itself.
    pub description: Option<String>,
    /// As in `lang`.
    pub language: Option<String>,
    /// What `text` is, which is plain if the page could not be read in another way.
    pub format: Format,
    /// The article, or all there is.
    pub text: String,
}

/// Reads a page: its article, unless the whole of it is wanted or it has none.
#[must_use]
pub fn read(text: &str, kind: Kind, format: Format, whole: bool, url: &Url) -> Read {
    let plain = |format, text: String| Read {
        title: None,
        description: None,
        language: None,
        format,
        text,
    };
    if kind != Kind::Html {
        return plain(Format::Text, text.to_owned());
    }
    if markup::is_hostile(text) {
        return match format {
            Format::Html => plain(Format::Html, text.to_owned()),
            _ => plain(Format::Text, markup::plain(text)),
        };
    }
    let document = Document::from(text);
    let attribute = |selector: &str, name: &str| {
        let value = document.select_single(selector).attr(name)?;
        short(&value)
    };
    let mut read = Read {
        title: short(&document.select_single("title").text()),
        description: attribute("meta[name='description']", "content")
            .or_else(|| attribute("meta[property='og:description']", "content")),
        language: attribute("html", "lang"),
        format,
        text: String::new(),
    };
    read.text = match format {
        Format::Html => text.to_owned(),
        _ if whole => all(&document, format),
        _ => article(text, format, url).unwrap_or_else(|| all(&document, format)),
    };
    read
}

/// The article that a page is about, by Mozilla's rules of readability.
fn article(html: &str, format: Format, url: &Url) -> Option<String> {
    let text_mode = if format == Format::Markdown {
        TextMode::Markdown
    } else {
        TextMode::Formatted
    };
    let config = Config {
        max_elements_to_parse: ELEMENTS_LIMIT,
        // Those blocks say of a page what its head says as well.
        disable_json_ld: true,
        text_mode,
        ..Config::default()
    };
    let mut readability = Readability::new(html, Some(url.as_str()), Some(config)).ok()?;
    let article = readability.parse().ok()?;
    let text = article.text_content.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// All that a page shows.
fn all(document: &Document, format: Format) -> String {
    document
        .select("script, style, noscript, template, svg, iframe")
        .remove();
    let Some(body) = document.body() else {
        return String::new();
    };
    let text = if format == Format::Markdown {
        body.md(None)
    } else {
        body.formatted_text()
    };
    text.trim().to_owned()
}

fn short(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().take(TITLE_LIMIT).collect();
    (!text.is_empty()).then_some(text)
}
