import fc from 'fast-check'
import { CATCHING_UP_MS, type ProcessEngine } from '../../src/engine/process-engine.ts'
import { instant } from '../../src/event/instant.ts'
import type { SourceRecord, TopicPartition } from '../../src/event/record.ts'
import type { ProcessDefinition, RuleDefinition } from '../../src/model/definitions.ts'
import { histories, processes, recordValue } from '../model/histories.ts'
import type { OracleArrival } from '../model/oracle.ts'
import { makeRule } from '../model/process.ts'

/** All records of one topic partition: JSON as a producer wrote it, or bytes that nobody can read. */
export type Log = TopicPartition & { readonly values: readonly string[] }

/** A process with rules, and the logs of all its topic partitions. */
export type Scene = {
  readonly process: ProcessDefinition
  readonly logs: readonly Log[]
  /** The same events, by partition number, for the model. */
  readonly arrivals: readonly (readonly OracleArrival[])[]
}

/** So many panes after the last event transitions are compared. */
const COMPARED_PANES = 50

/** A wall clock that stands: so long after the last event that all is history, however long the machine takes. */
export function clockOf({ process: { paneMs }, arrivals }: Scene): () => number {
  const times = arrivals.flat().flatMap(({ events }) => events.flatMap(event => ('at' in event ? [event.at] : [])))
  const present = Math.max(0, ...times) + (COMPARED_PANES + 2) * paneMs + 2 * CATCHING_UP_MS
  return () => present
}

/** T goes on to the present, through thousands of instants without events: a while after the last one is enough. */
export const lastCompared = (engine: ProcessEngine): number =>
  Math.max(...engine.partitions.map(({ watermark }) => watermark)) + COMPARED_PANES * engine.process.paneMs

/** @param from offset of the first of the values. */
export const recordsOf = (values: readonly string[], from: number, notAfter = Infinity): SourceRecord[] =>
  values.map((value, index) => ({
    offset: from + index,
    key: null,
    value: Buffer.from(value),
    timestamp: undefined,
    notAfter: instant(notAfter),
  }))

/** Rules that come and go often: counts at once and held for a while, by total and by segment. */
function rulesOf(process: ProcessDefinition): RuleDefinition[] {
  const { paneMs } = process
  return process.stages.flatMap(({ by }, stage) => [
    makeRule({ name: `open${stage}`, stage, window: paneMs, when: 'wip >= 2.0' }),
    makeRule({ name: `left${stage}`, stage, window: 5 * paneMs, when: 'exited >= 1.0', by }),
    makeRule({
      name: `slow${stage}`,
      stage,
      window: 7 * paneMs,
      when: 'age_p90 > duration("3ms") || p50 > duration("2ms")',
      by: by.slice(0, 1),
      for: 2 * paneMs,
      keepFiringFor: 3 * paneMs,
    }),
  ])
}

/** Bytes that become no event, and so move no time. */
const unreadable = ['{', 'null', '{"activity":"open"}', '{"case":"c","activity":"open","at":"yesterday"}', '']

export type SceneOptions = {
  /** Lengths in panes of a silence somewhere in each log. */
  readonly silences: readonly number[]
}

/** Two or three partitions of all topics of a process drawn at random; each case lives in one partition. */
export const scenes = ({ silences }: SceneOptions): fc.Arbitrary<Scene> =>
  processes().chain(bare => {
    const process = { ...bare, rules: rulesOf(bare) }
    const partition = fc.record({
      arrivals: histories(process),
      silence: fc.constantFrom(...silences),
      before: fc.nat(60),
      noise: fc.array(fc.tuple(fc.nat(60), fc.constantFrom(...unreadable)), { maxLength: 4 }),
    })
    return fc.array(partition, { minLength: 2, maxLength: 3 }).map(partitions => {
      const logs: Log[] = []
      const all: OracleArrival[][] = []
      for (const [number, { arrivals, silence, before, noise }] of partitions.entries()) {
        const own = arrivals.flatMap(({ topic, events }, index) =>
          events.map(event => ({
            topic,
            partition: number,
            events: [
              'ignored' in event
                ? event
                : {
                    ...event,
                    case: `${number}/${event.case}`,
                    at: event.at + (index < before ? 0 : silence * process.paneMs),
                  },
            ],
          })),
        )
        all.push(own)
        for (const { topics } of process.sources) {
          const values = own
            .filter(({ topic }) => topic === topics[0])
            .map(({ topic, events }) => recordValue(process, topic, events[0]!))
          for (const [place, bytes] of noise) values.splice(place % (values.length + 1), 0, bytes)
          logs.push({ topic: topics[0]!, partition: number, values })
        }
      }
      return { process, logs, arrivals: all }
    })
  })
