//! Room for what reads sources by recursion: however deep a source is nested, it must not use up the stack.
//!
//! The stack is as large as the deepest nesting of so many bytes needs, and memory is taken of it only where it is used. Above
//! [`CERTAIN`] bytes that would be too much. Of such a source the nesting is estimated first.

use std::thread::Builder;

use crate::place::{Place, SyntaxError};

/// Stack for each byte of a source: more than any kind of nesting takes.
const PER_BYTE: usize = 4 << 10;
/// Stack for what does not depend on the source.
const LEAST: usize = 4 << 20;
/// Longest source for which there is stack enough in any case.
const CERTAIN: usize = 256 << 10;
/// Deepest nesting, estimated, of a longer one. Those that people and bundlers write are below a tenth of that.
const NESTING_MAX: usize = 200_000;

/// Runs what reads a source where there is room for it.
pub(crate) fn with_room<T: Send>(
    source: &str,
    read: impl FnOnce() -> T + Send,
) -> Result<T, SyntaxError> {
    if source.len() > CERTAIN
        && let Some(at) = too_deep(source)
    {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        return Err(SyntaxError {
            place: Place::of(source, at),
            message: "what stands here is nested too deeply".to_owned(),
        });
    }
    let stack = LEAST + source.len().min(CERTAIN) * PER_BYTE;
    std::thread::scope(|scope| {
        let thread = Builder::new().stack_size(stack).spawn_scoped(scope, read);
        let thread = thread.map_err(|error| SyntaxError {
            place: Place::new(1, 1),
            message: format!("there is no memory to read it: {error}"),
        })?;
        match thread.join() {
            Ok(read) => Ok(read),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// The byte at which a source may be nested deeper than is allowed.
fn too_deep(source: &str) -> Option<usize> {
    let mut nesting = Nesting::default();
    source.bytes().enumerate().find_map(|(at, byte)| {
        nesting.read(byte, &source.as_bytes()[at + 1..]);
        (nesting.depth() > NESTING_MAX).then_some(at)
    })
}

/// An estimate: each bracket that is open counts, and so does each sign and gap since the last that ends an expression or a
/// statement, as in `!!!a`, `a => b => c` and `if (a) if (b)`. What stands in texts is taken for code.
#[derive(Default)]
struct Nesting {
    /// The brackets that are open, each with the signs before it.
    open: Vec<(u8, usize)>,
    /// How many are open of each kind.
    kinds: [usize; 3],
    /// All signs before open brackets.
    before: usize,
    /// The signs behind the last bracket that is open.
    signs: usize,
    /// Those of them that may begin a list of types.
    angles: usize,
}

impl Nesting {
    fn depth(&self) -> usize {
        self.open.len() + self.before + self.signs
    }

    fn read(&mut self, byte: u8, rest: &[u8]) {
        match byte {
            b'(' | b'[' | b'{' => {
                self.kinds[kind(byte)] += 1;
                self.open.push((byte, self.signs));
                self.before += self.signs;
                (self.signs, self.angles) = (0, 0);
            }
            b')' | b']' | b'}' => self.close(byte, rest),
            b';' if !rest.trim_ascii_start().starts_with(b"else") => {
                (self.signs, self.angles) = (0, 0)
            }
            b',' => self.signs = self.angles,
            byte if byte.is_ascii_alphanumeric() || !byte.is_ascii() => {}
            byte => {
                self.signs += 1;
                self.angles += usize::from(byte == b'<');
            }
        }
    }

    /// Closes the last bracket of the kind. Those behind it were none, but part of a text.
    fn close(&mut self, byte: u8, rest: &[u8]) {
        let wanted = kind(byte);
        if self.kinds[wanted] == 0 {
            return;
        }
        while let Some((bracket, signs)) = self.open.pop() {
            let its_kind = kind(bracket);
            self.kinds[its_kind] -= 1;
            self.before -= signs;
            (self.signs, self.angles) = (signs + 1, 0);
            if its_kind == wanted {
                break;
            }
        }
        if byte == b'}' && !continues(rest) {
            self.signs = 0;
        }
    }
}

fn kind(bracket: u8) -> usize {
    match bracket {
        b'(' | b')' => 0,
        b'[' | b']' => 1,
        _ => 2,
    }
}

/// Whether what follows a `}` may go on with its statement.
fn continues(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    if rest.starts_with(b"//") || rest.starts_with(b"/*") {
        return false;
    }
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let word = rest.iter().take_while(|byte| is_word(byte)).count();
    match &rest[..word] {
        b"" => !matches!(rest.first(), None | Some(b'}' | b';')),
        b"else" | b"in" | b"instanceof" | b"as" | b"satisfies" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::{scan::scan, typescript::erase};

    /// Every way to nest that the grammar has, as deep as so many bytes allow.
    #[test]
    fn no_nesting_uses_up_the_stack() {
        let kinds = [
            ("(", "1", ")"),
            ("[", "", "]"),
            ("{", "", "}"),
            ("({a:", "1", "})"),
            ("!", "a", ""),
            ("- ", "a", ""),
            ("typeof ", "a", ""),
            ("new ", "a", ""),
            ("a=>", "a", ""),
            ("a=", "a", ""),
            ("a?", "a", ":a"),
            ("a?a:", "a", ""),
            ("a**", "a", ""),
            ("a(", "", ")"),
            ("a+", "a", ""),
            ("a.", "a", ""),
            ("`${", "a", "}`"),
            ("if(a)", ";", ""),
            ("if(a);else ", ";", ""),
            ("while(a)", ";", ""),
            ("for(;;)", ";", ""),
            ("for(a,b;;)", ";", ""),
            ("a+{}+", "a", ""),
            ("function f(){", "", "}"),
            ("class A{a=", "1", "}"),
            ("([", "a", "])=>a"),
            ("(a,[", "a", "])"),
            ("let [", "a", "]=a"),
            ("x as A<", "B", ">"),
            ("type A=(", "B", ")"),
            ("type A={a:", "B", "}"),
            ("let a:A<", "B", ">"),
            ("A<B,", "B", ">"),
        ];
        for (open, inner, close) in kinds {
            for bytes in [16 << 10, super::CERTAIN - 16] {
                let times = bytes / (open.len() + close.len());
                let source = format!("{}{inner}{}", open.repeat(times), close.repeat(times));
                drop(scan(&source, false));
                drop(erase(&source));
            }
            let long = open.repeat((8 << 20) / open.len());
            let refused = scan(&long, false).is_err() && erase(&long).is_err();
            assert!(refused, "{open}");
        }
    }

    #[test]
    fn long_sources_of_people_and_bundlers_are_read() {
        let statement = "function f(a,b){if(a){return b[0]+a}else if(b){return{a:[a,b]}}else{throw new Error(`${a}`)}}\n";
        let chain = format!("let s={};\n", vec!["'a'"; 20_000].join("+"));
        let mut source = statement.repeat(20_000);
        source.push_str(&chain);
        assert!(source.len() > super::CERTAIN);
        assert!(scan(&source, false).is_ok());
    }
}
