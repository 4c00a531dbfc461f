import { formatInstant } from '../../event/instant.ts'
import type { DeadLetterFilter, KeptDeadLetter } from '../../store/queries/dead-letters.ts'
import { printable } from './letter-text.ts'
import { type DeadLetterPlace, positionText } from './place.ts'

type Group = {
  readonly process: string
  readonly reason: string
  readonly topic: string
  readonly partition: number
  letters: number
  redriven: number
  newest: KeptDeadLetter
}

export type Listing = {
  readonly place: string
  readonly letters: number
  readonly redriven: number
  /** By process, reason, topic, partition. */
  readonly groups: readonly Group[]
  /** As many as were asked for, the newest first. */
  readonly newest: readonly KeptDeadLetter[]
}

/** Counts dead letters, and keeps the newest few. */
export async function listDeadLetters(
  place: DeadLetterPlace,
  filter: DeadLetterFilter,
  newestCount: number,
): Promise<Listing> {
  const groups = new Map<string, Group>()
  let newest: KeptDeadLetter[] = []
  await place.each(filter, letter => {
    const { process, reason, topic, partition } = letter
    const key = [process, reason, topic, partition].join('\0')
    const group = groups.get(key) ?? { process, reason, topic, partition, letters: 0, redriven: 0, newest: letter }
    groups.set(key, group)
    group.letters++
    if (letter.redriven !== undefined) group.redriven++
    if (letter.offset > group.newest.offset) group.newest = withoutBytes(letter)
    newest.push(withoutBytes(letter))
    // Now and then, so that each letter costs little.
    if (newest.length > 2 * newestCount + 1_000) newest = newest.sort(newestFirst).slice(0, newestCount)
  })
  const listed = [...groups.values()].sort(byName)
  return {
    place: place.name,
    letters: listed.reduce((sum, { letters }) => sum + letters, 0),
    redriven: listed.reduce((sum, { redriven }) => sum + redriven, 0),
    groups: listed,
    newest: newest.sort(newestFirst).slice(0, newestCount),
  }
}

/** What is listed need not be kept whole in memory. */
const withoutBytes = (letter: KeptDeadLetter): KeptDeadLetter => ({ ...letter, key: null, value: null, headers: [] })

const newestFirst = (a: KeptDeadLetter, b: KeptDeadLetter): number =>
  b.storedAt - a.storedAt || a.topic.localeCompare(b.topic) || a.partition - b.partition || b.offset - a.offset

const byName = (a: Group, b: Group): number =>
  a.process.localeCompare(b.process) ||
  a.reason.localeCompare(b.reason) ||
  a.topic.localeCompare(b.topic) ||
  a.partition - b.partition

export const listingJson = ({ groups, newest, ...rest }: Listing) => ({
  ...rest,
  groups: groups.map(({ newest: { storedAt, ...last }, ...group }) => ({
    ...group,
    newest: { position: positionText(last), kept_at: formatInstant(storedAt) },
  })),
  newest: newest.map(letter => ({
    position: positionText(letter),
    process: letter.process,
    reason: letter.reason,
    detail: letter.detail,
    kept_at: formatInstant(letter.storedAt),
    redriven_as: letter.redriven === undefined ? null : positionText({ ...letter, offset: letter.redriven.offset }),
  })),
})

export function listingText({ place, letters, redriven, groups, newest }: Listing): string {
  if (letters === 0) return `no dead letters in ${place}\n`
  const head = `${letters} dead ${letters === 1 ? 'letter' : 'letters'} in ${place}, ${redriven} of them sent back\n`
  const rows = [
    ['process', 'reason', 'topic', 'partition', 'letters', 'sent back', 'newest'],
    ...groups.map(group => [
      group.process,
      group.reason,
      group.topic,
      String(group.partition),
      String(group.letters),
      String(group.redriven),
      `${positionText(group.newest)}, kept ${formatInstant(group.newest.storedAt)}`,
    ]),
  ]
  const told = newest.map(letter => {
    const again = letter.redriven === undefined ? '' : ` (sent back as offset ${letter.redriven.offset})`
    return `${positionText(letter)}  ${letter.process}  ${letter.reason}: ${printable(letter.detail)}${again}\n`
  })
  return `${head}\n${table(rows)}${told.length === 0 ? '' : `\n${told.join('')}`}`
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  return rows
    .map(
      row =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
