//! Where a request may go.

mod common;

use common::{asked, host, redirect, request, text};
use serde_json::json;
use tasker_domain::ErrorCode;
use url::Url;
use wrappedfetch::guard::Guard;

/// The code of the refusal; `None`: it may be requested.
fn refusal(guard: &Guard, url: &str) -> Option<String> {
    let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let refused = guard.check(&url).err();
    refused.map(|error| error.error.code.unwrap_or_default())
}

/// Hosts of this machine, of private networks, and of the app, in the forms that their names have.
const PRIVATE: &[&str] = &[
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0",
    "[::1]",
    "[::127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::10.0.0.1]",
    "[2002:7f00:1::]",
    "１２７.０.０.１",
    "%31%32%37.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "metadata.google.internal",
    "printer.local",
    "wiki",
    "db.corp",
];

/// Parts of the app.
const OWN: &[&str] = &[
    "self",
    "self.alt",
    "spin.internal",
    "wrappedkeystore.spin.internal",
    "WrappedKeystore.Spin.Internal.",
];

#[test]
fn nothing_can_be_reached_that_is_not_named() {
    let none = Guard::new("").unwrap();
    for url in [
        "https://example.com/",
        "http://127.0.0.1/",
        "https://8.8.8.8/",
    ] {
        assert_eq!(
            refusal(&none, url).as_deref(),
            Some("host_forbidden"),
            "{url}"
        );
    }
    for hosts in ["*", "*:*", "http://*:*, https://*:*"] {
        let guard = Guard::new(hosts).unwrap();
        for host in PRIVATE.iter().chain(OWN) {
            let url = format!("http://{host}/");
            let refused = refusal(&guard, &url);
            assert_eq!(refused.as_deref(), Some("host_forbidden"), "{hosts} {url}");
        }
        for url in [
            "https://example.com/",
            "http://10.example.com/",
            "https://[2606:4700::1111]/",
        ] {
            assert_eq!(refusal(&guard, url), None, "{hosts} {url}");
        }
    }
    // The app itself even where everything is named.
    let all = Guard::new("0.0.0.0/0:*, ::/0:*, *.internal:*, *.alt, self, spin.internal").unwrap();
    for host in OWN {
        let refused = refusal(&all, &format!("http://{host}/"));
        assert_eq!(refused.as_deref(), Some("host_forbidden"), "{host}");
    }
}

#[test]
fn a_private_host_is_reached_if_it_is_named() {
    let guard =
        Guard::new("wiki.corp, *.Lab.internal 10.1.0.0/16, 127.0.0.1:8080,[::1]:9000").unwrap();
    for url in [
        "http://wiki.corp/",
        "https://WIKI.corp./",
        "http://a.b.lab.internal/",
        "http://10.1.2.3/",
        "http://127.0.0.1:8080/",
        "http://0x7f.1:8080/",
        "http://[::1]:9000/",
    ] {
        assert_eq!(refusal(&guard, url), None, "{url}");
    }
    for url in [
        "http://x.wiki.corp/",
        "http://wiki.corp:8080/",
        "http://lab.internal/",
        "http://10.2.0.1/",
        "http://127.0.0.1:8081/",
        "http://127.0.0.2:8080/",
        "http://[::ffff:10.1.2.3]/",
    ] {
        assert_eq!(
            refusal(&guard, url).as_deref(),
            Some("host_forbidden"),
            "{url}"
        );
    }
    for url in [
        "ftp://wiki.corp/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "http://u:p@wiki.corp/",
    ] {
        assert_eq!(
            refusal(&guard, url).as_deref(),
            Some("invalid_arguments"),
            "{url}"
        );
    }
    let wrong = Guard::new("wiki.corp, https://wiki.corp/path").unwrap_err();
    let wrong = wrong.to_string();
    assert!(
        wrong.contains("`fetch_hosts`") && wrong.ends_with("not `https://wiki.corp/path`"),
        "{wrong}"
    );
}

#[test]
fn a_refusal_says_how_to_allow_the_host_and_no_more_of_the_url() {
    let host = host("", []);
    for (url, entry) in [
        (
            "https://api.example.com/v1?key=s3cret#s3cret",
            "fetch_hosts=api.example.com`",
        ),
        (
            "http://api.example.com:8080/s3cret",
            "fetch_hosts=api.example.com:8080`",
        ),
        ("http://127.0.0.1:9/", "fetch_hosts=127.0.0.1:9`"),
    ] {
        let error = request(&host, &json!({ "url": url })).unwrap_err();
        assert!(error.error.is(ErrorCode::HostForbidden) && !error.retryable);
        let said = error.error.message;
        assert!(said.contains(entry) && !said.contains("s3cret"), "{said}");
    }
    let secret = request(
        &host,
        &json!({ "url": "https://user:s3cret@api.example.com/" }),
    )
    .unwrap_err();
    assert!(secret.error.is(ErrorCode::InvalidArguments));
    assert!(!secret.error.message.contains("s3cret"), "{secret:?}");
    assert!(host.sent().is_empty());
}

#[test]
fn every_redirect_is_checked_anew() {
    for location in [
        "http://169.254.169.254/latest/meta-data/",
        "//127.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
        "http://self.alt/sweep",
        "http://wrappedkeystore.spin.internal/call",
        "https://elsewhere.example.org/",
        "https://api.example.com:8443/",
    ] {
        let host = host(
            "*.example.com, *.alt, *.internal",
            [redirect(302, location)],
        );
        let error = request(&host, &json!({ "url": "https://api.example.com/" })).unwrap_err();
        assert!(
            error.error.is(ErrorCode::HostForbidden),
            "{location}: {error:?}"
        );
        assert_eq!(asked(&host).len(), 1, "{location}");
    }
    for location in [
        "file:///etc/passwd",
        "ftp://api.example.com/",
        "http://[",
        "javascript:1",
    ] {
        let host = host("*", [redirect(307, location)]);
        let error = request(&host, &json!({ "url": "https://api.example.com/" })).unwrap_err();
        assert!(
            error.error.is(ErrorCode::UpstreamInvalid) && !error.retryable,
            "{location}: {error:?}"
        );
    }
    let host = host(
        "*",
        [redirect(302, "https://u:p@api.example.com/"), text("never")],
    );
    let error = request(&host, &json!({ "url": "https://api.example.com/" })).unwrap_err();
    assert!(error.error.is(ErrorCode::InvalidArguments), "{error:?}");
}
