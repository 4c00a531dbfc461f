import { describe } from 'vitest'
import { kafkaAvailability } from './jars.ts'

/**
 * A `describe` whose tests need a broker: skipped, with the reason in its name, where there can be none.
 *
 * @param which `ours`: they start it and kill it; `any`: `sharedBroker()`, which may be a user's own.
 * @throws Error with `CI=true` instead of skipping.
 */
export function describeKafka(name: string, which: 'any' | 'ours', tests: () => void): void {
  const availability = kafkaAvailability(which)
  if (availability.available) describe(name, tests)
  else describe.skip(`${name} (skipped: ${availability.reason})`, tests)
}
