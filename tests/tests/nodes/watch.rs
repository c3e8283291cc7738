//! The database's server, looked at while nodes work on it.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use postgres::{Client, NoTls};
use tasker_postgres_server::Server;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Speaks to the server beside the database that is looked at, so that nothing that happens to it is in the way.
pub struct Watch {
    client: Client,
    /// The most connections that each node had at once, by the name that it gives.
    pub connections: BTreeMap<String, i64>,
    /// The longest that anyone has waited for a lock (ms).
    pub longest_wait_ms: i64,
}

impl Watch {
    pub fn new(server: &Server) -> Self {
        let client = Client::connect(&server.url("postgres"), NoTls).expect("the server answers");
        Self {
            client,
            connections: BTreeMap::new(),
            longest_wait_ms: 0,
        }
    }

    /// Looks on until `end`. No transaction may ever wait for its client.
    pub fn look_on(&mut self, end: impl Fn() -> bool) {
        while !end() {
            self.look();
            thread::sleep(PAUSE);
        }
    }

    fn look(&mut self) {
        let sql = "SELECT application_name, count(*), count(*) FILTER (WHERE state LIKE 'idle in transaction%'),
                max(extract(epoch FROM now() - query_start) * 1000) FILTER (WHERE wait_event_type = 'Lock')::bigint
            FROM pg_stat_activity WHERE datname LIKE 'db%' GROUP BY 1";
        for row in self.client.query(sql, &[]).expect("the server tells") {
            let (node, open, left): (String, i64, i64) = (row.get(0), row.get(1), row.get(2));
            assert_eq!(left, 0, "{node} has left a transaction open");
            let most = self.connections.entry(node).or_default();
            *most = open.max(*most);
            let waited: Option<i64> = row.get(3);
            self.longest_wait_ms = self.longest_wait_ms.max(waited.unwrap_or(0));
        }
    }

    /// How many deadlocks the server has had to break.
    pub fn deadlocks(&mut self) -> i64 {
        let sql = "SELECT sum(deadlocks)::bigint FROM pg_stat_database";
        self.client
            .query_one(sql, &[])
            .expect("the server tells")
            .get(0)
    }
}
