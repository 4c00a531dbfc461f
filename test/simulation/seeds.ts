import type { Knobs } from './knobs.ts'
import { type Report, simulate } from './simulate.ts'

/** So many seeds are run by each of the two tests. */
export const SEEDS_EACH = 1_000

/** What many seeds have reached: of each thing, in how many seeds. */
export type Tally = Record<string, number>

/** @throws Error for the first seed in which something is wrong, with what replays it. */
export async function runSeeds(from: number, count: number): Promise<Tally> {
  const tally: Tally = {}
  for (let seed = from; seed < from + count; seed++) {
    const report = await simulate(seed)
    if (report.violations.length > 0) throw new Error(await tellOf(report))
    for (const [what, times] of Object.entries(report.reached)) {
      if (times > 0) tally[what] = (tally[what] ?? 0) + 1
    }
  }
  return tally
}

const MOST_VIOLATIONS = 10

async function tellOf({ seed, violations }: Report): Promise<string> {
  const { report, without } = await narrowed(seed)
  const shown = violations.slice(0, MOST_VIOLATIONS)
  return [
    `seed ${seed}: ${violations.length} violations`,
    ...shown.map(violation => `  ${violation}`),
    `It happens ${without.length === 0 ? 'with all that goes wrong' : `also without ${without.join(', without ')}`}:`,
    ...report.story.map(line => `  ${line}`),
    ...report.violations.slice(0, MOST_VIOLATIONS).map(violation => `  ${violation}`),
    `To run it again: SIMULATION_SEED=${seed} npx vitest run test/simulation/simulation-one.test.ts`,
  ].join('\n')
}

/** What may be left out of a seed, to see whether it goes wrong all the same. */
const narrower: readonly (readonly [what: string, change: (knobs: Knobs) => Knobs])[] = [
  ['the first life', knobs => ({ ...knobs, lives: knobs.lives.slice(1) })],
  ['the first life', knobs => ({ ...knobs, lives: knobs.lives.slice(1) })],
  ['the last life', knobs => ({ ...knobs, lives: knobs.lives.slice(0, -1) })],
  ['damaged snapshots', knobs => ({ ...knobs, lives: knobs.lives.map(life => ({ ...life, damages: false })) })],
  ['faults of the store', knobs => ({ ...knobs, storeAway: 0, server: { refused: 0, unacknowledged: 0, overdue: 0 } })],
  ['faults of the channel', knobs => ({ ...knobs, channel: { lost: 0, unacknowledged: 0 } })],
  ['rebalances', knobs => ({ ...knobs, rebalances: 0 })],
  ['threads', knobs => ({ ...knobs, threads: 0 })],
  ['a full disk', knobs => ({ ...knobs, diskFull: 0 })],
]

/** Leaves out of a seed that fails all that it fails without. */
async function narrowed(seed: number): Promise<{ report: Report; without: readonly string[] }> {
  let report = await simulate(seed)
  let narrow = (knobs: Knobs): Knobs => knobs
  const without: string[] = []
  for (const [what, change] of narrower) {
    const former = narrow
    const next = (knobs: Knobs) => change(former(knobs))
    const tried = await simulate(seed, {}, next)
    if (tried.violations.length === 0) continue
    report = tried
    narrow = next
    without.push(what)
  }
  return { report, without }
}
