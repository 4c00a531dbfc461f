import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import { beginningOfAudit } from './audit.ts'
import type { JournalEntry } from './entry.ts'
import { headerLine } from './framed-lines.ts'
import { openJournal } from './journal.ts'
import { futureKey } from './journal-state.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-journal-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const evaluation = (at: number, transitions: AlertTransition[] = [], state: unknown = { at }): JournalEntry => ({
  kind: 'evaluation',
  process: 'orders',
  at: instant(at),
  transitions,
  state,
})

const future = (offset: number, partition = 0) => ({ process: 'orders', topic: 'orders.events', partition, offset })
const segments = () => readdirSync(directory).sort()
const segmentFile = () => join(directory, segments()[0] ?? '')

async function reopened(rotateAtBytes?: number) {
  const journal = await openJournal(directory, rotateAtBytes)
  await journal.close()
  return journal.recover()
}

test('a new journal holds nothing', async () => {
  expect(await reopened()).toEqual({
    evaluations: new Map(),
    transitions: [],
    actions: [],
    outbox: { queued: [], settled: new Map(), told: [], groups: [], firstTold: [], tasks: [] },
    audit: { head: beginningOfAudit, entries: [] },
    unfed: { transitions: [], actions: [], audit: [] },
    futures: new Set(),
    tornBytes: 0,
  })
})

test('what was appended is there after opening again', async () => {
  const journal = await openJournal(directory)
  await journal.append(evaluation(1_000, [transition('a', 1_000, 'firing')]))
  await journal.append({ ...evaluation(500), process: 'tickets' } as JournalEntry)
  await journal.append({ kind: 'future', ...future(7) })
  await journal.append(evaluation(2_000, [transition('b', 2_000, 'firing')], { pending: ['x'] }))
  await journal.close()
  const recovered = await reopened()
  expect(recovered.evaluations).toEqual(
    new Map([
      ['orders', { at: 2_000, state: { pending: ['x'] }, hours: [] }],
      ['tickets', { at: 500, state: { at: 500 }, hours: [] }],
    ]),
  )
  expect(recovered.transitions).toEqual([transition('a', 1_000, 'firing'), transition('b', 2_000, 'firing')])
  expect(recovered.futures).toEqual(new Set([futureKey(future(7))]))
})

test('hours that are remembered stay for as long as they are asked for, also when a new segment begins', async () => {
  const hour = (number: number) => ({ hour: number, values: { slow: { '[]': number } } })
  const journal = await openJournal(directory, 2_000)
  for (let number = 1; number <= 60; number++) {
    const entry = evaluation(number) as Extract<JournalEntry, { kind: 'evaluation' }>
    await journal.append({ ...entry, hours: [hour(number)], keepFrom: number - 4 })
    await journal.append(evaluation(number))
  }
  await journal.append({ ...evaluation(500), process: 'tickets', hours: [hour(7)], keepFrom: -9 } as JournalEntry)
  await journal.close()
  expect(Number(/\d+/.exec(segments()[0] ?? '')?.[0])).toBeGreaterThan(1)
  const { evaluations } = await reopened()
  expect(evaluations.get('orders')?.hours).toEqual([56, 57, 58, 59, 60].map(hour))
  expect(evaluations.get('tickets')?.hours).toEqual([hour(7)])
})

test('entries that arrive together share one sync', async () => {
  const journal = await openJournal(directory)
  const probe = await open(join(directory, 'probe'), 'w')
  const sync = vi.spyOn(Object.getPrototypeOf(probe), 'datasync')
  await Promise.all(Array.from({ length: 500 }, (_, offset) => journal.append({ kind: 'future', ...future(offset) })))
  expect(sync).toHaveBeenCalledTimes(1)
  sync.mockRestore()
  await probe.close()
  await journal.close()
  expect((await reopened()).futures.size).toBe(500)
})

test('the state is kept as it was when appended, however the evaluator goes on changing it', async () => {
  const journal = await openJournal(directory, 1)
  const state = { pending: 1 }
  const written = journal.append(evaluation(1_000, [], state))
  state.pending = 2
  await written
  // Begins a new segment with the evaluation above.
  await journal.append({ kind: 'future', ...future(1) })
  await journal.close()
  expect((await reopened()).evaluations.get('orders')?.state).toEqual({ pending: 1 })
})

test('a journal of a newer format, or of the first one, is refused', async () => {
  await reopened()
  writeFileSync(segmentFile(), headerLine({ name: 'stagewatch-journal', version: 3 }))
  await expect(openJournal(directory)).rejects.toThrow(/format stagewatch-journal 3, this release reads/)
  const first = '{"format":"stagewatch-journal","version":1}'
  writeFileSync(segmentFile(), `${createHash('sha256').update(first).digest('hex').slice(0, 16)} ${first}\n`)
  await expect(openJournal(directory)).rejects.toThrow(/format stagewatch-journal 1, .* remove the file/)
})

