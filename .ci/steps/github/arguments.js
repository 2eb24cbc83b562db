// From the inputs to the arguments of `sortie run`. Each value is one argument, whatever is in it.
"use strict";

const { input } = require("./runner.js");
const { words } = require("./words.js");

const ONE = { cluster: "--cluster", "task-definition": "--task-definition", image: "--image", region: "--region", timeout: "--timeout" };
const SEVERAL = { subnets: ["--subnet", /[,\n]/], "security-groups": ["--security-group", /[,\n]/], env: ["--env", /\n/] };

function runArguments(idFile) {
  const args = ["run", `--id-file=${idFile}`];
  for (const [name, flag] of Object.entries(ONE)) {
    const value = input(name);
    if (value) args.push(`${flag}=${value}`);
  }
  for (const [name, [flag, separator]] of Object.entries(SEVERAL)) {
    const values = input(name).split(separator).map((value) => value.trim());
    args.push(...values.filter(Boolean).map((value) => `${flag}=${value}`));
  }
  args.push(...words(input("args"), "args"));
  const command = words(input("command"), "command");
  return command.length > 0 ? [...args, "--", ...command] : args;
}

module.exports = { runArguments };
