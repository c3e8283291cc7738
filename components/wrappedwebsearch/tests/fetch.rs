//! Pages: which may be fetched, and what is read of them.

mod common;

use common::{answer, answering, call, html, redirect, urls};
use serde_json::json;
use tasker_domain::ErrorCode;
use url::Url;
use wrappedwebsearch::guard::Guard;

const ARTICLE: &str = include_str!("pages/article.html");

fn check(guard: &Guard, url: &str) -> Result<(), Option<String>> {
    let Ok(url) = Url::parse(url) else {
        return Err(None);
    };
    guard.check(&url).map_err(|error| error.error.code)
}

#[test]
fn private_places_cannot_be_reached_in_any_form_of_their_names() {
    let guard = Guard::new("", "80,443").unwrap();
    for url in [
        // Of this machine.
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://127.000.000.001/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.1./",
        "http://0/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://[::1]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::127.0.0.1]/",
        "http://１２７.０.０.１/",
        "http://①②⑦.0.0.1/",
        "http://127。0。0。1/",
        "http://%31%32%37.0.0.1/",
        "http://loc%61lhost/",
        "http://ⓛocalhost/",
        // Of private networks, by address and in forms of IPv6 that hold one.
        "http://10.0.0.1/",
        "http://0xa.1/",
        "http://172.16.0.1/",
        "http://192.168.0.1/",
        "http://3232235521/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0xA9FEA9FE/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::10.0.0.1]/",
        "http://[64:ff9b:1::1]/",
        "http://[2002:7f00:1::]/",
        "http://[2002:a00:1::1]/",
        "http://[2001:0:1::1]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fd00:ec2::254]/",
        "http://[ff02::1]/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://192.0.2.1/",
        "http://198.18.0.1/",
        // By name.
        "http://wiki/",
        "http://wiki./",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://db.corp/",
        "http://nas.home.arpa/",
        "http://x.lan/",
        "http://router.home/",
        "http://1.0.0.127.in-addr.arpa/",
        // Of the app.
        "http://tasks.spin.internal/",
        "http://wrappedkeystore.spin.internal/call",
        "http://KEYSTORE.Spin.Internal./",
        "http://spin.internal/",
        "http://self.alt/",
        "http://self/",
        "https://self.alt:443/sweep",
        // Other ports.
        "http://example.com:22/",
        "http://example.com:8080/",
        "https://example.com:25/",
        "http://93.184.216.34:6379/",
    ] {
        assert_eq!(
            check(&guard, url),
            Err(Some("host_forbidden".to_owned())),
            "{url}"
        );
    }
    for url in [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "data:text/html,x",
        "javascript:1",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://127.0.0.1@example.com/",
        "http:///",
        "http://[::1",
        "http://exa mple.com/",
        "http://256.1.1.1/",
        "http://0x100000000/",
        "about:blank",
        "http://a.1/",
    ] {
        let refused = check(&guard, url);
        assert!(
            matches!(&refused, Err(code) if code.as_deref() != Some("host_forbidden")),
            "{url}: {refused:?}"
        );
    }
    for url in [
        "http://example.com/",
        "https://www.example.com:443/x?y#z",
        "http://example.com:443/",
        "http://93.184.216.34/",
        "http://[2606:4700::1111]/",
        "http://[::ffff:8.8.8.8]/",
        "http://localhost.example.com/",
        "http://internal.example.com/",
        "http://10.example.com/",
        "http://bücher.example.com/",
    ] {
        assert_eq!(check(&guard, url), Ok(()), "{url}");
    }
}

