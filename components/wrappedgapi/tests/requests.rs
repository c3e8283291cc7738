//! Calls become the requests that Google's official client for Node.js makes, or are refused.

mod common;

use common::Fake;
use futures::executor::block_on;
use serde::Deserialize;
use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_service::Service;
use wrappedgapi::Gapi;

/// What the official client sends, over all packed APIs: `record.mjs` has recorded it.
#[derive(Deserialize)]
struct Recorded {
    call: String,
    params: Value,
    method: String,
    url: String,
    #[serde(rename = "type")]
    content_type: Option<String>,
    body: Option<String>,
}

#[test]
fn requests_are_those_of_the_official_client() {
    let recorded: Vec<Recorded> = serde_json::from_str(include_str!("requests.json")).unwrap();
    assert!(recorded.len() >= 75);
    for expected in recorded {
        let host = Fake::willing();
        let outcome = block_on(host.call(&expected.call, json!([expected.params])));
        outcome.unwrap_or_else(|error| panic!("{}: {error:?}", expected.call));
        let [request] = host.calls().try_into().unwrap();
        let label = format!("{} {}", expected.call, expected.params);
        assert_eq!(request.method, expected.method, "{label}");
        assert_eq!(request.url, expected.url, "{label}");

        let header = |name| request.headers.iter().find(|(other, _)| other == name);
        let mut content_type = header("content-type").map(|(_, value)| value.clone());
        let mut body = String::from_utf8(request.body.clone()).unwrap();
        if let Some((start, boundary)) = content_type
            .clone()
            .as_deref()
            .and_then(|text| text.split_once("boundary="))
        {
            body = body.replace(boundary, "BOUNDARY");
            content_type = Some(format!("{start}boundary=BOUNDARY"));
        }
        assert_eq!(content_type, expected.content_type, "{label}");
        assert_eq!(body, expected.body.unwrap_or_default(), "{label}");
        assert_eq!(
            header("authorization").unwrap().1,
            "Bearer ya29.token-0",
            "{label}"
        );
    }
}

#[test]
fn one_method_can_be_written_in_several_ways() {
    let url = "https://admin.googleapis.com/admin/directory/v1/customer/my_customer/domains";
    let customer = json!([{"customer": "my_customer"}]);
    for path in [
        vec!["admin", "directory", "domains", "list"],
        vec!["admin", "domains", "list"],
        vec!["admin.directory.domains.list"],
        vec!["admin_directory_v1", "domains", "list"],
    ] {
        let host = Fake::willing();
        block_on(host.call_path(&path, customer.clone())).unwrap();
        assert_eq!(host.calls()[0].url, url, "{path:?}");
    }
}

#[test]
fn a_policy_knows_a_method_by_one_path() {
    for (path, canonical) in [
        (vec!["admin", "users", "list"], "admin.directory.users.list"),
        (
            vec!["admin.directory", "users.list"],
            "admin.directory.users.list",
        ),
        (
            vec!["admin_reports_v1", "activities", "list"],
            "admin.reports.activities.list",
        ),
        (vec!["drive_v2", "files", "list"], "drive.files.list"),
        (vec!["drive_v2.files.list"], "drive.files.list"),
        (vec!["customer"], "admin.directory.customers.get"),
        (vec!["info"], "admin.directory.users.get"),
        (vec!["echo"], "echo"),
        (vec!["a..b"], "a..b"),
    ] {
        let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
        assert_eq!(Gapi.canonical(&path).join("."), canonical, "{path:?}");
    }
}

#[test]
fn packed_documents_are_whole() {
    let mut methods = 0;
    for (name, version, document) in wrappedgapi::packed() {
        let api = document.api().unwrap();
        assert_eq!((api.name.as_str(), api.version.as_str()), (name, version));
        assert!(api.root.ends_with(".googleapis.com/") && api.parameters.contains_key("fields"));
        for method in document.methods() {
            let described = document.method(method).unwrap().unwrap();
            assert!(
                described
                    .scopes
                    .iter()
                    .all(|scope| *scope < api.scopes.len()),
                "{method}"
            );
            if let Some(schema) = described.body {
                let properties = document.properties(&schema);
                assert!(
                    !properties.is_empty() || schema.ends_with("Request"),
                    "{method}: {schema}"
                );
            }
            methods += 1;
        }
    }
    assert!(methods > 350, "{methods}");
}

