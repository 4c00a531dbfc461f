/**
 * Sampled records → which of their fields name the case, the activity and the time, or why none do.
 *
 * A case's field repeats a few times, and along it the activity changes while most else stays. That is measured for
 * every pair of fields that could be case and activity, and the names of the fields tip the balance. Where rows carry
 * several times that are filled one after the other, the columns are the activities (a wide row). The result is a
 * proposal that a person corrects, so every choice says what spoke for it.
 */

import type { RecordFormat } from './envelope.ts'
import {
  type Column,
  columnsOf,
  formatOf,
  previousInGroup,
  type SampledRecord,
  shareOfChanges,
} from './infer/columns.ts'
import {
  activityOfColumn,
  isDueTime,
  isTouchTime,
  looksLikeActivity,
  looksLikeCase,
  looksLikeDimension,
  looksLikeEventId,
  looksLikeEventTime,
  looksLikeMoney,
} from './infer/field-names.ts'

export type { SampledRecord } from './infer/columns.ts'

export type InferredEvents =
  | { readonly kind: 'single'; readonly activity: Column; readonly time: Column | '$timestamp' }
  | { readonly kind: 'wide'; readonly columns: readonly { readonly activity: string; readonly time: Column }[] }

export type InferredMapping = {
  readonly kind: 'mapping'
  readonly format: RecordFormat
  readonly case: Column
  readonly events: InferredEvents
  /** Fields that are different in every record. */
  readonly id: Column | undefined
  /** The most telling first. */
  readonly dimensions: readonly Column[]
  readonly value: { readonly column: Column; readonly decimals: number } | undefined
  /** Other fields that could be the case, or the activity, best first: for the comments of a draft. */
  readonly alternatives: { readonly case: readonly Column[]; readonly activity: readonly Column[] }
  /** Records that the sample's columns stand for. */
  readonly records: number
}

export type NothingInferred = { readonly kind: 'nothing'; readonly problem: string; readonly remedy: string }

/**
 * @param records that could be parsed, in the order of their log.
 */
export function inferMapping(records: readonly SampledRecord[]): InferredMapping | NothingInferred {
  const format = formatOf(records)
  const columns = columnsOf(records, format)
  const total = records.length
  const hasTimestamps = records.every(record => record.timestamp !== undefined)
  const wide = wideColumns(columns, total)
  const pairs = rankPairs(columns, total)
  const best = pairs[0]
  const time = best === undefined ? undefined : eventTime(columns, best.previous, total, hasTimestamps)

  if (wide !== undefined && (best === undefined || time === undefined || wide.times.length >= 3)) {
    const events = wide.times.map(column => ({ activity: activityOfColumn(column.name), time: column }))
    const rest = { case: wide.others, activity: [] }
    return describe(columns, wide.case, { kind: 'wide', columns: withDifferentNames(events) }, rest, format, total)
  }
  if (best === undefined)
    return nothing(columns, 'no field repeats like a case, with another field that changes along it')
  if (time === undefined) return nothing(columns, 'no field holds a time in every record')
  const alternatives = {
    case: others(
      pairs.map(pair => pair.case),
      best.case,
    ),
    activity: others(
      pairs.map(pair => pair.activity),
      best.activity,
    ),
  }
  return describe(columns, best.case, { kind: 'single', activity: best.activity, time }, alternatives, format, total)
}

const remedy =
  'write the process file by hand (docs and rules/order-fulfilment.yaml show how), or give records of several whole cases'

function nothing(columns: readonly Column[], what: string): NothingInferred {
  const names = columns.map(({ name, filled, values }) => `${name} (${values.length} values in ${filled} records)`)
  const seen = names.length === 0 ? 'no fields' : names.slice(0, 20).join(', ')
  return { kind: 'nothing', problem: `${what}; seen: ${seen}`, remedy }
}

const others = (columns: readonly Column[], chosen: Column): Column[] =>
  [...new Set(columns)].filter(column => column !== chosen).slice(0, 3)

type Pair = { readonly case: Column; readonly activity: Column; readonly previous: Int32Array; readonly score: number }

const MOST_CANDIDATES = 10

function rankPairs(columns: readonly Column[], total: number): Pair[] {
  const nearlyAlways = columns.filter(column => column.filled >= total * 0.9 && column.time === undefined)
  const cases = nearlyAlways
    .filter(
      column => isIdentifier(column) && column.filled / column.values.length >= 1.2 && eventsPerCase(column) <= 500,
    )
    .sort((a, b) => looksLikeCase(b.name) - looksLikeCase(a.name))
    .slice(0, MOST_CANDIDATES)
  const activities = nearlyAlways
    .filter(
      ({ name, values, filled }) => name !== '$key' && values.length >= 2 && values.length <= Math.min(200, filled / 3),
    )
    .sort((a, b) => looksLikeActivity(b.name) - looksLikeActivity(a.name))
    .slice(0, MOST_CANDIDATES)
  const pairs: Pair[] = []
  for (const caseColumn of cases) {
    const previous = previousInGroup(caseColumn)
    const changes = new Map(nearlyAlways.map(column => [column, shareOfChanges(column, previous)]))
    for (const activity of activities) {
      const change = changes.get(activity) ?? 0
      if (activity === caseColumn || change < 0.2) continue
      const steady = nearlyAlways.filter(
        column =>
          column !== activity && column !== caseColumn && column.values.length >= 2 && !looksLikeEventId(column.name),
      )
      const steadiness =
        steady.length === 0
          ? 0.5
          : 1 - steady.reduce((sum, column) => sum + (changes.get(column) ?? 0), 0) / steady.length
      const names = looksLikeCase(caseColumn.name) + looksLikeActivity(activity.name)
      pairs.push({
        case: caseColumn,
        activity,
        previous,
        score: 1.5 * names + change + variety(caseColumn, activity) + steadiness,
      })
    }
  }
  return pairs.sort((a, b) => b.score - a.score)
}