test('a new segment begins with all that matters, and the old one is removed', async () => {
  const journal = await openJournal(directory, 20_000)
  const day = 24 * 3_600_000
  await journal.append({ kind: 'future', ...future(1) })
  await journal.append(evaluation(0, [transition('old-ended', 0, 'resolved'), transition('old-open', 0, 'pending')]))
  await journal.append(evaluation(1, [transition('old-open', 1, 'firing')]))
  for (let step = 1; step <= 200; step++) {
    await journal.append(
      evaluation(day + step, step === 1 ? [transition('new-ended', day + 1, 'resolved')] : [], { step }),
    )
  }
  await journal.close()
  const number = Number(/\d+/.exec(segments()[0] ?? '')?.[0])
  expect(segments().length).toBe(1)
  expect(number).toBeGreaterThan(1)
  expect(statSync(segmentFile()).size).toBeLessThan(21_000)
  const recovered = await reopened()
  expect(recovered.evaluations).toEqual(new Map([['orders', { at: day + 200, state: { step: 200 }, hours: [] }]]))
  expect(recovered.transitions.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'old-open firing',
    'new-ended resolved',
  ])
  expect(recovered.futures).toEqual(new Set([futureKey(future(1))]))
})

test('a segment that begins large is not replaced with every entry', async () => {
  const journal = await openJournal(directory, 1_000)
  await journal.append(evaluation(0, [], 'x'.repeat(10_000)))
  for (let offset = 0; offset < 20; offset++) await journal.append({ kind: 'future', ...future(offset) })
  await journal.close()
  expect(segments()).toEqual(['journal-00000002.log'])
})

test('a process that ended while a segment was replaced leaves nothing behind that matters', async () => {
  const journal = await openJournal(directory)
  await journal.append(evaluation(2_000))
  await journal.close()
  const current = readFileSync(segmentFile())
  // Before the new segment had its name, and before the old one was removed.
  writeFileSync(join(directory, 'journal-00000002.log.part'), current.subarray(0, 40))
  expect((await reopened()).evaluations.get('orders')?.at).toBe(2_000)
  writeFileSync(join(directory, 'journal-00000002.log'), current)
  writeFileSync(join(directory, 'journal-00000001.log'), 'anything')
  expect((await reopened()).evaluations.get('orders')?.at).toBe(2_000)
  expect(segments()).toEqual(['journal-00000002.log'])
})

test('decisions that a snapshot covers are forgotten', async () => {
  const journal = await openJournal(directory)
  for (const offset of [1, 5, 9]) await journal.append({ kind: 'future', ...future(offset) })
  await journal.append({ kind: 'future', ...future(1, 1) })
  await journal.append({ kind: 'passed', ...future(5) })
  await journal.close()
  expect((await reopened()).futures).toEqual(new Set([future(5), future(9), future(1, 1)].map(futureKey)))
})

test('a failed write counts for nothing, and the next one succeeds', async () => {
  const journal = await openJournal(directory)
  await journal.append(evaluation(1_000))
  const probe = await open(join(directory, 'probe'), 'w')
  const prototype = Object.getPrototypeOf(probe)
  const whole = prototype.write
  // The disk takes half of the line and is full.
  const write = vi.spyOn(prototype, 'write').mockImplementationOnce(async function (
    this: unknown,
    ...given: unknown[]
  ) {
    const [bytes, from, length, position] = given as [Buffer, number, number, number]
    await whole.call(this, bytes, from, Math.floor(length / 2), position)
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  })
  await expect(journal.append(evaluation(2_000, [], 'x'.repeat(500)))).rejects.toThrow(/no space left.*Make room/)
  write.mockRestore()
  await journal.append(evaluation(3_000))
  await probe.close()
  await journal.close()
  const recovered = await reopened()
  expect(recovered.evaluations.get('orders')?.at).toBe(3_000)
  expect(recovered.tornBytes).toBe(0)
})

test('after a failed sync nothing more is accepted', async () => {
  const journal = await openJournal(directory)
  const probe = await open(join(directory, 'probe'), 'w')
  const sync = vi.spyOn(Object.getPrototypeOf(probe), 'datasync').mockRejectedValueOnce(new Error('input/output error'))
  await expect(journal.append(evaluation(1_000))).rejects.toThrow(/could not be synced: input\/output error/)
  sync.mockRestore()
  await expect(journal.append(evaluation(2_000))).rejects.toThrow(/could not be synced/)
  await probe.close()
  await journal.close()
  await expect(journal.append(evaluation(3_000))).rejects.toThrow('closed')
})
