import type { ProcessSummary } from '../../protocol/process.ts'

type Example = NonNullable<ProcessSummary['sources'][number]['example']>

/** Stands between key and value; no key of an example holds it. */
const SEPARATOR = '|'

/** A line for a POSIX shell that sends the example by HTTP. @param origin of the page. */
export function postCommand(origin: string, topic: string, { key, value }: Example): string {
  const url = new URL('/api/v1/events', origin)
  url.searchParams.set('topic', topic)
  if (key !== null) url.searchParams.set('key', key)
  const type = `-H ${shellWord('Content-Type: application/json')}`
  return [`curl ${type} ${shellWord(url.href)}`, `--data-binary ${shellWord(value)}`].join(' \\\n  ')
}

/** A line for a POSIX shell that sends the example with the console producer that Kafka brings. */
export function sendCommand(brokers: readonly string[], topic: string, { key, value }: Example): string {
  const record = key === null ? value : `${key}${SEPARATOR}${value}`
  const producer = `kafka-console-producer.sh --bootstrap-server ${shellWord(brokers.join(','))} --topic ${shellWord(topic)}`
  const keyed = `--property parse.key=true --property ${shellWord(`key.separator=${SEPARATOR}`)}`
  // Not echo: some shells' echo takes a backslash of the JSON for its own.
  return [`printf '%s\\n' ${shellWord(record)} |`, producer, ...(key === null ? [] : [keyed])].join(' \\\n  ')
}

/** In quotes where a shell would read anything into it. */
const shellWord = (text: string): string =>
  /^[\w.,:=@%+/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
