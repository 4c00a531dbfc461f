import { describe } from 'vitest'
import { kafkaAvailability } from './jars.ts'

/**
 * A `describe` whose tests need a broker: skipped, with the reason in its name, where there can be none.
 *
 * @throws Error with `CI=true` instead of skipping.
 */
export function describeKafka(name: string, tests: () => void): void {
  const availability = kafkaAvailability()
  if (availability.available) describe(name, tests)
  else describe.skip(`${name} (skipped: ${availability.reason})`, tests)
}
