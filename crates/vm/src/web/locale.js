(function (native) {
  "use strict";

  // An answer, or the error that stands in its place: its name and message.
  const answer = (given) => {
    if (typeof given === "string") return given;
    const [name, message] = given;
    throw new (name === "TypeError" ? TypeError : RangeError)(message);
  };

  // The tags of a `locales` argument.
  const tags = (locales) => {
    if (locales === undefined) return [];
    const one = (locale) => {
      if (typeof locale !== "string" && (typeof locale !== "object" || locale === null)) {
        throw new TypeError("Incorrect locale information provided");
      }
      return `${locale}`;
    };
    if (typeof locales === "string") return [one(locales)];
    if (locales === null) throw new TypeError("Cannot convert undefined or null to object");
    return Array.from(Object(locales), one);
  };

  const DATE = ["weekday", "era", "year", "month", "day"];
  const TIME = ["dayPeriod", "hour", "minute", "second", "fractionalSecondDigits", "timeZoneName"];
  const NAMES = {
    Collator: ["usage", "localeMatcher", "collation", "numeric", "caseFirst", "sensitivity", "ignorePunctuation"],
    DateTimeFormat: [
      "localeMatcher", "calendar", "numberingSystem", "hour12", "hourCycle", "timeZone", ...DATE, ...TIME, "formatMatcher",
      "dateStyle", "timeStyle",
    ],
    DisplayNames: ["localeMatcher", "style", "type", "fallback", "languageDisplay"],
    ListFormat: ["localeMatcher", "type", "style"],
    NumberFormat: [
      "localeMatcher", "numberingSystem", "style", "currency", "currencyDisplay", "currencySign", "unit", "unitDisplay",
      "notation", "minimumIntegerDigits", "minimumFractionDigits", "maximumFractionDigits", "minimumSignificantDigits",
      "maximumSignificantDigits", "roundingIncrement", "roundingMode", "roundingPriority", "trailingZeroDisplay",
      "compactDisplay", "useGrouping", "signDisplay",
    ],
    PluralRules: [
      "localeMatcher", "type", "minimumIntegerDigits", "minimumFractionDigits", "maximumFractionDigits",
      "minimumSignificantDigits", "maximumSignificantDigits", "roundingMode", "trailingZeroDisplay",
    ],
    RelativeTimeFormat: ["localeMatcher", "numberingSystem", "style", "numeric"],
    Segmenter: ["localeMatcher", "granularity"],
  };

  // The options that a service knows, each read once. Numbers and booleans stay what they are.
  const pick = (service, options) => {
    if (options === null) throw new TypeError("Cannot convert undefined or null to object");
    const picked = {};
    if (options === undefined) return picked;
    for (const name of NAMES[service]) {
      const value = Object(options)[name];
      if (value !== undefined) picked[name] = typeof value === "boolean" || Number.isFinite(value) ? value : `${value}`;
    }
    return picked;
  };

  // The resolved options of a service, as text. `required` and `defaults` say which fields a date must and may have.
  const resolve = (service, locales, options, required, defaults) => {
    const asked = { locales: tags(locales), options: pick(service, options) };
    if (required) Object.assign(asked.options, { required, defaults });
    return answer(native.intlResolve(service, JSON.stringify(asked)));
  };

  const call = (service, method, resolved, ...given) =>
    JSON.parse(answer(native.intlCall(service, method, resolved, JSON.stringify(given))));

  const text = (parts) => parts.map((part) => part.value).join("");

  // A time as one text has a plain space before "PM", as V8 has it: programs take such texts apart.
  const timeText = (parts) => text(parts).replaceAll("\u202f", " ");

  // A number or a BigInt as text that keeps it exact; so does text that is a number.
  const DIGITS_MAX = 5000;
  const bounded = (digits) => {
    if (digits.length > DIGITS_MAX) throw new RangeError(`a number of more than ${DIGITS_MAX} digits is not written out`);
    return digits;
  };
  const signless = (digits) => digits.replace(/e\+/i, "e");
  const amount = (value) => {
    const primitive = typeof value === "object" && value !== null ? value[Symbol.toPrimitive]?.("number") ?? value.valueOf() : value;
    if (typeof primitive === "bigint") return bounded(`${primitive}`);
    if (typeof primitive === "string") return bounded(primitive).match(/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i) ? signless(primitive) : signless(`${Number(primitive)}`);
    const number = Number(primitive);
    return Object.is(number, -0) ? "-0" : signless(`${number}`);
  };

  // Sorting asks for the same comparison again and again.
  let last = {};
  const collator = (locales, options) => {
    const isPlain = options === undefined && (locales === undefined || typeof locales === "string");
    if (!isPlain) return resolve("Collator", locales, options);
    if (last.resolved === undefined || last.locales !== locales) last = { locales, resolved: resolve("Collator", locales) };
    return last.resolved;
  };

  const ofNumber = (value, locales, options) =>
    text(call("NumberFormat", "parts", resolve("NumberFormat", locales, options), amount(value)));

  const ofDate = (date, locales, options, required, defaults) => {
    const at = Date.prototype.getTime.call(date);
    const resolved = resolve("DateTimeFormat", locales, options, required, defaults);
    return Number.isNaN(at) ? "Invalid Date" : timeText(call("DateTimeFormat", "parts", resolved, at));
  };

  const ofString = (value, of) => {
    if (value === undefined || value === null) throw new TypeError(`String.prototype.${of} called on null or undefined`);
    return `${value}`;
  };
  const changed = (value, of, locales, isUpper) =>
    answer(native.intlCase(ofString(value, of), JSON.stringify(tags(locales)), isUpper));

  return {
    answer, tags, resolve, call, text, timeText, amount, collator,
    // What the methods of the prototypes do, by their names.
    methods: {
      "Number.toLocaleString": (value, locales, options) => ofNumber(Number.prototype.valueOf.call(value), locales, options),
      "BigInt.toLocaleString": (value, locales, options) => ofNumber(BigInt.prototype.valueOf.call(value), locales, options),
      "Date.toLocaleString": (date, locales, options) => ofDate(date, locales, options, "any", "all"),
      "Date.toLocaleDateString": (date, locales, options) => ofDate(date, locales, options, "date", "date"),
      "Date.toLocaleTimeString": (date, locales, options) => ofDate(date, locales, options, "time", "time"),
      "String.localeCompare": (value, other, locales, options) =>
        native.intlCompare(collator(locales, options), ofString(value, "localeCompare"), `${other}`),
      "String.toLocaleUpperCase": (value, locales) => changed(value, "toLocaleUpperCase", locales, true),
      "String.toLocaleLowerCase": (value, locales) => changed(value, "toLocaleLowerCase", locales, false),
      "Array.toLocaleString": (array, locales, options) => Array.from(array, (element) =>
        element === undefined || element === null ? "" : `${element.toLocaleString(locales, options)}`).join(","),
    },
  };
})
