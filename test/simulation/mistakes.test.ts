import { expect, test, vi } from 'vitest'
import { mistakes } from './mistakes.ts'
import { simulate } from './simulate.ts'

vi.mock('node:fs/promises', async original => ({
  ...(await original<object>()),
  ...(await import('./disk.ts')).fileSystem,
}))
vi.mock('node:timers/promises', async () => (await import('./timers.ts')).timersOfMachine)

/** A mistake that stays unnoticed in so many seeds would stay so in all. */
const SEEDS = 200

test.each(Object.keys(mistakes))('a planted mistake is noticed: %s', async name => {
  let noticed: readonly string[] = []
  let seed = 0
  while (noticed.length === 0 && seed < SEEDS) {
    const { violations } = await simulate(++seed, mistakes[name]?.())
    noticed = violations
  }
  expect(noticed).not.toEqual([])
  // It is the mistake that was noticed.
  expect((await simulate(seed)).violations).toEqual([])
})
