import { expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import type { DeadLetter } from '../../event/record.ts'
import { KafkaProblem } from '../../source/kafka/failure.ts'
import type { RedriveOutcome } from '../../source/kafka/redriver.ts'
import type { KeptDeadLetter } from '../../store/queries/dead-letters.ts'
import { listDeadLetters, listingText } from './listing.ts'
import { type DeadLetterPlace, isMeant, positionText } from './place.ts'
import { type RedriveOptions, redrive, redriveText, type Sender } from './redrive.ts'

const letterAt = (offset: number, change: Partial<KeptDeadLetter> = {}): KeptDeadLetter => ({
  process: 'orders',
  topic: 'events',
  partition: 0,
  offset,
  reason: 'not-json',
  detail: 'it is empty',
  key: null,
  value: Buffer.from(`${offset}`),
  storedAt: instant(Date.UTC(2026, 10, 28) + offset),
  ...change,
})

/** Letters in memory, with the marks of what was sent back. */
function placeOf(letters: readonly KeptDeadLetter[]): DeadLetterPlace {
  const marks = new Map<string, number>()
  return {
    name: 'memory',
    async each(filter, use) {
      for (const letter of letters) {
        const offset = marks.get(positionText(letter))
        const marked = offset === undefined ? letter : { ...letter, redriven: { at: instant(0), offset } }
        if (isMeant(filter, marked)) await use(marked)
      }
    },
    async note(noted) {
      for (const mark of noted) marks.set(positionText(mark), mark.newOffset)
    },
    async close() {},
  }
}

/** Takes letters until it has `room` for no more, and none of partition 9. */
class Log implements Sender {
  readonly taken: DeadLetter[] = []
  room = Number.POSITIVE_INFINITY

  async whyNot({ partition }: DeadLetter): Promise<string | undefined> {
    return partition === 9 ? 'topic "events" has no partition 9 any more, only 1' : undefined
  }

  async send(letters: readonly DeadLetter[]): Promise<RedriveOutcome[]> {
    if (this.taken.length + letters.length > this.room) {
      throw new KafkaProblem({ reason: 'no Kafka broker answers', remedy: 'check `kafka.brokers`', retrying: true })
    }
    return letters.map((letter): RedriveOutcome => {
      if (letter.value?.byteLength === 0) return { kind: 'refused', why: 'topic "events" does not take it' }
      this.taken.push(letter)
      return { kind: 'sent', mark: { ...letter, newOffset: 1_000 + this.taken.length } }
    })
  }
}

const all: RedriveOptions = { filter: {}, positions: [], again: false, dryRun: false }
const offsets = ({ taken }: Log) => taken.map(({ offset }) => offset)

test('dead letters go back in their order, each position once, and a second time nothing is left', async () => {
  const place = placeOf([letterAt(1), letterAt(2), letterAt(2, { process: 'returns' }), letterAt(3)])
  const log = new Log()
  expect(redriveText(await redrive(place, log, all))).toBe('3 records sent back\n  events:0  3\n')
  expect(offsets(log)).toEqual([1, 2, 3])
  expect(redriveText(await redrive(place, log, all))).toBe(
    '0 records sent back: nothing that is meant is left in memory\n' +
      '3 had been sent back before and are left alone; --again sends them once more\n',
  )
  await redrive(place, log, { ...all, again: true })
  expect(offsets(log)).toEqual([1, 2, 3, 1, 2, 3])
})

test('what is meant is chosen by filter and by position', async () => {
  const place = placeOf([letterAt(1), letterAt(2, { reason: 'late' }), letterAt(3), letterAt(3, { topic: 'other' })])
  const log = new Log()
  await redrive(place, log, { ...all, filter: { reason: 'late' } })
  await redrive(place, log, { ...all, positions: [{ topic: 'other', partition: 0, offset: 3 }] })
  expect(log.taken.map(positionText)).toEqual(['events:0:2', 'other:0:3'])
})

test('a dry run says the same and does nothing', async () => {
  const place = placeOf([letterAt(1), letterAt(2, { partition: 9 })])
  const log = new Log()
  const outcome = await redrive(place, log, { ...all, dryRun: true })
  expect(redriveText(outcome)).toBe(
    '1 record would be sent back\n  events:0  1\n' +
      'events:9:2 cannot go back: topic "events" has no partition 9 any more, only 1\n',
  )
  expect(log.taken).toEqual([])
  expect((await redrive(place, log, all)).sent.get('events:0')).toBe(1)
})

test('one that its topic does not take holds up no other, and stays unmarked', async () => {
  const place = placeOf([letterAt(1), letterAt(2, { value: Buffer.alloc(0) }), letterAt(3)])
  const log = new Log()
  const outcome = await redrive(place, log, all)
  expect(offsets(log)).toEqual([1, 3])
  expect(outcome.impossible).toEqual([{ position: 'events:0:2', why: 'topic "events" does not take it' }])
  expect(redriveText(await redrive(place, log, all))).toContain('2 had been sent back before')
})

test('where Kafka goes away half-way it is told how far it came, and the next one goes on with the others', async () => {
  const letters = Array.from({ length: 500 }, (_, index) => letterAt(index))
  const place = placeOf(letters)
  const log = new Log()
  log.room = 450
  await expect(redrive(place, log, all)).rejects.toMatchObject({
    message: 'it stopped after 400 were sent back: no Kafka broker answers',
    remedy: 'check `kafka.brokers`; then run it again, it goes on with those that are left',
  })
  log.room = Number.POSITIVE_INFINITY
  expect((await redrive(place, log, all)).before).toBe(400)
  expect(offsets(log)).toEqual(letters.map(({ offset }) => offset))
})

test('they are listed by process, reason, topic and partition, with the newest of each', async () => {
  const place = placeOf([
    letterAt(1),
    letterAt(5),
    letterAt(3, { reason: 'late', detail: 'too \u001b[31mold' }),
    letterAt(10, { partition: 12 }),
  ])
  await place.note([{ topic: 'events', partition: 0, offset: 5, newOffset: 77 }])
  expect(listingText(await listDeadLetters(place, {}, 2))).toBe(`4 dead letters in memory, 1 of them sent back

process  reason    topic   partition  letters  sent back  newest
orders   late      events  0          1        0          events:0:3, kept 2026-11-28T00:00:00.003Z
orders   not-json  events  0          2        1          events:0:5, kept 2026-11-28T00:00:00.005Z
orders   not-json  events  12         1        0          events:12:10, kept 2026-11-28T00:00:00.010Z

events:12:10  orders  not-json: it is empty
events:0:5  orders  not-json: it is empty (sent back as offset 77)
`)
  expect(listingText(await listDeadLetters(place, { reason: 'late' }, 1))).toContain('late: too \uFFFD[31mold\n')
  expect(listingText(await listDeadLetters(place, { topic: 'none' }, 0))).toBe('no dead letters in memory\n')
})
