import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import type { AlertAction } from '../alerts/alert-action.ts'
import type { Silence } from '../alerts/silence.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import { type AuditRecord, beginningOfAudit, verifyAudit } from './audit.ts'
import { type JournalEntry, transitionKey } from './entry.ts'
import { lineOf } from './framed-lines.ts'
import { type Journal, openJournal } from './journal.ts'
import type { OutboxMessage, Settlement } from './outbox.ts'
import type { Recovered } from './recovered.ts'

const DAY = 24 * 3_600_000

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-entries-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

/** Writes, and reads what comes of it: at once, and after the next segment began with it. */
async function eachWay(write: (journal: Journal) => Promise<unknown>, check: (recovered: Recovered) => void) {
  const journal = await openJournal(directory)
  await write(journal)
  await journal.close()
  check(await recovered())
  // Every entry begins a new segment now.
  const compacting = await openJournal(directory, 1)
  await compacting.append({ kind: 'future', process: 'other', topic: 't', partition: 0, offset: 1 })
  await compacting.close()
  expect(readdirSync(directory)).toEqual(['journal-00000002.log'])
  check(await recovered())
}

async function recovered(): Promise<Recovered> {
  const journal = await openJournal(directory)
  await journal.close()
  return journal.recover()
}

const evaluation = (at: number, transitions: AlertTransition[]): JournalEntry => ({
  kind: 'evaluation',
  process: 'orders',
  at: instant(at),
  transitions,
  state: { at },
})

const action = (id: string, alert: string, at = 1_000): AlertAction => ({
  id,
  process: 'orders',
  alert,
  kind: 'comment',
  by: 'li.wei',
  at: instant(at),
  fields: { text: '已处理' },
})

const message = (
  id: string,
  at = 1_000,
  tells: OutboxMessage['tells'] = [{ alert: id, state: 'firing' }],
): OutboxMessage => ({
  id,
  contactPoint: 'ops/webhook',
  tells,
  body: { text: 'slow' },
  at: instant(at),
})

const delivered = (id: string, at: number): Settlement => ({ id, at: instant(at), attempts: 1, outcome: 'delivered' })

const record = (subject: string, at = 1_000): AuditRecord => ({
  at: instant(at),
  actor: 'li.wei',
  action: 'assign',
  subject,
  detail: { to: 'ops' },
})

test('what people did to an alert comes back in their order, for as long as its transitions do', () =>
  eachWay(
    async journal => {
      await journal.append(evaluation(0, [transition('ended', 0, 'firing'), transition('open', 0, 'firing')]))
      await journal.append({ kind: 'action', action: action('1', 'ended') })
      await journal.append({ kind: 'action', action: action('2', 'open') })
      await journal.append({ kind: 'action', action: { ...action('3', 'open'), kind: 'acknowledge', fields: {} } })
      // Asked for twice.
      await journal.append({ kind: 'action', action: action('2', 'open') })
      await journal.append(evaluation(2_000, [transition('ended', 2_000, 'resolved')]))
      await journal.append(evaluation(2_001 + DAY, []))
    },
    ({ actions, unfed }) => {
      expect(actions).toEqual([action('2', 'open'), { ...action('3', 'open'), kind: 'acknowledge', fields: {} }])
      expect(unfed.actions.map(({ id }) => id)).toEqual(['1', '2', '3'])
    },
  ))

test('an action and its audit entry are there together or not at all', async () => {
  const journal = await openJournal(directory)
  await journal.append(evaluation(0, [transition('open', 0, 'firing')]))
  const entry = await journal.audit(record('open'), { kind: 'action', action: action('1', 'open') })
  await journal.close()
  const [segment] = readdirSync(directory)
  const path = join(directory, segment as string)
  const whole = readFileSync(path)
  const { actions, audit, unfed } = await recovered()
  expect([actions, audit.entries]).toEqual([[action('1', 'open')], [entry]])
  expect([unfed.actions, unfed.audit]).toEqual([[action('1', 'open')], [entry]])
  // Wherever the last line is torn.
  for (const missing of [1, 10, 100, 300]) {
    writeFileSync(path, whole.subarray(0, whole.length - missing))
    const torn = await recovered()
    expect([torn.actions, torn.audit.entries]).toEqual([[], []])
  }
})

