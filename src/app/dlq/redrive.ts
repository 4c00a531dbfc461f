import type { DeadLetter } from '../../event/record.ts'
import { KafkaProblem } from '../../source/kafka/failure.ts'
import type { RedriveOutcome } from '../../source/kafka/redriver.ts'
import { type PartitionKey, partitionKey } from '../../source/source.ts'
import type { DeadLetterFilter, KeptDeadLetter } from '../../store/queries/dead-letters.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { type DeadLetterPlace, isMeant, Positions, positionText, type RecordPosition } from './place.ts'

/** So many letters, and about so many bytes, are sent together: a crash may repeat them where the store keeps the marks. */
const LETTERS_AT_ONCE = 200
const BYTES_AT_ONCE = 512 * 1_024

/** Who sends records back; see `source/kafka/redriver.ts`. */
export type Sender = {
  whyNot(letter: DeadLetter): Promise<string | undefined>
  send(letters: readonly DeadLetter[]): Promise<RedriveOutcome[]>
}

export type RedriveOptions = {
  readonly filter: DeadLetterFilter
  /** Only these; empty: all that the filter means. */
  readonly positions: readonly RecordPosition[]
  /** Also those that were sent back before. */
  readonly again: boolean
  /** Only says what would be done. */
  readonly dryRun: boolean
}

export type Redrive = {
  readonly place: string
  readonly dryRun: boolean
  readonly sent: ReadonlyMap<PartitionKey, number>
  /** Sent back before, and left alone. */
  readonly before: number
  readonly impossible: readonly { readonly position: string; readonly why: string }[]
}

/**
 * Sends dead letters back to where they came from, those of one partition in their order. A position goes back once,
 * whichever of its processes could not count it.
 *
 * @throws CouldNotRun that says how many were sent before it stopped; run again it goes on with the others.
 */
export async function redrive(place: DeadLetterPlace, sender: Sender, options: RedriveOptions): Promise<Redrive> {
  const { filter, positions, again, dryRun } = options
  const named = new Set(positions.map(positionText))
  const seen = new Positions()
  const sent = new Map<PartitionKey, number>()
  const impossible: { position: string; why: string }[] = []
  let before = 0
  let some: KeptDeadLetter[] = []
  let bytes = 0
  const count = (letter: DeadLetter) => sent.set(partitionKey(letter), (sent.get(partitionKey(letter)) ?? 0) + 1)
  const send = async () => {
    const letters = some
    some = []
    bytes = 0
    if (letters.length === 0) return
    if (dryRun) {
      letters.forEach(count)
      return
    }
    const outcomes = await sender.send(letters)
    await place.note(outcomes.flatMap(outcome => (outcome.kind === 'sent' ? [outcome.mark] : [])))
    for (const [index, letter] of letters.entries()) {
      const outcome = outcomes[index]
      if (outcome?.kind === 'refused') impossible.push({ position: positionText(letter), why: outcome.why })
      else count(letter)
    }
  }
  try {
    await place.each(filter, async letter => {
      if (!isMeant(filter, letter) || (named.size > 0 && !named.has(positionText(letter)))) return
      if (!seen.add('', letter)) return
      if (letter.redriven !== undefined && !again) {
        before++
        return
      }
      const why = await sender.whyNot(letter)
      if (why !== undefined) {
        impossible.push({ position: positionText(letter), why })
        return
      }
      some.push(letter)
      bytes += (letter.key?.byteLength ?? 0) + (letter.value?.byteLength ?? 0)
      if (some.length >= LETTERS_AT_ONCE || bytes >= BYTES_AT_ONCE) await send()
    })
    await send()
  } catch (cause) {
    const told = whatIsTold(cause)
    if (told === undefined) throw cause
    const done = [...sent.values()].reduce((sum, count) => sum + count, 0)
    throw new CouldNotRun({
      problem: `${done === 0 ? 'nothing was sent back' : `it stopped after ${done} were sent back`}: ${told.problem}`,
      remedy: `${told.remedy}; then run it again, it goes on with those that are left`,
      cause,
    })
  }
  return { place: place.name, dryRun, sent, before, impossible }
}

function whatIsTold(error: unknown): { readonly problem: string; readonly remedy: string } | undefined {
  if (error instanceof KafkaProblem) return { problem: error.failure.reason, remedy: error.failure.remedy }
  return error instanceof CouldNotRun ? { problem: error.message, remedy: error.remedy } : undefined
}

export const redriveJson = ({ place, dryRun, sent, before, impossible }: Redrive) => ({
  place,
  dry_run: dryRun,
  sent: Object.fromEntries([...sent].sort(byKey)),
  sent_before: before,
  impossible,
})

export function redriveText({ place, dryRun, sent, before, impossible }: Redrive): string {
  const total = [...sent.values()].reduce((sum, count) => sum + count, 0)
  const verb = dryRun ? 'would be sent back' : 'sent back'
  const lines = [
    `${total} ${total === 1 ? 'record' : 'records'} ${verb}${total === 0 ? `: nothing that is meant is left in ${place}` : ''}`,
    ...[...sent].sort(byKey).map(([partition, count]) => `  ${partition}  ${count}`),
    ...(before === 0 ? [] : [`${before} had been sent back before and are left alone; --again sends them once more`]),
    ...impossible.slice(0, TOLD).map(({ position, why }) => `${position} cannot go back: ${why}`),
    ...(impossible.length > TOLD ? [`… and ${impossible.length - TOLD} more; --json has all of them`] : []),
  ]
  return `${lines.join('\n')}\n`
}

const TOLD = 20

const byKey = ([a]: readonly [string, number], [b]: readonly [string, number]): number => a.localeCompare(b)
