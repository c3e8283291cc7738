//! Bringing a database up to this build's schema and functions.
//!
//! The tables are in the schema `tasker`. The functions are this
//! build's own, in a schema that is named by a hash of them: so nodes of different builds work on one
//! database, each with its functions, as long as their tables are the same. Nothing is checked in
//! advance: a statement whose function is missing says so, and then all is installed, in one
//! statement that is one transaction.

use tasker_domain::figures::Metric;
use tasker_domain::hash::Fnv1a;

use crate::named_leases::{FORGOTTEN_AT_ONCE, REMEMBERED_MS};
use crate::portable::{self, DONE, Statement};
use crate::postgres::connection::{Connection, LEASE_LOST, STOPPING, UNSUITABLE};
use crate::postgres::statement::functions_schema;
use crate::records::queue::HELD;
use crate::schema;
use crate::{Result, WINDOW_MS};

/// The schema. It makes what is missing, and records its version last.
const SCHEMA: &str = include_str!("../../../../migrations/postgres/0001_schema.sql");

/// The functions. One that others use stands before them, if it is a view or a function in SQL.
const FUNCTIONS: &[&str] = &[
    include_str!("functions/clock.sql"),
    include_str!("functions/connections.sql"),
    include_str!("functions/json_each.sql"),
    include_str!("functions/leases.sql"),
    include_str!("functions/publishing.sql"),
    include_str!("functions/slots.sql"),
    include_str!("functions/runs.sql"),
    include_str!("functions/claim.sql"),
    include_str!("functions/queue.sql"),
    include_str!("functions/named_leases.sql"),
    include_str!("functions/journal.sql"),
    include_str!("functions/logs.sql"),
    include_str!("functions/slices.sql"),
    include_str!("functions/sleep.sql"),
    include_str!("functions/retry.sql"),
    include_str!("functions/finish.sql"),
    include_str!("functions/stop.sql"),
    include_str!("functions/sweep.sql"),
    include_str!("functions/changes.sql"),
    include_str!("functions/limits.sql"),
    include_str!("functions/events.sql"),
    include_str!("functions/schedules.sql"),
    include_str!("functions/retention.sql"),
    include_str!("functions/diagnosis.sql"),
    include_str!("functions/metering.sql"),
    include_str!("functions/wrong_keys.sql"),
];

/// What makes a function of a statement that both databases have.
const PORTABLE: &str = "
CREATE FUNCTION {head} RETURNS {answer} LANGUAGE plpgsql {kind} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY {sql};
END $$;
";

/// The same for one that is several.
const SEVERAL: &str = "
CREATE FUNCTION {head} RETURNS {answer} LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    done bigint;
BEGIN
    {first} INTO done;
    IF done IS NULL THEN
        RETURN false;
    END IF;
    {others};
    RETURN true;
END $$;
";

/// Names this build's functions: a hash (FNV-1a) of all that is installed.
pub(super) const BUILD: u64 = {
    let mut hash = Fnv1a::new()
        .with(INSTALL.as_bytes())
        .with(SCHEMA.as_bytes())
        .with(PORTABLE.as_bytes())
        .with(SEVERAL.as_bytes());
    let mut index = 0;
    while index < FUNCTIONS.len() {
        hash = hash.with(FUNCTIONS[index].as_bytes());
        index += 1;
    }
    let mut subject = 0;
    while subject < portable::ALL.len() {
        let statements = portable::ALL[subject];
        let mut index = 0;
        while index < statements.len() {
            let Statement { head, answer, sql } = statements[index];
            hash = hash.with(head.as_bytes());
            hash = hash.with(answer.as_bytes()).with(sql.as_bytes());
            index += 1;
        }
        subject += 1;
    }
    hash.value()
};

/// The installation, around the scripts.
const INSTALL: &str = include_str!("functions/install.sql");

/// Installs what this build needs, unless another process has done so by now.
pub(super) fn install<C: Connection + ?Sized>(db: &C) -> Result<()> {
    let installed = db.execute(&script());
    installed.map_err(|failure| failure.during("installation"))
}

fn functions() -> String {
    let portable = portable::ALL.iter().copied().flatten().map(function);
    FUNCTIONS.concat() + &portable.collect::<String>()
}

fn function(statement: &Statement) -> String {
    let Statement { head, answer, .. } = statement;
    let sql = statement.for_postgres();
    let kind = match sql.trim_start().starts_with("SELECT") {
        true => "STABLE",
        false => "VOLATILE",
    };
    let (first, others) = sql.split_once(';').unwrap_or((&sql, "NULL"));
    let template = if *answer == DONE { SEVERAL } else { PORTABLE };
    template
        .replace("{head}", head)
        .replace("{answer}", answer)
        .replace("{kind}", kind)
        .replace("{first}", first)
        .replace("{others}", others)
        .replace("{sql}", &sql)
}

fn script() -> String {
    // The scripts come first: they have the others in them.
    let values = [
        (":schema", SCHEMA.to_owned()),
        (":functions", functions()),
        (":newest", schema::NEWEST.to_string()),
        (":oldest", schema::OLDEST.to_string()),
        (":too_new", schema::too_new("%")),
        (":too_old", schema::too_old("%")),
        (":unsuitable", UNSUITABLE.to_owned()),
        (":build", functions_schema()),
        (":lease_lost", LEASE_LOST.to_owned()),
        (":stopping", STOPPING.to_owned()),
        (":held", HELD.to_string()),
        (":run_retry", Metric::RunRetry.name().to_owned()),
        (":window_ms", WINDOW_MS.to_string()),
        (":lease_remembered_ms", REMEMBERED_MS.to_string()),
        (":leases_forgotten", FORGOTTEN_AT_ONCE.to_string()),
    ];
    values
        .iter()
        .fold(INSTALL.to_owned(), |script, (name, value)| {
            script.replace(name, value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_stand_in_their_quotes_and_have_all_their_values() {
        let version = schema::NEWEST;
        assert!(SCHEMA.ends_with(&format!(
            "INSERT INTO tasker.migrations (version) VALUES ({version}) ON CONFLICT DO NOTHING;\n"
        )));
        for script in FUNCTIONS.iter().chain(&[SCHEMA]) {
            assert!(!script.contains("$script$") && !script.contains("$install$"));
        }
        // No placeholder is left.
        let script = script();
        let placeholder = script
            .match_indices(':')
            .filter(|(at, _)| !script[..*at].ends_with([':', '"', '\'']))
            .map(|(at, _)| &script[at + 1..])
            .find(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        assert_eq!(placeholder.map(|rest| &rest[..20]), None);
    }
}
