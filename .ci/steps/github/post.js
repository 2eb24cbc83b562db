// After the job, also a cancelled one: stops the task if it still runs. The file with its id is gone when the run
// has come to its end, and empty when nothing was launched.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");

const { webIdentity } = require("./aws.js");
const { fail, say, state } = require("./runner.js");

// Cancelled jobs have five minutes in all, and a stop is one call.
const PATIENCE = 60_000;

async function post() {
  const file = state("id-file");
  const id = file && fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
  if (!id) return;
  say(`the step ended before its task: stopping ${id}`);
  const aws = await webIdentity();
  try {
    const env = { ...process.env, ...aws.variables };
    for (const name of Object.keys(env)) if (env[name] === undefined) delete env[name];
    const args = ["stop", "--reason", "the job ended before its task", id];
    const stop = spawnSync(state("binary"), args, { env, stdio: ["ignore", "inherit", "inherit"], timeout: PATIENCE });
    if (stop.error) throw stop.error;
    process.exitCode = stop.status ?? 1;
    if (stop.status === 0) fs.rmSync(file, { force: true });
  } finally {
    aws.close();
  }
}

post().catch((error) => fail(error, 1));
