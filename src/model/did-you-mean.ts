import type { Bilingual } from './local-text.ts'

/** At most so many names are listed in an advice. */
const LISTED = 12

/** Characters of the longest name that is compared with others. */
const LONGEST = 200

/**
 * Advice for a name that nothing has: the nearest of the names that exist, else the names themselves.
 *
 * @returns undefined where there is no name to offer.
 */
export function didYouMean(name: string, known: Iterable<string>): Bilingual | undefined {
  const names = [...new Set(known)]
  if (names.length === 0) return undefined
  const nearest = nearestName(name, names)
  if (nearest !== undefined) return nearest
  const more = names.length > LISTED ? ', …' : ''
  const list = names.slice(0, LISTED).join(', ') + more
  return { en: `there is: ${list}`, zh: `可用：${list}` }
}

/** The known name that takes the fewest edits, where these are few enough to be a slip of the hand. */
export function nearestName(name: string, known: Iterable<string>): Bilingual | undefined {
  // Nothing that long is a name with a slip in it, and the work grows with its length.
  if (name.length > LONGEST) return undefined
  let nearest: string | undefined
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (edits < fewest) {
      nearest = candidate
      fewest = edits
    }
  }
  return nearest === undefined ? undefined : { en: `did you mean "${nearest}"?`, zh: `是否想写 "${nearest}"？` }
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
 * Source: optimal string alignment, after Damerau, "A technique for computer detection and correction of spelling errors", 1964.
 */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) edits = Math.min(edits, beforeLast[j - 2]! + 1)
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
