(function (native, group) {
  "use strict";
  const { answer, tags, resolve, call, text, timeText, amount } = group("locale");

  // The resolved options of each formatter, as text.
  const states = new WeakMap();
  const stateOf = (formatter, name, method) => {
    const state = states.get(formatter);
    if (state?.name !== name) throw new TypeError(`Method Intl.${name}.prototype.${method} called on incompatible receiver`);
    return state.resolved;
  };

  const hide = (object, properties) => {
    for (const [name, value] of Object.entries(properties)) {
      Object.defineProperty(object, name, { value, writable: true, configurable: true });
    }
    return object;
  };
  const list = (kind, given) => JSON.parse(answer(native.intlLocales(kind, JSON.stringify(given))));

  // A constructor of Intl. `methods` get the resolved options and the arguments; `isCallable` ones need no `new`.
  const service = (name, isCallable, methods, getters = {}) => {
    const made = function (locales, options) {
      if (!new.target && !isCallable) throw new TypeError(`Constructor Intl.${name} requires 'new'`);
      const formatter = Object.create(new.target?.prototype ?? made.prototype);
      states.set(formatter, { name, resolved: resolve(name, locales, options) });
      return formatter;
    };
    Object.defineProperty(made, "name", { value: name, configurable: true });
    Object.defineProperty(made, "length", { value: 0, configurable: true });
    Object.defineProperty(made, "prototype", { value: made.prototype, writable: false });
    hide(made, { supportedLocalesOf: function supportedLocalesOf(locales) { return list("supported", tags(locales)); } });
    for (const [method, run] of Object.entries(methods)) {
      hide(made.prototype, { [method]: { [method](...given) { return run(stateOf(this, name, method), ...given); } }[method] });
    }
    for (const [method, run] of Object.entries(getters)) {
      // The same function each time, bound to its formatter.
      const bound = new WeakMap();
      Object.defineProperty(made.prototype, method, {
        configurable: true,
        get() {
          const resolved = stateOf(this, name, method);
          if (!bound.has(this)) bound.set(this, (...given) => run(resolved, ...given));
          return bound.get(this);
        },
      });
    }
    hide(made.prototype, {
      resolvedOptions() {
        const { isHourUnpadded, ...shown } = JSON.parse(stateOf(this, name, "resolvedOptions"));
        return shown;
      },
    });
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: `Intl.${name}`, configurable: true });
    return made;
  };

  const moment = (date) => {
    const at = date === undefined ? Date.now() : Number(date);
    if (!(Math.abs(at) <= 8.64e15)) throw new RangeError("Invalid time value");
    return at;
  };
  const both = (start, end, read) => {
    if (start === undefined || end === undefined) throw new TypeError("startDate or endDate cannot be undefined");
    return [read(start), read(end)];
  };
  const dateParts = (resolved, date) => call("DateTimeFormat", "parts", resolved, moment(date));
  const dateRange = (resolved, start, end) => call("DateTimeFormat", "range", resolved, ...both(start, end, moment));
  const numberParts = (resolved, value) => call("NumberFormat", "parts", resolved, amount(value));
  const numberRange = (resolved, start, end) => {
    const [from, to] = both(start, end, (value) => numberParts(resolved, value));
    const mark = (parts, source) => parts.map((part) => ({ ...part, source }));
    if (text(from) === text(to)) return [{ type: "approximatelySign", value: "~", source: "shared" }, ...mark(from, "shared")];
    return [...mark(from, "startRange"), { type: "literal", value: " – ", source: "shared" }, ...mark(to, "endRange")];
  };
  const LISTED_MAX = 10_000;

  const listParts = (resolved, list) => {
    const items = Array.from(list ?? [], (item, index) => {
      if (typeof item !== "string") throw new TypeError("Iterable yielded a non-String value");
      if (index === LISTED_MAX) throw new RangeError(`a list of more than ${LISTED_MAX} items is not written out`);
      return item;
    });
    return call("ListFormat", "parts", resolved, items);
  };
  const relativeParts = (resolved, value, unit) => call("RelativeTimeFormat", "parts", resolved, amount(Number(value)), `${unit}`);

  const SEGMENTED_MAX = 1 << 20;

  class Segments {
    #list;
    #text;
    constructor(resolved, given) {
      if (given.length > SEGMENTED_MAX) throw new RangeError(`a text of more than ${SEGMENTED_MAX} units is not segmented; give it in parts`);
      this.#text = given;
      const { granularity } = JSON.parse(resolved);
      let index = 0;
      this.#list = JSON.parse(native.intlSegments(granularity, given)).map(([end, isWordLike]) => {
        const segment = { segment: given.slice(index, end), index, input: given };
        if (granularity === "word") segment.isWordLike = isWordLike;
        index = end;
        return segment;
      });
    }
    containing(at = 0) {
      const place = Math.trunc(at) || 0;
      if (place < 0 || place >= this.#text.length) return undefined;
      return { ...this.#list.findLast(({ index }) => index <= place) };
    }
    *[Symbol.iterator]() { for (const segment of this.#list) yield { ...segment }; }
  }

  const Intl = {};
  hide(Intl, {
    Collator: service("Collator", true, {}, {
      compare: (resolved, left, right) => native.intlCompare(resolved, `${left}`, `${right}`),
    }),
    DateTimeFormat: service("DateTimeFormat", true, {
      formatToParts: dateParts,
      formatRange: (resolved, start, end) => text(dateRange(resolved, start, end)),
      formatRangeToParts: dateRange,
    }, { format: (resolved, date) => timeText(dateParts(resolved, date)) }),
    DisplayNames: service("DisplayNames", false, {
      of: (resolved, code) => call("DisplayNames", "of", resolved, `${code}`) ?? undefined,
    }),
    ListFormat: service("ListFormat", false, {
      format: (resolved, list) => text(listParts(resolved, list)),
      formatToParts: listParts,
    }),
    NumberFormat: service("NumberFormat", true, {
      formatToParts: numberParts,
      formatRange: (resolved, start, end) => text(numberRange(resolved, start, end)),
      formatRangeToParts: numberRange,
    }, { format: (resolved, value) => text(numberParts(resolved, value)) }),
    PluralRules: service("PluralRules", false, {
      select: (resolved, value) => call("PluralRules", "select", resolved, amount(Number(value))),
      selectRange: (resolved, start, end) => call("PluralRules", "range", resolved, ...both(start, end, (value) => amount(Number(value)))),
    }),
    RelativeTimeFormat: service("RelativeTimeFormat", false, {
      format: (resolved, value, unit) => text(relativeParts(resolved, value, unit)),
      formatToParts: relativeParts,
    }),
    Segmenter: service("Segmenter", false, { segment: (resolved, given) => new Segments(resolved, `${given}`) }),
    getCanonicalLocales: function getCanonicalLocales(locales) {
      return list("canonical", tags(locales));
    },
    supportedValuesOf: function supportedValuesOf(key) {
      return list("values", [`${key}`]);
    },
  });
  Object.defineProperty(Intl, Symbol.toStringTag, { value: "Intl", configurable: true });
  return { Intl };
})
