//! What components measure.

use tasker_domain::figures::Figure;

use crate::Result;
use crate::metering::{DatabaseSize, Metering};
use crate::records::metering::{new_figures, read_size};
use crate::row::to_json;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};

const ADD: &str = "
    INSERT INTO figures (metric, label, bucket, count, sum)
    SELECT f.value ->> 'metric', f.value ->> 'label', f.value ->> 'bucket', f.value ->> 'count',
           f.value ->> 'sum'
    FROM json_each(?1) AS f WHERE true
    ON CONFLICT (metric, label, bucket) DO UPDATE SET
        count = count + excluded.count, sum = sum + excluded.sum";
const SIZE: &str = "
    SELECT p.page_count * s.page_size AS bytes, f.freelist_count * s.page_size AS free
    FROM pragma_page_count p, pragma_page_size s, pragma_freelist_count f";

impl<C: Connection> Metering for Sqlite<C> {
    fn add_figures(&self, figures: &[Figure]) -> Result<()> {
        add(&self.connection, figures)
    }

    fn size(&self) -> Result<DatabaseSize> {
        match self.connection.one(SIZE, vec![])? {
            Some(row) => read_size(row),
            None => Ok(DatabaseSize::default()),
        }
    }
}

/// Adds to what is stored, also within a transaction.
pub(super) fn add<C: Connection>(db: &C, figures: &[Figure]) -> Result<()> {
    db.execute(ADD, params![to_json(&new_figures(figures))?])
        .map(drop)
}
