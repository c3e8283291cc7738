//! Finding the comment that documents the task.

/// Longest comment that is looked at, in bytes.
const BLOCK_MAX: usize = 64 << 10;

/// The text of the block to read, without comment marks. A block begins on a line of its own, so
/// that `/**` within a string, such as a glob, does not count.
pub(crate) fn chosen_block(source: &str) -> Option<String> {
    let mut before_export = None;
    let mut at = 0;
    while let Some(found) = source[at..].find("/**") {
        let start = at + found;
        let body = start + "/**".len();
        at = body;
        // `/**/` is an empty comment.
        if !begins_line(&source[..start]) || source[body..].starts_with('/') {
            continue;
        }
        let Some(length) = source[body..].find("*/") else {
            break;
        };
        let end = body + length;
        at = end + "*/".len();
        if length > BLOCK_MAX {
            continue;
        }
        let block = &source[body..end];
        if has_tag(block, "@task") {
            return Some(stripped(block));
        }
        if stands_before_export(&source[at..]) {
            before_export = Some(block);
        }
    }
    before_export.map(stripped)
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
