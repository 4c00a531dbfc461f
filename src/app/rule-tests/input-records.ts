import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Instant, instant } from '../../event/instant.ts'
import type { SourceRecord } from '../../event/record.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { type CheckedTest, durationOf } from '../../model/load-tests.ts'
import type { InputEvent } from '../../model/test-file.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { generatedEvents } from './generated-events.ts'
import { writtenRecord } from './written-record.ts'

/** Nothing that a test names is too far in the future. */
const NO_LIMIT = instant(8_640_000_000_000_000)

type Arrival = {
  /** In ms since the epoch. */
  readonly at: number
  readonly topic: string
  readonly key: string | undefined
  readonly value: Uint8Array
}

/**
 * What the source of a test hands over, by topic, in the order in which it comes.
 *
 * @param until what comes later changes nothing that is asked, and is left out.
 * @throws CouldNotRun where a file cannot be read.
 */
export function inputRecords(
  { written, process, position, inputPositions }: CheckedTest,
  start: Instant,
  until: Instant,
): ReadonlyMap<string, readonly SourceRecord[]> {
  const intervalMs = durationOf(written.interval)
  const arrivals = written.input_events.flatMap((event, index) => {
    try {
      return arrivalsOf(event, `g${index + 1}`, process, { start, intervalMs, folder: dirname(position.file) })
    } catch (error) {
      if (!(error instanceof CouldNotRun)) throw error
      const { file, line, column } = inputPositions[index] ?? position
      throw new CouldNotRun({
        problem: `${file}:${line}:${column} ${error.message}`,
        remedy: error.remedy,
        cause: error,
      })
    }
  })
  const inTime = arrivals.filter(({ at }) => at <= until).sort((left, right) => left.at - right.at)
  const topics = [...new Set(process.sources.flatMap(source => source.topics))]
  return new Map(
    topics.map(topic => [
      topic,
      inTime
        .filter(arrival => arrival.topic === topic)
        .map(({ at, key, value }, offset) => ({
          offset,
          key: key === undefined ? null : encoder.encode(key),
          value,
          timestamp: instant(at),
          notAfter: NO_LIMIT,
        })),
    ]),
  )
}

const encoder = new TextEncoder()
const bytesOf = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))

function arrivalsOf(
  event: InputEvent,
  name: string,
  process: ProcessDefinition,
  { start, intervalMs, folder }: { start: Instant; intervalMs: number; folder: string },
): Arrival[] {
  const { generator, record, file, key } = event
  const at = start + (event.at === undefined ? 0 : durationOf(event.at))
  if (generator !== undefined) {
    return generatedEvents(generator, name, intervalMs).map(planned => {
      const {
        topic,
        key: own,
        value,
      } = writtenRecord(process, {
        ...planned,
        at: start + planned.at,
        caseAt: start + planned.caseAt,
        topic: event.topic,
      })
      return { at: start + planned.at, topic, key: own ?? key, value: bytesOf(value) }
    })
  }
  const topic = event.topic ?? (process.sources[0]?.topics[0] as string)
  if (record !== undefined) return [{ at, topic, key, value: bytesOf(record) }]
  if (file !== undefined) return linesOf(resolve(folder, file)).map(value => ({ at, topic, key, value }))
  const { case: caseId, activity, fields = {} } = event
  if (caseId === undefined || activity === undefined)
    throw new Error('an event without case and activity passed the checks')
  const made = writtenRecord(process, { at, caseAt: at, case: caseId, activity, fields, topic: event.topic })
  return [{ at, topic: made.topic, key: made.key ?? key, value: bytesOf(made.value) }]
}

function linesOf(file: string): Uint8Array[] {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
    if (file.endsWith('.gz')) bytes = gunzipSync(bytes)
  } catch (cause) {
    const problem = `the file ${file} cannot be read (${(cause as Error).message})`
    throw new CouldNotRun({ problem, remedy: 'name a file beside the test that can be read', cause })
  }
  return bytes
    .toString('utf8')
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => encoder.encode(line))
}
