//! What errors say of the code that they come from.

mod common;

/// The messages of what each line throws, in a function with some variables and an argument.
fn messages(lines: &[&str]) -> Vec<String> {
    let tries: String = lines
        .iter()
        .map(|line| format!("try {{ {line}; said.push('nothing') }} catch (error) {{ said.push(error.message) }}\n"))
        .collect();
    let code = format!(
        "const outer = {{ deep: {{ er: {{ still: {{}} }} }} }}, list = [];
         class Box {{ #secret = 5; run() {{ this.missing() }} open() {{ this.#secret() }} }}
         module.exports = async function execute(input) {{
             const said = [], api = {{ list: [1], nothing: null }}, later = 5;
             let a = 1, b = true;
             {tries}
             return said;
         }}"
    );
    serde_json::from_str(common::run(&code, "{}").ok()).expect("JSON")
}

#[test]
fn what_is_no_function_is_named_as_the_program_names_it() {
    let cases = [
        ("api.sendMail()", "api.sendMail is not a function"),
        ("later()", "later is not a function"),
        ("later(1, b ? a : 2, [a, b])", "later is not a function"),
        (
            "api.list.append(1, b && a, () => a)",
            "api.list.append is not a function",
        ),
        (
            "outer.deep.er.call(api.list.map((x) => x))",
            "outer.deep.er.call is not a function",
        ),
        (
            "outer.deep.er.still.more()",
            "outer.deep.er.still.more is not a function",
        ),
        ("input.run()", "input.run is not a function"),
        ("input()", "input is not a function"),
        ("api[a](2)", "api[…] is not a function"),
        ("api.list.at(0)()", "1 is not a function"),
        (
            "api.list.at(0).go()",
            "(intermediate value).go is not a function",
        ),
        ("api?.go(a)", "api.go is not a function"),
        ("api.go(...api.list)", "api.go is not a function"),
        ("later(...list)", "later is not a function"),
        ("new Box().run()", "this.missing is not a function"),
        ("new Box().open()", "this.#… is not a function"),
        ("new later(1)", "later is not a constructor"),
        ("new api.Thing(...list)", "api.Thing is not a constructor"),
        ("new api.list()", "api.list is not a constructor"),
        ("api.list.length()", "api.list.length is not a function"),
        ("[1].map(later)", "5 is not a function"),
        ("[1].forEach(api.nothing)", "null is not a function"),
        ("[1].filter({})", "an object is not a function"),
        (
            "for (let i = 0; i < 2; i++) { if (i) api.go(i) }",
            "api.go is not a function",
        ),
        (
            "try { throw 1 } catch (e) { api.go(e) } finally { a = 2 }",
            "api.go is not a function",
        ),
        (
            "switch (a) { case 7: break; default: { const c = b ? api : outer; c.go() } }",
            "c.go is not a function",
        ),
        ("(() => later())()", "later is not a function"),
        (
            "await (async () => { await null; await api.go() })()",
            "api.go is not a function",
        ),
        (
            "for (const item of { [Symbol.iterator]: () => ({ next: 5 }) }) item",
            "5 is not a function",
        ),
        ("({ toString: 1, valueOf: 1 }) + ''", "toPrimitive"),
        ("(b ? later : api.go)()", "5 is not a function"),
        ("(b && api.go)()", "undefined is not a function"),
        ("absent()", "absent is not defined"),
        ("api.list.at(0)", "nothing"),
    ];
    let lines: Vec<_> = cases.iter().map(|(line, _)| *line).collect();
    assert_eq!(
        messages(&lines),
        cases.map(|(_, message)| message.to_owned())
    );
}

#[test]
fn a_name_is_found_in_large_and_deep_code_or_there_is_none() {
    let many = "api.list.push(b ? 1 : 2);".repeat(3_000);
    let deep = format!("{}api.go(){}", "[1, ".repeat(100), "]".repeat(100));
    let long = format!("api.{}()", "x".repeat(5_000));
    let said = messages(&[&format!("{many} api.go()"), &deep, &long]);
    assert_eq!(said[0], "api.go is not a function");
    assert_eq!(said[1], "undefined is not a function");
    assert!(
        said[2].len() < 300 && said[2].ends_with(" is not a function"),
        "{}",
        said[2]
    );
}

#[test]
fn a_list_of_a_hundred_thousand_can_be_spread() {
    let history = common::body(
        "const list = Array.from({ length: 100_000 }, (_, index) => index);
         const all = [];
         all.push(...list);
         const rest = (...args) => args.length, listed = function () { return arguments.length + arguments[99_999] };
         const slow = async (first, ...args) => { await null; return args.at(-1) };
         function* each(...args) { yield args.length }
         class Kept { constructor(...args) { this.count = args.length } }
         const refused = [];
         for (const length of [131_073, 2 ** 32 - 1]) {
             try { rest.apply(null, { length }) } catch (error) { refused.push(error.name) }
         }
         return [
             Math.max(...list), all.length, rest(...list), listed(...list), await slow(...list), each(...list).next().value,
             new Kept(...list).count, String.fromCharCode(...list).length, [].concat(...list).length, Reflect.apply(rest, null, list), refused,
         ];",
    );
    assert_eq!(
        history.ok(),
        r#"[99999,100000,100000,199999,99999,100000,100000,100000,100000,100000,["RangeError","RangeError"]]"#
    );
}