test('silences come back with their ends; those that ended more than a day ago do not', () => {
  const silence = (id: string, endsAt: number): Silence => ({
    id,
    matchers: [{ name: 'warehouse', value: 'WH-1', isEqual: true, isRegex: false }],
    startsAt: instant(1_000),
    endsAt: instant(endsAt),
    createdBy: 'ana',
    comment: 'moving shelves',
    createdAt: instant(1_000),
  })
  const end = { silence: 'ended', id: '1', by: 'li.wei', at: instant(3_000) }
  return eachWay(
    async journal => {
      await journal.append({ kind: 'silence', silence: silence('long ago', 2_000) })
      await journal.audit(record('silence/open'), { kind: 'silence', silence: silence('open', 9 * DAY) })
      await journal.append({ kind: 'silence', silence: silence('ended', 9 * DAY) })
      await journal.append({ kind: 'silence-ended', end })
      await journal.append(evaluation(2_001 + DAY, []))
    },
    ({ silences }) =>
      expect(silences).toEqual([
        { ...silence('open', 9 * DAY), expired: undefined },
        { ...silence('ended', 9 * DAY), expired: end },
      ]),
  )
})

test('a message stays queued until it is settled, in its order; that it was settled is known for a day', () =>
  eachWay(
    async journal => {
      for (const id of ['1', '2', '3', '4']) await journal.append({ kind: 'queued', message: message(id) })
      await journal.append({ kind: 'settled', settlement: delivered('1', 1_500) })
      await journal.append({ kind: 'settled', settlement: delivered('3', 2_000) })
      const { id, ...rest } = message('4')
      const dead: Settlement = {
        id,
        at: instant(3_000),
        attempts: 12,
        outcome: 'dead',
        reason: 'HTTP 410',
        message: rest,
      }
      await journal.append({ kind: 'settled', settlement: dead })
      // Repeats count for nothing, before and after a message was settled.
      await journal.append({ kind: 'queued', message: message('2', 2_500) })
      await journal.append({ kind: 'queued', message: message('3', 2_500) })
      await journal.append({ kind: 'settled', settlement: delivered('4', 3_500) })
      await journal.append({ kind: 'queued', message: message('5', 2_000 + DAY) })
    },
    ({ outbox }) => {
      expect(outbox.queued).toEqual([message('2'), message('5', 2_000 + DAY)])
      expect([...outbox.settled]).toEqual([
        ['3', delivered('3', 2_000)],
        [
          '4',
          {
            id: '4',
            at: 3_000,
            attempts: 12,
            outcome: 'dead',
            reason: 'HTTP 410',
            message: {
              contactPoint: 'ops/webhook',
              tells: [{ alert: '4', state: 'firing' }],
              body: { text: 'slow' },
              at: 1_000,
            },
          },
        ],
      ])
    },
  ))

test('a message that was given up and is wanted after all is queued again, until it is settled anew', () =>
  eachWay(
    async journal => {
      for (const id of ['1', '2']) {
        await journal.append({ kind: 'queued', message: message(id) })
        const { id: _, ...whole } = message(id)
        const end = { outcome: 'dead', reason: 'HTTP 410', message: whole } as const
        await journal.append({ kind: 'settled', settlement: { id, at: instant(2_000), attempts: 1, ...end } })
        await journal.append({ kind: 'redriven', message: message(id, 3_000) })
      }
      await journal.append({ kind: 'settled', settlement: delivered('2', 4_000) })
    },
    ({ outbox }) => {
      expect(outbox.queued).toEqual([message('1', 3_000)])
      expect([...outbox.settled]).toEqual([['2', delivered('2', 4_000)]])
    },
  ))

test('which task an alert has is known until it is over', () =>
  eachWay(
    async journal => {
      for (const alert of ['a', 'b', 'c']) {
        await journal.append({ kind: 'queued', message: message(alert) })
        await journal.append({
          kind: 'settled',
          settlement: { ...delivered(alert, 2_000), outcome: 'delivered', tasks: { [alert]: `OPS-${alert}` } },
        })
      }
      for (const alert of ['b', 'c']) {
        const tells = [{ alert, state: 'resolved' as const }]
        await journal.append({ kind: 'queued', message: message(`over-${alert}`, 3_000, tells) })
      }
      await journal.append({ kind: 'settled', settlement: delivered('over-b', 4_000) })
    },
    ({ outbox }) => {
      expect(outbox.tasks).toEqual(
        ['a', 'c'].map(alert => ({ contactPoint: 'ops/webhook', alert, id: `OPS-${alert}` })),
      )
    },
  ))