const eventsPerCase = ({ filled, values }: Column): number => filled / values.length

/** Texts and whole numbers; with few values they are a class of something, not its name. */
const isIdentifier = ({ values, filled }: Column): boolean =>
  values.length >= Math.min(10, filled / 3) &&
  values.every(value => typeof value === 'string' || Number.isInteger(value))

/** How many different activities a case has, of its events; 1: none twice. */
function variety(caseColumn: Column, activity: Column): number {
  const seen = new Set<number>()
  let events = 0
  caseColumn.codes.forEach((code, record) => {
    const activityCode = activity.codes[record]!
    if (code === -1 || activityCode === -1) return
    events += 1
    seen.add(code * activity.values.length + activityCode)
  })
  return events === 0 ? 0 : seen.size / events
}

/** The time that moves along a case and, in a log that is more or less in order, along the records. */
function eventTime(columns: readonly Column[], previous: Int32Array, total: number, hasTimestamps: boolean) {
  const candidates = columns
    .filter(({ time, filled }) => time !== undefined && filled >= total * 0.9)
    .map(column => ({
      column,
      score: 2 * looksLikeEventTime(column.name) + 2 * shareOfChanges(column, previous) + shareInOrder(column),
      moves: shareOfChanges(column, previous) >= 0.3,
    }))
    .filter(({ moves }) => moves)
    .sort((a, b) => b.score - a.score)
  return candidates[0]?.column ?? (hasTimestamps ? ('$timestamp' as const) : undefined)
}

function shareInOrder({ codes, values }: Column): number {
  let inOrder = 0
  for (let record = 1; record < codes.length; record++) {
    const [before, now] = [values[codes[record - 1]!], values[codes[record]!]]
    if (before !== undefined && now !== undefined && before <= now) inOrder += 1
  }
  return inOrder / Math.max(1, codes.length - 1)
}

type Wide = { readonly case: Column; readonly others: readonly Column[]; readonly times: readonly Column[] }

/** Rows with several times that, once filled, stay as they are; at least one of them is not filled yet in some rows. */
function wideColumns(columns: readonly Column[], total: number): Wide | undefined {
  const cases = columns
    .filter(column => column.time === undefined && column.filled >= total * 0.95 && isIdentifier(column))
    .filter(column => eventsPerCase(column) <= 50)
    .sort((a, b) => looksLikeCase(b.name) - looksLikeCase(a.name) || b.values.length - a.values.length)
  const best = cases[0]
  if (best === undefined) return undefined
  const previous = previousInGroup(best)
  const times = columns.filter(
    column =>
      column.time !== undefined &&
      !isDueTime(column.name) &&
      !isTouchTime(column.name) &&
      column.filled >= Math.max(2, total * 0.01) &&
      shareOfChanges(column, previous) <= 0.05,
  )
  if (times.length < 2 || times.every(({ filled }) => filled === total)) return undefined
  return { case: best, others: cases.slice(1, 4), times }
}

function withDifferentNames(columns: readonly { readonly activity: string; readonly time: Column }[]) {
  const seen = new Set<string>()
  return columns.map(({ activity, time }) => {
    const name = seen.has(activity) ? time.name : activity
    seen.add(name)
    return { activity: name, time }
  })
}

function describe(
  columns: readonly Column[],
  caseColumn: Column,
  events: InferredEvents,
  alternatives: InferredMapping['alternatives'],
  format: RecordFormat,
  records: number,
): InferredMapping {
  const taken = new Set<Column>([caseColumn])
  if (events.kind === 'single') taken.add(events.activity)
  const free = columns.filter(column => !taken.has(column) && column.name !== '$key' && column.time === undefined)
  const previous = previousInGroup(caseColumn)
  const id = free.find(
    ({ name, filled, values }) => looksLikeEventId(name) && filled === records && values.length >= records * 0.9,
  )
  return {
    kind: 'mapping',
    format,
    case: caseColumn,
    events,
    id: events.kind === 'single' ? id : undefined,
    dimensions: free
      .filter(column => column !== id && isDimension(column, previous, records))
      .sort(byTelling)
      .slice(0, 5),
    value: moneyOf(free),
    alternatives,
    records,
  }
}

/** Few values, filled in most records, and hardly changing along a case. */
function isDimension(column: Column, previous: Int32Array, records: number): boolean {
  const { values, filled, name } = column
  if (values.length < 2 || values.length > Math.min(200, filled / 5) || filled < records * 0.5) return false
  if (looksLikeDimension(name) === 0 || looksLikeMoney(name) || values.some(value => typeof value === 'number'))
    return false
  return shareOfChanges(column, previous) <= 0.1
}

const byTelling = (a: Column, b: Column): number =>
  looksLikeDimension(b.name) - looksLikeDimension(a.name) || b.filled - a.filled || a.values.length - b.values.length

const MOST_DECIMALS = 4

/** An amount of money, with the most decimals that it was seen with: none, two, three or four. */
function moneyOf(columns: readonly Column[]): InferredMapping['value'] {
  for (const column of columns) {
    if (!looksLikeMoney(column.name) || column.values.length < 5) continue
    const fractions = column.values.map(value => /^-?\d{1,12}(?:\.(\d+))?$/.exec(String(value)))
    if (fractions.some(found => found === null)) continue
    const longest = fractions.reduce((most, found) => Math.max(most, found?.[1]?.length ?? 0), 0)
    return { column, decimals: longest === 1 ? 2 : Math.min(longest, MOST_DECIMALS) }
  }
  return undefined
}
