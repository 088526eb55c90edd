"use strict";

// The functions of the plugin: name → { name, call, description, configSchema }.
const functions = new Map();

// evaluator registers a function that judges responses, under the name that a
// callback's "function" gives. Only true matches; what it throws is an error of
// kind callback. It may be async.
function evaluator(name, call, { description = "", configSchema } = {}) {
  if (typeof name !== "string" || name === "" || typeof call !== "function") {
    throw new TypeError("evaluator(name, function): want a name and a function");
  }
  if (functions.has(name)) throw new Error(`there are two functions called ${JSON.stringify(name)}`);
  functions.set(name, {
    name,
    call,
    description,
    configSchema: Buffer.from(configSchema === undefined ? "" : JSON.stringify(configSchema)),
  });
  return call;
}

module.exports = { evaluator, functions };
