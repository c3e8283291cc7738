// Writes what Node's full ICU says to many calls, one in a line, for `node.rs` to compare with.
// usage: node crates/intl/tests/node/record.mjs > crates/intl/tests/node/calls.jsonl

const LOCALES = ["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "it-IT", "pt-BR", "nl-NL", "sv-SE", "pl-PL", "ru-RU", "tr-TR", "ja-JP",
  "zh-CN", "ko-KR", "ar-EG", "hi-IN", "he-IL"];
const MOMENTS = ["2026-01-15T01:30:00Z", "2026-07-04T16:05:09.123Z", "1999-12-31T23:59:59.999Z", "2026-03-08T10:00:00Z"].map(Date.parse);
const ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin"];

const DATES = [
  {},
  { dateStyle: "full" }, { dateStyle: "long" }, { dateStyle: "medium" }, { dateStyle: "short" },
  { timeStyle: "medium" }, { timeStyle: "short" },
  { dateStyle: "medium", timeStyle: "short" }, { dateStyle: "short", timeStyle: "medium" },
  { year: "numeric", month: "2-digit", day: "2-digit" },
  { year: "numeric", month: "short", day: "numeric" },
  { year: "numeric", month: "long" }, { month: "long", day: "numeric" },
  { weekday: "short", day: "numeric", month: "short" }, { weekday: "long" },
  { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, { hour: "numeric", minute: "2-digit", hour12: true },
  { hour: "numeric", minute: "numeric", second: "numeric", fractionalSecondDigits: 3, hour12: false },
  { year: "2-digit", month: "numeric", day: "numeric" },
  { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
  { hour: "numeric", minute: "numeric", timeZoneName: "shortOffset", hour12: false },
];

const NUMBERS = [0, -0, 1, -1, 7.5, 999.995, 1234.5, -1234567.891, 0.000123, 1e15, 12345678901234567890n, NaN, -Infinity];
const FORMATS = [
  {}, { style: "percent" }, { style: "percent", maximumFractionDigits: 1 },
  { style: "currency", currency: "EUR" }, { style: "currency", currency: "USD" }, { style: "currency", currency: "JPY" },
  { style: "currency", currency: "USD", currencyDisplay: "code" }, { style: "currency", currency: "USD", maximumFractionDigits: 0 },
  { minimumFractionDigits: 2, maximumFractionDigits: 2 }, { maximumSignificantDigits: 3 }, { useGrouping: false },
  { notation: "compact" }, { notation: "compact", compactDisplay: "long" }, { notation: "scientific" }, { notation: "engineering" },
  { signDisplay: "always" }, { signDisplay: "exceptZero" }, { minimumIntegerDigits: 3 },
  { style: "currency", currency: "USD", currencySign: "accounting" }, { roundingMode: "floor", maximumFractionDigits: 0 },
];

const WORDS = ["apple", "Banana", "äpfel", "Zebra", "zebra", "école", "eclair", "item10", "item2", "co-op", "coop", "ñandú", "nube", "ß", "ss",
  "İ", "ı", "i", "å", "z", "日本", "中国", "", " a"];
const COLLATIONS = [{}, { sensitivity: "base" }, { sensitivity: "accent" }, { sensitivity: "case" }, { numeric: true }, { caseFirst: "upper" },
  { ignorePunctuation: true }];

// Numbers travel as the text that JavaScript makes of them.
const sent = (value) => Object.is(value, -0) ? "-0" : `${value}`;
const say = (call) => console.log(JSON.stringify(call));
const format = (service, locale, options, given, value, method = "formatToParts") => {
  const made = new Intl[service](locale, options);
  say({ service, locale, options, given, parts: made[method](...value).map(({ type, value }) => [type, value]) });
};

for (const locale of LOCALES) {
  DATES.forEach((options, index) => {
    const timeZone = ZONES[index % ZONES.length];
    const moment = MOMENTS[index % MOMENTS.length];
    for (const at of new Set([moment, MOMENTS[0]])) format("DateTimeFormat", locale, { ...options, timeZone }, [at], [at]);
  });
  FORMATS.forEach((options, index) => {
    NUMBERS.forEach((value, at) => {
      if ((at + index) % 3 === 0) format("NumberFormat", locale, options, [sent(value)], [value]);
    });
  });
  for (const options of COLLATIONS) {
    const sorted = [...WORDS].sort(new Intl.Collator(locale, options).compare);
    say({ service: "Collator", locale, options, given: WORDS, sorted });
  }
  for (const type of ["cardinal", "ordinal"]) {
    const rules = new Intl.PluralRules(locale, { type });
    const given = [0, 1, 2, 3, 4, 5, 11, 12, 21, 22, 100, 1.5, 1000000];
    say({ service: "PluralRules", locale, options: { type }, given: given.map(sent), categories: given.map((value) => rules.select(value)) });
  }
  for (const type of ["conjunction", "disjunction", "unit"]) {
    for (const list of [["A"], ["A", "B"], ["A", "B", "C"]]) format("ListFormat", locale, { type }, [list], [list]);
  }
  for (const unit of ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]) {
    for (const options of [{}, { numeric: "auto" }, { style: "short" }]) {
      for (const value of [-1, 0, 2, -1500]) format("RelativeTimeFormat", locale, options, [sent(value), unit], [value, unit]);
    }
  }
  for (const [type, codes] of [["region", ["US", "DE", "JP"]], ["script", ["Latn", "Arab"]]]) {
    const names = new Intl.DisplayNames(locale, { type });
    for (const code of codes) say({ service: "DisplayNames", locale, options: { type }, given: [code], name: names.of(code) });
  }
}
const TEXTS = ["Hello, world! It's 3.5 o'clock.", "👨‍👩‍👧 ok é", "First. Second? Third!", "日本語の文章です。", "สวัสดีชาวโลก"];
for (const granularity of ["grapheme", "word", "sentence"]) {
  for (const text of TEXTS) {
    const segments = [...new Intl.Segmenter("en", { granularity }).segment(text)].map(({ segment, isWordLike }) => [segment, !!isWordLike]);
    say({ service: "Segmenter", locale: "en", options: { granularity }, given: [text], segments });
  }
}
