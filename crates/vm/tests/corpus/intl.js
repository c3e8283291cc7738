// Dates, numbers and texts in the words of a place.
export default async function intl() {
  const at = new Date("2026-01-15T01:30:00Z");
  const shown = [];
  const note = async (value) => { shown.push(value); await tools.keystore.set("intl", "shown", `${value}`); };
  await note(at.toLocaleString("en-GB", { timeZone: "America/New_York", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
  await note(at.toLocaleDateString("de-DE"));
  const spaced = [at.toLocaleTimeString("en-US"), Intl.DateTimeFormat("en-US", { timeStyle: "short" }).format(at)].map((text) => /\d [AP]M$/.test(text));
  if (spaced.includes(false) || Number.isNaN(new Date(at.toLocaleString("en-US")).getTime())) throw new Error("no plain space before AM or PM");
  const large = [(1e21).toLocaleString("en-US"), (1.5e22).toLocaleString("en-US")].join();
  if (large !== "1,000,000,000,000,000,000,000,15,000,000,000,000,000,000,000") throw new Error(large);
  await note(at.toLocaleTimeString("en-US", { timeZone: "Asia/Kolkata" }));
  await note((1234567.5).toLocaleString("en-US"));
  await note((1234.5).toLocaleString("en-US", { style: "currency", currency: "EUR" }));
  await note(12345678901234567890n.toLocaleString("de-DE"));
  await note(["Banana", "cherry", "apple"].sort((a, b) => a.localeCompare(b)).join());
  await note("a".localeCompare("A", undefined, { sensitivity: "base" }));
  await note(["item10", "item2"].sort(new Intl.Collator(undefined, { numeric: true }).compare).join());
  await note("istanbul".toLocaleUpperCase("tr"));
  await note([1234.5, at].toLocaleString("en-US", { timeZone: "UTC" }));
  const dates = new Intl.DateTimeFormat("en-US", { dateStyle: "full", timeStyle: "short", timeZone: "Europe/Berlin" });
  await note(dates.format(at));
  await note(dates.formatToParts(at).map(({ type }) => type).join());
  await note(JSON.stringify(dates.resolvedOptions()));
  await note(new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric" }).formatRange(at, Date.UTC(2026, 0, 20)));
  await note(Intl.NumberFormat("en", { notation: "compact" }).format(1234567));
  await note(new Intl.PluralRules("en", { type: "ordinal" }).select(22));
  await note(new Intl.ListFormat("en", { type: "disjunction" }).format(["a", "b", "c"]));
  await note(new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-1, "day"));
  await note([...new Intl.Segmenter("en", { granularity: "word" }).segment("It is 3.5!")].filter((part) => part.isWordLike).length);
  await note(new Intl.DisplayNames("de", { type: "region" }).of("US"));
  await note(Intl.getCanonicalLocales("EN-us").join());
  await note(Intl.supportedValuesOf("timeZone").includes("Europe/Paris"));
  await note(`${Object.prototype.toString.call(Intl)} ${Object.prototype.toString.call(dates)} ${typeof Intl.Locale}`);
  for (const wrong of [
    () => at.toLocaleString("no locale"), () => at.toLocaleString("en", { timeZone: "Mars/Olympus" }), () => Intl.PluralRules(),
    () => (1).toLocaleString("en", { style: "currency" }), () => (1).toLocaleString("en", { style: "unit", unit: "meter" }),
  ]) {
    try { wrong(); shown.push("not refused"); } catch (error) { await note(`${error.name}: ${error.message}`); }
  }
  return shown;
}
