// Callbacks of httsleep in AssemblyScript.
//
//   import { find, reason } from "httsleep-assemblyscript";
//
//   export function evaluate(): bool {
//     const status = find("$.status");
//     if (status == null) throw new Error("the body has no status");
//     reason("the job is " + status.string());
//     return status.string() == "done";
//   }
//
// Every exported function that returns a bool is a check: true ends the wait,
// false goes on, and what it throws is an error. The one that a callback names
// with function is called, or evaluate.
import * as host from "./host";
import { Json, quote } from "./json";

export { Json, quote };

/** The status of the response, as 200. */
export function statusCode(): i32 {
  return host.status_code();
}

/** Whether the status is 200 to 299. */
export function ok(): bool {
  const status = statusCode();
  return status >= 200 && status <= 299;
}

/** Where the response came from, after redirects. */
export function url(): string {
  return decode(fetch((to, cap) => host.url(to, cap))!);
}

/** The first value of a header; null when there is none. Names are case-insensitive. */
export function header(name: string): string | null {
  const values = headerValues(name);
  return values.length > 0 ? values[0] : null;
}

/** All values of a header, in order. */
export function headerValues(name: string): string[] {
  argument = String.UTF8.encode(name);
  const values = fetch((to, cap) => host.header(changetype<usize>(argument), argument.byteLength, to, cap));
  return values == null ? [] : decode(values).split("\n");
}

/** The names of all headers, in lower case and sorted. */
export function headerNames(): string[] {
  const names = decode(fetch((to, cap) => host.header_names(to, cap))!);
  return names == "" ? [] : names.split("\n");
}

/** The body, after its content-coding was undone. */
export function body(): Uint8Array {
  return Uint8Array.wrap(fetch((to, cap) => host.body(0, to, cap))!);
}

/** Fills a buffer with the body from an offset on, and gives how many bytes there are from there to the end. */
export function readBody(offset: i64, to: Uint8Array): i32 {
  return host.body(offset, to.dataStart, to.byteLength);
}

/** The body as a text, if it is one in UTF-8. */
export function text(): string {
  return decode(body().buffer);
}

/** Everything that an expression finds in the body. A body that is not JSON throws. */
export function jsonpath(expression: string): Json {
  argument = String.UTF8.encode(expression);
  const found = fetch((to, cap) => host.jsonpath(changetype<usize>(argument), argument.byteLength, to, cap));
  if (found == null) {
    throw new Error(code == -3 ? "the body is not JSON" : "the jsonpath " + expression + " is not valid");
  }
  return new Json(decode(found));
}

/** The first of what an expression finds in the body; null when there is nothing. */
export function find(expression: string): Json | null {
  const all = jsonpath(expression).elements();
  return all.length > 0 ? all[0] : null;
}

/** How long the attempt took, in milliseconds. */
export function elapsed(): i64 {
  return host.elapsed_ms();
}

/** The number of the attempt, from 1. */
export function attempt(): i32 {
  return host.attempt();
}

/** The time of the evaluation, in milliseconds since 1970. */
export function now(): i64 {
  return host.now_ms();
}

/** What random numbers begin with. */
export function seed(): u64 {
  return host.seed();
}

/** A source of random numbers. The same evaluation gives the same ones again. */
export class Random {
  private state: u64 = host.seed();

  /** A number of 64 bits. */
  bits(): u64 {
    this.state += 0x9e3779b97f4a7c15;
    let z = this.state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /** A number from 0 to below 1. */
  number(): f64 {
    return <f64>(this.bits() >> 11) / 9007199254740992.0;
  }
}

/** The config of the condition, {} when it gives none. */
export function config(): Json {
  return new Json(decode(fetch((to, cap) => host.config(to, cap))!));
}

/** What the check last stored, {} at first. */
export function state(): Json {
  return new Json(decode(fetch((to, cap) => host.state(to, cap))!));
}

/** Stores JSON for the next attempt, at most 64 KiB. A check that throws stores nothing. */
export function setState(json: string): void {
  const bytes = String.UTF8.encode(json);
  if (json.length == 0 || host.set_state(changetype<usize>(bytes), bytes.byteLength) != 0) {
    throw new Error("the new state is not JSON");
  }
}

/** Makes the state what it was at first. */
export function deleteState(): void {
  host.set_state(0, 0);
}

/** One line for the report that says why; the last one counts. */
export function reason(why: string): void {
  const bytes = String.UTF8.encode(why);
  host.reason(changetype<usize>(bytes), bytes.byteLength);
}

/** Asks the host to make the next attempt so many seconds later. */
export function retryAfter(seconds: f64): void {
  host.retry_after_ms(<i64>(seconds * 1000));
}

/** How much a log line matters. */
export enum Level {
  Debug,
  Info,
  Warn,
  Error,
}

/** Adds a line to the log of the evaluation. */
export function log(line: string, level: Level = Level.Info): void {
  const bytes = String.UTF8.encode(line);
  host.log(level, changetype<usize>(bytes), bytes.byteLength);
}

/** What the getter that fetch calls takes; functions here cannot capture. */
let argument: ArrayBuffer = new ArrayBuffer(0);

/** What the last getter returned. */
let code: i32 = 0;

const GUESS: i32 = 256;

/** Everything that a getter gives; null when it returns that there is nothing. */
function fetch(getter: (to: usize, cap: i32) => i32): ArrayBuffer | null {
  let content = new ArrayBuffer(GUESS);
  code = getter(changetype<usize>(content), GUESS);
  if (code < 0) return null;
  if (code <= GUESS) return content.slice(0, code);
  content = new ArrayBuffer(code);
  getter(changetype<usize>(content), code);
  return content;
}

function decode(bytes: ArrayBuffer): string {
  return String.UTF8.decode(bytes);
}
