import { InvalidArgumentError } from 'commander'
import { type DurationMs, durationMs, parseDuration } from '../../event/duration.ts'
import { type Instant, instant } from '../../event/instant.ts'
import type { DefineCommand } from '../command-line.ts'
import type { Config } from '../config.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { readConfig } from './config-option.ts'
import { type ReplayInput, replayInput } from './replay.ts'

/** What `stagewatch backtest` was told; paths as the user wrote them. */
export type BacktestOptions = {
  readonly rules: string
  /** The rules that they are compared with; undefined: none. */
  readonly against: string | undefined
  /** Files; none where there is a configuration. */
  readonly inputs: readonly ReplayInput[]
  /** Whose topics are read, or whose store. undefined: files are. */
  readonly config: Config | undefined
  /** The records that its store has kept are read, and not the topics. */
  readonly stored: boolean
  /** Alerts count that fire within [from, to); undefined: from the beginning, to the end. */
  readonly from: Instant | undefined
  readonly to: Instant | undefined
  /** A file of incidents. */
  readonly marks: string | undefined
  /** An alert that fires again so soon after it was resolved flaps. */
  readonly flapWithinMs: DurationMs
}

type Given = {
  rules: string
  against?: string
  input?: string[]
  config?: string
  stored?: true
  from?: Instant
  to?: Instant
  marks?: string
  flapWithin: DurationMs
  json?: true
}

export const defineBacktest: DefineCommand = (program, { print, complain }) => {
  program
    .command('backtest')
    .description(
      'say what rules would have told over the past, and what others would have: by the engine that runs them',
    )
    .requiredOption('--rules <DIR>', 'the rules, a folder with process files and owners.yaml')
    .option('--against <DIR>', 'the rules that they are compared with')
    .option('--input <FILE...>', 'NDJSON, plain or .gz; as TOPIC=FILE where the rules name several topics')
    .option('--config <FILE>', 'read the topics that the rules name, by this configuration, to where they end now')
    .option('--stored', 'read the records that the store of the configuration has kept, not the topics')
    .option('--from <TIME>', 'count what fires from then on; what lies before is folded all the same', time)
    .option('--to <TIME>', 'count what fires before then', time)
    .option('--marks <FILE>', 'YAML list of incidents {title, from, to, stage, segment, rules}: what should be found')
    .option(
      '--flap-within <DURATION>',
      'an alert that fires again so soon after its end flaps',
      span,
      durationMs(3_600_000),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Nothing is sent, and nothing is written.

Examples:
  stagewatch backtest --rules rules --input orders.ndjson.gz --from 2026-01-01T00:00:00Z
  stagewatch backtest --rules new --against rules --input orders.ndjson.gz --marks incidents.yaml
  stagewatch backtest --rules new --against rules --config stagewatch.yaml`,
    )
    .action(async (given: Given) => {
      const { runBacktest } = await import('../backtest.ts')
      const { backtestJson, backtestText } = await import('../backtest/report-text.ts')
      const { json, input = [], config: file, stored = false, against, from, to, marks, flapWithin, rules } = given
      requireOnePast(given)
      const config = file === undefined ? undefined : await readConfig(file)
      const inputs = input.map(replayInput)
      const options = { rules, against, from, to, marks, inputs, config, stored, flapWithinMs: flapWithin }
      const progress = process.stderr.isTTY && !json ? complain : undefined
      const report = await runBacktest(options, progress)
      print(json ? `${JSON.stringify(backtestJson(report), null, 2)}\n` : backtestText(report))
    })
}

function requireOnePast({ input = [], config, stored }: Given): void {
  const ways = Number(input.length > 0) + Number(config !== undefined)
  const remedy = 'name files with --input, or a configuration with --config'
  if (ways === 0) throw new CouldNotRun({ problem: 'there is nothing to read the past from', remedy })
  if (ways > 1)
    throw new CouldNotRun({ problem: 'the past is read from files or by a configuration, not both', remedy })
  if (stored && config === undefined) {
    throw new CouldNotRun({
      problem: '--stored needs to know whose store',
      remedy: 'name its configuration with --config',
    })
  }
}

function time(text: string): Instant {
  const at = Date.parse(text)
  if (/^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(at)) return instant(at)
  throw new InvalidArgumentError(`"${text}" is no time such as 2026-01-31 or 2026-01-31T08:00:00+08:00`)
}

function span(text: string): DurationMs {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError(`"${text}" is no duration such as 1h`)
}
