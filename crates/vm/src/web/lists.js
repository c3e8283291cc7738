(function () {
  "use strict";

  // Lists that inherit nothing, so that no change of a task to `Array.prototype` reaches what these files keep.
  const list = () => ({ __proto__: null, length: 0 });

  const add = (to, item) => {
    to[to.length++] = item;
    return to;
  };

  const insert = (to, at, item) => {
    for (let index = to.length++; index > at; index--) to[index] = to[index - 1];
    to[at] = item;
  };

  // Those items that `keep` keeps.
  const filter = (from, keep) => {
    const kept = list();
    for (let index = 0; index < from.length; index++) if (keep(from[index])) add(kept, from[index]);
    return kept;
  };

  // An array for a task.
  const array = (from) => {
    const made = [];
    for (let index = 0; index < from.length; index++) made[index] = from[index];
    return made;
  };

  // First in, first out.
  const queue = () => ({ __proto__: null, first: 0, end: 0 });
  const isEmpty = (queue) => queue.first === queue.end;
  const put = (queue, item) => { queue[queue.end++] = item; };
  const take = (queue) => {
    const item = queue[queue.first];
    delete queue[queue.first++];
    return item;
  };

  return { list, add, insert, filter, array, queue, isEmpty, put, take };
})
