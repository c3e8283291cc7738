//! Signed addresses of events: what they say to programs, and their pages for people.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tasker_domain::{ErrorCode, EventUrl};
use utoipa::ToSchema;

use crate::{Problem, RawJson, Timestamp};

/// All style that the pages have; their policy names its hash and allows nothing else.
const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}\
    p{white-space:pre-line;overflow-wrap:anywhere}pre{padding:.8rem;border:1px solid;white-space:pre-wrap;overflow-wrap:anywhere}\
    button{font:inherit;padding:.6rem 1.4rem}small{opacity:.7}";

/// What the button says if the task does not.
const LABEL: &str = "Confirm";

/// `GET /events/signed/{token}`: what the address sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedEvent {
    /// The event's name.
    pub name: String,
    /// The event's data; absent if whoever sends it says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<RawJson>,
    /// The heading of its page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the page's button says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Until when the address works.
    pub expires_at: Timestamp,
}

impl SignedEvent {
    /// What an address sends.
    ///
    /// # Errors
    /// If its data is no JSON.
    pub fn of(url: &EventUrl) -> Result<Self, serde_json::Error> {
        Ok(Self {
            name: url.name.clone(),
            data: url.data.clone().map(RawJson::parse).transpose()?,
            title: url.page.title.clone(),
            text: url.page.text.clone(),
            label: url.page.label.clone(),
            expires_at: Timestamp::from_millis(url.until),
        })
    }
}

/// What a browser may do with such a page: send its form, and nothing else. It loads nothing, runs nothing and is framed
/// nowhere.
#[must_use]
pub fn event_page_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The page that asks: what it is about, which answer this address gives, and a button that gives it.
#[must_use]
pub fn event_page(url: &EventUrl) -> String {
    let text = url.page.text.as_deref().map(paragraph).unwrap_or_default();
    let answer = answer(url, "With the button you answer");
    let label = escape(url.page.label.as_deref().unwrap_or(LABEL));
    let until = escape(&Timestamp::from_millis(url.until).to_string());
    html(
        heading(url),
        &format!(
            "{text}{answer}<form method=\"post\"><button>{label}</button></form>\
             <p><small>Nothing is decided until then. It counts once, until {until}.</small></p>"
        ),
    )
}

/// The page that says that the answer was given.
#[must_use]
pub fn event_sent_page(url: &EventUrl) -> String {
    let answer = answer(url, "You answered");
    html(
        heading(url),
        &format!("<p>Done. You can close this page.</p>{answer}"),
    )
}

/// The page that says why there is nothing to answer here, or not now. The event is not known of an address that is not ours.
#[must_use]
pub fn event_problem_page(url: Option<&EventUrl>, problem: &Problem) -> String {
    let is = |code| problem.is(code);
    let (title, said) = if is(ErrorCode::EventUrlUsed) {
        (
            "Already decided",
            "This address has given its answer. It does so once, and it counts.",
        )
    } else if is(ErrorCode::EventUrlExpired) {
        ("Too late", "The time to answer is over.")
    } else if is(ErrorCode::EventUrlInvalid) {
        (
            "This address does not work",
            "It was cut short or changed on its way. Open it as it was sent to you, all of it.",
        )
    } else if is(ErrorCode::RunFinished) || is(ErrorCode::RunNotFound) {
        (
            "No answer is needed any more",
            "What asked for it has ended, perhaps by another answer.",
        )
    } else if problem.status >= 500 {
        (
            "Not now",
            "Your answer could not be taken at the moment. Please try again in a while.",
        )
    } else {
        ("This does not work", problem.title.as_str())
    };
    let about = url.map(|url| format!("<p>{}</p>", escape(heading(url))));
    let code = escape(&problem.code);
    html(
        title,
        &format!(
            "{}{}<p><small>{code}</small></p>",
            about.unwrap_or_default(),
            paragraph(said)
        ),
    )
}

