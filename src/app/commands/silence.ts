import { randomUUID } from 'node:crypto'
import { type Command, Option } from 'commander'
import type { SilenceView } from '../../protocol/silence.ts'
import type { DefineCommand } from '../command-line.ts'
import { byOption } from './alerts.ts'
import { durationText, instantText } from './option-values.ts'
import { addressOfProcess, type GivenProcess, withProcess } from './process-option.ts'

type Given = GivenProcess & { json?: true }
type GivenSilence = Given & { by?: string; comment: string; for?: string; from?: string; until?: string }

export const defineSilence: DefineCommand = (program, { print }) => {
  const silence = program
    .command('silence')
    .description('silences of a process that runs: nobody is told of the alerts that one matches')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Matchers are written as Alertmanager writes them: name="value", with =, !=, =~ or !~, over alertname, process, stage, measure,
severity, owner and the dimensions of the segment. The process is found by its data folder, ./data unless --data or --config names
another, or by --url.

Examples:
  stagewatch silence add warehouse=WH-2 'severity=~"info|warning"' --for 2h --comment "shelves are moved"
  stagewatch silence list
  stagewatch silence expire 5f1d…`,
    )
  const add = (name: string, description: string): Command =>
    withProcess(silence.command(name, { isDefault: name === 'list' }).description(description)).option(
      '--json',
      'print what the API says',
    )
  const tell = (given: Given, found: unknown, text: string) =>
    print(given.json ? `${JSON.stringify(found, null, 2)}\n` : text)

  add('add', 'let nobody be told of what all of these matchers match')
    .argument('<MATCHER...>', 'such as warehouse=WH-2')
    .requiredOption('--comment <TEXT>', 'why')
    .addOption(new Option('--for <DURATION>', 'how long, such as 2h').argParser(durationText).conflicts('until'))
    .addOption(new Option('--until <TIME>', 'its end, ISO 8601 with an offset').argParser(instantText))
    .addOption(new Option('--from <TIME>', 'its start, likewise (default: now)').argParser(instantText))
    .addOption(byOption())
    .action(async (matchers: string[], given: GivenSilence) => {
      const { addSilence, silenceText } = await import('../silence-commands.ts')
      const { from, until, comment, by } = given
      const answer = await addSilence(await addressOfProcess(given), {
        matchers,
        ...(from !== undefined && { starts_at: from }),
        ...(until === undefined ? { duration: given.for ?? '1h' } : { ends_at: until }),
        ...{ comment, id: randomUUID() },
        ...(by !== undefined && { created_by: by }),
      })
      tell(given, answer, silenceText(answer.silence))
    })
  add('list', 'list silences: those in force and to come')
    .addOption(
      new Option('--state <STATE>', 'only of this state').choices(['pending', 'active', 'expired']).conflicts('all'),
    )
    .option('--all', 'with those that ended within the last day')
    .action(async (given: Given & { state?: SilenceView['state']; all?: true }) => {
      const { listSilences, silenceListText } = await import('../silence-commands.ts')
      const found = await listSilences(await addressOfProcess(given), given.state ?? 'all')
      const wanted = found.filter(({ state }) => given.all || given.state !== undefined || state !== 'expired')
      tell(given, wanted, silenceListText(wanted))
    })
  add('expire', 'end one before its time')
    .argument('<SILENCE>', 'its id')
    .addOption(byOption())
    .action(async (id: string, given: Given & { by?: string }) => {
      const { expireSilence, silenceText } = await import('../silence-commands.ts')
      const answer = await expireSilence(await addressOfProcess(given), id, given.by, randomUUID())
      tell(given, answer, silenceText(answer.silence))
    })
}
