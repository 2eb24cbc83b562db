// A reporter for TeamCity: what the task does as service messages, the build's status line or problem
// at its end, and a record of the run in the file that was granted as `record`.
//
// Configuration: { "progress": true }, whether to tell what state the task is in while it runs.
//
// Two compilers make a component of it, `componentize-js` (SpiderMonkey, 12 MB) and `componentize-qjs`
// (QuickJS, 1.6 MB). Where they differ, what is written here is right for both: an option without a
// value comes as `undefined` from the first and as `null` from the second, which both take for none;
// a list of numbers as an array of its type (`Uint32Array`) or, but for bytes, as a plain one; and
// QuickJS has nothing of a browser, no `TextEncoder`.

import { command, write } from 'sortie:plugin/effects@0.2.0';
import { log } from 'sortie:plugin/logging@0.2.0';

// sortie checks the configuration against this before it is seen here.
const schema = {
  type: 'object',
  properties: { progress: { type: 'boolean', description: 'Tell what state the task is in' } },
  additionalProperties: false,
};

// What the component exports, named as the interface. Names are in camel case; a variant is an object
// of `tag` and `val`.
export const reporter = {
  describe() {
    return {
      name: 'teamcity',
      version: '0.2.0',
      summary: 'State, status and problem of the build for TeamCity, and a record of the run',
      needs: [
        { capability: 'commands', argument: '', required: false, reason: 'Service messages' },
        { capability: 'file', argument: 'record', required: false, reason: 'How the run ended, as JSON' },
      ],
      configSchema: JSON.stringify(schema),
    };
  },

  configure(config, context) {
    const { progress = true } = JSON.parse(config);
    if (context.ci == null) log('info', 'no CI system runs sortie here: nobody reads what is written');
    // The component is called for these events alone.
    const events = progress ? ['state', 'finished'] : ['finished'];
    // What is returned is the `ok` of the result.
    return { findings: [], needs: [], events, tickMs: undefined };
  },

  report({ elapsedMs, attempt, what: { tag, val } }) {
    if (tag === 'state-changed') {
      ifGranted(() => command(message('progressMessage', `${val.stage} (${seconds(elapsedMs)})`)));
    } else if (tag === 'finished') {
      ifGranted(() => command(status(val)));
      // Numbers are numbers, so what the host tells can be written as it is.
      const { exitCode, verdict, reason, containers, phases, counters } = val;
      const record = { exitCode, verdict, reason, attempt, elapsedMs, containers, phases, counters };
      ifGranted(() => write('record', utf8(`${JSON.stringify(record)}\n`)));
    }
  },
};

// Where a function of the host's answers an error, it throws an object whose `payload` is the error
// (of `code` and `message`). To answer one itself, a function of the plugin throws the like, or only
// the error: `throw { code: 'failed', message: '…' }`. Whatever else is thrown, an `Error` without a
// `payload` too, is a crash.
function ifGranted(effect) {
  try {
    effect();
  } catch (thrown) {
    // The user knows what he did not grant: the reporter does what it may.
    if (thrown.payload?.code !== 'denied') throw thrown;
  }
}

function status({ exitCode, verdict, reason, hint }) {
  if (exitCode === 0) return `##teamcity[buildStatus text='{build.status.text}, ${escape(verdict)}']`;
  const description = hint ? `${reason}: ${hint}` : reason;
  return `##teamcity[buildProblem identity='${escape(verdict)}' description='${escape(description)}']`;
}

function message(name, text) {
  return `##teamcity[${name} '${escape(text)}']`;
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function escape(text) {
  return text.replace(/['|[\]]/g, '|$&').replace(/\n/g, '|n').replace(/\r/g, '|r');
}

function utf8(text) {
  const bytes = encodeURIComponent(text).match(/%..|./g) ?? [];
  const value = (byte) => (byte[0] === '%' ? parseInt(byte.slice(1), 16) : byte.charCodeAt(0));
  return Uint8Array.from(bytes, value);
}
