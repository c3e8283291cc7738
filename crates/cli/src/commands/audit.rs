//! `audit`.

use tasker_api::{Deed, RawJson};

use crate::Error;
use crate::args::Audit;
use crate::client::Client;
use crate::exit::Exit;
use crate::output::{self, Output};

/// Shows who has done what, the newest first.
pub(crate) fn audit(client: &Client, output: Output, options: &Audit) -> Result<Exit, Error> {
    let filter = [
        ("key", &options.key),
        ("action", &options.action),
        ("target", &options.target),
    ];
    let query: Vec<_> = filter
        .iter()
        .filter_map(|(name, value)| Some((*name, value.as_deref()?)))
        .collect();
    let limit = Some(options.limit as usize);
    if output.json {
        output.value(&client.list::<RawJson>("/audit", &query, limit)?)?;
        return Ok(Exit::Done);
    }
    let deeds = client.list::<Deed>("/audit", &query, limit)?.items;
    if deeds.is_empty() {
        output
            .note("nothing like that was done, or it is no longer kept (the setting `audit_days`)");
        return Ok(Exit::Done);
    }
    let rows = deeds.into_iter().map(|deed| {
        let how = match (deed.code, deed.times) {
            (None, _) => deed.outcome,
            (Some(code), 1) => code,
            (Some(code), times) => format!("{code} ({times} times)"),
        };
        let detail = deed.detail.map(|detail| detail.as_str().to_owned());
        [
            output::moment(deed.at),
            deed.key,
            deed.client,
            deed.action,
            deed.target,
            how,
            detail.unwrap_or_default(),
        ]
    });
    output.table(
        &["AT", "KEY", "FROM", "ACTION", "TARGET", "OUTCOME", "DETAIL"],
        rows,
    )?;
    Ok(Exit::Done)
}
