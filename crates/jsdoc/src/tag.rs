//! Splitting a block into its tags.

/// One tag: `@name text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// Without the `@`.
    pub(crate) name: &'a str,
    /// All text up to the next tag.
    pub(crate) text: String,
}

/// The text before the first tag, and the tags.
pub(crate) fn split_tags(block: &str) -> (String, Vec<Tag<'_>>) {
    let mut text = String::new();
    let mut tags: Vec<Tag<'_>> = Vec::new();
    for line in block.lines() {
        if let Some(tag) = line.strip_prefix('@') {
            let end = tag
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(tag.len());
            let (name, rest) = tag.split_at(end);
            tags.push(Tag {
                name,
                text: rest.trim_start().to_owned(),
            });
        } else {
            let target = tags.last_mut().map_or(&mut text, |tag| &mut tag.text);
            target.push('\n');
            target.push_str(line);
        }
    }
    (text, tags)
}

/// Splits `{type} rest`. An unclosed type does not count.
pub(crate) fn split_type(text: &str) -> (Option<&str>, &str) {
    let text = text.trim_start();
    if !text.starts_with('{') {
        return (None, text);
    }
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return (Some(&text[1..at]), &text[at + 1..]);
        }
    }
    (None, "")
}
