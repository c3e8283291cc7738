//! A PostgreSQL server, looked at while nodes work on it.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use postgres::{Client, NoTls};
use tasker_postgres_server::Server;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// What is seen of a server. It speaks to it beside the database that is looked at, so that nothing that happens to it is in the way.
pub struct Watch {
    client: Client,
    /// The most connections that each node had at once, by the name that it gives.
    pub connections: BTreeMap<String, i64>,
    /// How long the slowest statement that waited for a lock had taken by then (ms), what it was, and what it waited for.
    pub slowest: (i64, String),
}

impl Watch {
    /// Begins to look at a server.
    ///
    /// # Panics
    /// If it does not answer, as everything here does.
    #[must_use]
    pub fn new(server: &Server) -> Self {
        let client = Client::connect(&server.url("postgres"), NoTls).expect("the server answers");
        Self {
            client,
            connections: BTreeMap::new(),
            slowest: (0, String::new()),
        }
    }

    /// Looks on until `end`.
    ///
    /// # Panics
    /// If a transaction waits for its client.
    pub fn look_on(&mut self, end: impl Fn() -> bool) {
        while !end() {
            self.look();
            thread::sleep(PAUSE);
        }
    }

    fn look(&mut self) {
        let sql = "SELECT application_name, count(*), count(*) FILTER (WHERE state LIKE 'idle in transaction%')
            FROM pg_stat_activity WHERE datname LIKE 'db%' GROUP BY 1";
        for row in self.client.query(sql, &[]).expect("the server tells") {
            let (node, open, left): (String, i64, i64) = (row.get(0), row.get(1), row.get(2));
            assert_eq!(left, 0, "{node} has left a transaction open");
            let most = self.connections.entry(node).or_default();
            *most = open.max(*most);
        }
        let sql = "SELECT (extract(epoch FROM clock_timestamp() - waiting.query_start) * 1000)::bigint,
                concat_ws(' ', waiting.query, 'for', string_agg(concat_ws(' ', holding.state, holding.wait_event, holding.query), ', '))
            FROM pg_stat_activity AS waiting
            LEFT JOIN pg_stat_activity AS holding ON holding.pid = ANY (pg_blocking_pids(waiting.pid))
            WHERE waiting.wait_event_type = 'Lock' AND waiting.datname LIKE 'db%'
            GROUP BY waiting.pid, waiting.query_start, waiting.query";
        for row in self.client.query(sql, &[]).expect("the server tells") {
            let waited = (row.get(0), row.get(1));
            if waited > self.slowest {
                self.slowest = waited;
            }
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
