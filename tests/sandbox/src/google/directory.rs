//! The organisation: its domains and users, and who may do what.

use super::access;
use super::calls::Call;
use crate::reply::Reply;

/// The administrator.
pub(crate) const ADMIN: &str = "admin@example.com";
/// The customer's id.
const CUSTOMER: &str = "C00sandbox";

/// Addresses and full names of all users, in the order of their mailboxes.
pub(crate) const PEOPLE: [(&str, &str); 8] = [
    (ADMIN, "Admin Sandbox"),
    ("ada@example.com", "Ada Lovelace"),
    ("alan@example.com", "Alan Turing"),
    ("grace@example.com", "Grace Hopper"),
    ("barbara@example.org", "Barbara Liskov"),
    ("donald@example.org", "Donald Knuth"),
    ("edsger@example.org", "Edsger Dijkstra"),
    ("tony@example.org", "Tony Hoare"),
];

pub(crate) fn is_user(address: &str) -> bool {
    PEOPLE.iter().any(|(own, _)| *own == address)
}

pub(crate) fn is_admin(address: &str) -> bool {
    address == ADMIN
}

/// Refuses a call of the Directory API that is about another's customer.
pub(crate) fn check(call: &Call<'_>) -> Result<(), Reply> {
    if call.method.api != "admin" {
        return Ok(());
    }
    let asked = call
        .values
        .iter()
        .chain(&call.request.query)
        .filter(|(name, _)| matches!(name.as_str(), "customer" | "customerId" | "customerKey"));
    let mut others = asked.filter(|(_, value)| value != "my_customer" && value != CUSTOMER);
    match others.next() {
        None => Ok(()),
        Some(_) => Err(access::error(
            400,
            "Invalid Input: customer",
            "invalid",
            "INVALID_ARGUMENT",
        )),
    }
}

/// Paths name the customer in two ways; its things are stored under one.
pub(crate) fn path(path: &str) -> String {
    path.replace("/my_customer", &format!("/{CUSTOMER}"))
}
