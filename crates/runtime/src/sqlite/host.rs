//! The host side of both versions of the interface.

use rusqlite::types::Value;
use wasmtime::Result;
use wasmtime::component::Resource;

use super::Handle;
use crate::bindings::fermyon::spin::sqlite as v2;
use crate::bindings::spin::sqlite::sqlite as v3;
use crate::component::State;

/// Connections that one instance can have open.
const CONNECTIONS: usize = 256;

/// The versions have the same types under other names.
macro_rules! host {
    ($version:ident, { $($more:tt)* }) => {
        impl $version::Host for State {}

        impl $version::HostConnection for State {
            async fn open(
                &mut self,
                database: String,
            ) -> Result<Result<Resource<Handle>, $version::Error>> {
                if database != "default" || !self.component.uses_sqlite {
                    return Ok(Err($version::Error::AccessDenied));
                }
                if self.connections >= CONNECTIONS {
                    let reason = "too many connections opened".to_owned();
                    return Ok(Err($version::Error::Io(reason)));
                }
                let handle = Handle::new(self.runtime.database.clone(), self.seen.clone());
                let resource = self.table.push(handle)?;
                self.connections += 1;
                Ok(Ok(resource))
            }

            async fn execute(
                &mut self,
                connection: Resource<Handle>,
                statement: String,
                parameters: Vec<$version::Value>,
            ) -> Result<Result<$version::QueryResult, $version::Error>> {
                let handle = self.table.get_mut(&connection)?;
                let parameters = parameters.into_iter().map(Value::from).collect();
                let rows = handle.execute(&statement, parameters).await;
                self.turns.pause();
                let rows = match rows {
                    Ok(rows) => rows,
                    Err(reason) => return Ok(Err($version::Error::Io(reason))),
                };
                Ok(Ok($version::QueryResult {
                    columns: rows.columns,
                    rows: rows
                        .rows
                        .into_iter()
                        .map(|row| $version::RowResult {
                            values: row.into_iter().map(Into::into).collect(),
                        })
                        .collect(),
                }))
            }

            async fn drop(&mut self, connection: Resource<Handle>) -> Result<()> {
                self.table.delete(connection)?;
                self.connections -= 1;
                Ok(())
            }

            $($more)*
        }

        impl From<$version::Value> for Value {
            fn from(value: $version::Value) -> Self {
                match value {
                    $version::Value::Null => Self::Null,
                    $version::Value::Integer(integer) => Self::Integer(integer),
                    $version::Value::Real(real) => Self::Real(real),
                    $version::Value::Text(text) => Self::Text(text),
                    $version::Value::Blob(blob) => Self::Blob(blob),
                }
            }
        }

        impl From<Value> for $version::Value {
            fn from(value: Value) -> Self {
                match value {
                    Value::Null => Self::Null,
                    Value::Integer(integer) => Self::Integer(integer),
                    Value::Real(real) => Self::Real(real),
                    Value::Text(text) => Self::Text(text),
                    Value::Blob(blob) => Self::Blob(blob),
                }
            }
        }
    };
}

host!(v2, {});
host!(v3, {
    async fn last_insert_rowid(&mut self, connection: Resource<Handle>) -> Result<i64> {
        Ok(self.table.get(&connection)?.last_insert_rowid())
    }

    async fn changes(&mut self, connection: Resource<Handle>) -> Result<u64> {
        Ok(self.table.get(&connection)?.changes())
    }
});
