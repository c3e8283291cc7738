//! Which browsers may call the API.

/// The origin of a request, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The request names no origin: it does not come from a page of another site.
    None,
    /// The origin is listed: the answer names it.
    Allowed(String),
    /// The origin is not listed: the answer says nothing of CORS, and a preflight is refused.
    Refused,
}

/// Decides for the `Origin` of a request by the setting `cors_origins`. Scheme, host and port must
/// be the same; there is no wildcard, since the API's answers are for holders of the token alone.
#[must_use]
pub fn decide(origin: Option<&str>, listed: &[String]) -> Origin {
    let is_listed = |origin: &str| listed.iter().any(|own| own.eq_ignore_ascii_case(origin));
    match origin {
        None => Origin::None,
        Some(origin) if is_listed(origin) => Origin::Allowed(origin.to_owned()),
        Some(_) => Origin::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_origins_are_allowed() {
        let listed = ["https://app.example.com", "http://localhost:5173"].map(str::to_owned);
        for origin in [
            "https://app.example.com",
            "https://APP.example.com",
            "http://localhost:5173",
        ] {
            assert_eq!(
                decide(Some(origin), &listed),
                Origin::Allowed(origin.to_owned())
            );
        }
        for origin in [
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com.example.org",
            "https://evil-app.example.com",
            "null",
            "",
        ] {
            assert_eq!(decide(Some(origin), &listed), Origin::Refused, "{origin}");
            assert_eq!(decide(Some(origin), &[]), Origin::Refused, "{origin}");
        }
        assert_eq!(decide(None, &listed), Origin::None);
    }
}
