//! The bearer token.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether an `Authorization` header carries the token. The time that it takes tells nothing
/// about the token, not even its length: digests are compared. An empty token fits nothing.
#[must_use]
pub fn is_authorized(header: Option<&str>, token: &str) -> bool {
    let Some((scheme, given)) = header.and_then(|header| header.trim().split_once(' ')) else {
        return false;
    };
    let same = Sha256::digest(given.trim_start()).ct_eq(&Sha256::digest(token));
    scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && bool::from(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_token_opens() {
        for header in ["Bearer s3cret", "bearer s3cret", "BEARER   s3cret "] {
            assert!(is_authorized(Some(header), "s3cret"), "{header}");
        }
        for header in [
            "Bearer s3cre",
            "Bearer s3crets",
            "Bearer ",
            "Bearer",
            "s3cret",
            "Basic s3cret",
            "",
        ] {
            assert!(!is_authorized(Some(header), "s3cret"), "{header}");
        }
        assert!(!is_authorized(None, "s3cret"));
        assert!(!is_authorized(Some("Bearer "), ""));
    }
}
