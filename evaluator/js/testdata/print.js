// print gives what a function returns, or throws, as text.
function print(f) {
  const text = (x) => {
    if (typeof x === "number") return Object.is(x, -0) ? "-0" : String(x);
    if (typeof x === "function") return "function";
    if (typeof x !== "object" || x === null) return typeof x === "string" ? JSON.stringify(x) : String(x);
    if (Array.isArray(x)) return "[" + Array.from(x, text).join() + "]";
    return "{" + Reflect.ownKeys(x).map((k) => String(k) + ":" + text(x[k])).join() + "}";
  };
  try {
    return text(f());
  } catch (e) {
    return "throws " + e.name;
  }
}
