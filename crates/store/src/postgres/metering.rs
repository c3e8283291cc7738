//! What components measure.

use tasker_domain::figures::Figure;

use crate::Result;
use crate::metering::{DatabaseSize, Metering};
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::records::metering::{new_figures, read_size};

impl<C: Connection> Metering for Postgres<C> {
    fn add_figures(&self, figures: &[Figure]) -> Result<()> {
        if figures.is_empty() {
            return Ok(());
        }
        let params = params![json(&new_figures(figures))?];
        self.connection.value("add_figures", params).map(drop)
    }

    fn size(&self) -> Result<DatabaseSize> {
        read_size(self.connection.row("size", params![])?)
    }
}
