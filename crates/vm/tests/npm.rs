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
    (
        "luxon.mjs",
        "import { DateTime, Duration } from 'luxon';
         export default async () => {
             const day = DateTime.fromISO('2026-01-31T10:00:00', { zone: 'Europe/Amsterdam' });
             await tools.keystore.set('a', 'b', 1);
             return [day.plus({ months: 1 }).toISO(), day.setLocale('de').toFormat('cccc d LLLL'), Duration.fromISO('PT90M').as('hours')];
         }",
        r#"["2026-02-28T10:00:00.000+01:00","Samstag 31 Januar",1.5]"#,
    ),
    (
        "zones.mjs",
        "import dayjs from 'dayjs';
         import utc from 'dayjs/plugin/utc.js';
         import timezone from 'dayjs/plugin/timezone.js';
         dayjs.extend(utc);
         dayjs.extend(timezone);
         export default async () => {
             const noon = dayjs.tz('2026-07-01 12:00', 'America/New_York');
             await tools.keystore.set('a', 'b', 1);
             return [noon.toISOString(), noon.tz('Asia/Tokyo').format('YYYY-MM-DD HH:mm')];
         }",
        r#"["2026-07-01T16:00:00.000Z","2026-07-02 01:00"]"#,
    ),
    (
        "texts.mjs",
        "import { parse, stringify } from 'yaml';
         import { parse as rows } from 'csv-parse/sync';
         import { XMLParser } from 'fast-xml-parser';
         import { marked } from 'marked';
         import qs from 'qs';
         export default async () => {
             const value = parse('a: [1, 2]\\nb: &x hi\\nc: *x');
             await tools.keystore.set('a', 'b', 1);
             return [value, stringify({ a: [1] }), rows('a,b\\n1,2', { columns: true }), new XMLParser().parse('<a><b>2</b></a>'), marked.parse('**b**'), qs.stringify({ a: { b: 1 } })];
         }",
        r#"[{"a":[1,2],"b":"hi","c":"hi"},"a:\n  - 1\n",[{"a":"1","b":"2"}],{"a":{"b":2}},"<p><strong>b</strong></p>\n","a%5Bb%5D=1"]"#,
    ),
    (
        "pages.mjs",
        "import * as cheerio from 'cheerio';
         import Handlebars from 'handlebars';
         export default async () => {
             const page = cheerio.load('<ul><li class=a>1<li>2</ul>');
             const template = Handlebars.compile('{{#each a}}<{{this}}>{{/each}}');
             await tools.keystore.set('a', 'b', 1);
             return [page('li').length, page('.a').text(), template({ a: [1, '<'] })];
         }",
        r#"[2,"1","<1><&lt;>"]"#,
    ),
    (
        "values.mjs",
        "import { Ajv } from 'ajv';
         import Decimal from 'decimal.js';
         import { produce } from 'immer';
         export default async () => {
             const fits = new Ajv().compile({ type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] });
             const list = produce([1], (draft) => { draft.push(2); });
             await tools.keystore.set('a', 'b', 1);
             return [fits({ a: 1 }), fits({ a: 'x' }), new Decimal('0.1').plus('0.2').toString(), list];
         }",
        r#"[true,false,"0.3",[1,2]]"#,
    ),
    (
        "flows.mjs",
        "import { from, lastValueFrom, map, mergeMap, toArray } from 'rxjs';
         import pLimit from 'p-limit';
         import PQueue from 'p-queue';
         export default async () => {
             const [limit, queue, done] = [pLimit(2), new PQueue({ concurrency: 1 }), []];
             const step = async (n) => { await tools.keystore.set('a', 'b', n); done.push(n); };
             await Promise.all([1, 2].map((n) => limit(() => step(n))));
             for (const n of [3, 4]) queue.add(() => step(n));
             await queue.onIdle();
             const all = from([5, 6]).pipe(mergeMap(async (n) => { await step(n); return n; }), map((n) => n * 2), toArray());
             return [(await lastValueFrom(all)).sort(), done.sort()];
         }",
        r#"[[10,12],[1,2,3,4,5,6]]"#,
    ),
    (
        "tokens.mjs",
        "import { SignJWT, decodeJwt, jwtVerify } from 'jose';
         export default async () => {
             const key = new TextEncoder().encode('s'.repeat(32));
             const token = await new SignJWT({ a: 1 }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('2h').sign(key);
             await tools.keystore.set('a', 'b', 1);
             return [(await jwtVerify(token, key)).payload.a, decodeJwt(token).a];
         }",
        r#"[1,1]"#,
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
