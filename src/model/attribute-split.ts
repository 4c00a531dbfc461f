import type { AttributeDefinition } from './definitions.ts'

/**
 * A process's attributes by how the fold holds them: *labels* name something and repeat, so an event refers to their
 * combination by one number; *numbers* differ from event to event and are held as they are. Those of them that are
 * carried along a run come first.
 */
export type AttributeSplit = {
  /** Positions in the process's `attributes`. */
  readonly labels: readonly number[]
  readonly numbers: readonly number[]
  /** So many of the numbers are carried. */
  readonly carriedNumbers: number
}

export function splitAttributes(attributes: readonly AttributeDefinition[]): AttributeSplit {
  const labels: number[] = []
  const carried: number[] = []
  const measured: number[] = []
  attributes.forEach(({ kind }, position) => {
    if (kind === 'value' || kind === 'instant') carried.push(position)
    else if (kind === 'number') measured.push(position)
    else labels.push(position)
  })
  return { labels, numbers: [...carried, ...measured], carriedNumbers: carried.length }
}
