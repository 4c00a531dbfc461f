import { expect, test, vi } from 'vitest'
import { runSeeds, SEEDS_EACH } from './seeds.ts'

vi.mock('node:fs/promises', async original => ({
  ...(await original<object>()),
  ...(await import('./disk.ts')).fileSystem,
}))
vi.mock('node:timers/promises', async () => (await import('./timers.ts')).timersOfMachine)

test('whatever befalls it, the program comes to the same: as many seeds again', { timeout: 600_000 }, async () => {
  const tally = await runSeeds(SEEDS_EACH + 1, SEEDS_EACH)
  expect(tally.transitions).toBeGreaterThan(SEEDS_EACH / 2)
})
