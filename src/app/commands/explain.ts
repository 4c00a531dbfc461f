import { InvalidArgumentError } from 'commander'
import type { DefineCommand } from '../command-line.ts'
import { addressOfProcess, type GivenProcess, withProcess } from './process-option.ts'

/** Where the API is asked where nobody has ./data, and nothing else is said. */
const USUAL_ADDRESS = new URL('http://127.0.0.1:8080')

/** What `stagewatch explain` was told. */
export type ExplainOptions = {
  /** Id of an alert, or name of a rule. */
  readonly what: string
  readonly url: URL
  readonly process: string | undefined
  readonly segment: Readonly<Record<string, string | null>>
}

export const defineExplain: DefineCommand = (program, { print }) => {
  withProcess(program.command('explain'))
    .description(
      'say why an alert fires, or why a rule is quiet at a segment: the same explanation as page and API have',
    )
    .argument('<ALERT|RULE>', 'id of an alert, or name of a rule')
    .option('--process <PROCESS>', 'of this process; needed where several have a rule of that name')
    .option(
      '--segment <DIMENSION=VALUE>',
      'the segment, one option for each dimension; an empty value: unknown',
      pair,
      {},
    )
    .option('--json', 'print what the API says')
    .addHelpText(
      'after',
      `
Examples:
  stagewatch explain 99b781cf80019766
  stagewatch explain picking_slow --segment warehouse=WH-2`,
    )
    .action(async (what: string, given: GivenProcess & Omit<ExplainOptions, 'what' | 'url'> & { json?: true }) => {
      const { explain, explanationText } = await import('../explain.ts')
      const url = await addressOfProcess(given, USUAL_ADDRESS)
      const found = await explain({ process: given.process, segment: given.segment, url, what })
      print(given.json ? `${JSON.stringify(found, null, 2)}\n` : explanationText(found))
    })
}

function pair(text: string, before: Readonly<Record<string, string | null>>) {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError(`"${text}" is not written dimension=value`)
  const value = text.slice(at + 1)
  return { ...before, [text.slice(0, at)]: value === '' ? null : value }
}
