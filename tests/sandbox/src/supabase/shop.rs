//! The tables of a small shop, which the samples of the documents speak of: users, their orders, and locks of orders.

use serde_json::json;

use super::tables::{Kind, Table, table};

pub(super) fn tables() -> [Table; 3] {
    [users(), orders(), locks()]
}

fn users() -> Table {
    use Kind::{Boolean, Serial, Text, Timestamp};
    let columns = [
        ("id", Serial),
        ("name", Text),
        ("email", Text),
        ("active", Boolean),
        ("created_at", Timestamp),
    ];
    let mut users = table(
        "users",
        &columns,
        &[],
        &json!([
            [
                1,
                "Ada",
                "ada@example.com",
                true,
                "2026-01-01T08:00:00+00:00"
            ],
            [
                2,
                "Alan",
                "alan@example.com",
                true,
                "2026-01-02T08:00:00+00:00"
            ],
            [
                3,
                "Grace",
                "grace@example.com",
                true,
                "2026-01-03T08:00:00+00:00"
            ],
            [
                4,
                "Edsger",
                "edsger@example.org",
                false,
                "2026-01-04T08:00:00+00:00"
            ],
        ]),
    );
    users.columns[3].default = Some(json!(true));
    users.columns[4].default = Some(json!("2026-03-04T08:00:00+00:00"));
    users
}

fn orders() -> Table {
    use Kind::{Float, Integer, Serial, Text, Timestamp};
    let columns = [
        ("id", Serial),
        ("user_id", Integer),
        ("item", Text),
        ("amount", Float),
        ("status", Text),
        ("created_at", Timestamp),
    ];
    let mut orders = table(
        "orders",
        &columns,
        &[("user_id", "users")],
        &json!([
            [1, 1, "engine", 120.0, "paid", "2026-02-01T08:00:00+00:00"],
            [2, 2, "tape", 7.5, "new", "2026-02-02T08:00:00+00:00"],
            [3, 1, "cards", 20.0, "new", "2026-02-03T08:00:00+00:00"],
        ]),
    );
    orders.columns[4].default = Some(json!("new"));
    orders.columns[5].default = Some(json!("2026-03-04T08:00:00+00:00"));
    orders
}

fn locks() -> Table {
    use Kind::{Integer, Text};
    let columns = [("order_id", Integer), ("owner", Text)];
    let mut locks = table("locks", &columns, &[], &json!([[2, "nobody"]]));
    locks.key = &["order_id"];
    locks
}
