//! Server-sent events (WHATWG HTML, 9.2).

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// Empty for none.
    pub(super) name: String,
    /// Its lines of data.
    pub(super) data: String,
}

/// The events of a whole stream. One that no empty line ends was cut, and is left out.
pub(super) fn events(text: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let (mut name, mut data) = (String::new(), Vec::new());
    for line in lines(text.trim_start_matches('\u{feff}')) {
        if line.is_empty() {
            let data = std::mem::take(&mut data).join("\n");
            let name = std::mem::take(&mut name);
            if !data.is_empty() {
                events.push(Event { name, data });
            }
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => data.push(value),
            _ => {}
        }
    }
    events
}

/// The lines that an end of line ends: LF, CR LF or CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.find(['\n', '\r'])?;
        let line = &rest[..end];
        let width = if rest[end..].starts_with("\r\n") {
            2
        } else {
            1
        };
        rest = &rest[end + width..];
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_whatever_ends_their_lines() {
        let stream = "\u{feff}: hello\nevent: a\ndata: 1\ndata:2\n\ndata: 3\r\n\r\nid: 5\rdata:  4\r\rretry\n\nevent: b\n\ndata\n\ndata: cut\n";
        let events: Vec<_> = events(stream)
            .into_iter()
            .map(|event| (event.name, event.data))
            .collect();
        let expected = [("a", "1\n2"), ("", "3"), ("", " 4")];
        assert_eq!(
            events,
            expected.map(|(name, data)| (name.to_owned(), data.to_owned()))
        );
    }
}