test('what contact points were told last is known for as long as the alert is not over, however old it is', () =>
  eachWay(
    async journal => {
      const firing = ['a', 'b', 'c'].map(alert => ({ alert, state: 'firing' as const }))
      await journal.append({ kind: 'queued', message: message('1', 0, firing) })
      await journal.append({ kind: 'settled', settlement: delivered('1', 0) })
      await journal.append({ kind: 'queued', message: message('2', 10, [{ alert: 'b', state: 'resolved' }]) })
      await journal.append({ kind: 'queued', message: message('3', 20, [{ alert: 'c', state: 'no_data' }]) })
      // It says nothing that was not said before.
      await journal.append({ kind: 'queued', message: message('1', 30, firing) })
      await journal.append({ kind: 'settled', settlement: delivered('3', 3 * DAY) })
    },
    ({ outbox }) => {
      expect(outbox.queued.map(({ id }) => id)).toEqual(['2'])
      expect(outbox.told).toEqual([
        { alert: 'b', state: 'resolved', contactPoint: 'ops/webhook' },
        { alert: 'a', state: 'firing', contactPoint: 'ops/webhook' },
        { alert: 'c', state: 'no_data', contactPoint: 'ops/webhook' },
      ])
    },
  ))

test('a group is known until all that was told in it is over, and so is an end that it has not been told', () =>
  eachWay(
    async journal => {
      const group = (key: string) => ({ key, labels: { process: 'orders' } })
      const firing = (...alerts: string[]) => alerts.map(alert => ({ alert, state: 'firing' as const }))
      const over = (alert: string) => [{ alert, state: 'resolved' as const }]
      const queue = (of: OutboxMessage, key: string) =>
        journal.append({ kind: 'queued', message: { ...of, group: group(key) } })
      await journal.append(evaluation(1, [transition('a', 1, 'firing'), transition('late', 1, 'resolved')]))
      await queue(message('1', 10, firing('a', 'b', 'late')), 'one')
      await queue(message('2', 20, firing('c')), 'two')
      await queue(message('3', 30, over('b')), 'one')
      await queue(message('4', 40, over('c')), 'two')
      await journal.append(evaluation(3 * DAY, [transition('d', 3 * DAY, 'firing')]))
    },
    ({ outbox, transitions }) => {
      expect(outbox.groups).toEqual([
        { key: 'one', labels: { process: 'orders' }, contactPoint: 'ops/webhook', toldAt: 30, alerts: ['a', 'late'] },
      ])
      expect(transitions.map(({ id, state }) => `${id} ${state}`)).toContain('late resolved')
    },
  ))

test('entries that are appended together are there together: a torn line takes all of them with it', async () => {
  const journal = await openJournal(directory)
  await journal.append(evaluation(1, []))
  await journal.append(
    evaluation(2, [transition('a', 2, 'firing')]),
    { kind: 'queued', message: message('1') },
    { kind: 'queued', message: message('2') },
  )
  await journal.close()
  const whole = await recovered()
  expect(whole.evaluations.get('orders')).toEqual({ at: 2, state: { at: 2 }, hours: [] })
  expect(whole.outbox.queued).toEqual([message('1'), message('2')])

  const path = join(directory, 'journal-00000001.log')
  writeFileSync(path, readFileSync(path).subarray(0, -10))
  const { evaluations, transitions, outbox, tornBytes } = await recovered()
  expect(tornBytes).toBeGreaterThan(0)
  expect(evaluations.get('orders')).toEqual({ at: 1, state: { at: 1 }, hours: [] })
  expect([transitions, outbox.queued, outbox.told]).toEqual([[], [], []])
})

