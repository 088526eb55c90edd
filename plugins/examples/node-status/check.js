"use strict";
// Matches when a job is done: when the status of the JSON body is one of
// config.want, which is done by default.

const { evaluator, main } = require("httsleep-plugin");

evaluator("check", (response, ctx) => {
  const { status } = response.json();
  if (typeof status !== "string") throw new TypeError("the body has no status");
  ctx.reason(`the job is ${status}`);
  return (ctx.config.want ?? ["done"]).includes(status);
}, { description: "whether the job is done" });

main();
