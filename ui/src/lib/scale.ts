// Where a moment of a run stands in its timeline, in percent.

import type { Row } from "./calls";

export type Scale = (moment: number) => number;

const bound = (share: number) => Math.min(100, Math.max(0, share));

/** As long as things took. */
export function even(from: number, until: number): Scale {
  return (moment) => bound(((moment - from) / (until - from)) * 100);
}

/** Of the time in which nothing is done no more is shown than this share of what is done. */
const WAIT_SHARE = 0.08;
const WAIT_LEAST_MS = 5;

/** Time in which no call is made is shown shortened, so that what is done in between can be seen. */
export function shortened(rows: Row[], from: number, until: number): Scale {
  const busy = intervals(rows, from, until);
  const work = busy.reduce((total, [begin, end]) => total + end - begin, 0);
  const longest = Math.max(work * WAIT_SHARE, WAIT_LEAST_MS);
  // Pieces that are each even: where they begin, and how far that is from the left.
  const moments = [from];
  const places = [0];
  let [last, place] = [from, 0];
  const piece = (moment: number, length: number) => {
    [last, place] = [moment, place + length];
    moments.push(last);
    places.push(place);
  };
  for (const [begin, end] of busy) {
    piece(begin, Math.min(begin - last, longest));
    piece(end, end - begin);
  }
  piece(until, Math.min(until - last, longest));
  return (moment) => {
    const at = before(moments, moment);
    const [begin, end] = [moments[at] ?? from, moments[at + 1] ?? until];
    const [left, right] = [places[at] ?? 0, places[at + 1] ?? place];
    const share = end > begin ? (moment - begin) / (end - begin) : 0;
    return bound(((left + Math.min(1, Math.max(0, share)) * (right - left)) / (place || 1)) * 100);
  };
}

/** When calls were made that are no waits, without overlaps. */
function intervals(rows: Row[], from: number, until: number): [number, number][] {
  const made = rows.filter((row) => !row.waits).map((row): [number, number] => [Math.max(row.begin, from), Math.min(row.end ?? until, until)]);
  const merged: [number, number][] = [];
  for (const [begin, end] of made.sort(([one], [other]) => one - other)) {
    const last = merged.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([begin, Math.max(begin, end)]);
  }
  return merged;
}

/** The last of the sorted moments that is not after this one. */
function before(moments: number[], moment: number): number {
  let [low, high] = [0, moments.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((moments[middle] ?? 0) <= moment) low = middle;
    else high = middle - 1;
  }
  return low;
}
