import { expect, test, vi } from 'vitest'
import { runSeeds, SEEDS_EACH } from './seeds.ts'
import { simulate } from './simulate.ts'

vi.mock('node:fs/promises', async original => ({
  ...(await original<object>()),
  ...(await import('./disk.ts')).fileSystem,
}))
vi.mock('node:timers/promises', async () => (await import('./timers.ts')).timersOfMachine)

const only = process.env.SIMULATION_SEED
const [from, count] = only === undefined ? [1, SEEDS_EACH] : [Number(only), 1]

test('whatever befalls it, the program comes to what an undisturbed run and the model say', {
  timeout: 600_000,
}, async () => {
  const tally = await runSeeds(from, count)
  if (count === 1) return
  // What never happens proves nothing.
  const rare = [
    'power off',
    'zombie',
    'stopped',
    'killed',
    'store away',
    'disk full',
    'damaged snapshot',
    'folded in threads',
  ].filter(what => (tally[what] ?? 0) < count / 20)
  const rarer = [
    'no snapshot readable',
    'rebalanced',
    'refused',
    'unacknowledged',
    'overdue',
    'repeated messages',
  ].filter(what => (tally[what] ?? 0) < count / 100)
  expect([...rare, ...rarer]).toEqual([])
  expect(tally.transitions).toBeGreaterThan(count / 2)
})

test('a seed is the same story every time', async () => {
  for (let seed = 1; seed <= 1_000; seed += 100) {
    const [first, second] = [await simulate(seed), await simulate(seed)]
    expect(second.trace).toBe(first.trace)
  }
})
