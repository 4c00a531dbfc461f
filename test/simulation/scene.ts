import type { AlertTransition } from '../../src/alerts/transition.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { recordValue } from '../model/history-text.ts'
import { type OracleArrival, type OracleState, oracle } from '../model/oracle.ts'
import type { Chance } from './chance.ts'
import type { Log, LoggedRecord } from './logs.ts'

/*
 * What happens in the outside world of one seed, a small process with rules and the logs that its events lie in, and what
 * must come of it whatever befalls the program.
 */
export type Scene = {
  readonly process: ProcessDefinition
  readonly logs: readonly Log[]
  /** Records that are no events, `topic:partition:offset reason`. */
  readonly rejected: readonly string[]
  /** The wall clock when the machine begins. */
  readonly wallMs: number
  /** By how much the wall clock of a life may be wrong. */
  readonly skewMs: number
  /** The program is saved and ended so many times less often. */
  readonly slowness: number
  /** By partition: what the model, which knows nothing of the engine, makes of the events. */
  readonly states: ReadonlyMap<number, OracleState>
  /** Once T is here, everything has been evaluated that counts. */
  readonly until: number
  /**
   * @param transitions up to `until`, in the order of the journal.
   * @returns what is wrong with them.
   */
  readonly misjudged: (transitions: readonly AlertTransition[]) => readonly string[]
  /**
   * A shard meets its records in an order that the next life need not repeat. Snapshots stay whole then: of rows that left
   * when one was durable, those would stay that no later order makes.
   */
  readonly hasManyOrders: boolean
}

export const morning = Date.UTC(2026, 4, 5, 8)
export const second = 1_000
export const minute = 60_000

/** An event, and when it is written into its log, in ms of the machine. */
export type Written = { readonly arrival: OracleArrival; readonly atMs: number }

/** By partition: its events in the order of their records. */
export type WrittenByPartition = ReadonlyMap<number, readonly Written[]>

export function statesOf(process: ProcessDefinition, written: WrittenByPartition): ReadonlyMap<number, OracleState> {
  const topics = process.sources.flatMap(source => source.topics)
  return new Map(
    [...written].map(([partition, own]) => [
      partition,
      oracle(
        process,
        own.map(({ arrival }) => arrival),
        { topics },
      ),
    ]),
  )
}

/** @param rejected takes up records that are no events. */
export const logsOf = (
  chance: Chance,
  process: ProcessDefinition,
  written: WrittenByPartition,
  rejected: string[],
): Log[] =>
  [...written].flatMap(([partition, own]) =>
    process.sources.map(({ topics }) => logOf(chance, process, topics[0] as string, partition, own, rejected)),
  )

const unreadable = [
  ['{', 'not-json'],
  ['{"activity":"paid"}', 'missing-field'],
  ['{"case":"c","activity":"paid","at":"yesterday"}', 'bad-time'],
  [JSON.stringify({ case: 'c', activity: 'paid', at: Date.UTC(2030, 0), id: 'f' }), 'future'],
] as const

function logOf(
  chance: Chance,
  process: ProcessDefinition,
  topic: string,
  partition: number,
  written: readonly Written[],
  rejected: string[],
): Log {
  const records: LoggedRecord[] = []
  let offset = chance.of([0, 0, 5])
  const add = (value: string, writtenAtMs: number) => {
    records.push({ offset, value, writtenAtMs })
    offset += chance.of([1, 1, 1, 2, 4])
  }
  for (const { arrival, atMs } of written) {
    if (arrival.topic !== topic) continue
    if (chance.oneIn(20)) {
      const [value, reason] = chance.of(unreadable)
      rejected.push(`${topic}:${partition}:${offset} ${reason}`)
      add(value, atMs)
    }
    for (const event of arrival.events) add(recordValue(process, topic, event), atMs)
  }
  return { topic, partition, records, endOffset: offset }
}
