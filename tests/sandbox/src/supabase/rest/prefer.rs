//! The `Prefer` header.

use super::Failure;
use crate::request::Request;

/// What a client prefers.
#[derive(Debug, Default)]
pub(super) struct Prefer {
    pub(super) representation: bool,
    pub(super) headers_only: bool,
    pub(super) count: bool,
    pub(super) merge: bool,
    pub(super) ignore: bool,
    pub(super) missing_default: bool,
    pub(super) rollback: bool,
    pub(super) max_affected: Option<usize>,
    strict: bool,
    /// Those that were understood, for the answer.
    applied: Vec<String>,
}

impl Prefer {
    pub(super) fn of(request: &Request) -> Result<Self, Failure> {
        let mut prefer = Self::default();
        let headers = request.headers.get_all("prefer").iter();
        let headers: Vec<&str> = headers.filter_map(|value| value.to_str().ok()).collect();
        let mut unknown = Vec::new();
        for preference in headers
            .iter()
            .flat_map(|header| header.split(','))
            .map(str::trim)
        {
            match preference {
                "" => continue,
                "return=representation" => prefer.representation = true,
                "return=headers-only" => prefer.headers_only = true,
                "return=minimal" | "params=single-object" | "handling=lenient" | "tx=commit" => {}
                "count=exact" | "count=planned" | "count=estimated" => prefer.count = true,
                "resolution=merge-duplicates" => prefer.merge = true,
                "resolution=ignore-duplicates" => prefer.ignore = true,
                "missing=default" => prefer.missing_default = true,
                "missing=null" => {}
                "tx=rollback" => prefer.rollback = true,
                "handling=strict" => prefer.strict = true,
                other => match other
                    .strip_prefix("max-affected=")
                    .and_then(|most| most.parse().ok())
                {
                    Some(most) => prefer.max_affected = Some(most),
                    None => {
                        unknown.push(other.to_owned());
                        continue;
                    }
                },
            }
            prefer.applied.push(preference.to_owned());
        }
        if prefer.strict && !unknown.is_empty() {
            return Err(Failure::new(
                400,
                "PGRST122",
                "Invalid preferences given with handling=strict",
            )
            .details(format!("Invalid preferences: {}", unknown.join(", "))));
        }
        if !prefer.strict {
            prefer.max_affected = None;
        }
        Ok(prefer)
    }

    /// For the header `Preference-Applied`.
    pub(super) fn applied(&self) -> Option<String> {
        (!self.applied.is_empty()).then(|| self.applied.join(", "))
    }
}
