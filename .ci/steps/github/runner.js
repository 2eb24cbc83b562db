// What the runner gives to an action and takes from it: inputs, state, outputs, the log.
//
// Files and variables: GitHub's "Workflow commands" and "Metadata syntax". Values are written with a delimiter
// that cannot be in them, because it is random.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");

// An input, without blanks around it; empty where it was not given.
function input(name) {
  return (process.env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] ?? "").trim();
}

function isTrue(name) {
  const text = input(name).toLowerCase();
  if (["", "false"].includes(text)) return false;
  if (text === "true") return true;
  throw new Problem(`input \`${name}\` is \`${text}\`: it is true or false`);
}

// What main has kept for post.
const state = (name) => process.env[`STATE_${name}`] ?? "";
const saveState = (name, value) => append("GITHUB_STATE", name, value);
const setOutput = (name, value) => append("GITHUB_OUTPUT", name, value);

function addPath(directory) {
  const file = process.env.GITHUB_PATH;
  if (file) fs.appendFileSync(file, `${directory}\n`);
}

function append(variable, name, value) {
  const file = process.env[variable];
  if (!file) return;
  const delimiter = `sortie_${crypto.randomUUID()}`;
  fs.appendFileSync(file, `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
}

// Something that a person has to put right.
class Problem extends Error {}

// Fails the step: an annotation with what is wrong.
function fail(error, code = 2) {
  const text = error instanceof Problem ? error.message : (error?.stack ?? String(error));
  const data = text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  process.stdout.write(`::error title=sortie::${data}\n`);
  process.exitCode = code;
}

const say = (text) => process.stderr.write(`sortie: ${text}\n`);

module.exports = { Problem, addPath, fail, input, isTrue, saveState, say, setOutput, state };
