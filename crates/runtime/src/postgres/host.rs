//! The host side of the interface.

use wasmtime::Result;
use wasmtime::component::Resource;

use super::Handle;
use crate::bindings::spin::postgres::postgres as v4;
use crate::component::State;

/// Connections that one instance can have open.
const CONNECTIONS: usize = 256;

impl v4::Host for State {}

impl v4::HostConnection for State {
    async fn open(&mut self, address: String) -> Result<Result<Resource<Handle>, v4::Error>> {
        if self.connections >= CONNECTIONS {
            let reason = "too many connections".to_owned();
            return Ok(Err(v4::Error::ConnectionFailed(reason)));
        }
        match self.runtime.postgres.open(&self.component, &address).await {
            Ok(handle) => {
                let resource = self.table.push(handle)?;
                self.connections += 1;
                Ok(Ok(resource))
            }
            Err(reason) => Ok(Err(v4::Error::ConnectionFailed(reason))),
        }
    }

    async fn query(
        &mut self,
        connection: Resource<Handle>,
        statement: String,
        parameters: Vec<v4::ParameterValue>,
    ) -> Result<Result<v4::RowSet, v4::Error>> {
        let handle = self.table.get_mut(&connection)?;
        Ok(handle.query(&statement, parameters).await)
    }

    async fn execute(
        &mut self,
        connection: Resource<Handle>,
        statement: String,
        parameters: Vec<v4::ParameterValue>,
    ) -> Result<Result<u64, v4::Error>> {
        let handle = self.table.get_mut(&connection)?;
        Ok(handle.execute(&statement, parameters).await)
    }

    async fn drop(&mut self, connection: Resource<Handle>) -> Result<()> {
        self.table.delete(connection)?;
        self.connections -= 1;
        Ok(())
    }
}
