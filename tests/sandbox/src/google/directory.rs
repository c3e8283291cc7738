//! The organisation: its domains and users, and who may do what.

use serde_json::{Value, json};

use super::access;
use super::calls::Call;
use crate::reply::Reply;

/// The domains.
pub(crate) const DOMAINS: [&str; 2] = ["example.com", "example.org"];
/// The administrator.
pub(crate) const ADMIN: &str = "admin@example.com";
/// The customer's id.
const CUSTOMER: &str = "C00sandbox";

/// Given and family names, and which of the domains.
const PEOPLE: [(&str, &str, usize); 8] = [
    ("Admin", "Sandbox", 0),
    ("Ada", "Lovelace", 0),
    ("Alan", "Turing", 0),
    ("Grace", "Hopper", 0),
    ("Barbara", "Liskov", 1),
    ("Donald", "Knuth", 1),
    ("Edsger", "Dijkstra", 1),
    ("Tony", "Hoare", 1),
];

/// Addresses and full names of all users.
pub(crate) fn people() -> impl Iterator<Item = (String, String)> {
    PEOPLE
        .iter()
        .map(|(given, family, domain)| (address(given, *domain), format!("{given} {family}")))
}

pub(crate) fn is_user(address: &str) -> bool {
    people().any(|(own, _)| own == address)
}

pub(crate) fn is_admin(address: &str) -> bool {
    address == ADMIN
}

/// All users, as the Directory API shows them.
pub(crate) fn users() -> Vec<(String, Value)> {
    let users = PEOPLE.iter().enumerate();
    users
        .map(|(index, (given, family, domain))| {
            let id = format!("1000000000000000000{:02}", index + 1);
            let address = address(given, *domain);
            let user = json!({
                "kind": "admin#directory#user",
                "id": id,
                "etag": format!("\"sandbox-user-{index}\""),
                "primaryEmail": address,
                "name": { "givenName": given, "familyName": family, "fullName": format!("{given} {family}") },
                "isAdmin": is_admin(&address),
                "isDelegatedAdmin": false,
                "creationTime": "2026-01-01T08:00:00.000Z",
                "agreedToTerms": true,
                "suspended": false,
                "archived": false,
                "emails": [{ "address": address, "primary": true }],
                "customerId": CUSTOMER,
                "orgUnitPath": "/",
                "isMailboxSetup": true,
            });
            (id, user)
        })
        .collect()
}

/// All domains, likewise.
pub(crate) fn domains() -> Vec<(String, Value)> {
    let domains = DOMAINS.iter().enumerate();
    domains
        .map(|(index, name)| {
            let domain = json!({
                "kind": "admin#directory#domain",
                "etag": format!("\"sandbox-domain-{index}\""),
                "domainName": name,
                "isPrimary": index == 0,
                "verified": true,
                "creationTime": "1767254400000",
            });
            ((*name).to_owned(), domain)
        })
        .collect()
}

/// The account itself, if a call asks for it.
pub(crate) fn customer(call: &Call<'_>) -> Option<Value> {
    (call.method.id == "directory.customers.get").then(|| {
        json!({
            "kind": "admin#directory#customer",
            "id": CUSTOMER,
            "etag": "\"sandbox-customer\"",
            "customerDomain": DOMAINS[0],
            "alternateEmail": "owner@example.net",
            "customerCreationTime": "2026-01-01T08:00:00.000Z",
            "language": "en",
            "postalAddress": { "organizationName": "Sandbox", "countryCode": "AT" },
        })
    })
}

/// Why a call of the Directory API is refused: the customer is another's.
pub(crate) fn refusal(call: &Call<'_>) -> Option<Reply> {
    if call.method.api != "admin" {
        return None;
    }
    let asked = call
        .values
        .iter()
        .chain(&call.request.query)
        .filter(|(name, _)| matches!(name.as_str(), "customer" | "customerId" | "customerKey"));
    for (_, value) in asked {
        if value != "my_customer" && value != CUSTOMER {
            return Some(access::error(
                400,
                "Invalid Input: customer",
                "invalid",
                "INVALID_ARGUMENT",
            ));
        }
    }
    None
}

/// Paths name the customer in two ways; its things are stored under one.
pub(crate) fn path(path: &str) -> String {
    path.replace("/my_customer", &format!("/{CUSTOMER}"))
}

fn address(given: &str, domain: usize) -> String {
    format!("{}@{}", given.to_lowercase(), DOMAINS[domain])
}
