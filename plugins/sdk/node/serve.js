"use strict";
// Serves the functions of a plugin to the host that started it.

const os = require("node:os");
const path = require("node:path");
const { randomBytes } = require("node:crypto");
const grpc = require("@grpc/grpc-js");
const { loadSync } = require("@grpc/proto-loader");
const { Context, Response } = require("./call");
const { newCertificate } = require("./certificate");
const { functions } = require("./registry");

const cookie = ["HTTSLEEP_PLUGIN", "5a1d7d4c-evaluator"];
const version = "1";
const maxRequest = 4 << 20;
const maxResponse = 1 << 20;
const maxText = 8 << 10;

const definition = loadSync(path.join(__dirname, "evaluator.proto"), { longs: String, oneofs: true });
const { service } = grpc.loadPackageDefinition(definition).httsleep.plugin.v1.Evaluator;

const clean = (text) => Buffer.from(String(text)).subarray(0, maxText).toString();

// failed is the outcome of a function that threw.
function failed(thrown) {
  if (thrown instanceof Error) {
    return { failure: { message: clean(`${thrown.name}: ${thrown.message}`), stack: clean(thrown.stack ?? "") } };
  }
  return { failure: { message: clean(thrown) } };
}

// evaluate runs the function that a request names.
async function evaluate(request, signal) {
  const named = functions.get(request.function);
  if (named === undefined) {
    return failed(`there is no function ${JSON.stringify(request.function)}; the functions are ${[...functions.keys()].join(", ")}`);
  }
  let ctx;
  let outcome;
  try {
    ctx = new Context(request, signal);
    outcome = ctx.answer(await named.call(new Response(request.response ?? {}), ctx));
  } catch (thrown) {
    outcome = failed(thrown);
  }
  return { ...outcome, ...ctx?.logged() };
}

// stream serves one stream of the host.
function stream(call) {
  const running = new Map(); // id of an evaluation → how to cancel it
  const handlers = {
    ping: ({ id }) => call.write({ id, pong: {} }),
    cancel: ({ id }) => running.get(id)?.abort(),
    evaluate: async ({ id, evaluate: request }) => {
      const control = new AbortController();
      running.set(id, control);
      const reply = await evaluate(request, control.signal);
      running.delete(id);
      call.write({ id, evaluate: reply });
    },
  };
  call.on("data", (request) => handlers[request.request]?.(request));
  call.on("error", () => {}); // The host is gone; "end" or the process follows.
  call.on("end", () => call.end());
  call.on("cancelled", () => running.forEach((control) => control.abort()));
}

// raw is a call whose messages are bytes.
const raw = (at) => {
  const pass = (bytes) => bytes;
  return {
    path: at, requestStream: false, responseStream: false,
    requestSerialize: pass, requestDeserialize: pass, responseSerialize: pass, responseDeserialize: pass,
  };
};

// addLife adds the health service, and the call by which a host ends its plugin.
function addLife(server) {
  server.addService({ check: raw("/grpc.health.v1.Health/Check") }, {
    check: (call, reply) => reply(null, Buffer.from([8, 1])), // HealthCheckResponse{status: SERVING}
  });
  server.addService({ shutdown: raw("/plugin.GRPCController/Shutdown") }, {
    shutdown: (call, reply) => {
      reply(null, Buffer.alloc(0));
      setImmediate(() => process.exit(0));
    },
  });
}

// newServer makes the server of the registered functions.
function newServer(about) {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": maxRequest,
    "grpc.max_send_message_length": maxResponse,
  });
  server.addService(service, {
    describe: (call, reply) => reply(null, { ...about, sdk: `node ${process.versions.node}`, functions: [...functions.values()] }),
    evaluate: async (call, reply) => {
      const control = new AbortController();
      call.on("cancelled", () => control.abort());
      reply(null, await evaluate(call.request, control.signal));
    },
    evaluateStream: stream,
  });
  addLife(server);
  return server;
}

const bind = (server, socket, credentials) => new Promise((resolve, reject) => {
  server.bindAsync(`unix:${socket}`, credentials, (error) => (error ? reject(error) : resolve()));
});

// handshake listens with TLS, and tells the host where and with which
// certificate.
async function handshake(server) {
  const client = process.env.PLUGIN_CLIENT_CERT;
  if (!client) throw new Error("the host gave no certificate: it has to use TLS");
  const { key, pem, der } = newCertificate();
  const folder = process.env.PLUGIN_UNIX_SOCKET_DIR || os.tmpdir();
  const socket = path.join(folder, `plugin${randomBytes(6).toString("hex")}`);
  await bind(server, socket, grpc.ServerCredentials.createSsl(Buffer.from(client), [{ private_key: key, cert_chain: pem }], true));
  const certificate = der.toString("base64").replace(/=+$/, "");
  process.stdout.write(`1|${version}|unix|${socket}|grpc|${certificate}\n`);
}

// listen serves a host that attaches, on a socket that only this user can open.
async function listen(server, socket) {
  const before = process.umask(0o177);
  await bind(server, socket, grpc.ServerCredentials.createInsecure());
  process.umask(before);
  process.stderr.write(`the plugin serves on ${socket}\n`);
}

// main serves the registered functions, until the host ends the plugin.
//
// With the environment variable HTTSLEEP_PLUGIN_LISTEN, which names a unix
// socket, it serves there, for a host that attaches to it: so a plugin can be
// started under a debugger.
function main({ name = path.parse(process.argv[1] ?? "plugin").name, version: own = "" } = {}) {
  const socket = process.env.HTTSLEEP_PLUGIN_LISTEN;
  if (!socket && process.env[cookie[0]] !== cookie[1]) {
    process.stderr.write(`This is a plugin of httsleep with the functions ${[...functions.keys()].join(", ")}.\n` +
      `Use it in a condition, as callback: {exec: [node, ${process.argv[1]}]}.\n`);
    process.exitCode = 1;
    return;
  }
  process.on("SIGINT", () => {}); // The host decides when a plugin ends.
  const server = newServer({ name, version: own });
  (socket ? listen(server, socket) : handshake(server)).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
}

module.exports = { main };
