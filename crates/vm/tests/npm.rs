//! Packages of npm run as `tasker publish` packs them. They are those that tests/differential pins.
#![cfg(not(target_family = "wasm"))]

mod common;

use std::fs;
use std::path::Path;

use common::{Order, Sleep, run_with};
use tasker_vm::{Limits, Program, check};

/// A file, what is in it, and what its task returns. Each task sleeps once, with its packages loaded.
const TASKS: &[(&str, &str, &str)] = &[
    (
        "zod.ts",
        "import { z } from 'zod';
         const Order = z.object({ id: z.number().int(), mail: z.email(), tags: z.array(z.string()).default([]) });
         type Order = z.infer<typeof Order>;
         export default async (input: unknown): Promise<unknown[]> => {
             const order: Order = Order.parse({ id: 1, mail: 'ada@example.com' });
             await tools.keystore.set('a', 'b', 1);
             const wrong = Order.safeParse({ id: 1.5, mail: 'x' });
             return [order, wrong.error!.issues.map((issue) => issue.path[0])];
         }",
        r#"[{"id":1,"mail":"ada@example.com","tags":[]},["id","mail"]]"#,
    ),
    (
        "lodash.js",
        "const _ = require('lodash');
         const chunk = require('lodash/chunk');
         module.exports = async () => {
             const groups = _.groupBy([1.2, 1.8, 2.1], Math.floor);
             await tools.keystore.set('a', 'b', 1);
             return [groups, chunk([1, 2, 3], 2), _.camelCase('some words'), _.template('<%= a %>!')({ a: 'hi' })];
         }",
        r#"[{"1":[1.2,1.8],"2":[2.1]},[[1,2],[3]],"someWords","hi!"]"#,
    ),
    (
        "date-fns.mjs",
        "import { addDays, format, differenceInCalendarDays } from 'date-fns';
         import { nl } from 'date-fns/locale/nl';
         export default async () => {
             const day = addDays(new Date(2026, 0, 30), 2);
             await tools.keystore.set('a', 'b', 1);
             return [format(day, 'yyyy-MM-dd'), format(day, 'EEEE d MMMM', { locale: nl }), differenceInCalendarDays(day, new Date(2026, 0, 1))];
         }",
        r#"["2026-02-01","zondag 1 februari",31]"#,
    ),
    (
        "dayjs.mjs",
        "import dayjs from 'dayjs';
         import utc from 'dayjs/plugin/utc.js';
         dayjs.extend(utc);
         export default async () => {
             const day = dayjs.utc('2026-01-31T10:00:00Z').add(1, 'month');
             await tools.keystore.set('a', 'b', 1);
             return [day.format('YYYY-MM-DD HH:mm'), day.isBefore(dayjs.utc('2026-03-01'))];
         }",
        r#"["2026-02-28 10:00",true]"#,
    ),
    (
        "ids.ts",
        "import { v4, v5, validate } from 'uuid';
         import { nanoid, customAlphabet } from 'nanoid';
         import ms from 'ms';
         export const execute = async () => {
             const [id, short] = [v4(), nanoid()];
             await tools.keystore.set('a', 'b', 1);
             return [validate(id), short.length, customAlphabet('a', 5)(), v5('example.com', v5.DNS), ms('2 days'), ms(60_000)];
         }",
        r#"[true,21,"aaaaa","cfbff0d1-9375-5685-968c-48ce8b15ae17",172800000,"1m"]"#,
    ),
];

#[test]
fn packages_of_npm_run_as_they_are_packed() {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/clients");
    let installed = clients.join("node_modules/zod").exists();
    assert!(
        installed,
        "the packages are not installed: run scripts/clients"
    );
    let folder = tempfile::tempdir_in(&clients).unwrap();
    for (file, code, expected) in TASKS {
        let path = folder.path().join(file);
        fs::write(&path, code).unwrap();
        let package = tasker_pack::pack(&path, None).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(package.warnings, [""; 0], "{file}");
        assert!(!package.modules.is_empty(), "{file}");
        let program = Program {
            name: package.name,
            code: package.code,
            modules: package.modules,
        };
        check(&program, &Limits::default()).unwrap_or_else(|error| panic!("{file}: {error:?}"));
        for sleep in [Sleep::Never, Sleep::Always] {
            let history = run_with(&program, "{}", &Limits::default(), sleep, Order::First);
            assert_eq!(history.ok(), *expected, "{file}");
        }
    }
}
