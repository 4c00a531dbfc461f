import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runReplay } from '../../src/app/replay.ts'
import { compareOlist, type OlistComparison } from '../model/olist-naive.ts'
import { RunningCommand } from './support/command.ts'
import { hasOlist, olistEvents, olistRules, withoutOlist } from './support/olist.ts'

/** The README of the data set says so. */
const ORDERS = 73_576
const EVENTS = 286_603
/** Finds what hangs: it takes ten seconds on a machine of its own. */
const REPLAYED_WITHIN_MS = 120_000

const files = ['alerts.ndjson', 'summary.json', 'visits.ndjson', 'windows.ndjson']

describe.skipIf(!hasOlist)(`a replay of all Olist orders${withoutOlist}`, () => {
  let out: string
  let naive: OlistComparison
  // biome-ignore lint/suspicious/noExplicitAny: the file under test is read as it is
  let summary: any

  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'stagewatch-olist-'))
    await runReplay({ rules: olistRules, inputs: [{ topic: undefined, file: olistEvents }], out })
    summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'))
    naive = await compareOlist(out)
  }, 2 * REPLAYED_WITHIN_MS)

  afterAll(() => rmSync(out, { recursive: true, force: true }))

  test('gives the four files, and every visit and pane as computed by hand', () => {
    expect(readdirSync(out).sort()).toEqual(files)
    expect(naive.differences).toEqual([])
    expect(naive.orders).toBe(ORDERS)
    expect(summary.lines).toMatchObject({ visits: naive.visits, windows: naive.panes })
  })

  test('counts every record and every event once, and the sums hold', () => {
    expect(summary.partitions).toHaveLength(1)
    for (const { counts, rejected_by, ignored_by } of [summary.total, ...summary.partitions]) {
      expect(counts.consumed).toBe(EVENTS)
      expect(counts.consumed).toBe(counts.decoded + counts.skipped + counts.rejected)
      expect(counts.events).toBe(EVENTS)
      expect(counts.events).toBe(counts.ignored + counts.duplicate + counts.late + counts.counted)
      expect([rejected_by, ignored_by]).toEqual([{}, {}])
      expect(counts).toMatchObject({
        before_start: naive.beforeStart,
        after_end: naive.afterEnd,
        unmatched_end: naive.unmatchedEnd,
      })
    }
    expect(summary.events_per_second).toBeGreaterThan(0)
    expect(summary.peak_memory_bytes).toBeGreaterThan(0)
  })

  test('finds the five days in April 2018 in which no payment was approved', () => {
    const alerts = readFileSync(join(out, 'alerts.ndjson'), 'utf8').trimEnd().split('\n')
    const stops = alerts.map(line => JSON.parse(line)).filter(({ rule }) => rule === 'approval_stopped')
    const [fired] = stops.filter(({ state, at }) => state === 'firing' && at.startsWith('2018-04'))
    // The last approval before the stop is of 11:55 on the 20th; the rule's window is a day.
    expect(fired.at).toBe('2018-04-21T12:00:00.000Z')
    expect(stops.find(({ id, state }) => id === fired.id && state === 'resolved').at).toMatch(/^2018-04-24T1[78]/)
  })

  test(
    'by the command line is byte for byte the same, and tells a person what it did',
    async () => {
      const again = mkdtempSync(join(tmpdir(), 'stagewatch-olist-'))
      try {
        const args = ['replay', '--rules', olistRules, '--input', olistEvents, '--out', again]
        const ended = await new RunningCommand(args).end(REPLAYED_WITHIN_MS)
        expect(ended).toMatchObject({ code: 0, stderr: '' })
        expect(ended.stdout).toContain('286,603 records: 286,603 decoded, 0 skipped, 0 rejected')
        expect(ended.stdout).toMatch(/\d+ s, [\d,]+ events\/s, \d+ MiB at most/)
        expect(ended.stdout).toContain(`summary.json are in ${again}`)
        for (const name of files) {
          if (name === 'summary.json') continue
          expect(readFileSync(join(again, name)).equals(readFileSync(join(out, name))), name).toBe(true)
        }
        const { elapsed_ms, events_per_second, peak_memory_bytes, ...counted } = summary
        expect(JSON.parse(readFileSync(join(again, 'summary.json'), 'utf8'))).toMatchObject(counted)
      } finally {
        rmSync(again, { recursive: true, force: true })
      }
    },
    2 * REPLAYED_WITHIN_MS,
  )
})
