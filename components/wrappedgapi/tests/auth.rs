//! Tokens: what they are asked with, how long they serve, and what becomes known of them.

mod common;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{Fake, KEY, json_response};
use futures::executor::block_on;
use futures::future::join_all;
use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_service::http::Request;

/// The fields of a form.
fn form(request: &Request) -> Vec<(String, String)> {
    let body = std::str::from_utf8(&request.body).unwrap();
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    body.split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// The header and claims of the signed request, whose signature is checked.
fn claims(request: &Request) -> (Value, Value) {
    let form = form(request);
    assert_eq!(form[0].1, "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (message, signature) = form[1].1.rsplit_once('.').unwrap();
    let der = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let key = KeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())
        .verify(
            message.as_bytes(),
            &URL_SAFE_NO_PAD.decode(signature).unwrap(),
        )
        .expect("the signature is the key's");
    let (header, claims) = message.split_once('.').unwrap();
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (read(header), read(claims))
}

#[test]
fn tasks_act_only_for_those_whom_the_operator_allows() {
    let mut host = Fake::willing();
    let call = |host: &Fake, subject: &str| {
        let args = json!([{"userId": "me"}, {"subject": subject}]);
        block_on(host.call("gmail.users.messages.list", args)).map(drop)
    };
    call(&host, "anybody@example.com").unwrap();
    let allowed = "*@sales.example.com, desk@example.com\n";
    host.settings.insert("google_subjects", allowed.to_owned());
    host.settings
        .insert("google_subject", "admin@example.com".to_owned());
    for subject in [
        "ann@sales.example.com",
        "ANN@Sales.Example.com",
        "desk@example.com",
        "admin@example.com",
    ] {
        call(&host, subject).unwrap();
    }
    let sent = host.calls().len();
    for subject in [
        "ceo@example.com",
        "ann@sales.example.com.evil.example",
        "xdesk@example.com",
    ] {
        let error = call(&host, subject).unwrap_err();
        assert!(error.error.is(ErrorCode::PolicyDenied), "{error:?}");
        let scopes = json!([["https://example.com/scope"], {"subject": subject}]);
        let error = block_on(host.call("authenticate", scopes)).unwrap_err();
        assert!(error.error.is(ErrorCode::PolicyDenied), "{error:?}");
    }
    assert_eq!(host.calls().len(), sent, "nothing was sent for them");
}

#[test]
fn a_service_account_signs_once_for_many_calls_and_again_before_the_token_expires() {
    let mut host = Fake::willing();
    host.settings
        .insert("google_subject", "admin@example.com".to_owned());
    let list = json!([{"userId": "me"}]);
    block_on(join_all(
        (0..100).map(|_| host.call("gmail.users.messages.list", list.clone())),
    ))
    .into_iter()
    .for_each(|outcome| drop(outcome.unwrap()));
    assert_eq!((host.token_requests(), host.calls().len()), (1, 100));

    let (header, claimed) = claims(&host.sent.borrow()[0]);
    assert_eq!(
        header,
        json!({"alg": "RS256", "typ": "JWT", "kid": "key-1"})
    );
    let scope = "https://www.googleapis.com/auth/gmail.readonly";
    assert_eq!(
        claimed,
        json!({
            "iss": "tasker@project.example.com", "scope": scope,
            "aud": "https://oauth2.googleapis.com/token",
            "exp": 1_800_003_600, "iat": 1_800_000_000, "sub": "admin@example.com",
        })
    );

    // Five minutes before its end it is old; another subject or other scopes need another token.
    host.now.set(host.now.get() + 3_298_000);
    block_on(host.call("gmail.users.messages.list", list.clone())).unwrap();
    assert_eq!(host.token_requests(), 1);
    host.now.set(host.now.get() + 2_000);
    block_on(host.call("gmail.users.messages.list", list.clone())).unwrap();
    assert_eq!(host.token_requests(), 2);
    let other = json!([{"userId": "me"}, {"subject": "jane@example.com"}]);
    block_on(host.call("gmail.users.messages.list", other)).unwrap();
    let wide = json!([{"userId": "me"}, {"scopes": "https://mail.google.com/"}]);
    block_on(host.call("gmail.users.messages.list", wide)).unwrap();
    assert_eq!(host.token_requests(), 4);
    let sent = host.sent.borrow();
    let asked: Vec<_> = sent
        .iter()
        .filter(|request| request.url == common::TOKEN_URL)
        .collect();
    assert_eq!(claims(asked[2]).1["sub"], "jane@example.com");
    assert_eq!(claims(asked[3]).1["scope"], "https://mail.google.com/");
}

#[test]
fn a_call_asks_for_one_scope_that_administrators_know() {
    for (method, scope) in [
        (
            "admin.directory.domains.list",
            "admin.directory.domain.readonly",
        ),
        (
            "admin.directory.users.list",
            "admin.directory.user.readonly",
        ),
        ("admin.directory.users.insert", "admin.directory.user"),
        ("gmail.users.messages.get", "gmail.readonly"),
        ("gmail.users.messages.send", "gmail.send"),
        ("gmail.users.messages.modify", "gmail.modify"),
        ("drive.files.list", "drive.readonly"),
        ("drive.files.create", "drive"),
        ("calendar.events.list", "calendar.readonly"),
        ("calendar.events.insert", "calendar"),
        ("sheets.spreadsheets.values.get", "spreadsheets.readonly"),
        ("sheets.spreadsheets.values.update", "spreadsheets"),
        ("docs.documents.get", "documents.readonly"),
        ("docs.documents.batchUpdate", "documents"),
        ("people.people.connections.list", "contacts.readonly"),
        ("tasks.tasks.insert", "tasks"),
    ] {
        let host = Fake::willing();
        let params = json!([{
            "calendarId": "c", "customer": "c", "documentId": "d", "id": "i", "personFields": "p", "range": "r",
            "resourceName": "people/me", "spreadsheetId": "s", "tasklist": "t", "userId": "me", "valueInputOption": "RAW",
        }]);
        // Only the parameters that the method has.
        let params = params[0]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| knows(method, name));
        let params: serde_json::Map<_, _> = params
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        block_on(host.call(method, json!([params]))).unwrap();
        let asked = claims(&host.sent.borrow()[0]).1;
        assert_eq!(
            asked["scope"],
            format!("https://www.googleapis.com/auth/{scope}"),
            "{method}"
        );
    }
    let mut host = Fake::willing();
    host.settings.insert(
        "google_scopes",
        "https://b.example.com, https://a.example.com".to_owned(),
    );
    block_on(host.call("drive.files.list", json!([]))).unwrap();
    assert_eq!(
        claims(&host.sent.borrow()[0]).1["scope"],
        "https://a.example.com https://b.example.com"
    );
}

