//! Texts that come from elsewhere, made fit for a terminal.

/// The text without characters that steer a terminal or turn the order of what it shows: it may come
/// from a task.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => printable.push(c),
            c if steers(c) => printable.extend(c.escape_unicode()),
            c => printable.push(c),
        }
    }
    printable
}

/// The same on one line, with spaces for breaks and tabs.
pub(crate) fn one_line(text: &str) -> String {
    printable(&text.replace(['\n', '\t'], " "))
}

/// JSON text that means the same and steers nothing.
pub(crate) fn tame_json(json: &str) -> String {
    let mut tame = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            // Between tokens these are white space; in strings JSON does not allow them.
            '\n' | '\t' | '\r' => tame.push(c),
            c => push_json(&mut tame, c),
        }
    }
    tame
}

/// A character of a JSON string.
fn push_json(out: &mut String, c: char) {
    if steers(c) {
        // All of them are in the first plane: one unit of UTF-16.
        out.push_str(&format!("\\u{:04x}", u32::from(c)));
    } else {
        out.push(c);
    }
}

/// Controls, and the marks that override the direction of writing.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text on one line, cut to this many characters.
pub(crate) fn brief(text: &str, limit: usize) -> String {
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(limit) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// A call by its service and its method.
pub(crate) fn call(service: &str, method: &[String]) -> String {
    let mut call = service.to_owned();
    for part in method {
        call.push('.');
        call.push_str(part);
    }
    call
}

/// An error's name and message. A message that already begins with a name, as one made of another
/// error does, gets no second one.
pub(crate) fn named(name: &str, message: &str) -> String {
    let begins_with_one = message
        .split_once(": ")
        .is_some_and(|(first, _)| first == name || is_error_name(first));
    match (name, message) {
        ("", _) => message.to_owned(),
        (_, "") => name.to_owned(),
        _ if begins_with_one => message.to_owned(),
        _ => format!("{name}: {message}"),
    }
}

/// Whether a word is the name of a class of errors.
fn is_error_name(word: &str) -> bool {
    word.ends_with("Error") && word.chars().all(|c| c.is_ascii_alphanumeric())
}

/// JSON text with line breaks and indentation. Key order and number forms stay as they are.
pub(crate) fn indent(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0;
    let mut chars = json.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push(c);
                while let Some(c) = chars.next() {
                    push_json(&mut out, c);
                    match c {
                        '\\' => out.extend(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(|next| is_space(*next)).is_some() {}
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if is_space(c) => {}
            c => out.push(c),
        }
    }
    out
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_without_touching_values() {
        let json =
            "{\"b\":[1.0,{\"z\":\"a \\\"{,:} b\\\\\"},[\n],{}],\"a\":1e400,\r\n\t\"n\":null}";
        assert_eq!(
            indent(json),
            "{\n  \"b\": [\n    1.0,\n    {\n      \"z\": \"a \\\"{,:} b\\\\\"\n    },\n    [],\n    \
             {}\n  ],\n  \"a\": 1e400,\n  \"n\": null\n}"
        );
        assert_eq!(indent("[]"), "[]");
        assert_eq!(indent("\"x\""), "\"x\"");
    }

    #[test]
    fn what_tasks_say_cannot_steer_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[2J\u{9b}31m\tb\nc\r\u{202e}d"),
            "a\\u{1b}[2J\\u{9b}31m\tb\nc\\u{d}\\u{202e}d"
        );
        assert_eq!(one_line("a\nb\tc\u{7f}"), "a b c\\u{7f}");
        assert_eq!(brief("one\n  two three", 7), "one two…");
        assert_eq!(brief("short", 7), "short");

        // JSON may hold some of them as they are; its meaning stays the same.
        let value = serde_json::json!({"k\u{9b}": "\u{7f}\u{2066}x\u{1b}"});
        for tame in [
            tame_json(&value.to_string()),
            indent(&value.to_string()).replace('\n', ""),
        ] {
            assert!(!tame.chars().any(steers), "{tame:?}");
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&tame).unwrap(),
                value
            );
        }
    }

    #[test]
    fn names_stand_before_a_message_once() {
        assert_eq!(named("TypeError", "no x"), "TypeError: no x");
        for twice in ["Error: no x", "SyntaxError: no x"] {
            assert_eq!(named("SyntaxError", twice), twice);
        }
        assert_eq!(named("Gone", "Gone: away"), "Gone: away");
        assert_eq!(named("Error", "mail: gone"), "Error: mail: gone");
        assert_eq!(named("", "bare"), "bare");
        assert_eq!(named("Bare", ""), "Bare");
    }
}
