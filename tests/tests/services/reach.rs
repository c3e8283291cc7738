//! Where a task can send requests: not into the operator's network, whatever the URL looks like.

use serde_json::{Value, json};

use crate::world::{World, error, sandbox, value};

#[test]
fn no_url_leads_into_a_private_network() {
    // Another server of this machine stands for what must not be reached.
    let inside = sandbox();
    let port = inside.url().rsplit(':').next().expect("a port").to_owned();
    let world = World::start(|settings, sandbox| {
        let (address, own) = (
            sandbox.url().trim_start_matches("http://"),
            sandbox.url().rsplit(':').next(),
        );
        settings
            // Neither the port nor the host's list is what keeps it out.
            .variable(
                "websearch_ports",
                format!("80,443,{port},{}", own.unwrap_or_default()),
            )
            .variable("websearch_fetch_hosts", "*:*")
            .variable("websearch_private_hosts", address)
    });
    let here = world.sandbox.url().to_owned();
    let article = world.call(&json!(["websearch.fetch", format!("{here}/pages/article")]));
    assert!(
        value(&article)["text"]
            .as_str()
            .is_some_and(|text| text.contains("first paragraph"))
    );

    let mut urls: Vec<String> = [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "127.1",
        "127.000.000.001",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:0001]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "%31%32%37.0.0.1",
        "１２７.０.０.１",
        "127。0。0。1",
        "loc%61lhost",
        "x@127.0.0.1",
        "example.com@127.0.0.1",
    ]
    .into_iter()
    .map(|host| format!("http://{host}:{port}/pages/article"))
    .collect();
    urls.extend(
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
            "http://10.0.0.1/",
            "http://192.168.0.1/",
            "http://172.16.0.1/",
            "http://100.64.0.1/",
            "http://metadata.google.internal/",
            "http://printer.local/",
            "http://wrappedkeystore.spin.internal/call",
            "http://self.alt/sweep",
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
        ]
        .map(str::to_owned),
    );
    // The same at the end of a redirect, from a page that may be fetched.
    let redirected: Vec<String> = urls
        .iter()
        .map(|url| {
            let url =
                percent_encoding::utf8_percent_encode(url, percent_encoding::NON_ALPHANUMERIC);
            format!("{here}/pages/redirect-to?url={url}")
        })
        .collect();
    for url in urls.iter().chain(&redirected) {
        let outcome = world.call(&json!(["websearch.fetch", url]));
        let code = &error(&outcome)["code"];
        assert!(
            [json!("host_forbidden"), json!("invalid_arguments")].contains(code),
            "{url}: {outcome}"
        );
    }
    for page in [
        "redirect-private",
        "redirect-file",
        "redirect-bare",
        "loop",
        "ping",
    ] {
        let outcome = world.call(&json!(["websearch.fetch", format!("{here}/pages/{page}")]));
        assert!(outcome.get("error").is_some(), "{page}: {outcome}");
    }
    assert_eq!(inside.record().all(), []);
}

#[test]
fn hostile_pages_are_bounded() {
    let world = World::start(|settings, sandbox| {
        let address = sandbox.url().trim_start_matches("http://");
        let port = sandbox.url().rsplit(':').next().unwrap_or_default();
        settings
            .variable("websearch_private_hosts", address)
            .variable("websearch_ports", port)
    });
    let here = world.sandbox.url();
    let page = |name: &str| world.call(&json!(["websearch.fetch", format!("{here}/pages/{name}")]));
    assert_eq!(value(&page("large"))["truncated"], true);
    assert!(value(&page("hostile"))["text"].is_string());
    assert_eq!(value(&page("latin1"))["text"], "Café of the sandbox");
    assert_eq!(error(&page("picture"))["code"], "upstream_invalid");
    assert_eq!(error(&page("missing"))["status"], 404);
    assert_eq!(value(&page("hops/3"))["title"], "An article & its title");
    let hops: Value = page("hops/9");
    assert!(hops.get("error").is_some(), "{hops}");
}
