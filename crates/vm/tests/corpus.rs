//! Ordinary task files, each run straight, with a sleep at every suspension, and by replay.

mod common;

use common::{Order, Sleep, program, replay, run_with};
use tasker_vm::Limits;

macro_rules! corpus {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            same_in_every_way(include_str!(concat!("corpus/", stringify!($name), ".js")));
        }
    )*};
}

corpus!(
    classes,
    closures,
    collections,
    errors,
    generators,
    inputs,
    loops,
    node_buffer,
    node_modules,
    plain,
    promises,
    recursion,
    syntax,
    intl,
    web_body,
    web_clone,
    web_crypto,
    web_events,
    web_fetch,
    web_streams,
    web_text,
    web_url
);

fn same_in_every_way(code: &str) {
    let (program, limits) = (program(code), Limits::default());
    for order in [Order::First, Order::Last] {
        let straight = run_with(&program, "{}", &limits, Sleep::Never, order);
        println!("{} calls: {}", straight.calls.len(), straight.ok());
        assert!(straight.calls.len() > 1);
        assert_eq!(
            run_with(&program, "{}", &limits, Sleep::Always, order),
            straight
        );
        assert_eq!(replay(&program, "{}", &limits, &straight), straight);
    }
}
