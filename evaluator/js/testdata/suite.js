// The programs of package evaluatortest, in JavaScript.
const inBody = (response) => response.json();

export const programs = {
  status_is_200: (response) => response.status === 200,
  status_ok: (response) => response.ok,
  attempt_at_least: (response, ctx) => ctx.attempt >= ctx.config.at,
  url: (response, ctx) => { ctx.reason(response.url); return true; },
  elapsed: (response, ctx) => { ctx.reason(response.elapsed); return true; },
  header: (response, ctx) => {
    ctx.reason(response.headers.getAll(ctx.config.name).join("|"));
    return response.headers.get(ctx.config.name) !== null;
  },
  header_names: (response, ctx) => { ctx.reason(response.headers.keys().join(",")); return true; },
  body_contains: (response, ctx) => response.text().includes(ctx.config.needle),
  text_is: (response, ctx) => response.text() === ctx.config.text,
  json_field: (response, ctx) => {
    const body = inBody(response);
    return Object.hasOwn(body, ctx.config.field) && body[ctx.config.field] === ctx.config.want;
  },
  json_path: (response, ctx) => {
    const found = ctx.jsonpath(ctx.config.expression);
    ctx.reason(JSON.stringify(found));
    return found.length > 0;
  },
  count_with_state: (response, ctx) => {
    ctx.state.n = (ctx.state.n ?? 0) + 1;
    ctx.reason(`n=${ctx.state.n}`);
    return ctx.state.n >= ctx.config.until;
  },
  echo_state: (response, ctx) => { ctx.reason(JSON.stringify(ctx.state)); return true; },
  delete_state: (response, ctx) => { delete ctx.state; return true; },
  set_state: (response, ctx) => { ctx.state = ctx.config.state; return true; },
  big_state: (response, ctx) => { ctx.state.pad = "x".repeat(ctx.config.bytes); return true; },
  fail: (response, ctx) => { throw new Error(ctx.config.message); },
  fail_after_state: (response, ctx) => {
    ctx.state = { lost: true };
    ctx.reason("lost");
    ctx.retryAfter(5);
    throw new Error("after all that");
  },
  return_value: (response, ctx) => ctx.config.value,
  now: (response, ctx) => { ctx.reason(Date.now()); return true; },
  random: (response, ctx) => { ctx.reason([Math.random(), Math.random()].join(",")); return true; },
  retry_after: (response, ctx) => { ctx.retryAfter(ctx.config.seconds); return false; },
  reason: (response, ctx) => { ctx.reason(ctx.config.text); return true; },
  long_reason: (response, ctx) => { ctx.reason(ctx.config.text.repeat(ctx.config.count)); return true; },
  log: (response, ctx) => {
    for (let i = 0; i < ctx.config.lines; i++) console.log(ctx.config.text);
    return true;
  },
  log_levels: () => {
    console.debug("d");
    console.info("i");
    console.warn("w");
    console.error("e");
    return true;
  },
  spin: () => { for (;;); },
};
