//! What components may request, and what they get.

use http::{Method, StatusCode};
use serde_json::json;

use tasker_runtime::{BlockedNetwork, BlockedNetworks};

use crate::support::{Folder, Witness, component, front, serve, start};

const DENIED: &str = "ErrorCode::HttpRequestDenied";
const PROHIBITED: &str = "ErrorCode::DestinationIpProhibited";
const TOO_MANY: &str = "ErrorCode::ConnectionLimitReached";

#[tokio::test(flavor = "multi_thread")]
async fn components_reach_each_other_only_where_they_are_allowed_to() {
    let triggers = r#"
        [[trigger.http]]
        route = { private = true }
        component = "one"
        [[trigger.http]]
        route = { private = true }
        component = "two"
    "#;
    let allowed =
        r#"allowed_outbound_hosts = ["http://one.spin.internal", "http://none.spin.internal"]"#;
    let passes_on = r#"allowed_outbound_hosts = ["http://*.spin.internal"]"#;
    let app = start(&format!(
        "{triggers}{}{}{}",
        front(allowed),
        component("one", passes_on),
        component("two", "")
    ))
    .await;

    let (status, headers) = app
        .get("/fetch/http://one.spin.internal/headers/x?y=1")
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["spin-path-info"], "/headers/x");
    assert_eq!(headers["spin-matched-route"], "/...");
    assert_eq!(headers["spin-client-addr"], "0.0.0.0:0");

    let (status, headers) = app
        .get("/fetch/http://one.spin.internal/fetch/http://two.spin.internal/headers")
        .await;
    assert_eq!(
        (status, &headers["spin-path-info"]),
        (StatusCode::OK, &json!("/headers"))
    );

    let (status, error) = app.get("/fetch/http://two.spin.internal/headers").await;
    assert_eq!((status, error), (StatusCode::BAD_GATEWAY, json!(DENIED)));
    let (_, error) = app
        .get("/fetch/http://one.spin.internal/fetch/http://none.spin.internal/")
        .await;
    assert_eq!(
        error, DENIED,
        "the wildcard stands for the application's components"
    );
    let (status, _) = app.get("/fetch/http://none.spin.internal/").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    let (status, _) = app.get("/fetch/http://one.spin.internal/panic").await;
    assert_eq!(
        status,
        StatusCode::INTERNAL_SERVER_ERROR,
        "of the callee, not of the caller"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_world_and_the_application_itself_are_reached_over_the_network() {
    let mut witness = Witness::start().await;
    let port = witness.address.port();
    let allowed = format!(
        "allowed_outbound_hosts = [\"http://self\", \"http://127.0.0.1:{port}\", \"http://127.0.0.1:1\"]"
    );
    let app = start(&front(&allowed)).await;

    let path = format!("/fetch/http://127.0.0.1:{port}/outside");
    let (answer, ()) = tokio::join!(app.get(&path), async {
        let seen = witness.next().await;
        assert_eq!(
            (seen.method.clone(), seen.path.as_str()),
            (Method::GET, "/outside")
        );
        assert_eq!(seen.host, format!("127.0.0.1:{port}"));
    });
    assert_eq!(answer.0, StatusCode::OK);

    let (status, headers) = app.get("/fetch/http://self.alt/headers/again").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["spin-full-url"], app.url("/headers/again"));
    let (_, headers) = app.get("/fetch//headers/again").await;
    assert_eq!(
        headers["spin-path-info"], "/headers/again",
        "a path alone is the application's"
    );

    let (_, error) = app.get("/fetch/http://127.0.0.1:1/").await;
    assert_eq!(error, "ErrorCode::ConnectionRefused");
    let (_, error) = app.get("/fetch/http://localhost:1/").await;
    assert_eq!(error, DENIED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_may_have_no_chaining_and_bound_the_requests_of_a_request() {
    let allowed = r#"allowed_outbound_hosts = ["http://self", "http://front.spin.internal"]"#;
    let with = async |chaining: bool, requests: Option<u32>| {
        let folder = Folder::new(&front(allowed)).await;
        let mut options = folder.options();
        options.service_chaining = chaining;
        options.outbound_requests = requests;
        serve(folder, options).await
    };
    let chained = "/fetch/http://front.spin.internal/headers";
    let own = "/fetch/http://self.alt/headers";
    let app = with(false, None).await;
    let (status, error) = app.get(chained).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(
        error
            .as_str()
            .is_some_and(|error| error.contains("DnsError")),
        "such a name is not known: {error}"
    );
    assert_eq!(app.get(own).await.0, StatusCode::OK);

    // Each request counts for itself, and so does what it asks the application.
    let app = with(true, Some(1)).await;
    for path in [
        chained,
        own,
        "/fetch/http://self.alt/fetch/http://self.alt/headers",
    ] {
        assert_eq!(app.get(path).await.0, StatusCode::OK, "{path}");
    }
    let app = with(true, Some(0)).await;
    for path in [chained, own] {
        assert_eq!(app.get(path).await.1, TOO_MANY, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn private_addresses_are_reached_by_hosts_that_are_named_alone() {
    let mut witness = Witness::start().await;
    let port = witness.address.port();
    let allowed = format!(
        r#"allowed_outbound_hosts = ["http://self", "http://*:*", "http://127.0.0.1:{port}"]"#
    );
    let app = start(&front(&allowed)).await;
    let named = format!("/fetch/http://127.0.0.1:{port}/named");
    let (answer, seen) = tokio::join!(app.get(&named), async { witness.next().await.path });
    assert_eq!((answer.0, seen.as_str()), (StatusCode::OK, "/named"));
    // The same address by a name that only the wildcard has, while a connection to it is open.
    for host in [
        "localhost",
        "127.0.0.2",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ] {
        let (_, error) = app.get(&format!("/fetch/http://{host}:{port}/")).await;
        assert_eq!(error, PROHIBITED, "{host}");
    }
    let (status, _) = app.get("/fetch/http://self.alt/headers").await;
    assert_eq!(
        status,
        StatusCode::OK,
        "the application itself is not concerned"
    );

    let with = async |items: &[&str]| {
        let folder = Folder::new(&front(&allowed)).await;
        let mut options = folder.options();
        let items = items
            .iter()
            .map(|item| item.parse::<BlockedNetwork>().unwrap());
        options.blocked_networks = BlockedNetworks::from_iter(items);
        serve(folder, options).await
    };
    let app = with(&["private"]).await;
    assert_eq!(app.get(&named).await.1, PROHIBITED);
    let (status, _) = app.get("/fetch/http://self.alt/headers").await;
    assert_eq!(status, StatusCode::OK);
    let app = with(&["127.0.0.0/8"]).await;
    assert_eq!(app.get(&named).await.1, PROHIBITED);
    let app = with(&["none"]).await;
    let path = format!("/fetch/http://localhost:{port}/lifted");
    let (answer, seen) = tokio::join!(app.get(&path), async { witness.next().await.path });
    assert_eq!((answer.0, seen.as_str()), (StatusCode::OK, "/lifted"));
}
