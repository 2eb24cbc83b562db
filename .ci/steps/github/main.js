// The step: `sortie run` with the inputs as arguments, and its exit code.
//
// The runner signals this process alone (SIGINT, 7.5 s later SIGTERM, 2.5 s later the kill), also when a background
// step is cancelled: sortie gets what comes here. What it can no longer do then, post.js does.
"use strict";

const { spawn } = require("node:child_process");
const crypto = require("node:crypto");
const os = require("node:os");
const path = require("node:path");

const { runArguments } = require("./arguments.js");
const { webIdentity } = require("./aws.js");
const { findBinary } = require("./binary.js");
const { Problem, addPath, fail, input, isTrue, saveState, setOutput } = require("./runner.js");

let child = null;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(name, () => {
    if (child) child.kill(name);
    else process.exit(128 + os.constants.signals[name]);
  });
}

async function main() {
  const idFile = path.join(process.env.RUNNER_TEMP || os.tmpdir(), `sortie-${crypto.randomUUID()}.id`);
  const args = runArguments(idFile);
  const binary = await findBinary();
  setOutput("sortie", binary);
  if (isTrue("install-only")) {
    addPath(path.dirname(binary));
    return;
  }
  const aws = await webIdentity();
  saveState("binary", binary);
  saveState("id-file", idFile);
  try {
    process.exitCode = await run(binary, args, aws.variables);
  } finally {
    aws.close();
  }
}

// Runs it to its end.
function run(binary, args, variables) {
  const env = { ...process.env, ...variables };
  // The inputs are arguments now; a task that has this environment need not have them twice.
  for (const name of Object.keys(env)) if (name.startsWith("INPUT_") || env[name] === undefined) delete env[name];
  const cwd = path.resolve(input("working-directory"));
  child = spawn(binary, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Problem(`${binary} does not start: ${error.message}`)));
    child.on("exit", (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]));
  });
}

main().catch(fail);
