import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import { resolutionCauses } from '../../alerts/alert-action.ts'
import { parseDuration } from '../../event/duration.ts'
import type { AlertActionView } from '../../protocol/alert.ts'
import type { DefineCommand, ExitCode, Terminal } from '../command-line.ts'
import { ownToken } from '../own-token.ts'
import { durationText, instantText } from './option-values.ts'
import { addressOfProcess, type GivenProcess, withProcess } from './process-option.ts'

type Given = GivenProcess & { json?: true }
type GivenAction = Given & { by?: string }

export const defineAlerts: DefineCommand = (program, terminal, done) => {
  const alerts = program
    .command('alerts')
    .description('alerts of a process that runs: list, look at, and act on them')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
The process is found by its data folder, ./data unless --data or --config names another, or by --url.

Examples:
  stagewatch alerts list
  stagewatch alerts ack 99b781cf80019766 --by li.wei
  stagewatch alerts snooze 99b781cf80019766 --for 2h
  stagewatch alerts comment 99b781cf80019766 "the belt is being repaired"`,
    )
  const add = (name: string, description: string): Command =>
    withProcess(alerts.command(name, { isDefault: name === 'list' }).description(description)).option(
      '--json',
      'print what the API says',
    )
  const addAction = (name: string, description: string): Command =>
    add(name, description).argument('<ALERT>', 'its id').addOption(byOption())

  add('list', 'list alerts, the most severe first; exit code 1 where some are not over')
    .option('--all', 'with those that were over within the last day')
    .option('--process <PROCESS>', 'only of this process')
    .action(async (given: Given & { all?: true; process?: string }) => done(await list(given, terminal)))
  add('show', 'show one with its explanation, its history and what was done to it')
    .argument('<ALERT>', 'its id')
    .action((alert: string, given: Given) => show(alert, given, terminal))

  const act = (kind: AlertActionView['kind'], alert: string, given: GivenAction, fields: object = {}) =>
    actAndTell({ kind, alert, given, fields }, terminal)
  addAction('ack', 'say that you look after it').action((alert: string, given: GivenAction) =>
    act('acknowledge', alert, given),
  )
  addAction('unack', 'say that you do not any more').action((alert: string, given: GivenAction) =>
    act('unacknowledge', alert, given),
  )
  addAction('assign', 'give it to somebody')
    .argument('<PERSON>', 'who looks after it; "" takes it away from whoever does')
    .action((alert: string, to: string, given: GivenAction) =>
      act('assign', alert, given, { to: to === '' ? null : to }),
    )
  addAction('comment', 'write something down with it')
    .argument('<TEXT>', 'what')
    .action((alert: string, text: string, given: GivenAction) => act('comment', alert, given, { text }))
  addAction('snooze', 'let nobody be told of it for a while')
    .addOption(new Option('--for <DURATION>', 'such as 2h').argParser(durationText).conflicts(['until', 'end']))
    .addOption(new Option('--until <TIME>', 'ISO 8601 with an offset').argParser(instantText).conflicts('end'))
    .option('--end', 'from now on as usual')
    .action((alert: string, given: GivenAction & GivenSnooze) => act('snooze', alert, given, { until: untilOf(given) }))
  addAction('resolve', 'say that it is over, whatever its rule says, and what it came from')
    .addOption(new Option('--cause <CAUSE>', 'what it came from').choices(resolutionCauses).makeOptionMandatory())
    .option('--text <TEXT>', 'more about it; the cause "other" needs it')
    .action((alert: string, given: GivenAction & { cause: string; text?: string }) =>
      act('resolve', alert, given, { cause: given.cause, ...(given.text !== undefined && { text: given.text }) }),
    )
  addAction('feedback', 'say what it was worth')
    .argument('<VERDICT>', 'useful or false_alarm')
    .action((alert: string, verdict: string, given: GivenAction) => act('feedback', alert, given, { verdict }))
}

/** Who does it: whoever a token belongs to, where one is sent. */
export function byOption(): Option {
  const option = new Option('--by <PERSON>', 'who does it')
  return ownToken() === undefined ? option.default(userInfo().username, 'the user of the system') : option
}

type GivenSnooze = { for?: string; until?: string; end?: true }

function untilOf({ for: duration, until, end }: GivenSnooze): string | null {
  if (end) return null
  return until ?? new Date(Date.now() + (parseDuration(duration ?? USUAL_SNOOZE) ?? 0)).toISOString()
}

const USUAL_SNOOZE = '1h'

async function list(given: Given & { all?: true; process?: string }, { print }: Terminal): Promise<ExitCode> {
  const { alertListText, isOver, listAlerts } = await import('../alert-commands.ts')
  const url = await addressOfProcess(given)
  const found = await listAlerts(url, { all: given.all === true, process: given.process })
  print(given.json ? `${JSON.stringify(found, null, 2)}\n` : alertListText(found, Date.now()))
  return found.every(isOver) ? 0 : 1
}

async function show(alert: string, given: Given, { print }: Terminal): Promise<void> {
  const { showAlert, shownAlertText } = await import('../alert-commands.ts')
  const shown = await showAlert(await addressOfProcess(given), alert)
  print(given.json ? `${JSON.stringify(shown, null, 2)}\n` : shownAlertText(shown, Date.now()))
}

type Wanted = {
  readonly kind: AlertActionView['kind']
  readonly alert: string
  readonly given: GivenAction
  readonly fields: object
}

async function actAndTell({ kind, alert, given, fields }: Wanted, { print }: Terminal): Promise<void> {
  const { actionText, actOn } = await import('../alert-commands.ts')
  const answer = await actOn(await addressOfProcess(given), alert, kind, { by: given.by, id: randomUUID(), ...fields })
  print(given.json ? `${JSON.stringify(answer, null, 2)}\n` : `${actionText(answer.action)}\n`)
}
