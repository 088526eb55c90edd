"use strict";
// The programs of package evaluatortest, in JavaScript for Node.

const { evaluator, main } = require("..");

const because = (ctx, reason) => {
  ctx.reason(reason);
  return true;
};

const programs = {
  status_is_200: (response) => response.status === 200,
  status_ok: (response) => response.ok,
  attempt_at_least: (response, ctx) => ctx.attempt >= ctx.config.at,
  url: (response, ctx) => because(ctx, response.url),
  elapsed: (response, ctx) => because(ctx, response.elapsed),
  header: (response, ctx) => {
    ctx.reason(response.headers.getAll(ctx.config.name).join("|"));
    return response.headers.has(ctx.config.name);
  },
  header_names: (response, ctx) => because(ctx, response.headers.keys().join(",")),
  body_contains: (response, ctx) => response.body.includes(ctx.config.needle),
  text_is: (response, ctx) => response.text() === ctx.config.text,
  json_field: (response, ctx) => {
    const body = response.json();
    return Object.hasOwn(body, ctx.config.field) && body[ctx.config.field] === ctx.config.want;
  },
  count_with_state: (response, ctx) => {
    ctx.state.n = (ctx.state.n ?? 0) + 1;
    ctx.reason(`n=${ctx.state.n}`);
    return ctx.state.n >= ctx.config.until;
  },
  echo_state: (response, ctx) => because(ctx, JSON.stringify(ctx.state)),
  delete_state: (response, ctx) => delete ctx.state,
  set_state: (response, ctx) => {
    ctx.state = ctx.config.state;
    return true;
  },
  big_state: (response, ctx) => {
    ctx.state.pad = "x".repeat(ctx.config.bytes);
    return true;
  },
  fail: (response, ctx) => {
    throw new Error(ctx.config.message);
  },
  fail_after_state: async (response, ctx) => {
    ctx.state = { lost: true };
    ctx.reason("lost");
    ctx.retryAfter(5);
    throw new Error("after all that");
  },
  return_value: async (response, ctx) => ctx.config.value,
  now: (response, ctx) => because(ctx, ctx.now),
  random: (response, ctx) => because(ctx, [ctx.random(), ctx.random()].join(",")),
  retry_after: (response, ctx) => {
    ctx.retryAfter(ctx.config.seconds);
    return false;
  },
  reason: (response, ctx) => because(ctx, ctx.config.text),
  long_reason: (response, ctx) => because(ctx, ctx.config.text.repeat(ctx.config.count)),
  log: (response, ctx) => {
    for (let i = 0; i < ctx.config.lines; i++) ctx.log(ctx.config.text);
    return true;
  },
  log_levels: (response, ctx) => {
    for (const level of ["debug", "info", "warn", "error"]) ctx.log(level[0], level);
    return true;
  },
  spin: () => {
    for (;;);
  },
};

for (const [name, program] of Object.entries(programs)) evaluator(name, program);
main();
