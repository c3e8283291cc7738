mod common;
use common::*;

#[test]
fn first() {
    let h = body("console.log('hi', {a:[1,'x']}); const r = await context.tools.keystore.set('n', 'k', {v: 1}); return {r, got: await tools.keystore.get('n','k'), now: Date.now(), rnd: Math.random()};");
    println!("{h:#?}");
}
