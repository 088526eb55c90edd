// The programs of package evaluatortest, in AssemblyScript.
import * as sdk from "../index";

function member(name: string): string {
  return sdk.config().stringOr(name, "");
}

function size(name: string): i32 {
  return <i32>sdk.config().numberOr(name, 0);
}

function because(why: string): bool {
  sdk.reason(why);
  return true;
}

export function status_is_200(): bool {
  return sdk.statusCode() == 200;
}

export function status_ok(): bool {
  return sdk.ok();
}

export function attempt_at_least(): bool {
  return sdk.attempt() >= size("at");
}

export function url(): bool {
  return because(sdk.url());
}

export function elapsed(): bool {
  return because(sdk.elapsed().toString());
}

export function header(): bool {
  const values = sdk.headerValues(member("name"));
  sdk.reason(values.join("|"));
  return values.length > 0;
}

export function header_names(): bool {
  return because(sdk.headerNames().join(","));
}

export function body_contains(): bool {
  const body = sdk.body();
  const needle = Uint8Array.wrap(String.UTF8.encode(member("needle")));
  for (let i = 0; i + needle.length <= body.length; i++) {
    let k = 0;
    while (k < needle.length && unchecked(body[i + k] == needle[k])) k++;
    if (k == needle.length) return true;
  }
  return false;
}

export function text_is(): bool {
  return sdk.text() == member("text");
}

export function json_field(): bool {
  const found = sdk.find("$[" + sdk.quote(member("field")) + "]");
  return found != null && found.isString && found.string() == member("want");
}

export function json_path(): bool {
  const found = sdk.jsonpath(member("expression"));
  sdk.reason(found.text);
  return found.elements().length > 0;
}

export function count_with_state(): bool {
  const n = <i32>sdk.state().numberOr("n", 0) + 1;
  sdk.setState(`{"n": ${n}}`);
  sdk.reason(`n=${n}`);
  return n >= size("until");
}

export function echo_state(): bool {
  return because(sdk.state().text);
}

export function delete_state(): bool {
  sdk.deleteState();
  return true;
}

export function set_state(): bool {
  sdk.setState(sdk.config().get("state")!.text);
  return true;
}

export function big_state(): bool {
  sdk.setState(`{"pad":"${"x".repeat(size("bytes"))}"}`);
  return true;
}

export function fail(): bool {
  throw new Error(member("message"));
}

export function fail_after_state(): bool {
  sdk.setState('{"lost": true}');
  sdk.reason("lost");
  sdk.retryAfter(5);
  throw new Error("after all that");
}

export function now(): bool {
  return because(sdk.now().toString());
}

export function random(): bool {
  const random = new sdk.Random();
  return because(random.number().toString() + "," + random.number().toString());
}

export function retry_after(): bool {
  sdk.retryAfter(sdk.config().numberOr("seconds", 0));
  return false;
}

export function reason(): bool {
  return because(member("text"));
}

export function long_reason(): bool {
  return because(member("text").repeat(size("count")));
}

export function log(): bool {
  const text = member("text");
  for (let left = size("lines"); left > 0; left--) sdk.log(text);
  return true;
}

export function log_levels(): bool {
  sdk.log("d", sdk.Level.Debug);
  sdk.log("i");
  sdk.log("w", sdk.Level.Warn);
  sdk.log("e", sdk.Level.Error);
  return true;
}

export function spin(): bool {
  while (sdk.attempt() > 0) {}
  return true;
}
