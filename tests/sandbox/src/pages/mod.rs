//! Web pages to fetch, good ones and bad ones, below `/pages/`.

use std::fmt::Write;

use crate::reply::{Body, Reply};
use crate::request::Request;

/// An address that nothing outside of a cloud's own machines may reach.
const PRIVATE: &str = "http://169.254.169.254/latest/meta-data/";

/// The answer, if there is such a page.
pub(crate) fn answer(request: &Request) -> Option<Reply> {
    let path = request.path.strip_prefix("/pages/")?;
    let to = |path: &str| format!("{}/pages/{path}", request.base);
    Some(match path {
        "" | "index.html" => Reply::html(200, INDEX),
        "article" => Reply::html(200, ARTICLE),
        "text" => Reply::bytes(
            200,
            "text/plain; charset=utf-8",
            "A plain text of the sandbox.\nSecond line.\n",
        ),
        "latin1" => Reply::bytes(
            200,
            "text/html; charset=iso-8859-1",
            &b"<p>Caf\xe9 of the sandbox</p>"[..],
        ),
        "json" => Reply::bytes(200, "application/json", r#"{"sandbox":true}"#),
        "picture" => Reply::bytes(200, "image/png", &b"\x89PNG\r\n\x1a\nsandbox"[..]),
        "unnamed" => {
            let mut reply = Reply::empty(200);
            reply.body = Body::Whole("no type".into());
            reply
        }
        "hostile" => Reply::html(200, hostile()),
        "large" => {
            let mut reply = Reply::empty(200).with("content-type", "text/html; charset=utf-8");
            reply.body = Body::Filler(64 << 20);
            reply
        }
        "missing" => Reply::html(404, "<h1>Not here</h1>"),
        "broken" => Reply::html(500, "<h1>Broken</h1>"),
        "redirect" => Reply::redirect(302, &to("article")),
        "redirect-relative" => Reply::redirect(301, "article"),
        "redirect-private" => Reply::redirect(302, PRIVATE),
        "redirect-to" => Reply::redirect(302, request.param("url")?),
        "redirect-file" => Reply::redirect(302, "file:///etc/passwd"),
        "redirect-bare" => Reply::empty(302),
        "loop" => Reply::redirect(302, &to("loop")),
        "ping" => Reply::redirect(302, &to("pong")),
        "pong" => Reply::redirect(302, &to("ping")),
        path => {
            // `/pages/3`: a page that a search finds.
            if let Ok(number) = path.parse() {
                return Some(Reply::html(200, found(number)));
            }
            // `/pages/hops/3`: three redirects, then the article.
            let left: u32 = path.strip_prefix("hops/")?.parse().ok()?;
            match left.checked_sub(1) {
                Some(left) => Reply::redirect(302, &to(&format!("hops/{left}"))),
                None => Reply::redirect(302, &to("article")),
            }
        }
    })
}

/// A page that a search finds.
fn found(number: u8) -> String {
    let sentence =
        "The sandbox invents what it says, and says the same every time it is asked. ".repeat(4);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Page {number}</title></head><body><article><h1>Page {number}</h1>\n\
         <p>This is page {number} of the sandbox. {sentence}</p>\n<p>{sentence}</p></article></body></html>\n"
    )
}

/// Elements nested deeper than any reader should follow, and markup that never ends.
fn hostile() -> String {
    let mut page = "<html><body>".to_owned();
    for depth in 0..50_000 {
        // Writing to a string cannot fail.
        let _ = write!(page, "<div data-{depth}>");
    }
    page.push_str("deep &#0; &#x110000; &unknown; <script>while(1){}</script><style>*{}</style><!-- never ends <p attr=\"");
    page
}

const INDEX: &str = "<!DOCTYPE html>\n<html><head><title>Sandbox</title></head>\
    <body><h1>Sandbox</h1><p>Pages of the sandbox: <a href=\"article\">an article</a>.</p></body></html>\n";

const ARTICLE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>An article &amp; its title</title>\n\
    <meta name=\"description\" content=\"About nothing real.\"><style>p { color: red }</style>\n\
    <script>document.write('not to be read')</script></head>\n\
    <body><nav><a href=\"/\">Home</a></nav><main><h1>An article</h1>\n\
    <p>This is the <b>first</b> paragraph of the sandbox&#39;s article.</p>\n<p>Second paragraph,\n   with a <a href=\"/pages/text\">link</a>.</p>\n\
    <ul><li>One</li><li>Two</li></ul><pre>kept   as it is</pre></main><footer>Footer</footer></body></html>\n";