#[test]
fn the_operator_can_allow_more() {
    let guard = Guard::new(
        "wiki.corp, *.Lab.internal, 10.1.0.0/16 127.0.0.1:8080,[::1]:9000, db.corp:8443",
        "80, 443 8000",
    )
    .unwrap();
    for url in [
        "http://wiki.corp/",
        "http://wiki.corp:8000/",
        "http://a.b.lab.internal/",
        "http://10.1.2.3/",
        "http://127.0.0.1:8080/",
        "http://0x7f.1:8080/",
        "http://[::1]:9000/",
        "https://db.corp:8443/",
        "http://example.com:8000/",
    ] {
        assert_eq!(check(&guard, url), Ok(()), "{url}");
    }
    for url in [
        "http://x.wiki.corp/",
        "http://lab.internal/",
        "http://10.2.0.1/",
        "http://127.0.0.1/",
        "http://127.0.0.1:8081/",
        "http://wiki.corp:22/",
        "https://db.corp/",
        "http://tasks.spin.internal/",
        "http://[::ffff:10.1.2.3]/",
    ] {
        assert!(check(&guard, url).is_err(), "{url}");
    }
    let all = Guard::new("*.internal, 0.0.0.0/0", "80").unwrap();
    assert!(
        check(&all, "http://tasks.spin.internal/").is_err(),
        "never the app itself"
    );
    for (hosts, ports, part) in [
        ("http://x", "", "`websearch_private_hosts`"),
        ("a:b", "", "`a:b`"),
        ("", "80,http", "`http`"),
        ("10.0.0.0/99", "", "10.0.0.0/99"),
    ] {
        assert!(
            Guard::new(hosts, ports)
                .unwrap_err()
                .to_string()
                .contains(part),
            "{hosts}"
        );
    }
}

#[test]
fn redirects_are_followed_past_the_guard_only() {
    let host = answering([
        redirect(301, "/b?x=1"),
        redirect(302, "//www.example.org/c#d"),
        redirect(307, "https://www.example.net/e"),
        html("<p>Here</p>"),
    ]);
    let page = call(&host, "fetch", &json!(["http://example.com/a#top"])).unwrap();
    assert_eq!(page["url"], "https://www.example.net/e#d");
    assert_eq!(page["text"], "Here");
    assert_eq!(
        urls(&host),
        [
            "http://example.com/a",
            "http://example.com/b?x=1",
            "http://www.example.org/c",
            "https://www.example.net/e"
        ]
    );
    for location in [
        "http://169.254.169.254/latest/meta-data/",
        "//127.0.0.1/",
        "http://localhost:3000/",
        "http://wrappedkeystore.spin.internal/call",
        "http://[::1]/",
        "http://2130706433/",
        "http://self.alt/sweep",
        "http://example.com:22/",
    ] {
        let host = answering([redirect(302, location)]);
        let error = call(&host, "fetch", &json!(["https://example.com/"])).unwrap_err();
        assert!(
            error.error.is(ErrorCode::HostForbidden) && !error.retryable,
            "{location}: {error:?}"
        );
        assert!(!error.error.message.contains("169.254"), "{error:?}");
        assert_eq!(host.sent().len(), 1, "{location}");
    }
    for (answers, part) in [
        (vec![redirect(302, "file:///etc/passwd")], "http"),
        (vec![redirect(302, "http://[")], "no URL"),
        (vec![answer(302, "text/html", "")], "to nowhere"),
        (
            (0..6).map(|_| redirect(302, "/again")).collect(),
            "more than 5",
        ),
    ] {
        let error = call(
            &answering(answers),
            "fetch",
            &json!(["https://example.com/"]),
        )
        .unwrap_err();
        assert!(
            error.error.message.contains(part) && !error.retryable,
            "{error:?}"
        );
    }
}

