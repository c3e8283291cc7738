//! Finding the comments that document the task.

/// Longest comment that is looked at, in bytes.
const BLOCK_MAX: usize = 64 << 10;

/// A block, and the code behind it.
struct Block<'a> {
    text: &'a str,
    after: &'a str,
}

/// The text of the block to read, without comment marks.
pub(crate) fn chosen_block(source: &str) -> Option<String> {
    let mut before_export = None;
    for block in blocks(source) {
        if has_tag(block.text, "@task") {
            return Some(stripped(block.text));
        }
        if stands_before_export(block.after) {
            before_export = Some(block.text);
        }
    }
    before_export.map(stripped)
}

/// The texts of the blocks with one of these tags, without comment marks.
pub(crate) fn blocks_with(source: &str, tags: &[&str]) -> Vec<String> {
    let with_tags = |block: &Block<'_>| tags.iter().any(|tag| has_tag(block.text, tag));
    blocks(source)
        .filter(with_tags)
        .map(|block| stripped(block.text))
        .collect()
}

/// All blocks. One begins on a line of its own, so that `/**` within a string, such as a glob, does not count.
fn blocks(source: &str) -> impl Iterator<Item = Block<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + source[at..].find("/**")?;
            let body = start + "/**".len();
            at = body;
            // `/**/` is an empty comment.
            if !begins_line(&source[..start]) || source[body..].starts_with('/') {
                continue;
            }
            let length = source[body..].find("*/")?;
            at = body + length + "*/".len();
            if length <= BLOCK_MAX {
                return Some(Block {
                    text: &source[body..body + length],
                    after: &source[at..],
                });
            }
        }
    })
}

/// Whether nothing but white space stands between the last newline and the end.
fn begins_line(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t', '\u{feff}']);
    before.is_empty() || before.ends_with('\n')
}

fn has_tag(block: &str, tag: &str) -> bool {
    lines(block).any(|line| {
        line.strip_prefix(tag)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    })
}

fn stands_before_export(code: &str) -> bool {
    let code = code.trim_start();
    [
        "module.exports",
        "exports.",
        "export ",
        "export{",
        "export\n",
    ]
    .iter()
    .any(|start| code.starts_with(start))
}

fn stripped(block: &str) -> String {
    lines(block).collect::<Vec<_>>().join("\n")
}

/// The lines of a block without the `*` that leads them.
fn lines(block: &str) -> impl Iterator<Item = &str> {
    block.lines().map(|line| {
        let line = line.trim();
        line.strip_prefix('*').map_or(line, str::trim_start)
    })
}
