import type { AlertTransition } from '../../src/alerts/transition.ts'
import { HELD_TIME_RULE } from '../../src/model/reserved-names.ts'
import { bucketName } from '../../src/windows/histogram.ts'
import { byName, factsOf, isAllZero, lineOf, type PaneFact } from '../model/comparable.ts'
import { messageIdOf } from './channel.ts'
import type { Scene } from './scene.ts'
import type { Server, StoredRow } from './server.ts'

/** What a program has come to in the end, as far as the world can see it. */
export type Reached = {
  readonly server: Server
  /** In the journal, in its order. */
  readonly durable: readonly AlertTransition[]
  readonly received: ReadonlyMap<string, number>
}

/** How it differs from what must come out; empty: not at all. */
export function differences(scene: Scene, { server, durable, received }: Reached): string[] {
  const judged = durable.filter(({ rule, at }) => rule !== HELD_TIME_RULE && at <= scene.until)
  const beyond = new Set(durable.filter(transition => !judged.includes(transition)).map(messageIdOf))
  const messages = [...received.keys()].filter(id => !beyond.has(id))
  return [
    ...differing('row', storedLines(scene, server), expectedLines(scene)),
    ...differing('dead letter', deadLetters(server), expectedDeadLetters(scene, server)),
    ...scene.misjudged(judged),
    ...differing(
      'message',
      messages,
      judged.flatMap(transition => messageIdOf(transition) ?? []),
    ),
    ...differing('transition in the store', storedTransitions(server), durable.map(storedLine)),
  ]
}

function differing(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  const [foundSet, wantedSet] = [new Set(found), new Set(wanted)]
  return [
    ...[...foundSet].filter(line => !wantedSet.has(line)).map(line => `${what} too many: ${line}`),
    ...[...wantedSet].filter(line => !foundSet.has(line)).map(line => `${what} missing: ${line}`),
  ]
}

const storedLine = ({ id, at, state }: AlertTransition): string => JSON.stringify([id, at, state])

const storedTransitions = (server: Server): string[] =>
  server.rowsOf('alert_transitions').map(({ id, at_ms, state }) => JSON.stringify([id, at_ms, state]))

const expectedLines = ({ states }: Scene): string[] =>
  [...states].flatMap(([partition, state]) => {
    const { visits, panes } = factsOf(state)
    return [...visits, ...panes.map(lineOf)].map(line => `${partition} ${line}`)
  })

function storedLines({ process }: Scene, server: Server): string[] {
  const stages = new Map(process.stages.map(({ name }, index) => [name, index]))
  const visits = server
    .rowsOf('visits')
    .filter(({ deleted }) => deleted === 0)
    .map(row => `${row.partition} ${JSON.stringify(visitFact(row, stages.get(row.stage as string)))}`)
  const panes = server
    .rowsOf('panes')
    .map(row => ({ partition: row.partition, fact: paneFact(row, stages.get(row.stage as string) as number) }))
    .filter(({ fact }) => !isAllZero(fact))
    .map(({ partition, fact }) => `${partition} ${JSON.stringify(fact)}`)
  return [...visits, ...panes]
}

const segmentOf = (row: StoredRow): unknown[] => Object.values(JSON.parse(row.segment as string))

const visitFact = (row: StoredRow, stage: number | undefined) => ({
  stage,
  case: row.case_id,
  start: row.start_ms,
  ordinal: row.ordinal,
  visit: row.visit,
  outcome: row.outcome,
  end: row.end_ms,
  reason: row.reason,
  businessMs: row.business_ms,
  segment: segmentOf(row),
  attributes: JSON.parse(row.attributes as string),
})

function paneFact(row: StoredRow, stage: number): PaneFact {
  const zeros = row.zero_count as number
  const indices = row.bucket_indices as number[]
  const counts = row.bucket_counts as number[]
  const buckets = indices.map((index, place): [string, number] => [bucketName(index), counts[place] as number])
  return {
    stage,
    segment: row.total === 1 ? 'total' : JSON.stringify(segmentOf(row)),
    start: row.start_ms as number,
    entered: row.entered as number,
    reworked: row.reworked as number,
    exited: row.exited as number,
    abandoned: row.abandoned as number,
    expired: row.expired as number,
    breached: row.breached as number,
    sum: row.sum_ms as number,
    min: row.min_ms as number | null,
    max: row.max_ms as number | null,
    buckets: (zeros > 0 ? [['zero', zeros] as [string, number], ...buckets] : buckets).sort(byName),
    business: null,
  }
}

const deadLetters = (server: Server): string[] =>
  server
    .rowsOf('dead_letters')
    .map(({ topic, partition, record_offset, reason }) => `${topic}:${partition}:${record_offset} ${reason}`)

/** Those of records that nobody can read, and as many late ones as the model counts in each log. */
function expectedDeadLetters({ states, rejected }: Scene, server: Server): string[] {
  const late = deadLetters(server).filter(line => line.endsWith(' late'))
  const problems = [...states].flatMap(([partition, { counts }]) =>
    Object.entries(counts).flatMap(([slot, count]) => {
      const topic = slot.slice(0, slot.lastIndexOf('/'))
      const found = late.filter(line => line.startsWith(`${topic}:${partition}:`)).length
      return found === count.late ? [] : [`${count.late} late of ${slot}, not ${found}`]
    }),
  )
  return [...rejected, ...late, ...problems]
}
