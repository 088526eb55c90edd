/**
 * The types of httsleep callbacks in JavaScript and TypeScript.
 *
 * In a TypeScript file:
 *
 *     import type { Callback } from "httsleep";
 *     const check: Callback = (response, ctx) => response.ok;
 *     export default check;
 *
 * An import of types leaves nothing behind; anything else cannot be imported.
 */
declare module "httsleep" {
  /** A value that JSON can hold. */
  export type JSONValue =
    | null
    | boolean
    | number
    | string
    | JSONValue[]
    | { [name: string]: JSONValue };

  /** The headers of a response. Names may be written in any case. */
  export interface Headers {
    /** The value; several are joined by ", ". null when the header is missing. */
    get(name: string): string | null;
    /** All values, in order. */
    getAll(name: string): string[];
    has(name: string): boolean;
    /** The names, in lower case and sorted. */
    keys(): string[];
  }

  /** The response of an attempt, after redirects. It is read-only. */
  export interface Response {
    readonly status: number;
    /** The status is 200 to 299. */
    readonly ok: boolean;
    readonly url: string;
    readonly headers: Headers;
    /** How long the attempt took, in milliseconds. */
    readonly elapsed: number;
    /** The body as text. */
    text(): string;
    /**
     * The body as JSON. It is read-only: change a copy, made by
     * structuredClone. A body that is not JSON throws a SyntaxError; one that is
     * not caught ends the attempt with an error of kind json.
     */
    json<T = any>(): T;
  }

  /** What a callback knows besides the response, and where it answers. */
  export interface Context<Config = Record<string, any>, State = Record<string, any>> {
    /** The number of the attempt, from 1. */
    readonly attempt: number;
    /** What the condition gives as config; {} when it gives nothing. Read-only. */
    readonly config: Config;
    /**
     * What this callback stored at an earlier attempt; {} at first. Change it or
     * set it to store it, as JSON of at most 64 KiB; delete it, or set it to
     * null, to store nothing. An error discards the change.
     */
    state: State;
    /** Says why, in one line of at most 1 KiB, for the report. */
    reason(text: unknown): void;
    /** Asks for the next attempt after so many seconds, or a duration as "1m30s". */
    retryAfter(when: number | string): void;
    /** All that a jsonpath finds in the body, in order. */
    jsonpath(expression: string): any[];
  }

  /** A callback. Only true matches. */
  export type Callback<Config = any, State = any> = (
    response: Response,
    ctx: Context<Config, State>,
  ) => boolean | Promise<boolean>;
}

/** The lines go to the log of the attempt. */
declare const console: {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  debug(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
};

/** A deep copy that can be changed. */
declare function structuredClone<T>(value: T): T;
