// AWS credentials without a key: GitHub says in a token which job this is, and STS takes it for the role.
//
// The token lives some minutes, a role's session an hour, and a run may take longer: the file is written anew while
// the run lasts, and sortie reads it when its session ends. The token is in that file alone, which only this user
// can read; it is never printed, which would be in vain while sortie has switched the runner's commands off.
//
// GitHub: "OpenID Connect reference"; AWS SDKs and tools: "Assume role credential provider".
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const { Problem, input, say } = require("./runner.js");

const REFRESH = 4 * 60_000;

// Variables for sortie, and how to end it.
async function webIdentity() {
  const role = input("role-to-assume");
  if (!role) return { variables: {}, close() {} };
  const file = path.join(process.env.RUNNER_TEMP || os.tmpdir(), `sortie-${crypto.randomUUID()}.jwt`);
  write(file, await token());
  const refresh = setInterval(() => {
    token().then((text) => write(file, text)).catch((error) => say(`the OIDC token was not renewed: ${error.message}`));
  }, REFRESH);
  refresh.unref();
  const run = `sortie-${process.env.GITHUB_RUN_ID ?? "run"}-${process.env.GITHUB_RUN_ATTEMPT ?? "1"}`;
  return {
    variables: {
      AWS_ROLE_ARN: role,
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_SESSION_NAME: run.replace(/[^\w+=,.@-]/g, "-").slice(0, 64),
      // Keys in the environment would be taken first.
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
    },
    close() {
      clearInterval(refresh);
      fs.rmSync(file, { force: true });
    },
  };
}

async function token() {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env;
  if (!url || !bearer) {
    throw new Problem("`role-to-assume` needs an OIDC token: give the job `permissions: {id-token: write, contents: read}`");
  }
  const request = `${url}&audience=${encodeURIComponent(input("audience") || "sts.amazonaws.com")}`;
  const answer = await fetch(request, {
    headers: { authorization: `Bearer ${bearer}`, accept: "application/json; api-version=2.0" },
    signal: AbortSignal.timeout(20_000),
  }).catch((error) => {
    throw new Problem(`GitHub's OIDC provider does not answer: ${error.cause?.message ?? error.message}`);
  });
  if (!answer.ok) throw new Problem(`GitHub's OIDC provider answers ${answer.status} ${answer.statusText}`);
  const { value } = await answer.json();
  if (!value) throw new Problem("GitHub's OIDC provider answers without a token");
  return value;
}

// In one step, so that nobody reads half of it.
function write(file, text) {
  const beside = `${file}.new`;
  fs.writeFileSync(beside, text, { mode: 0o600 });
  fs.renameSync(beside, file);
}

module.exports = { webIdentity };
