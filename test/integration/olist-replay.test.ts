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

  test('finds each incident in its time, and hardly anything else: nothing at Carnival, Christmas, New Year, on a Sunday', () => {
    const episodes = episodesIn(readFileSync(join(out, 'alerts.ndjson'), 'utf8'))
    const others = new Set(episodes)
    for (const { title, rule, begins, firesFrom, firesUntil, until } of incidents) {
      const own = episodes.filter(episode => episode.rule === rule && episode.fired >= begins && episode.fired < until)
      for (const episode of own) others.delete(episode)
      const [first] = own
      const hours = (Date.parse(first?.fired ?? '') - Date.parse(begins)) / 3_600_000
      console.log(`${title}: fires ${first?.fired}, ${hours.toFixed(1)} h after it began, resolved ${first?.resolved}`)
      expect(own, title).toHaveLength(1)
      expect(first?.fired.slice(0, 16) ?? '', title).toSatisfy((at: string) => at >= firesFrom && at <= firesUntil)
    }
    expect(episodes.find(({ fired }) => fired.startsWith('2018-04-20'))?.resolved.slice(0, 10)).toBe('2018-04-25')
    const months = new Map<string, number>()
    for (const { rule, fired, resolved, why } of others) {
      console.log(`beside them: ${rule} ${fired} to ${resolved}: ${why}`)
      months.set(fired.slice(0, 7), (months.get(fired.slice(0, 7)) ?? 0) + 1)
      expect(new Date(fired).getUTCDay(), fired).not.toBe(0)
      expect(
        quietDays.some(([from, to]) => fired >= from && fired < to),
        fired,
      ).toBe(false)
    }
    expect(Math.max(0, ...months.values())).toBeLessThanOrEqual(2)
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

/** What happened, by the data set's own README; `firesFrom` and `firesUntil` are when an operator would want to hear of it. */
const incidents = [
  {
    title: 'the stop of approvals',
    rule: 'approval_stopped',
    begins: '2018-04-20T11:55',
    firesFrom: '2018-04-20T11:55',
    firesUntil: '2018-04-20T17:55',
    until: '2018-04-26',
  },
  {
    title: 'slow carriers after Black Friday',
    rule: 'transit_slow',
    begins: '2017-11-24T00:00',
    firesFrom: '2017-11-24T00:00',
    firesUntil: '2017-12-04T23:59',
    until: '2018-01-15',
  },
  {
    title: 'slow carriers in early 2018',
    rule: 'transit_slow',
    begins: '2018-02-15T00:00',
    firesFrom: '2018-02-15T00:00',
    firesUntil: '2018-02-26T23:59',
    until: '2018-05-01',
  },
]

/** Carnival, Christmas to New Year; in UTC, as the alerts. */
const quietDays = [
  ['2017-02-25', '2017-03-02'],
  ['2017-12-24', '2018-01-03'],
  ['2018-02-10', '2018-02-15'],
] as const

type Episode = { readonly rule: string; readonly fired: string; readonly why: string; resolved: string }

/** Of those that fired since February 2017, before which there are too few orders. */
function episodesIn(alerts: string): Episode[] {
  const episodes = new Map<string, Episode>()
  for (const line of alerts.trimEnd().split('\n')) {
    const { id, rule, state, at, explanation } = JSON.parse(line)
    if (state === 'firing' && !episodes.has(id) && at >= '2017-02') {
      const why = explanation.terms.map((term: { values: object }) => JSON.stringify(term.values)).join(' ')
      episodes.set(id, { rule, fired: at, why, resolved: 'never' })
    }
    const episode = episodes.get(id)
    if (state === 'resolved' && episode !== undefined) episode.resolved = at
  }
  return [...episodes.values()]
}
