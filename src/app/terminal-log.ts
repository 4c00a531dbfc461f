import { type Logger, pino } from 'pino'

/**
 * The log of a command that people run at a terminal: what a failure would look like there, line by line, never JSON.
 *
 * @param level the least that is written: `debug`, `info`, `warn`, `error`, `fatal`.
 * @param write takes whole lines.
 */
export const terminalLog = (level: string, write: (text: string) => void): Logger =>
  pino({ level, base: null, timestamp: false }, { write: line => write(forPeople(JSON.parse(line) as Entry)) })

type Entry = {
  readonly level: number
  readonly msg?: string
  readonly err?: { readonly message: string }
  readonly remedy?: string
  readonly [detail: string]: unknown
}

/** `stagewatch: rows were not written yet (unwritten rows 120)`, and the remedy below where there is one. */
function forPeople({ level: _, msg, err, remedy, ...details }: Entry): string {
  const what = [msg, err?.message].filter(part => part !== undefined).join(': ')
  const named = Object.entries(details).map(([name, value]) => `${inWords(name)} ${asText(value)}`)
  const beside = named.length === 0 ? '' : ` (${named.join(', ')})`
  return `stagewatch: ${what}${beside}\n${remedy === undefined ? '' : `  remedy: ${remedy}\n`}`
}

const inWords = (name: string): string => name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
