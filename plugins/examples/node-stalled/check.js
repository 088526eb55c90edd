"use strict";
// An alarm for a job without progress: it matches when the progress of the JSON
// body has been the same for config.attempts attempts, 5 by default.

const { evaluator, main } = require("httsleep-plugin");

evaluator("check", (response, ctx) => {
  const { progress } = response.json();
  if (typeof progress !== "number") throw new TypeError("progress is no number");
  if (progress !== ctx.state.progress) {
    ctx.state = { progress, since: ctx.attempt };
    ctx.reason(`progress is ${progress}`);
    return false;
  }
  const still = ctx.attempt - ctx.state.since;
  ctx.reason(`progress is ${progress} for ${still} attempts`);
  return still >= (ctx.config.attempts ?? 5);
}, { description: "whether the job makes no progress" });

main();
