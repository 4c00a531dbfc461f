import { setTimeout as wait } from 'node:timers/promises'
import type { DefineCommand } from '../command-line.ts'
import { addressOfProcess, type GivenProcess, withProcess } from './process-option.ts'

type GivenToSend = GivenProcess & { topic?: string; key?: string; json?: true }

const PROGRESS_EVERY_MS = 1_000

export const defineSend: DefineCommand = (program, { print, complain }, done) => {
  withProcess(program.command('send'))
    .description('send records of a file as events, to a process that runs and takes them by HTTP')
    .argument('<FILE>', 'NDJSON, plain or .gz; - reads the standard input')
    .option('--topic <TOPIC>', 'which it counts as; may be left out where only one takes events')
    .option('--key <KEY>', 'the key of every record, where the case is $key')
    .option('--json', 'print what came of it as JSON')
    .addHelpText(
      'after',
      `
Each batch of 1,000 records, or what has come through a pipe, is sent until it is durable. The same file sent again is
not counted again.
Exit code 1 where some records cannot be counted.

Examples:
  stagewatch send orders.ndjson.gz --topic orders.events
  tail -f orders.ndjson | stagewatch send - --url http://127.0.0.1:8080`,
    )
    .action(async (file: string, given: GivenToSend) => {
      const { sendFile, sentText } = await import('../send.ts')
      const { topic, key, json } = given
      const url = await addressOfProcess(given)
      const show = progressOn(process.stderr.isTTY && !json ? complain : undefined)
      const sent = await sendFile({ url, file, topic, key, progress: show, wait })
      show(undefined)
      print(json ? `${JSON.stringify(sent, null, 2)}\n` : sentText(sent))
      if (sent.rejected_count > 0) done(1)
    })
}

/** One line that stands for itself; undefined takes it away. */
function progressOn(write: ((text: string) => void) | undefined): (records: number | undefined) => void {
  let shownAt = -Infinity
  return records => {
    if (records === undefined) write?.('\r\u001b[K')
    else if (performance.now() - shownAt > PROGRESS_EVERY_MS) {
      shownAt = performance.now()
      write?.(`\r\u001b[K${records.toLocaleString('en')} records are sent`)
    }
  }
}
