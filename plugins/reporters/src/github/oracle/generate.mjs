// Writes actions-core.json: what the npm package @actions/core writes for these calls.
//
//     npm install @actions/core@3.0.1 && node generate.mjs > actions-core.json
//
// The delimiter of an output is random there; DELIMITER stands for it.

import * as core from '@actions/core'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const texts = [
  '',
  'plain',
  'percent % and %% at the end %',
  'escaped already: %25 %0A %0D %3A %2C',
  'one\ntwo\n\nfour\n',
  'dos\r\nlines\r\n',
  'a lone \r carriage return',
  'colon: and, comma ,, ::',
  '::error::not a command',
  ' spaces and\ttabs ',
  'größer 日本 🚀',
  'name=value<<DELIMITER',
  'nul \u0000 and escape \u001b[31m',
]

// Everything that a call writes to standard output.
function captured(call) {
  const write = process.stdout.write
  let written = ''
  process.stdout.write = chunk => {
    written += chunk
    return true
  }
  try {
    call()
  } finally {
    process.stdout.write = write
  }
  return written
}

const commands = []
for (const text of texts) {
  commands.push({ name: 'error', properties: [], message: text, line: captured(() => core.error(text)) })
  commands.push({ name: 'group', properties: [], message: text, line: captured(() => core.startGroup(text)) })
  commands.push({
    name: 'warning',
    properties: [['title', text]],
    message: text,
    line: captured(() => core.warning(text, { title: text })),
  })
  commands.push({
    name: 'error',
    properties: [['title', text], ['file', `${text}.rs`], ['line', '3'], ['endLine', '5'], ['col', '1'], ['endColumn', '7']],
    message: text,
    line: captured(() =>
      core.error(text, { title: text, file: `${text}.rs`, startLine: 3, endLine: 5, startColumn: 1, endColumn: 7 }),
    ),
  })
}
commands.push({ name: 'endgroup', properties: [], message: '', line: captured(() => core.endGroup()) })

const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'oracle-')), 'output')
process.env.GITHUB_OUTPUT = file
const outputs = texts.map((value, index) => {
  fs.writeFileSync(file, '')
  core.setOutput(`name-${index}`, value)
  const written = fs.readFileSync(file, 'utf8')
  const delimiter = /<<(ghadelimiter_[0-9a-f-]+)\n/.exec(written)[1]
  return { name: `name-${index}`, value, file: written.replaceAll(delimiter, 'DELIMITER') }
})
fs.rmSync(path.dirname(file), { recursive: true })

console.log(JSON.stringify({ commands, outputs }, null, 1))
