/** The headers of a response. Names are case-insensitive. */
export interface Headers {
  /** The values of a header, joined by a comma; null when it is not there. */
  get(name: string): string | null;
  /** The values of a header, in order. */
  getAll(name: string): string[];
  has(name: string): boolean;
  /** The names, in lower case and sorted. */
  keys(): string[];
}

/** The response of an attempt, after redirects, its content-coding undone. */
export interface Response {
  readonly status: number;
  /** Whether the status is 200 to 299. */
  readonly ok: boolean;
  readonly url: string;
  readonly httpVersion: string;
  /** How long the attempt took, in milliseconds. */
  readonly elapsed: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** The body in the charset of its Content-Type, else in UTF-8. */
  text(): string;
  /** The body, which has to be JSON in UTF-8. */
  json(): any;
}

/** The rest of a call, and what a function says besides its verdict. */
export interface Context {
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  readonly config: any;
  /** The time of the evaluation, in milliseconds since 1970. */
  readonly now: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** What the function keeps between attempts: set it, change it, or delete it. */
  state?: any;
  /** A number from 0 up to 1, which depends on the seed of the evaluation alone. */
  random(): number;
  /** One line for the report that says why; the last one counts. */
  reason(why: unknown): void;
  /** Asks for the next attempt after so many seconds. */
  retryAfter(seconds: number): void;
  /** Adds a line to the log of the evaluation. */
  log(line: unknown, level?: "debug" | "info" | "warn" | "error"): void;
}

export type Evaluator = (response: Response, ctx: Context) => unknown | Promise<unknown>;

/** Registers a function that judges responses. Only true matches. */
export function evaluator(
  name: string,
  call: Evaluator,
  about?: { description?: string; configSchema?: object },
): Evaluator;

/** Serves the registered functions, until the host ends the plugin. */
export function main(about?: { name?: string; version?: string }): void;
