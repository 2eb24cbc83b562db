// Writes oracle.json: what the npm package azure-pipelines-task-lib writes for these commands.
//
//     npm install azure-pipelines-task-lib@5.281.0 && node oracle.mjs > oracle.json

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { TaskCommand, commandFromString } = require('azure-pipelines-task-lib/taskcommand')

const texts = [
  '',
  'plain',
  'percent % and %% at the end %',
  'escaped already: %AZP25 %0A %0D %3B %5D',
  'one\ntwo\n\nfour\n',
  'dos\r\nlines\r\n',
  'semicolons; and [brackets]',
  '##vso[task.complete result=Failed]not a command',
  ' spaces ',
  'größer 日本 🚀',
]

const vectors = []
for (const text of texts) {
  for (const [name, properties] of [
    ['task.logissue', [['type', 'error']]],
    ['task.logissue', [['type', 'warning'], ['sourcepath', text], ['linenumber', '3'], ['columnnumber', '5']]],
    ['task.setvariable', [['variable', 'TASK_REASON'], ['isOutput', 'true']]],
  ]) {
    const command = new TaskCommand(name, Object.fromEntries(properties), text)
    const line = command.toString()
    // Its own reader undoes it.
    const read = commandFromString(line)
    if (read.message !== text) throw new Error(`${JSON.stringify(text)} is read as ${JSON.stringify(read.message)}`)
    vectors.push({ name, properties, message: text, line })
  }
}
console.log(JSON.stringify(vectors, null, 1))