fn knows(method: &str, parameter: &str) -> bool {
    let (api, method) = method.split_once('.').unwrap();
    let method = method.strip_prefix("directory.").unwrap_or(method);
    let (.., document) = wrappedgapi::packed()
        .find(|(name, ..)| *name == api)
        .unwrap();
    let method = document.method(method).unwrap().unwrap();
    method.parameters.contains_key(parameter)
}

#[test]
fn a_token_that_is_refused_is_renewed_once() {
    let refused = json!({"error": {"code": 401, "message": "Invalid Credentials", "errors": [{"reason": "authError"}]}});
    let first = refused.clone();
    let host = Fake::new(move |request, before| match () {
        () if request.url == common::TOKEN_URL || before > 0 => json_response(200, &json!({})),
        () => json_response(401, &first),
    });
    block_on(host.call("drive.about.get", json!([{"fields": "*"}]))).unwrap();
    assert_eq!((host.token_requests(), host.calls().len()), (2, 2));
    let bearers: Vec<_> = host
        .calls()
        .iter()
        .map(|call| call.headers.last().unwrap().1.clone())
        .collect();
    assert_eq!(bearers, ["Bearer ya29.token-0", "Bearer ya29.token-1"]);

    let host = Fake::new(move |request, _| match request.url == common::TOKEN_URL {
        true => json_response(200, &json!({})),
        false => json_response(401, &refused),
    });
    let error = block_on(host.call("drive.about.get", json!([{"fields": "*"}]))).unwrap_err();
    assert_eq!((host.token_requests(), host.calls().len()), (2, 2));
    assert_eq!(error.error.code.as_deref(), Some("authError"));
    assert!(!error.retryable && error.error.status == Some(401));
}

#[test]
fn a_token_endpoint_that_is_out_of_reach_names_the_setting() {
    let mut host = Fake::willing();
    let url = format!("{}token", common::CLOSED);
    host.settings.insert("google_token_url", url);
    let error = block_on(host.call("drive.files.list", json!([]))).unwrap_err();
    assert!(error.error.is(ErrorCode::HostForbidden) && !error.retryable);
    let message = &error.error.message;
    assert!(
        message.contains("`google_token_host`")
            && message.contains("`https://closed.example.com:8443`"),
        "{message}"
    );
}

#[test]
fn other_credentials_give_tokens_too() {
    let user = json!({"type": "authorized_user", "client_id": "c1", "client_secret": "s&1", "refresh_token": "1//r"});
    let mut file = Fake::willing();
    file.credentials
        .insert("google_service_account", user.to_string());
    let mut plain = Fake::willing();
    plain.credentials = [
        ("google_refresh_token", "1//r"),
        ("google_client_id", "c1"),
        ("google_client_secret", "s&1"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into();
    for host in [file, plain] {
        block_on(host.call("drive.files.list", json!([]))).unwrap();
        block_on(host.call("gmail.users.getProfile", json!([{"userId": "me"}]))).unwrap();
        assert_eq!(
            host.token_requests(),
            1,
            "its scopes are those of the consent"
        );
        let fields = form(&host.sent.borrow()[0]);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("grant_type", "refresh_token"),
                ("client_id", "c1"),
                ("client_secret", "s&1"),
                ("refresh_token", "1//r")
            ]
        );
        let other = json!([{}, {"subject": "jane@example.com"}]);
        let error = block_on(host.call("drive.files.list", other)).unwrap_err();
        assert!(error.error.is(ErrorCode::InvalidArguments), "{error:?}");
    }

    let mut ready = Fake::new(|_, _| {
        json_response(
            401,
            &json!({"error": {"status": "UNAUTHENTICATED", "message": "expired"}}),
        )
    });
    ready.credentials = [("google_access_token", "ya29.ready".to_owned())].into();
    let error = block_on(ready.call("drive.files.list", json!([]))).unwrap_err();
    assert_eq!(error.error.code.as_deref(), Some("UNAUTHENTICATED"));
    assert_eq!((ready.token_requests(), ready.calls().len()), (0, 1));
    assert_eq!(
        ready.calls()[0].headers.last().unwrap().1,
        "Bearer ya29.ready"
    );
}

