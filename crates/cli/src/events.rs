//! The events of a run, as `GET /runs/{id}/events` tells them.

use std::io::{self, BufRead};

/// An event as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// What asks for the events after it.
    pub(crate) id: String,
    /// What kind it is.
    pub(crate) name: String,
    /// JSON.
    pub(crate) data: String,
}

/// Reads events from a stream of text; comments and unknown fields are passed over. The function is called for
/// each line that such a stream may have, whatever it says: it shows that the server is there.
pub(crate) struct Events<R, F>(pub(crate) R, pub(crate) F);

impl<R: BufRead, F: FnMut()> Events<R, F> {
    fn read(&mut self) -> io::Result<Option<Event>> {
        let mut event = Event::default();
        let mut data: Vec<String> = Vec::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                // An event that broke off is told again after a new connection.
                return Ok(None);
            }
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() {
                if data.is_empty() {
                    continue;
                }
                event.data = data.join("\n");
                return Ok(Some(event));
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            if matches!(field, "" | "id" | "event" | "data" | "retry") {
                (self.1)();
            }
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => value.clone_into(&mut event.id),
                "event" => value.clone_into(&mut event.name),
                "data" => data.push(value.to_owned()),
                _ => {}
            }
        }
    }
}

impl<R: BufRead, F: FnMut()> Iterator for Events<R, F> {
    type Item = io::Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_up_to_where_the_stream_breaks_off() {
        let text = "retry: 200\n\n: hello\n\nid: 1-0-\r\nevent: call\ndata: {\ndata:\"a\":1}\n\n\
                    id: 2-0-\nevent: end\ndata: {}\n";
        let mut heard = 0;
        let events = Events(text.as_bytes(), || heard += 1);
        let events: Vec<_> = events.map(Result::unwrap).collect();
        let expected = Event {
            id: "1-0-".to_owned(),
            name: "call".to_owned(),
            data: "{\n\"a\":1}".to_owned(),
        };
        assert_eq!(events, [expected]);
        assert_eq!(heard, 9);

        let page = Events("<html>\n\nname: x\n\n".as_bytes(), || panic!("no stream"));
        assert_eq!(page.count(), 0);
    }
}
