//! What the holders of keys do through the API.

use tasker_domain::audit::{Deed, NotedDeed};

use super::{Database, Statement};
use crate::audit::{Audit, DeedFilter};
use crate::page::page;
use crate::postgres::params;
use crate::records::audit::{bundle, read_deed};
use crate::{Page, Result};

pub(super) const STATEMENTS: &[Statement] = &[COUNT, NOTE, FORGET, DEEDS];

/// Once more what was refused before.
const COUNT: Statement = Statement {
    head: "count_deed(bigint, text, text, text, text)",
    answer: "TABLE (seq bigint)",
    sql: "
    UPDATE audit SET at = $1, client = $2, target = $3, detail = $4, times = times + 1
    WHERE bundle = $5 RETURNING seq",
};

const NOTE: Statement = Statement {
    head: "note_deed(bigint, text, text, text, text, text, text, text, text)",
    answer: "TABLE (seq bigint)",
    sql: "
    INSERT INTO audit (at, times, key_name, key_id, client, action, target, code, bundle, detail)
    VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (bundle) WHERE bundle IS NOT NULL DO UPDATE SET
        at = excluded.at, client = excluded.client, target = excluded.target, detail = excluded.detail,
        times = audit.times + 1
    RETURNING seq",
};

const FORGET: Statement = Statement {
    head: "forget_deeds(bigint, bigint, bigint)",
    answer: "TABLE (seq bigint)",
    sql: "
    DELETE FROM audit WHERE seq IN (
        SELECT o.seq FROM (SELECT a.seq FROM audit a WHERE a.at <= $1 ORDER BY a.at LIMIT $2) o
        UNION ALL
        SELECT m.seq FROM (SELECT b.seq FROM audit b WHERE b.seq <= (SELECT max(c.seq) FROM audit c) - $3
                           ORDER BY b.seq LIMIT $2) m)
    RETURNING seq",
};

const DEEDS: Statement = Statement {
    head: "deeds(bigint, bigint, text, text, text, bigint)",
    answer: "SETOF audit",
    sql: "
    SELECT * FROM audit
    WHERE seq < $1 AND at > $2 AND ($3 IS NULL OR key_name = $3) AND ($4 IS NULL OR action = $4)
        AND ($5 IS NULL OR target = $5)
    ORDER BY seq DESC LIMIT $6",
};

impl<D: Database> Audit for D {
    fn note_deed(&self, deed: &Deed) -> Result<()> {
        let bundle = bundle(deed);
        let (client, target, detail) = (&*deed.client, &*deed.target, deed.detail.as_deref());
        // Asking first leaves the numbers without gaps, by which the oldest are known.
        if let Some(bundle) = &bundle
            && self.any(
                &COUNT,
                params![deed.at, client, target, detail, bundle.as_str()],
            )?
        {
            return Ok(());
        }
        let deed = params![
            deed.at,
            deed.key.as_str(),
            deed.key_id.as_deref(),
            client,
            deed.action.as_str(),
            target,
            deed.code.as_deref(),
            bundle.as_deref(),
            detail,
        ];
        self.rows(&NOTE, deed).map(drop)
    }

    fn forget_deeds(&self, until: i64, rows: u64, limit: u32) -> Result<()> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.rows(&FORGET, params![until, limit, rows]).map(drop)
    }

    fn deeds(
        &self,
        filter: &DeedFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<NotedDeed>> {
        let before = before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let texts = [&filter.key, &filter.action, &filter.target];
        let [key, action, target] = texts.map(Option::as_deref);
        page(limit, |limit| {
            let wanted = params![before, filter.after, key, action, target, limit];
            self.rows(&DEEDS, wanted)?
                .into_iter()
                .map(read_deed)
                .collect()
        })
    }
}
