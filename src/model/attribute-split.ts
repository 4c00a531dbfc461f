import type { AttributeDefinition } from './definitions.ts'

/**
 * A process's attributes by how the fold holds them: *labels* name something and repeat, so an event refers to their
 * combination by one number; *numbers* differ from event to event and are held as they are.
 */
export type AttributeSplit = {
  /** Positions in the process's `attributes`, rising. */
  readonly labels: readonly number[]
  readonly numbers: readonly number[]
}

export function splitAttributes(attributes: readonly AttributeDefinition[]): AttributeSplit {
  const labels: number[] = []
  const numbers: number[] = []
  attributes.forEach(({ kind }, position) => {
    if (kind === 'value') numbers.push(position)
    else labels.push(position)
  })
  return { labels, numbers }
}