test('audit records are chained as they were written, and the head outlives them', () =>
  eachWay(
    async journal => {
      const chained = await Promise.all(['a', 'b', 'c'].map(subject => journal.audit(record(subject))))
      expect(chained.map(({ sequence }) => sequence)).toEqual([1, 2, 3])
      await journal.append({ kind: 'fed', what: 'audit', keys: chained.slice(0, 2).map(({ hash }) => hash) })
      await journal.audit(record('d', 1_001 + DAY))
    },
    ({ audit, unfed }) => {
      expect(audit.entries.map(({ subject }) => subject)).toEqual(['d'])
      expect(audit.head).toMatchObject({ sequence: 4, hash: audit.entries[0]?.hash })
      expect(unfed.audit.map(({ subject }) => subject)).toEqual(['c', 'd'])
    },
  ))

test('a chain goes on where it was, through compaction and restarts', async () => {
  const entries = []
  for (let life = 0; life < 4; life++) {
    const journal = await openJournal(directory, 1)
    for (let number = 0; number < 3; number++) entries.push(await journal.audit(record(`${life}.${number}`)))
    const keys = entries.map(({ hash }) => hash)
    await journal.append({ kind: 'fed', what: 'audit', keys })
    await journal.close()
  }
  const { audit, unfed } = await recovered()
  expect(verifyAudit(entries, beginningOfAudit, audit.head)).toMatchObject({ intact: true })
  expect(unfed.audit).toEqual([])
})

test('a record that could not be written leaves no gap in the chain', async () => {
  const journal = await openJournal(directory)
  const first = await journal.audit(record('a'))
  const probe = await open(join(directory, 'probe'), 'w')
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  const write = vi.spyOn(Object.getPrototypeOf(probe), 'write').mockRejectedValueOnce(full)
  await expect(journal.audit(record('lost'))).rejects.toThrow('no space left on device')
  write.mockRestore()
  await probe.close()
  const second = await journal.audit(record('b'))
  await journal.close()
  expect(verifyAudit([first, second])).toMatchObject({ intact: true })
  expect((await recovered()).audit.entries).toEqual([first, second])
})

test('what ClickHouse has not acknowledged stays, however old it is and however often the journal was compacted', () =>
  eachWay(
    async journal => {
      const [told, untold] = [transition('told', 0, 'resolved'), transition('untold', 1, 'resolved')]
      await journal.append(evaluation(1, [told, untold]))
      await journal.append({ kind: 'action', action: action('1', 'untold') })
      await journal.append({ kind: 'fed', what: 'transitions', keys: [transitionKey(told)] })
      await journal.append(evaluation(10 * DAY, []))
    },
    ({ transitions, actions, unfed }) => {
      expect(transitions).toEqual([])
      expect(actions).toEqual([])
      expect(unfed).toEqual({
        transitions: [transition('untold', 1, 'resolved')],
        actions: [action('1', 'untold')],
        audit: [],
      })
    },
  ))

test('what ClickHouse has acknowledged is not fed again, and is forgotten when nothing else wants it', async () => {
  const ended = transition('ended', 1, 'resolved')
  await eachWay(
    async journal => {
      await journal.append(evaluation(1, [ended]))
      await journal.append({ kind: 'action', action: action('1', 'ended') })
      await journal.append({ kind: 'fed', what: 'transitions', keys: [transitionKey(ended)] })
      await journal.append({ kind: 'fed', what: 'actions', keys: ['1'] })
    },
    ({ transitions, actions, unfed }) => {
      expect(transitions).toEqual([ended])
      expect(actions).toEqual([action('1', 'ended')])
      expect(unfed).toEqual({ transitions: [], actions: [], audit: [] })
    },
  )
  // The second life begins a segment with what is left after the first.
  for (const at of [2 + DAY, 3 + DAY]) {
    const journal = await openJournal(directory, 1)
    await journal.append(evaluation(at, []))
    await journal.close()
  }
  const text = readFileSync(join(directory, readdirSync(directory)[0] ?? ''), 'utf8')
  expect(text).not.toContain('"ended"')
})

test('an entry of a kind that only a newer release knows is refused, not passed over', async () => {
  await recovered()
  const [name = ''] = readdirSync(directory)
  const whole = readFileSync(join(directory, name))
  writeFileSync(join(directory, name), Buffer.concat([whole, lineOf('[{"kind":"election"}]')]))
  await expect(openJournal(directory)).rejects.toThrow(/entry of kind "election".*Use the release that wrote it/)
})
