// Records what plain objects give for the expressions of differential.txt, into
// differential.jsonl. Run it with Node from this folder: node record.mjs
import { readFileSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const text = readFileSync(new URL("differential.json", here), "utf8");
const print = readFileSync(new URL("print.js", here), "utf8");

const lines = readFileSync(new URL("differential.txt", here), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"));

const records = lines.map((line) => {
  const mark = /^[!?]/.test(line) && !line.startsWith("!!") ? line[0] : "";
  const expression = line.slice(mark.length);
  const run = new Function("v", `${print}\nreturn print(() => (${expression}));`);
  return JSON.stringify({ mark, expression, want: run(JSON.parse(text)) });
});
writeFileSync(new URL("differential.jsonl", here), records.join("\n") + "\n");
console.log(`${records.length} expressions, Node ${process.version}`);