#[test]
fn options_change_how_a_call_is_made() {
    let mut host = Fake::willing();
    host.settings
        .insert("google_base_url", "http://127.0.0.1:9000/".to_owned());
    host.settings
        .insert("google_base_path", "google/".to_owned());
    let options = json!({
        "headers": {"If-Match": "\"etag\""},
        "params": {"unlisted": "a b"},
        "version": "v3",
        "responseType": "text",
    });
    // Without `requestBody`, names of the body's schema make the body.
    let params =
        json!({"calendarId": "primary", "eventId": "e1", "summary": "moved", "sendUpdates": "all"});
    let answer = block_on(host.call("calendar.events.patch", json!([params, options]))).unwrap();
    assert_eq!(answer, json!("{}"));
    let request = &host.calls()[0];
    assert_eq!(
        request.url,
        "http://127.0.0.1:9000/google/calendar/v3/calendars/primary/events/e1?sendUpdates=all&unlisted=a%20b"
    );
    assert_eq!(request.body, br#"{"summary":"moved"}"#);
    assert!(
        request
            .headers
            .contains(&("if-match".to_owned(), "\"etag\"".to_owned()))
    );

    // The same for each attempt of a call: what it makes is made once.
    for _ in 0..2 {
        block_on(host.call("drive.drives.create", json!([{"name": "Team"}]))).unwrap();
    }
    let calls = host.calls();
    assert_eq!(calls[1], calls[2]);
    let id = calls[1].url.split_once("requestId=").unwrap().1;
    assert_eq!((id.len(), &id[14..15], &id[19..20]), (36, "4", "a"));

    let media = json!({"mimeType": "image/png", "base64": "iVBORw=="});
    block_on(host.call("drive.files.create", json!([{"media": media}]))).unwrap();
    let upload = &host.calls()[3];
    assert_eq!(
        upload.url,
        "http://127.0.0.1:9000/google/upload/drive/v3/files?uploadType=media"
    );
    assert_eq!(upload.body, b"\x89PNG");
}

#[test]
fn what_is_wrong_is_refused_with_what_comes_nearest() {
    for (method, args, code, part) in [
        (
            "gmail.users.messages.list",
            json!([]),
            "invalid_arguments",
            "needs the parameter `userId`",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userID": "me"}]),
            "invalid_arguments",
            "did you mean `userId`?",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": "me", "maxResult": 3}]),
            "invalid_arguments",
            "did you mean `maxResults`?",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": "me", "maxResults": "many"}]),
            "invalid_arguments",
            "must be of type integer",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": ["me", "you"]}]),
            "invalid_arguments",
            "one value, not a list",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": {"id": "me"}}]),
            "invalid_arguments",
            "must be a string",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": ""}]),
            "invalid_arguments",
            "is empty",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": ".."}]),
            "invalid_arguments",
            "`.` or `..`",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": "me", "requestBody": {}}]),
            "invalid_arguments",
            "takes no request body",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": "me", "media": {"body": ""}}]),
            "invalid_arguments",
            "takes no `media`",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": "me", "access_token": "x"}]),
            "invalid_arguments",
            "operator's credentials",
        ),
        (
            "gmail.users.messages.list",
            json!([{"userId": "me", "key": "x"}]),
            "invalid_arguments",
            "operator's credentials",
        ),
        (
            "gmail.users.messages.list",
            json!(["me"]),
            "invalid_arguments",
            "one object of parameters",
        ),
        (
            "gmail.users.messages.list",
            json!([{}, {}, {}]),
            "invalid_arguments",
            "one object of parameters",
        ),
        (
            "gmail.users.messages.get",
            json!([{"userId": "me", "id": "1", "format": "metdata"}]),
            "invalid_arguments",
            "did you mean `metadata`?",
        ),
        (
            "people.people.get",
            json!([{"resourceName": "people/me/connections", "personFields": "names"}]),
            "invalid_arguments",
            "must look like `^people/[^/]+$`",
        ),
        (
            "people.people.get",
            json!([{"resourceName": "people/%2e%2e", "personFields": "names"}]),
            "invalid_arguments",
            "`.` or `..`",
        ),
        (
            "drive.files.create",
            json!([{"name": "a", "requestBody": {"name": "b"}}]),
            "invalid_arguments",
            "has no parameter \"name\"",
        ),
        (
            "drive.files.create",
            json!([{"media": {"body": "x", "mimeType": "a\r\nb/c"}}]),
            "invalid_arguments",
            "no media type",
        ),
        (
            "drive.files.create",
            json!([{"media": {"base64": "%"}}]),
            "invalid_arguments",
            "no base64",
        ),
        (
            "drive.files.list",
            json!([{}, {"subjet": "a@example.com"}]),
            "invalid_arguments",
            "did you mean `subject`?",
        ),
        (
            "drive.files.list",
            json!([{}, {"subject": "nobody"}]),
            "invalid_arguments",
            "address of a user",
        ),
        (
            "drive.files.list",
            json!([{}, {"headers": {"Authorization": "x"}}]),
            "invalid_arguments",
            "cannot be set",
        ),
        (
            "drive.files.list",
            json!([{}, {"headers": {"x-a": "b\r\nc: d"}}]),
            "invalid_arguments",
            "no header may have",
        ),
        (
            "drive.files.list",
            json!([{}, {"scopes": []}]),
            "invalid_arguments",
            "scopes are a list",
        ),
        (
            "gmail.users.message.list",
            json!([{}]),
            "unknown_method",
            "did you mean `gmail.users.messages.list`?",
        ),
        (
            "gmail.x",
            json!([{}]),
            "unknown_method",
            "its resources are: users",
        ),
        (
            "admin.domain.list",
            json!([{}]),
            "unknown_method",
            "did you mean `admin.directory.domains.list`?",
        ),
        ("ecko", json!([]), "unknown_method", "did you mean `echo`?"),
        ("a..b", json!([]), "invalid_arguments", "tools.gapi.<api>"),
    ] {
        let host = Fake::willing();
        let error = block_on(host.call(method, args.clone())).unwrap_err();
        assert!(
            error.error.message.contains(part),
            "{method} {args}: {error:?}"
        );
        assert_eq!(error.error.code.as_deref(), Some(code), "{method} {args}");
        assert!(
            !error.retryable && host.sent.borrow().is_empty(),
            "{method} {args}"
        );
    }
    let mut host = Fake::willing();
    host.settings
        .insert("google_base_url", "https://example.com/v1".to_owned());
    let error = block_on(host.call("drive.files.list", json!([]))).unwrap_err();
    assert!(
        error.error.is(ErrorCode::ServiceUnavailable)
            && error.error.message.contains("`google_base_path`"),
        "{error:?}"
    );
}
