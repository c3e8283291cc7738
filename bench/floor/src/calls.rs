//! The floor of a run of sequential calls.

use spin_sdk::http::{IncomingResponse, Method, Request, send};
use spin_sdk::sqlite::{Connection, Value};
use tasker_hosts::app::component_url;

/// As large as the journal entry of a small call.
const ROW: &str = r#"{"service":"keystore","method":["set"],"args":["namespace","key",1],"value":{"created":true}}"#;

/// Makes the requests and inserts, one after the other.
pub(crate) async fn make(count: i64) -> Result<(), String> {
    let database = Connection::open_default().map_err(|error| error.to_string())?;
    let execute = |sql: &str, values: &[Value]| match database.execute(sql, values) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    execute("PRAGMA journal_mode = WAL", &[])?;
    execute(
        "CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT",
        &[],
    )?;
    for _ in 0..count {
        let request = Request::builder()
            .method(Method::Post)
            .uri(component_url("empty", "/empty"))
            .build();
        let response: IncomingResponse = send(request).await.map_err(|error| error.to_string())?;
        if response.status() != 200 {
            return Err(format!(
                "the empty component answered {}",
                response.status()
            ));
        }
        execute(
            "INSERT INTO floor (entry) VALUES (?)",
            &[Value::Text(ROW.to_owned())],
        )?;
    }
    Ok(())
}