#[test]
fn pages_become_readable_text() {
    let fetch = |options: serde_json::Value| {
        call(
            &answering([html(ARTICLE)]),
            "fetch",
            &json!(["https://example.com/a/b", options]),
        )
        .unwrap()
    };
    let page = fetch(json!({}));
    assert_eq!(page["title"], "Über dauerhafte Aufgaben");
    assert_eq!(
        (&page["description"], &page["language"], &page["format"]),
        (
            &json!("Was sie sind & warum."),
            &json!("de"),
            &json!("text")
        )
    );
    assert_eq!(
        (&page["status"], &page["truncated"], &page["contentType"]),
        (
            &json!(200),
            &json!(false),
            &json!("text/html; charset=utf-8")
        )
    );
    let text = page["text"].as_str().unwrap();
    for (part, there) in [
        ("läuft weiter", true),
        ("Erstens", true),
        ("not to be read", false),
        ("Impressum", false),
        ("Archiv", false),
        ("<p>", false),
    ] {
        assert_eq!(text.contains(part), there, "{part}: {text}");
    }
    let markdown = fetch(json!({"format": "markdown"}));
    let text = markdown["text"].as_str().unwrap();
    assert!(
        text.contains("## Warum")
            && text.contains("[auf einer anderen Seite](https://example.com/more?x=1)"),
        "{text}"
    );
    let whole = fetch(json!({"whole": true}));
    assert!(
        whole["text"].as_str().unwrap().contains("Impressum")
            && !whole["text"].as_str().unwrap().contains("not to be read")
    );
    assert_eq!(fetch(json!({"format": "html"}))["text"], ARTICLE);
}

