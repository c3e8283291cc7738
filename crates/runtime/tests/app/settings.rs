//! Variables, and what keeps an application from starting.

use std::fs;

use tasker_runtime::{App, Error, parse_variable};

use crate::support::{Folder, component, front, serve};

const VARIABLES: &str = r#"
    [variables]
    greeting = { default = "hello" }
    name = { required = true }
    token = { required = true, secret = true }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn variables_come_from_files_arguments_and_defaults() {
    let templates =
        r#"variables = { line = "{{ greeting }}, {{ name }}!", token = "{{ token }}" }"#;
    let folder = Folder::new(&format!("{VARIABLES}{}", front(templates))).await;

    let file = folder.path().join("more.toml");
    fs::write(&file, "name = \"overwritten\"\ntoken = \"from-file\"\n").unwrap();
    let text = folder.path().join("name.txt");
    fs::write(&text, "world").unwrap();
    let mut options = folder.options();
    for argument in [
        format!("@{}", file.display()),
        format!("name=@{}", text.display()),
    ] {
        options.variables.extend(parse_variable(&argument).unwrap());
    }
    let app = serve(folder, options).await;
    assert_eq!(app.get("/variable/line").await.1, "hello, world!");
    assert_eq!(app.get("/variable/token").await.1, "from-file");
    let (_, undefined) = app.get("/variable/greeting").await;
    assert!(
        undefined["error"]
            .as_str()
            .unwrap()
            .starts_with("Error::Undefined"),
        "{undefined}"
    );
    let (_, invalid) = app.get("/variable/Not-a-name").await;
    assert!(
        invalid["error"]
            .as_str()
            .unwrap()
            .starts_with("Error::InvalidName"),
        "{invalid}"
    );

    assert!(parse_variable("nothing").is_err());
    fs::write(&text, "secret").unwrap();
    let malformed = parse_variable(&format!("@{}", text.display())).unwrap_err();
    assert!(!malformed.to_string().contains("secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_with_its_remedy() {
    let load = async |manifest: &str| {
        let folder = Folder::new(manifest).await;
        App::load(folder.options()).await.err().unwrap()
    };

    let error = load(&format!("{VARIABLES}{}", front(""))).await;
    assert!(matches!(&error, Error::VariablesMissing { names } if *names == ["name", "token"]));
    assert!(
        error
            .to_string()
            .contains("SPIN_VARIABLE_NAME or --variable name=VALUE"),
        "{error}"
    );

    let error = load(&front("variables = { x = \"{{ typo }}\" }")).await;
    assert!(error.to_string().contains("`typo`"), "{error}");

    let error = load(&front("allowed_outbound_hosts = [\"example.com\"]")).await;
    assert!(
        error
            .to_string()
            .contains("component `front`: allowed_outbound_hosts: `example.com`"),
        "{error}"
    );

    let error = load("[[trigger.http]]\nroute = \"/\"\ncomponent = \"gone\"\n[component.gone]\nsource = \"gone.wasm\"\n").await;
    assert!(matches!(&error, Error::ComponentMissing { component, .. } if component == "gone"));
    assert!(error.to_string().contains("scripts/build"), "{error}");

    let error = load(&format!(
        "[[trigger.cron]]\ncron_expression = \"* * *\"\ncomponent = \"a\"\n{}",
        component("a", "")
    ))
    .await;
    assert!(
        error.to_string().contains("cron expression `* * *`"),
        "{error}"
    );

    let folder = Folder::new(&front("")).await;
    fs::write(folder.path().join("front.wasm"), "not wasm").unwrap();
    let manifest = fs::read_to_string(folder.path().join("spin.toml")).unwrap();
    let source = manifest
        .lines()
        .find(|line| line.starts_with("source"))
        .unwrap();
    fs::write(
        folder.path().join("spin.toml"),
        manifest.replace(source, "source = \"front.wasm\""),
    )
    .unwrap();
    let error = App::load(folder.options()).await.err().unwrap();
    assert!(
        matches!(&error, Error::Component { component, .. } if component == "front"),
        "{error}"
    );
}