fn heading(url: &EventUrl) -> &str {
    url.page.title.as_deref().unwrap_or(&url.name)
}

/// The answer that the address gives: the data, as people read it.
fn answer(url: &EventUrl, before: &str) -> String {
    let Some(data) = &url.data else {
        return String::new();
    };
    let pretty = serde_json::from_str::<serde_json::Value>(data)
        .and_then(|value| serde_json::to_string_pretty(&value));
    let shown = pretty.as_deref().unwrap_or(data);
    format!("<p>{before}:</p><pre>{}</pre>", escape(shown))
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escape(text))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn html(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use tasker_domain::{EventPage, RunId};

    use super::*;

    fn url(data: Option<&str>) -> EventUrl {
        EventUrl {
            run: RunId::new(5, [7; 10]),
            call: "0.1".to_owned(),
            name: "<script>'&\"".to_owned(),
            until: 1_800_000_000_000,
            data: data.map(str::to_owned),
            page: EventPage::default(),
        }
    }

    #[test]
    fn what_is_asked_and_answered_is_text_on_every_page() {
        let plain = event_page(&url(None));
        assert!(
            plain.contains("<h1>&lt;script&gt;&#39;&amp;&quot;</h1>"),
            "{plain}"
        );
        assert!(
            plain.contains("<button>Confirm</button>") && !plain.contains("<pre>"),
            "{plain}"
        );

        let said = |text: &str| Some(text.to_owned());
        let asked = EventUrl {
            page: EventPage {
                title: said("Pay <b>7</b>?"),
                text: said("line 1\nline \"2\""),
                label: said("Yes & pay"),
            },
            ..url(Some(r#"{"approved":true,"by":"</pre><script>"}"#))
        };
        let page = event_page(&asked);
        for part in [
            "<title>Pay &lt;b&gt;7&lt;/b&gt;?</title>",
            "<p>line 1\nline &quot;2&quot;</p>",
            "<p>With the button you answer:</p><pre>{\n  &quot;approved&quot;: true,\n  &quot;by&quot;: &quot;&lt;/pre&gt;&lt;script&gt;&quot;\n}</pre>",
            "<form method=\"post\"><button>Yes &amp; pay</button></form>",
            "until 2027-01-15T08:00:00.000Z",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        let sent = event_sent_page(&asked);
        assert!(
            sent.contains("You answered") && !sent.contains("<form"),
            "{sent}"
        );
        for page in [&page, &sent, &plain] {
            assert!(
                !page.contains("<script") && !page.contains("style="),
                "{page}"
            );
        }
    }

    #[test]
    fn every_outcome_has_its_page_and_the_policy_names_the_style() {
        for (code, title) in [
            (ErrorCode::EventUrlUsed, "Already decided"),
            (ErrorCode::EventUrlExpired, "Too late"),
            (ErrorCode::EventUrlInvalid, "This address does not work"),
            (ErrorCode::RunFinished, "No answer is needed any more"),
            (ErrorCode::RunNotFound, "No answer is needed any more"),
            (ErrorCode::StoreFull, "Not now"),
            (ErrorCode::BodyTooLarge, "This does not work"),
        ] {
            let page = event_problem_page(Some(&url(None)), &Problem::new(code, "x"));
            assert!(
                page.contains(&format!("<h1>{title}</h1>")) && page.contains("&lt;script&gt;"),
                "{page}"
            );
            assert!(
                page.contains(code.as_str()) && !page.contains("<form"),
                "{page}"
            );
        }
        let page = event_problem_page(None, &Problem::new(ErrorCode::EventUrlInvalid, "x"));
        let (_, style) = page.split_once("<style>").unwrap();
        let (style, _) = style.split_once("</style>").unwrap();
        let hash = STANDARD.encode(Sha256::digest(style));
        let policy = event_page_policy();
        assert!(
            policy.contains(&format!("style-src 'sha256-{hash}'")) && !policy.contains("unsafe"),
            "{policy}"
        );
    }
}
