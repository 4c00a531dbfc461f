import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefineCommand } from '../command-line.ts'
import { CouldNotRun } from '../could-not-run.ts'

/** A file of records, and the topic that they count as; undefined where the rules name only one topic. */
export type ReplayInput = { readonly topic: string | undefined; readonly file: string }

/** What `stagewatch replay` was told; paths as the user wrote them. */
export type ReplayOptions = {
  readonly rules: string
  /** At least one. */
  readonly inputs: readonly ReplayInput[]
  readonly out: string
  /** A configuration, or a data folder: its store gets the history too. undefined: no store does. */
  readonly store?: string | undefined
  /** Whether it takes the place of history in the store that came from elsewhere. */
  readonly replaces?: boolean
}

type GivenToReplay = { rules: string; input: string[]; out: string; store?: string; replace?: true; json?: true }

export const defineReplay: DefineCommand = (program, { print }) => {
  program
    .command('replay')
    .description('fold files of records as if they were read live, and write visits, windows, alerts and counts')
    .requiredOption('--rules <DIR>', 'folder with process files and owners.yaml')
    .requiredOption('--input <FILE...>', 'NDJSON, plain or .gz; as TOPIC=FILE where the rules name several topics')
    .requiredOption('--out <DIR>', 'where visits.ndjson, windows.ndjson, alerts.ndjson and summary.json go')
    .option('--store <FILE|DIR>', 'write the history to a store too: of a configuration, or of a data folder')
    .option('--replace', 'take the place of history in the store that came from another source')
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      `
Examples:
  stagewatch replay --rules rules --input orders.ndjson.gz --out result
  stagewatch replay --rules rules --input orders.ndjson.gz --out result --store stagewatch.yaml
  stagewatch replay --rules rules --input orders.events=events.ndjson orders.table=table.ndjson --out result`,
    )
    .action(async (given: GivenToReplay) => {
      const { runReplay } = await import('../replay.ts')
      const { summaryForPeople } = await import('../replay-output/summary.ts')
      const { rules, input, out, store, replace } = given
      if (replace && store === undefined) {
        throw new CouldNotRun({ problem: '--replace has no meaning without a store', remedy: 'name it with --store' })
      }
      const inputs = input.map(replayInput)
      const summary = await runReplay({ rules, inputs, out, store, replaces: replace === true })
      print(given.json ? readFileSync(join(given.out, 'summary.json'), 'utf8') : summaryForPeople(summary, given.out))
    })
}

/** A topic holds only letters, digits, ".", "_" and "-", so a "=" after anything else belongs to the file's name. */
export function replayInput(text: string): ReplayInput {
  const [, topic, file] = /^([\w.-]+)=(.+)$/s.exec(text) ?? []
  return topic === undefined || file === undefined ? { topic: undefined, file: text } : { topic, file }
}
