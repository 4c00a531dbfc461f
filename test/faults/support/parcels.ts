import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadRules } from '../../../src/app/rules-folder.ts'
import type { ProcessDefinition } from '../../../src/model/definitions.ts'
import type { RandomDraws } from '../../../src/source/random-draws.ts'

/* The process that is watched while faults happen: small times, so that all that takes time happens in a minute. */

export const processName = 'parcels'
export const PARTITIONS = 4
export const SETTLE_MS = 20_000
/** Parcels that come to a depot at once, where nobody sorts them for a while. */
export const CROWD = 20

const processFile = (topic: string) => `
process: ${processName}
owner: depot
sources:
  - topics: [${topic}]
    format: json
    case: parcel
    activity: step
    time: at
    id: event
    dimensions: {depot: depot, lane: lane}
    value: {field: price, currency: EUR, decimals: 2}
activities: [received, sorted, delivered, returned]
starts: [received]
ends: {completed: [delivered], cancelled: [returned]}
settle: ${SETTLE_MS / 1_000}s
pane: 1s
case_timeout: 25s
stages:
  sorting: {from: received, to: sorted, by: [depot], target: {default: 2s, by: {depot: {north: 1s}}}}
  delivery: {from: sorted, to: delivered, by: [depot, lane], target: 4s}
measures:
  income: {of: value, on: [received], by: [depot], distinct: true}
rules:
  crowded:
    stage: sorting
    by: [depot]
    window: 10s
    when: wip >= ${CROWD / 2}
    recover_when: wip <= 2
    for: 2s
    keep_firing_for: 2s
    severity: warning
    summary: "{{ wip }} parcels wait in {{ depot }}"
    action: Open another line.
  slow:
    stage: sorting
    by: [depot]
    window: 3s
    # About what it is, so that the alert comes and goes all the time.
    when: p90 > duration("2280ms")
    severity: critical
    summary: Sorting is slow
    action: Look at the lines.
  poor:
    measure: income
    window: 5s
    when: sum < 5000
    severity: info
    summary: Little comes in
    action: Call the shops.
`

/** Writes the rules into `folder/rules`. @returns that folder. */
export function writeParcelRules(folder: string, topic: string, webhook?: string): string {
  const rules = join(folder, 'rules')
  mkdirSync(rules, { recursive: true })
  const owner = { title: 'Depot', ...(webhook && { contact_points: [{ webhook }] }) }
  writeFileSync(join(rules, 'parcels.yaml'), processFile(topic))
  writeFileSync(join(rules, 'owners.yaml'), `depot: ${JSON.stringify(owner)}\n`)
  return rules
}

export function parcelProcess(rules: string): ProcessDefinition {
  const [process] = loadRules(rules).definitions.processes
  if (process === undefined) throw new Error(`no process in ${rules}`)
  return process
}

/** A record on its way to the topic. */
export type ParcelMessage = {
  readonly partition: number
  readonly key: string
  readonly value: string | Buffer
  /** Event time, ms. */
  readonly at: number
}

const depots = ['north', 'south', 'east', 'west'] as const
const lanes = ['a', 'b', 'c', null] as const

/**
 * What happens to one parcel, in the order of time: most are sorted and delivered, some come back, get lost, or are sorted
 * twice; some are found to be in another depot, and most are given their lane only when they are sorted.
 */
export function parcelOf(draws: RandomDraws, number: number, receivedAt: number): ParcelMessage[] {
  const of = <T>(choices: readonly T[]): T => choices[draws.next() % choices.length] as T
  const chance = (share: number) => draws.fraction() < share
  const depot = of(depots)
  const lane = of(lanes)
  const messages: ParcelMessage[] = []
  const add = (step: string, at: number, more: Readonly<Record<string, unknown>>) => {
    const event = `${number}-${messages.length}`
    const record = { event, parcel: `p${number}`, step, at: new Date(at).toISOString(), ...more }
    messages.push({ partition: number % PARTITIONS, key: `p${number}`, value: JSON.stringify(record), at })
  }
  let at = receivedAt
  const price = `${draws.next() % 200}.${String(draws.next() % 100).padStart(2, '0')}`
  add('received', at, { depot, price, ...(chance(0.2) ? { lane } : {}) })
  for (let passage = chance(0.05) ? 2 : 1; passage > 0; passage--) {
    if (chance(0.04)) return messages
    at += Math.ceil(draws.lognormal(1_200, 0.5))
    add('sorted', at, { depot: chance(0.03) ? of(depots) : depot, lane })
    if (passage === 1) break
    at += 200
    add('received', at, { depot, lane })
  }
  if (chance(0.04)) return messages
  at += Math.ceil(draws.lognormal(2_500, 0.5))
  add(chance(0.06) ? 'returned' : 'delivered', at, { depot, lane })
  return messages
}

/** A crowd of parcels in a depot of its own: all come within a second, all are sorted within a second `forMs` later. */
export function crowdOf(firstNumber: number, depot: string, at: number, forMs: number): ParcelMessage[] {
  return Array.from({ length: CROWD }, (_, nth) => firstNumber + nth).flatMap((number, nth) =>
    ['received', 'sorted', 'delivered'].map((step, index) => {
      const when = at + nth * 40 + [0, forMs, forMs + 500][index]!
      const record = {
        event: `${number}-${index}`,
        parcel: `p${number}`,
        step,
        at: new Date(when).toISOString(),
        depot,
      }
      return { partition: number % PARTITIONS, key: `p${number}`, value: JSON.stringify(record), at: when }
    }),
  )
}