#[test]
fn a_token_that_is_not_given_says_why_and_shows_nothing() {
    for (status, body, code, retryable) in [
        (
            400,
            json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}),
            "invalid_grant",
            false,
        ),
        (
            401,
            json!({"error": "unauthorized_client", "error_description": "Client is unauthorized"}),
            "unauthorized_client",
            false,
        ),
        (
            400,
            json!({"error": "invalid_scope"}),
            "invalid_scope",
            false,
        ),
        (
            503,
            json!({"error": "backend_error"}),
            "backend_error",
            true,
        ),
        (200, json!({"access_token": 5}), "upstream_invalid", false),
        (
            200,
            json!({"access_token": "a b\r\nx: y"}),
            "upstream_invalid",
            false,
        ),
        (
            200,
            json!({"access_token": "x".repeat(100_000)}),
            "upstream_invalid",
            false,
        ),
        (200, json!([]), "upstream_invalid", false),
    ] {
        let answer = body.clone();
        let host = Fake::new(move |_, _| json_response(status, &answer));
        let error = block_on(host.call("drive.files.list", json!([]))).unwrap_err();
        assert_eq!(error.error.code.as_deref(), Some(code), "{body}: {error:?}");
        assert_eq!(error.retryable, retryable, "{body}");
        assert!(host.calls().is_empty());
        assert!(!format!("{error:?}").contains("PRIVATE KEY"));
    }

    let damaged = KEY.replace("MII", "mii");
    for file in [
        "",
        "{",
        "[]",
        r#"{"type": "external_account"}"#,
        &json!({"client_email": "a@example.com", "private_key": damaged}).to_string(),
    ] {
        let mut host = Fake::willing();
        host.credentials = [("google_service_account", file.to_owned())].into();
        if file.is_empty() {
            host.credentials.clear();
        }
        let error = block_on(host.call("drive.files.list", json!([]))).unwrap_err();
        assert!(
            error.error.is(ErrorCode::CredentialMissing) && !error.retryable,
            "{error:?}"
        );
        assert!(
            error.error.message.contains("google_service_account")
                && !error.error.message.contains("mii")
        );
    }
}

#[test]
fn checks_answer_as_they_are_documented() {
    let mut host = Fake::willing();
    let echo = block_on(host.call("echo", json!([{"a": 1}]))).unwrap();
    assert_eq!(
        echo,
        json!({"success": true, "echo": {"a": 1}, "time": "2027-01-15T08:00:00.000Z"})
    );
    assert!(host.sent.borrow().is_empty());

    let answer = block_on(host.call(
        "authenticate",
        json!(["https://example.com/scope", {"subject": "a@example.com"}]),
    ))
    .unwrap();
    let expected = json!({
        "success": true, "tokenType": "Bearer", "scopes": ["https://example.com/scope"],
        "subject": "a@example.com", "expiresAt": "2027-01-15T08:59:59.000Z",
    });
    assert_eq!(answer, expected);
    let again = json!([{"scopes": ["https://example.com/scope"], "subject": "a@example.com"}]);
    assert_eq!(
        block_on(host.call("authenticate", again)).unwrap(),
        expected
    );
    assert_eq!((host.token_requests(), host.calls().len()), (1, 0));
    assert!(block_on(host.call("authenticate", json!([]))).is_err());

    block_on(host.call("customer", json!([]))).unwrap();
    block_on(host.call("info", json!(["jane@example.com"]))).unwrap();
    assert!(block_on(host.call("info", json!([]))).is_err());
    host.settings
        .insert("google_subject", "admin@example.com".to_owned());
    block_on(host.call("info", json!([]))).unwrap();
    let urls: Vec<_> = host.calls().into_iter().map(|call| call.url).collect();
    let root = "https://admin.googleapis.com/admin/directory/v1";
    assert_eq!(
        urls,
        [
            "customers/my_customer",
            "users/jane%40example.com",
            "users/admin%40example.com"
        ]
        .map(|path| format!("{root}/{path}"))
    );
    // What is secret is named to the shell, which keeps it out of all answers and errors.
    let hidden = host.hidden.borrow();
    assert!(
        hidden.iter().any(|text| text == KEY) && hidden.iter().any(|text| text == "ya29.token-0")
    );
}
