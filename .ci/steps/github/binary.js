// The program: the release's, of this action's own version.
//
// What is trusted is this action, which the workflow names by tag or commit: release.json beside this file holds
// the SHA-256 of each archive and of the program in it. Where the archive comes from does not matter then:
// STEP_DOWNLOADS names another place (a mirror) than the release. Nor does the runner's tool cache have to be
// trusted: a program in it that is not the release's is not run, and downloaded again.
"use strict";

const { spawnSync } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const { Problem, input, say } = require("./runner.js");

const TRIES = 3;
// For the whole of an archive of about 20 MB.
const TIMEOUT = 120_000;

async function findBinary() {
  const given = input("binary");
  if (given) {
    const program = path.resolve(input("working-directory"), given);
    if (!fs.existsSync(program)) throw new Problem(`input \`binary\`: there is no ${program}`);
    return program;
  }
  const release = JSON.parse(fs.readFileSync(path.join(__dirname, "release.json"), "utf8"));
  const platform = `${process.platform}-${process.arch}`;
  if (Object.keys(release.targets).length === 0) {
    throw new Problem(
      "this revision of the action is no release, and names no program: use a tag (`@v…`), or give `binary:` a sortie that is there",
    );
  }
  const target = release.targets[platform];
  if (!target) {
    const all = Object.keys(release.targets).sort().join(", ");
    throw new Problem(`sortie ${release.version} has no program for ${platform}; there is one for ${all}`);
  }
  const cache = path.join(process.env.RUNNER_TOOL_CACHE || os.tmpdir(), "sortie", release.version, process.arch);
  const program = path.join(cache, "sortie");
  if (fs.existsSync(program) && digest(fs.readFileSync(program)) === target.program) return program;
  return install(release, target, cache);
}

async function install(release, target, cache) {
  const from = (process.env.STEP_DOWNLOADS || release.downloads).replace(/\/+$/, "");
  const archive = await download(`${from}/${target.archive}`);
  const found = digest(archive);
  if (found !== target.sha256) {
    throw new Problem(
      `${from}/${target.archive} is not what was released: its SHA-256 is ${found}, not ${target.sha256}; nothing of it was run`,
    );
  }
  const temporary = fs.mkdtempSync(path.join(process.env.RUNNER_TEMP || os.tmpdir(), "sortie-"));
  try {
    const file = path.join(temporary, target.archive);
    fs.writeFileSync(file, archive);
    const tar = spawnSync("tar", ["-xzf", target.archive], { cwd: temporary, encoding: "utf8" });
    if (tar.status !== 0) throw new Problem(`tar cannot unpack ${target.archive}: ${tar.error?.message ?? tar.stderr}`);
    const unpacked = path.join(temporary, target.archive.replace(/\.tar\.gz$/, ""), "sortie");
    if (digest(fs.readFileSync(unpacked)) !== target.program) {
      throw new Problem(`the program in ${target.archive} is not the one that the action names`);
    }
    // A step beside this one may do the same: the last rename counts, and both have the same file.
    fs.mkdirSync(cache, { recursive: true });
    const program = path.join(cache, "sortie");
    const beside = path.join(cache, `sortie.${crypto.randomUUID()}`);
    fs.copyFileSync(unpacked, beside);
    fs.chmodSync(beside, 0o755);
    fs.renameSync(beside, program);
    fs.writeFileSync(`${cache}.complete`, "");
    return program;
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

async function download(url) {
  for (let attempt = 1; ; attempt += 1) {
    let why;
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });
      if (answer.ok) return Buffer.from(await answer.arrayBuffer());
      why = `the answer is ${answer.status} ${answer.statusText}`;
      if (answer.status < 500 && answer.status !== 429) throw new Problem(`${url}: ${why}`);
    } catch (error) {
      if (error instanceof Problem) throw error;
      why = error.cause?.message ?? error.message;
    }
    if (attempt === TRIES) {
      throw new Problem(`${url}: ${why}; behind a proxy, set NODE_USE_ENV_PROXY=1 for the job`);
    }
    say(`${url}: ${why}; once more`);
    await new Promise((resolve) => setTimeout(resolve, 1_000 * attempt));
  }
}

const digest = (bytes) => crypto.createHash("sha256").update(bytes).digest("hex");

module.exports = { findBinary };
