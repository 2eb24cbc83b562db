// A reporter for TeamCity: the build's status line or problem as service messages, and a record of
// the run in the file that was granted as `record`.

import { append, command } from 'sortie:plugin/effects@0.1.0';

export function describe() {
  return {
    name: 'teamcity',
    version: '0.1.0',
    kind: 'reporter',
    summary: 'Build status and problem for TeamCity, and a record of the run',
    needs: [{ tag: 'commands' }, { tag: 'file', val: 'record' }],
    configSchema: '',
  };
}

export function configure() {
  // The host breaks this text in log lines: the task's output cannot speak to TeamCity.
  return { diagnostics: [], markers: [{ text: '##teamcity[', lineStart: false }] };
}

export function report(event) {
  if (event.tag !== 'finished') return;
  const { exitCode, verdict, reason, logLines } = event.val;
  const message =
    exitCode === 0
      ? `buildStatus text='{build.status.text}, ${escape(verdict)}'`
      : `buildProblem identity='${escape(verdict)}' description='${escape(reason)}'`;
  ifGranted(() => command(`##teamcity[${message}]`));
  // 64-bit integers are BigInts, which JSON does not have.
  const record = JSON.stringify({ exitCode, verdict, reason, logLines: Number(logLines) });
  ifGranted(() => append('record', new TextEncoder().encode(`${record}\n`)));
}

// What was not granted answers `denied`: the reporter does what it may.
function ifGranted(effect) {
  try {
    effect();
  } catch (error) {
    if (error.payload?.tag !== 'denied') throw error;
  }
}

function escape(text) {
  return text.replace(/['|[\]]/g, '|$&').replace(/\n/g, '|n').replace(/\r/g, '|r');
}
