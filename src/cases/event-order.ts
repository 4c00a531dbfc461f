import type { AttributeValue, Event } from '../event/event.ts'

/** The attributes as text, for comparing and ordering only. */
export const attributeBytes = (attributes: readonly AttributeValue[]): string => JSON.stringify(attributes)

/** Compares texts by their UTF-8 bytes; a plain `<` compares UTF-16 units, which differs beyond the basic plane. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a === b) continue
    // Surrogates stand for code points above every other unit, so they sort last, as their UTF-8 bytes do.
    const aIsSurrogate = a >= 0xd800 && a <= 0xdfff
    const bIsSurrogate = b >= 0xd800 && b <= 0xdfff
    if (aIsSurrogate !== bIsSurrogate) return aIsSurrogate ? 1 : -1
    return a - b
  }
  return left.length - right.length
}

/**
 * The order in which a case's events act: `at`, position of the activity, id (none first), bytes of the attributes.
 * The order of arrival has no part in it, which is what makes visits a function of the set of events.
 */
export function compareEvents(left: Event, right: Event): number {
  if (left.at !== right.at) return left.at - right.at
  if (left.activity !== right.activity) return left.activity - right.activity
  if (left.id !== right.id) {
    if (left.id === undefined) return -1
    if (right.id === undefined) return 1
    return compareUtf8(left.id, right.id)
  }
  return compareAttributes(left, right)
}

/** Which of several events with one identity counts: the smallest by `at`, then by the bytes of the attributes. */
export function comparePrecedence(left: Event, right: Event): number {
  if (left.at !== right.at) return left.at - right.at
  return compareAttributes(left, right) || left.activity - right.activity
}

function compareAttributes(left: Event, right: Event): number {
  if (sameAttributes(left.attributes, right.attributes)) return 0
  return compareUtf8(attributeBytes(left.attributes), attributeBytes(right.attributes))
}

export function sameAttributes(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  if (left === right) return true
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false
  return true
}
