(function (native, group) {
  "use strict";
  const { newStream, newSource, enqueue, close, fail, cancel, acquire, read, pullMore } = group("feed");

  // Two streams of one: each chunk of it goes to both.
  const tee = (stream) => {
    const reader = acquire(stream);
    const one = branch();
    const other = branch();
    const done = native.promise();
    let reading = false;
    let again = false;

    const toOpen = (act) => {
      if (!one.dropped && one.stream.state === "readable") act(one);
      if (!other.dropped && other.stream.state === "readable") act(other);
    };
    const pull = async () => {
      if (reading) {
        again = true;
        return;
      }
      reading = true;
      try {
        const result = await read(reader);
        reading = false;
        if (result.done) return end();
        toOpen((branch) => enqueue(branch.source, result.value));
        if (again) {
          again = false;
          pull();
        }
      } catch (error) {
        toOpen((branch) => fail(branch.stream, error));
        done.resolve();
      }
    };
    const end = () => {
      toOpen((branch) => close(branch.source));
      done.resolve();
    };
    const both = async () => {
      try {
        done.resolve(await cancel(stream, [one.reason, other.reason]));
      } catch (error) {
        done.reject(error);
      }
    };
    const cancelBoth = (of) => (reason) => {
      of.dropped = true;
      of.reason = reason;
      if (one.dropped && other.dropped) both();
      return done.promise;
    };
    toOpen((branch) => {
      branch.source.pull = pull;
      branch.source.cancel = cancelBoth(branch);
      branch.source.started = true;
    });
    toOpen((branch) => { pullMore(branch.source); });
    return { __proto__: null, one: one.stream, other: other.stream };
  };

  const branch = () => {
    const stream = newStream();
    return { __proto__: null, stream, source: newSource(stream, undefined, 1), dropped: false, reason: undefined };
  };

  return { tee };
})
