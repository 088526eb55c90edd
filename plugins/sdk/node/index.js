"use strict";
// Plugins of httsleep in JavaScript, for Node.
//
//   const { evaluator, main } = require("httsleep-plugin");
//
//   evaluator("check", (response, ctx) => {
//     const job = response.json();
//     ctx.reason(`the job is ${job.status}`);
//     return job.status === "done";
//   });
//
//   main();

const { evaluator } = require("./registry");
const { main } = require("./serve");

module.exports = { evaluator, main };
