import { type Command, InvalidArgumentError } from 'commander'
import type { DefineCommand, ExitCode, Terminal } from '../command-line.ts'
import type { RecordPosition } from '../dlq/place.ts'
import { readConfig } from './config-option.ts'
import { wholeNumber } from './option-values.ts'

type GivenFilter = { process?: string; reason?: string; topic?: string; partition?: number }
type GivenToDlq = GivenFilter & { config: string; json?: true }

export const defineDlq: DefineCommand = (program, terminal, done) => {
  const dlq = program
    .command('dlq')
    .description('dead letters: the records that could not be counted; list, look at, and send them back')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
They are taken from the topic kafka.dead_letters names, else from the store (the embedded one only while no process has it).

Examples:
  stagewatch dlq ls --config stagewatch.yaml --reason not-json
  stagewatch dlq show --config stagewatch.yaml orders.events:3:4711
  stagewatch dlq redrive --config stagewatch.yaml --reason over-limit --dry-run`,
    )
  const add = (name: string, description: string): Command => dlq.command(name).description(description)
  withFilter(add('ls', 'count dead letters by process, reason, topic and partition; exit code 1 where some wait'))
    .option('--newest <N>', 'list the newest N, too', wholeNumber(0, 10_000), 0)
    .action(async (given: GivenToDlq & { newest: number }) => done(await list(given, terminal)))
  withConfig(add('show', 'show a dead letter: key, value, headers, and why it could not be counted'))
    .argument('<POSITION>', 'where it came from: topic:partition:offset', recordPosition)
    .option('--process <PROCESS>', 'of this process')
    .option('--hex', 'bytes in hexadecimal, even where they are a text')
    .action(async (position: RecordPosition, given: GivenToDlq & { hex?: true }) => show(position, given, terminal))
  withFilter(add('redrive', 'send dead letters back, unchanged, to the topic and partition that they came from'))
    .argument('[POSITION...]', 'only these: topic:partition:offset', positions)
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--again', 'also those that were sent back before')
    .action(async (only: RecordPosition[], given: GivenToDlq & { dryRun?: true; again?: true }) =>
      done(await sendBack(only, given, terminal)),
    )
}

const withConfig = (command: Command): Command =>
  command
    .requiredOption('--config <FILE>', 'the configuration of stagewatch run')
    .option('--json', 'print the result as JSON')

const withFilter = (command: Command): Command =>
  withConfig(command)
    .option('--process <PROCESS>', 'only of this process')
    .option('--reason <REASON>', 'only of this reason, such as not-json or late')
    .option('--topic <TOPIC>', 'only from this topic')
    .option('--partition <N>', 'only from this partition', wholeNumber(0, 2_147_483_647))

const filterOf = ({ process, reason, topic, partition }: GivenFilter) => ({
  ...(process !== undefined && { process }),
  ...(reason !== undefined && { reason }),
  ...(topic !== undefined && { topic }),
  ...(partition !== undefined && { partition }),
})

async function list(given: GivenToDlq & { newest: number }, { print }: Terminal): Promise<ExitCode> {
  const { withPlace } = await import('../dlq.ts')
  const { listDeadLetters, listingJson, listingText } = await import('../dlq/listing.ts')
  const listing = await withPlace(await readConfig(given.config), place =>
    listDeadLetters(place, filterOf(given), given.newest),
  )
  print(given.json ? `${JSON.stringify(listingJson(listing), null, 2)}\n` : listingText(listing))
  return listing.letters > listing.redriven ? 1 : 0
}

async function show(position: RecordPosition, given: GivenToDlq & { hex?: true }, { print }: Terminal): Promise<void> {
  const { deadLettersAt, withPlace } = await import('../dlq.ts')
  const { letterJson, letterText } = await import('../dlq/letter-text.ts')
  const letters = await withPlace(await readConfig(given.config), place =>
    deadLettersAt(place, { ...filterOf({ ...given, ...position }), offset: position.offset }),
  )
  if (given.json) print(`${JSON.stringify(letters.map(letterJson), null, 2)}\n`)
  else print(letters.map(letter => letterText(letter, given.hex === true)).join('\n'))
}

async function sendBack(
  positions: readonly RecordPosition[],
  given: GivenToDlq & { dryRun?: true; again?: true },
  { print }: Terminal,
): Promise<ExitCode> {
  const { runRedrive } = await import('../dlq.ts')
  const { redriveJson, redriveText } = await import('../dlq/redrive.ts')
  const filter = filterOf(given)
  const options = { filter, positions, again: given.again === true, dryRun: given.dryRun === true }
  const outcome = await runRedrive(await readConfig(given.config), options)
  print(given.json ? `${JSON.stringify(redriveJson(outcome), null, 2)}\n` : redriveText(outcome))
  return outcome.impossible.length > 0 ? 1 : 0
}

export function recordPosition(text: string): RecordPosition {
  const [, topic, partition, offset] = /^([\w.-]{1,249}):(\d{1,10}):(\d{1,16})$/.exec(text) ?? []
  if (topic === undefined) {
    throw new InvalidArgumentError('A position is written topic:partition:offset, as dlq ls shows it.')
  }
  return { topic, partition: Number(partition), offset: Number(offset) }
}

const positions = (text: string, before: RecordPosition[] = []): RecordPosition[] => [...before, recordPosition(text)]
