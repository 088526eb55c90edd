"use strict";

const text = (buffer, charset = "utf-8") => new TextDecoder(charset).decode(buffer);
const readJSON = (buffer) => JSON.parse(text(buffer));
const orEmpty = (buffer) => (buffer && buffer.length > 0 ? buffer : Buffer.from("{}"));

// Headers are the headers of a response. Names are case-insensitive.
class Headers {
  #values = new Map();

  constructor(headers = []) {
    for (const { name, values = [] } of headers) {
      const key = name.toLowerCase();
      this.#values.set(key, [...(this.#values.get(key) ?? []), ...values]);
    }
  }

  // get joins the values of a header by a comma; null when it is not there.
  get(name) {
    const values = this.#values.get(String(name).toLowerCase());
    return values === undefined ? null : values.join(", ");
  }

  getAll(name) {
    return [...(this.#values.get(String(name).toLowerCase()) ?? [])];
  }

  has(name) {
    return this.#values.has(String(name).toLowerCase());
  }

  // keys are the names, in lower case and sorted.
  keys() {
    return [...this.#values.keys()].sort();
  }
}

// Response is the response of an attempt, after redirects, its content-coding
// undone.
class Response {
  constructor(message) {
    this.status = message.statusCode ?? 0;
    this.ok = this.status >= 200 && this.status <= 299;
    this.url = message.url ?? "";
    this.httpVersion = message.httpVersion ?? "";
    this.elapsed = Number(message.elapsedMs ?? 0); // milliseconds
    this.headers = new Headers(message.headers);
    this.body = message.body ?? Buffer.alloc(0);
  }

  // text is the body in the charset of its Content-Type, else in UTF-8.
  text() {
    const declared = /charset\s*=\s*["']?([^\s"';]+)/i.exec(this.headers.get("content-type") ?? "");
    return text(this.body, declared ? declared[1] : "utf-8");
  }

  // json is the body, which has to be JSON in UTF-8.
  json() {
    return readJSON(this.body);
  }
}

// Context is the rest of a call, and what a function says besides its verdict.
// now and random are the only clock and the only randomness that keep a check
// repeatable: a recorded evaluation gives the same answer again.
class Context {
  #caps;
  #before;
  #random;
  #reason = "";
  #retryAfter = 0;
  #lines = [];
  #logged = 0;
  #dropped = 0;

  constructor(request, signal) {
    this.attempt = Number(request.attempt ?? 0); // from 1
    this.config = readJSON(orEmpty(request.config));
    this.now = Number(request.nowMs ?? 0); // milliseconds since 1970
    this.signal = signal; // aborted when nobody waits for the answer any more
    // What the function keeps between attempts: set it, change it, or delete it.
    this.state = readJSON(orEmpty(request.state));
    this.#before = JSON.stringify(this.state);
    this.#caps = request.caps ?? {};
    this.#random = splitMix64(BigInt(request.seed ?? 0));
  }

  // random is a number from 0 up to 1.
  random() {
    return this.#random();
  }

  // reason is one line for the report that says why; the last one counts.
  reason(why) {
    this.#reason = String(why);
  }

  // retryAfter asks for the next attempt after so many seconds.
  retryAfter(seconds) {
    if (!Number.isFinite(seconds)) throw new TypeError("retryAfter(seconds): want a number");
    this.#retryAfter = seconds;
  }

  // log adds a line to the log of the evaluation, at level debug, info, warn or
  // error.
  log(line, level = "info") {
    const left = Number(this.#caps.log ?? 0) - this.#logged;
    if (left <= 0 || this.#lines.length >= Number(this.#caps.logLines ?? 0)) {
      this.#dropped++;
      return;
    }
    const raw = Buffer.from(String(line)).subarray(0, left);
    this.#logged += raw.length + 1;
    this.#lines.push({ level, text: raw.toString() });
  }

  // logged is the log as fields of a reply.
  logged() {
    return { log: this.#lines, logDropped: this.#dropped };
  }

  // answer is the outcome of a function that returned.
  answer(returned) {
    const answer = {
      match: returned === true,
      returned: typeof returned === "boolean" ? "" : typeName(returned),
      reason: this.#reason,
      retryAfterMs: Math.round(this.#retryAfter * 1000),
    };
    const after = this.state === undefined ? undefined : JSON.stringify(this.state);
    if (after !== this.#before) answer.state = Buffer.from(after ?? "");
    const size = answer.state?.length ?? 0;
    const most = Number(this.#caps.state ?? 0);
    if (size > most) {
      return { failure: { limit: "output", message: `the new state has ${size} bytes, at most ${most} are kept` } };
    }
    return { answer };
  }
}

// splitMix64 is a generator of numbers that depend on the seed alone.
function splitMix64(seed) {
  return () => {
    seed = BigInt.asUintN(64, seed + 0x9e3779b97f4a7c15n);
    let z = seed;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
  };
}

function typeName(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

module.exports = { Context, Response };
