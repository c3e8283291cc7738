(function (native, group) {
  "use strict";
  const { list, add } = group("lists");
  const { Request, described } = group("request");

  // Bytes of a body that is sent.
  const BODY_BYTES = 16 << 20;

  const isReference = (value) => typeof value === "object" && value !== null && typeof value.$secret === "string";

  // A reference to a secret, or parts of a text of which some are.
  const isSecret = (value) => {
    if (!Array.isArray(value)) return isReference(value);
    for (let index = 0; index < value.length; index++) if (isReference(value[index])) return true;
    return false;
  };

  // Puts the headers aside that have secrets, which only the service fills in, and gives the others.
  const withoutSecrets = (headers, secrets) => {
    if (typeof headers !== "object" || headers === null) return headers;
    const pairs = Array.isArray(headers);
    const keys = native.ownKeys(headers);
    const kept = pairs ? [] : { __proto__: null };
    for (let index = 0; index < keys.length; index++) {
      const entry = headers[keys[index]];
      const name = pairs ? entry?.[0] : keys[index];
      const value = pairs ? entry?.[1] : entry;
      if (!isSecret(value)) {
        kept[pairs ? kept.length : name] = entry;
        continue;
      }
      const known = native.headerName(`${name}`);
      if (known === undefined) throw new TypeError("fetch: a header with a secret has no name");
      add(secrets, { __proto__: null, name: known, value });
    }
    return secrets.length > 0 ? kept : headers;
  };

  // Makes a call of what a request is; `options` are those of `tools.with`.
  const send = (request, body, options, answer) => {
    const { received } = group("response");
    const stop = () => { if (call !== undefined) native.loseCall(call); };
    const forget = request.signal === null ? undefined : group("abort").follow(request.signal, (reason) => {
      answer.reject(reason);
      stop();
    });
    const made = (settled, failure) => {
      forget?.();
      if (failure !== undefined) throw failure;
      return received(settled);
    };
    let call;
    try {
      call = native.callFetch({ __proto__: null, ...request, body }, options, answer.resolve, answer.reject, made);
    } catch (error) {
      forget?.();
      throw error;
    }
  };

  const gathered = async (request, options, answer) => {
    let stopped = false;
    const { cancel } = group("feed");
    const forget = request.signal === null ? undefined : group("abort").follow(request.signal, (reason) => {
      stopped = true;
      answer.reject(reason);
      native.handled(cancel(request.body, reason));
    });
    try {
      const body = await group("body").gather(request.body, BODY_BYTES);
      forget?.();
      if (!stopped) send(request, body, options, answer);
    } catch (error) {
      forget?.();
      answer.reject(error);
    }
  };

  const begin = (input, init, options) => {
    const answer = native.promise();
    try {
      const secrets = list();
      const headers = withoutSecrets(init?.headers, secrets);
      const request = described(new Request(input, secrets.length > 0 ? { __proto__: null, ...init, headers } : init));
      for (let index = 0; index < secrets.length; index++) add(request.headers, secrets[index]);
      if (!/^https?:/.test(request.url)) throw new TypeError("fetch: only addresses of http and https are asked");
      if (request.signal?.aborted) throw request.signal.reason;
      const { body } = request;
      if (body === null || typeof body === "string" || native.kind(body) === "Uint8Array") send(request, body, options, answer);
      else gathered(request, options, answer);
    } catch (error) {
      answer.reject(error);
    }
    return answer.promise;
  };

  return { begin, fetch: (input, init) => begin(input, init, undefined) };
})