#[test]
fn types_sizes_and_charsets_hold() {
    let fetch = |response, options: serde_json::Value| {
        call(
            &answering([response]),
            "fetch",
            &json!(["https://example.com/", options]),
        )
    };
    for (media_type, body, text) in [
        ("text/plain; charset=utf-8", &b"a\n  b"[..], "a\n  b"),
        ("application/json", br#"{"a": 1}"#, r#"{"a": 1}"#),
        ("application/feed+json", b"[]", "[]"),
        ("text/plain; charset=ISO-8859-1", b"caf\xe9", "café"),
        ("text/plain", b"caf\xe9", "café"),
        ("text/html", b"<meta charset='windows-1251'><p>\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
        ("text/html", b"<meta http-equiv=content-type content='text/html; charset=shift_jis'><p>\x93\xfa\x96{", "日本"),
        ("text/html; charset=nonsense", "<p>grün".as_bytes(), "grün"),
        ("text/html", b"<meta charset=utf-16><p>x", "x"),
        ("text/plain", b"\xff\xfea\0b\0", "ab"),
        ("", b"<!DOCTYPE html><title>t</title><p>x", "x"),
        ("", b"plain", "plain"),
        ("text/plain; charset=utf-8", b"a\xffb", "a\u{fffd}b"),
    ] {
        let page = fetch(answer(200, media_type, body), json!({})).unwrap();
        assert_eq!(page["text"], text, "{media_type}");
    }
    for (media_type, body) in [
        ("image/png", &b"\x89PNG"[..]),
        ("application/pdf", b"%PDF"),
        ("", b"\0\x01\x02"),
        ("application/octet-stream", b"PK\x03\x04"),
        ("video/mp4", b"x"),
    ] {
        let error = fetch(answer(200, media_type, body), json!({})).unwrap_err();
        assert!(
            error.error.is(ErrorCode::UpstreamInvalid) && !error.retryable,
            "{media_type}: {error:?}"
        );
    }
    let long = "ä".repeat(1_000);
    let page = fetch(
        answer(200, "text/plain; charset=utf-8", &long),
        json!({"maxBytes": 501}),
    )
    .unwrap();
    assert_eq!(
        (
            page["text"].as_str().unwrap().chars().count(),
            &page["truncated"]
        ),
        (250, &json!(true)),
        "a character that was cut is left out"
    );
    let page = fetch(answer(200, "text/plain", "abc"), json!({"maxBytes": 3})).unwrap();
    assert_eq!(
        (&page["text"], &page["truncated"]),
        (&json!("abc"), &json!(false))
    );
    let host = answering([html("")]);
    assert_eq!(
        call(&host, "fetch", &json!(["https://example.com/"])).unwrap()["text"],
        ""
    );
    assert_eq!(host.sent()[0].cut_at, Some((1 << 20) + 1));

    let mut zipped = html(b"\x1f\x8b\x08");
    zipped
        .headers
        .push(("content-encoding".into(), "gzip".into()));
    assert!(
        fetch(zipped, json!({}))
            .unwrap_err()
            .error
            .is(ErrorCode::UpstreamInvalid)
    );
    for (status, retryable) in [(404, false), (429, true), (500, true), (304, false)] {
        let error = fetch(answer(status, "text/html", "x"), json!({})).unwrap_err();
        assert_eq!(
            (error.error.status, error.retryable),
            (Some(status), retryable)
        );
    }
}

#[test]
fn hostile_pages_are_read_in_time() {
    let fetch = |body: &str| {
        call(
            &answering([html(body)]),
            "fetch",
            &json!(["https://example.com/", {"format": "markdown"}]),
        )
        .unwrap()
    };
    for (body, text) in [
        ("<div>".repeat(100_000) + "deep", "deep"),
        ("<b><div></b>".repeat(50_000) + "mixed", "mixed"),
        (format!("<p {}>wide", "a=1 ".repeat(200_000)), "wide"),
        (
            format!("<a href='{}'>{}", "x".repeat(500_000), "&amp;".repeat(10)),
            "&&&&&&&&&&",
        ),
        ("<p>x<table>".repeat(80_000), "x"),
        ("<".repeat(200_000), "<"),
        ("<svg><style><g>".repeat(50_000) + "end", "end"),
        (format!("<!--{}", "x".repeat(500_000)), ""),
        ("<select><option>".repeat(50_000), ""),
        ("<p>word </p>".repeat(19_000), "word"),
        (format!("{}x", "<a><b><i><u>".repeat(50)), "x"),
    ] {
        let page = fetch(&body);
        let read = page["text"].as_str().unwrap();
        assert!(
            read.contains(text) || body.contains("svg"),
            "{body:.40}: {read:.40}"
        );
    }
}

#[test]
fn arguments_are_checked() {
    for (args, part) in [
        (json!([]), "first argument"),
        (json!(["no url"]), "absolute URL"),
        (json!(["/relative"]), "absolute URL"),
        (
            json!(["https://example.com", {"maxBytes": 0}]),
            "`maxBytes`",
        ),
        (
            json!(["https://example.com", {"maxBytes": 1 << 30}]),
            "`maxBytes`",
        ),
        (
            json!(["https://example.com", {"format": "pdf"}]),
            "`format`",
        ),
        (json!(["https://example.com", {"whole": 1}]), "`whole`"),
        (
            json!(["https://example.com", {"headers": {}}]),
            "no option `headers`",
        ),
    ] {
        let error = call(&answering([]), "fetch", &args).unwrap_err();
        assert!(
            error.error.is(ErrorCode::InvalidArguments) && error.error.message.contains(part),
            "{args}: {error:?}"
        );
    }
    let error = call(
        &answering([]).with("websearch_ports", "x"),
        "fetch",
        &json!(["https://example.com"]),
    )
    .unwrap_err();
    assert!(error.error.is(ErrorCode::ServiceUnavailable));
}

#[test]
fn the_app_itself_is_not_fetched_under_its_own_chaining_domain_either() {
    let host = answering([])
        .with("chaining_domain", "chain.example.com")
        .with("websearch_private_hosts", "*.example.com");
    let guard = Guard::of(&host).unwrap();
    for url in [
        "http://wrappedkeystore.chain.example.com/call",
        "http://Tasks.Chain.Example.com./",
        "http://tasks.spin.internal/",
        "http://self.alt/sweep",
    ] {
        let refused = check(&guard, url);
        assert_eq!(refused, Err(Some("host_forbidden".to_owned())), "{url}");
    }
    assert_eq!(check(&guard, "http://www.example.com/"), Ok(()));
}
