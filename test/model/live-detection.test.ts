import { expect, test } from 'vitest'
import { compileCondition } from '../../src/model/condition.ts'
import type { BoundedLookup } from '../../src/model/statistics.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import type { LifeTable } from '../../src/windows/life-table.ts'
import { liveWindowMs } from '../../src/windows/life-table-width.ts'
import type { LifeTableVisit } from './life-table.ts'
import { arrivals, HOUR, MINUTE, StagePanes, sojourns } from './life-table-stage.ts'

/** What live percentiles are for: a stage that slows down or stops is seen long before its slow visits complete. */
const DAY = 24 * HOUR
const begin = Date.UTC(2026, 0, 5)

/** The window as a live percentile takes it, widened by the entries of the last 24 h. */
function live(stage: StagePanes, at: number, windowMs: number): LifeTable {
  stage.advance(at)
  return stage.lifeTable(at, liveWindowMs(windowMs, stage.entered(at - DAY, at) / DAY)).table
}

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]!

const instants = (from: number, until: number, step: number): number[] =>
  Array.from({ length: Math.floor((until - from) / step) }, (_, index) => from + (index + 1) * step)

const print = (line: string) => process.stdout.write(`${line}\n`)

/** Median 4 h, sigma 0.6: its p90 is 8.63 h. */
const medianMs = 4 * HOUR
const baselineMs = medianMs * Math.exp(0.6 * 1.281_551_6)
const limitMs = 1.3 * baselineMs
const slowFrom = begin + 3 * DAY
const STRETCH = 2.5

/** From one instant on everything still to do takes 2.5 times as long. */
function slowingVisits(seed: number, perHour: number): LifeTableVisit[] {
  const draws = new RandomDraws(seed, perHour)
  return arrivals(draws, perHour, begin, slowFrom + DAY).map(entry => {
    const end = entry + Math.round(sojourns.lognormal(draws, medianMs))
    const rest = Math.max(0, end - Math.max(entry, slowFrom))
    return { entry, leave: { at: end + Math.round((STRETCH - 1) * rest), completed: true } }
  })
}

/** The p90 of the visits that completed in a window, by nearest rank. */
function completedP90(visits: readonly LifeTableVisit[], at: number, windowMs: number): number | undefined {
  const durations = visits
    .filter(({ leave }) => leave !== undefined && leave.at >= at - windowMs && leave.at < at)
    .map(({ entry, leave }) => leave!.at - entry)
    .sort((left, right) => left - right)
  return durations[Math.ceil(0.9 * durations.length) - 1]
}

const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

test.each([
  [200, 30 * MINUTE],
  [30, 10 * MINUTE],
])('at %i visits an hour a slowdown is seen within 2 h, and none where there is none', (perHour, step) => {
  const exceeds = compileCondition(`live_p90 > ${limitMs} * duration("1ms")`)
  const detected: number[] = []
  const falseShares: number[] = []
  for (const seed of seeds) {
    const stage = new StagePanes(slowingVisits(seed, perHour), 75_000)
    const isOver = (at: number) => exceeds.evaluate(() => live(stage, at, 2 * HOUR).quantile(0.9)).result === true
    const steady = instants(slowFrom - 2 * DAY, slowFrom, step)
    falseShares.push(steady.filter(isOver).length / steady.length)
    const found = instants(slowFrom, slowFrom + DAY, 5 * MINUTE).find(isOver)
    detected.push(found === undefined ? Number.POSITIVE_INFINITY : (found - slowFrom) / HOUR)
  }
  const falseShare = falseShares.reduce((sum, share) => sum + share, 0) / falseShares.length
  print(
    `slowdown, ${perHour}/h, seeds 1–12: seen after ${median(detected).toFixed(2)} h (median), ` +
      `${Math.max(...detected).toFixed(2)} h (most); false hours ${(100 * falseShare).toFixed(2)} %`,
  )
  expect(median(detected)).toBeLessThanOrEqual(2)
  expect(falseShare).toBeLessThanOrEqual(0.01)
})

test('completed visits alone see the same slowdown many hours later', () => {
  const seen = [2, 24].map(hours => {
    const delays = seeds.map(seed => {
      const visits = slowingVisits(seed, 200)
      const found = instants(slowFrom, slowFrom + DAY, 30 * MINUTE).find(
        at => completedP90(visits, at, hours * HOUR)! > limitMs,
      )
      return found === undefined ? Number.POSITIVE_INFINITY : (found - slowFrom) / HOUR
    })
    print(
      `slowdown, 200/h, seeds 1–12: completed visits of ${hours} h see it after ${median(delays).toFixed(2)} h (median)`,
    )
    return median(delays)
  })
  expect(seen[0]).toBeGreaterThan(4)
  expect(seen[1]).toBeGreaterThan(10)
})

/** A stage of about 1 h (p90 2.2 h) that stops altogether at an instant. */
const stopsAt = begin + 30 * HOUR

function stoppingVisits(seed: number, perHour: number, entersUntil: number): LifeTableVisit[] {
  const draws = new RandomDraws(seed, perHour)
  return arrivals(draws, perHour, begin, entersUntil).map(entry => {
    const at = entry + Math.round(sojourns.lognormal(draws, HOUR))
    return { entry, leave: at < stopsAt ? { at, completed: true } : undefined }
  })
}

test.each([
  [100, 'while visits go on entering', stopsAt + 6 * HOUR],
  [200, 'while visits go on entering', stopsAt + 6 * HOUR],
  [400, 'while visits go on entering', stopsAt + 6 * HOUR],
  [100, 'and with it what enters', stopsAt],
])('at %i visits an hour a total stop, %s, is found in every run, and stays found', (perHour, how, entersUntil) => {
  const rule = compileCondition('live_p90 > duration("4h") && at_risk >= 20')
  const byExits = compileCondition('live_p90 > duration("4h") && exited >= 20')
  const windowMs = 15 * MINUTE
  const delays: number[] = []
  let lostByExits = 0
  for (const seed of seeds.slice(0, 8)) {
    const visits = stoppingVisits(seed, perHour, entersUntil)
    const stage = new StagePanes(visits, 10_000)
    const lookupAt = (at: number): BoundedLookup => {
      const table = live(stage, at, windowMs)
      const within = visits.filter(({ entry, leave }) => entry < at && (leave?.at ?? at) >= at - windowMs)
      const exited = within.filter(({ leave }) => leave !== undefined && leave.at < at).length
      return name => (name === 'at_risk' ? within.length : name === 'exited' ? exited : table.quantile(0.9))
    }
    const before = instants(stopsAt - 2 * HOUR, stopsAt, 10 * MINUTE)
    expect(before.filter(at => rule.evaluate(lookupAt(at)).result === true)).toEqual([])

    const after = instants(stopsAt, stopsAt + 6 * HOUR, 5 * MINUTE)
    const lookups = after.map(lookupAt)
    const results = lookups.map(lookup => rule.evaluate(lookup).result)
    const first = results.indexOf(true)
    expect({ seed, found: first >= 0 }).toEqual({ seed, found: true })
    expect({ seed, later: new Set(results.slice(first)) }).toEqual({ seed, later: new Set([true]) })
    delays.push((after[first]! - stopsAt) / MINUTE)
    if (byExits.evaluate(lookups.at(-1)!).result !== true) lostByExits++
  }
  print(
    `total stop, ${perHour}/h, ${how}, seeds 1–8: found after ${delays.join(' ')} min; ` +
      `a guard by exits has lost ${lostByExits} of 8`,
  )
  expect(Math.max(...delays)).toBeLessThanOrEqual(60)
  expect(lostByExits).toBe(8)
})
