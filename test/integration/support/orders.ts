import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A process to watch, small enough to count by hand. */
export const process = 'parcels'

const processFile = (topic: string) => `
process: ${process}
owner: depot
sources:
  - topics: [${topic}]
    format: json
    case: parcel
    activity: step
    time: at
    dimensions: {depot: depot}
activities: [received, sorted, delivered]
starts: [received]
ends: {completed: [delivered]}
stages:
  sorting: {from: received, to: sorted, by: [depot]}
  delivery: {from: sorted, to: delivered}
`

/** Writes the rules into `folder/rules`. @returns that folder. */
export function writeRules(folder: string, topic = 'parcels.events'): string {
  const rules = join(folder, 'rules')
  mkdirSync(rules, { recursive: true })
  writeFileSync(join(rules, 'parcels.yaml'), processFile(topic))
  writeFileSync(join(rules, 'owners.yaml'), 'depot: {title: Depot}\n')
  return rules
}

/** One event, half an hour ago unless told otherwise. */
export const event = (parcel: string, step: string, at: number | string = halfAnHourAgo()): string =>
  JSON.stringify({ parcel, step, at: typeof at === 'number' ? new Date(at).toISOString() : at, depot: 'north' })

export const halfAnHourAgo = (): number => Date.now() - 1_800_000

/** Two parcels, three events and two. */
export function goodEvents(): string[] {
  const at = halfAnHourAgo()
  return [
    event('p1', 'received', at),
    event('p1', 'sorted', at + 1_000),
    event('p2', 'received', at + 2_000),
    event('p2', 'sorted', at + 3_000),
    event('p1', 'delivered', at + 4_000),
  ]
}

/** Records that cannot be counted: the reason for which each is kept, and its bytes. */
export function badRecords(): { readonly reason: string; readonly value: string }[] {
  return [
    { reason: 'not-json', value: '{"parcel": "p3", "step": "received", "at":' },
    { reason: 'missing-field', value: JSON.stringify({ step: 'received', at: '2026-01-05T08:00:00Z' }) },
    { reason: 'bad-time', value: event('p3', 'received', '2026-02-30T08:00:00Z') },
    { reason: 'future', value: event('p3', 'received', Date.now() + 86_400_000) },
    { reason: 'too-large', value: event(`p3${'x'.repeat(1_048_577)}`, 'received') },
  ]
}
