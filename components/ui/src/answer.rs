//! What a request is answered.

use http::StatusCode;

use crate::files::File;

/// Where the dashboard is.
const ROOT: &str = "/ui";

/// What the page may do: load its own files and ask its own app. Nothing in it is inline, nothing frames it, nothing is sent
/// or asked elsewhere, and no text becomes HTML but the templates of the page's own code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// Headers of every answer.
const ALWAYS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// What counts of a request.
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its path, without the query.
    pub path: &'a str,
    /// Its header `Accept-Encoding`, or nothing.
    pub accept_encoding: &'a str,
    /// Its header `If-None-Match`, or nothing.
    pub if_none_match: &'a str,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: &'static [u8],
}

impl Asked<'_> {
    /// Answers with a file, or with why there is none.
    #[must_use]
    pub fn answer(&self) -> Answer {
        if !matches!(self.method, "GET" | "HEAD") {
            return Answer::empty(StatusCode::METHOD_NOT_ALLOWED).with("allow", "GET, HEAD");
        }
        let below = self.path.strip_prefix(ROOT).unwrap_or_default();
        let Some(name) = below.strip_prefix('/') else {
            return Answer::empty(StatusCode::PERMANENT_REDIRECT)
                .with("location", format!("{ROOT}/"));
        };
        match File::at(name) {
            Some(file) => self.file(&file),
            None => Answer::empty(StatusCode::NOT_FOUND).with("cache-control", "no-store"),
        }
    }

    fn file(&self, file: &File) -> Answer {
        let form = file.form(takes_gzip(self.accept_encoding));
        let tag = form.tag();
        let kept = match file.is_hashed {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        let is_known = self
            .if_none_match
            .split(',')
            .any(|known| known.trim() == tag);
        let status = match is_known {
            true => StatusCode::NOT_MODIFIED,
            false => StatusCode::OK,
        };
        let answer = Answer::empty(status)
            .with("cache-control", kept)
            .with("vary", "accept-encoding")
            .with("etag", tag);
        if is_known {
            return answer;
        }
        let answer = answer.with("content-type", file.media_type);
        let answer = match form.is_gzip {
            true => answer.with("content-encoding", "gzip"),
            false => answer,
        };
        match self.method {
            "HEAD" => answer,
            _ => Answer {
                body: form.body,
                ..answer
            },
        }
    }
}

impl Answer {
    fn empty(status: StatusCode) -> Self {
        let headers = ALWAYS.map(|(name, value)| (name, value.to_owned()));
        Self {
            status,
            headers: headers.into(),
            body: b"",
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Whether a client takes gzip. One that says so with a weight of 0 does not.
fn takes_gzip(accept_encoding: &str) -> bool {
    accept_encoding.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
        is_gzip && weight.is_none_or(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::all;

    fn get(path: &str, accept_encoding: &str, if_none_match: &str) -> Answer {
        Asked {
            method: "GET",
            path,
            accept_encoding,
            if_none_match,
        }
        .answer()
    }

    fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
        let found = answer.headers.iter().find(|(found, _)| *found == name);
        found.map_or("", |(_, value)| value)
    }

    #[test]
    fn every_file_is_served_in_both_forms_and_known_again() {
        let mut served = 0;
        for name in all().filter(|name| !name.ends_with(".gz")) {
            let path = format!("/ui/{name}");
            let (plain, gzip) = (get(&path, "gzip;q=0, br", ""), get(&path, "br, gzip", ""));
            assert_eq!(
                (plain.status, gzip.status),
                (StatusCode::OK, StatusCode::OK),
                "{name}"
            );
            assert_eq!(
                (
                    header(&plain, "content-encoding"),
                    header(&gzip, "content-encoding")
                ),
                ("", "gzip"),
                "{name}"
            );
            assert!(
                gzip.body.starts_with(&[0x1f, 0x8b]) && gzip.body.len() < plain.body.len(),
                "{name}"
            );
            assert_ne!(header(&plain, "etag"), header(&gzip, "etag"));
            let is_hashed = name.starts_with("assets/");
            assert_eq!(
                header(&plain, "cache-control").contains("immutable"),
                is_hashed,
                "{name}"
            );
            let again = get(&path, "gzip", &format!("\"x\", {}", header(&gzip, "etag")));
            assert_eq!(
                (again.status, again.body),
                (StatusCode::NOT_MODIFIED, &b""[..]),
                "{name}"
            );
            assert_eq!(
                get(&path, "gzip", header(&plain, "etag")).status,
                StatusCode::OK,
                "{name}"
            );
            let head = Asked {
                method: "HEAD",
                path: &path,
                accept_encoding: "",
                if_none_match: "",
            }
            .answer();
            assert_eq!(
                (head.status, head.body.len()),
                (StatusCode::OK, 0),
                "{name}"
            );
            assert_eq!(head.headers, plain.headers, "{name}");
            served += 1;
        }
        assert!(served >= 3, "{served}");
    }

    #[test]
    fn every_other_path_is_the_page_and_a_missing_script_is_not() {
        let page = get("/ui/", "", "");
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
        for path in [
            "/ui/runs",
            "/ui/runs/019a",
            "/ui/tasks/a%2Fb.js",
            "/ui/index.html",
            "/ui/../x",
        ] {
            assert_eq!(get(path, "", "").body, page.body, "{path}");
        }
        assert_eq!(
            get("/ui/assets/none.js", "", "").status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(get("/ui/assets/", "", "").status, StatusCode::NOT_FOUND);
        let bare = get("/ui", "", "");
        assert_eq!(
            (bare.status, header(&bare, "location")),
            (StatusCode::PERMANENT_REDIRECT, "/ui/")
        );
        let post = Asked {
            method: "POST",
            path: "/ui/",
            accept_encoding: "",
            if_none_match: "",
        }
        .answer();
        assert_eq!(
            (post.status, header(&post, "allow")),
            (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD")
        );
    }

    #[test]
    fn nothing_is_inline_and_everything_loads_its_own_files_alone() {
        for path in ["/ui/", "/ui/assets/none.js", "/ui"] {
            let answer = get(path, "", "");
            for (name, value) in ALWAYS {
                assert_eq!(header(&answer, name), value, "{path}");
            }
        }
        assert!(!POLICY.contains("unsafe") && POLICY.starts_with("default-src 'none'"));
        let page = String::from_utf8(get("/ui/", "", "").body.to_vec()).unwrap();
        assert!(
            page.contains("<script type=\"module\"") && page.contains("src=\"/ui/assets/"),
            "{page}"
        );
        for inline in ["<style", "style=", " on", "javascript:", "http:", "https:"] {
            assert!(!page.contains(inline), "{inline}: {page}");
        }
    }

    #[test]
    fn the_first_screen_is_small() {
        let paths = all().filter(|name| name.ends_with(".gz"));
        let bytes: usize = paths
            .map(|name| {
                get(&format!("/ui/{}", name.trim_end_matches(".gz")), "gzip", "")
                    .body
                    .len()
            })
            .sum();
        assert!((1..350 << 10).contains(&bytes), "{bytes}");
    }
}
