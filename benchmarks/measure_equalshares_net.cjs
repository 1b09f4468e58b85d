// One count by the tool of equalshares.net in a process of its own: prints one line of JSON.
//
//     node measure_equalshares_net.cjs TOOL_DIR FILE
//
// The tool's own parser and worker run unmodified; only the browser around them is stood in for.
// Floats (its default), ties as everywhere here, and its exhaustive stop, as in pabutools.

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const [folder, file] = process.argv.slice(2);
const scripts = path.join(folder, "js");

function run(name) {
  const source = fs.readFileSync(path.join(scripts, name), "utf8");
  // A module becomes a script: the parser exports one function and imports nothing.
  vm.runInThisContext(source.replace(/^export /gm, ""), { filename: name });
}

function peak() {
  try {
    return 1024 * Number(fs.readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s*(\d+)/)[1]);
  } catch {
    return 1024 * process.resourceUsage().maxRSS;
  }
}

let answer;
globalThis.importScripts = (...names) => names.forEach(run);
globalThis.postMessage = (message) => {
  if (message.type === "result") answer = message;
};
run("pabulibParser.js");
run("methodOfEqualSharesWorker.js");

const params = {
  tieBreaking: ["minCost", "maxVotes"],
  completion: "add1",
  add1options: ["exhaustive"],
  comparison: "none",
  accuracy: "floats",
  budgetIncrement: 1,
};

function counted(place) {
  const start = performance.now();
  const instance = parsePabulibFromString(fs.readFileSync(place, "utf8"));
  const read = performance.now() - start;
  onmessage({ data: { instance, params } });
  return { read: read / 1000, total: (performance.now() - start) / 1000 };
}

counted(path.join(__dirname, "tiny.pb"));
const { read, total } = counted(file);

console.log(
  JSON.stringify({
    read,
    count: total - read,
    total,
    peak: peak(),
    winners: answer.winners,
    version: `equalshares.net, floats, node ${process.versions.node}`,
  }),
);
