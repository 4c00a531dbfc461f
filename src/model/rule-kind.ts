import * as z from 'zod'
import { exactDuration, parseDuration } from '../event/duration.ts'
import { choice, duration, identifier, listOf, mapping, named, noted, text, wholeNumber } from './shapes.ts'

/*
 * Kinds of rule beyond a condition. Each is short for a condition, which is written out here: so they are judged, explained,
 * tested and backtested by the one engine, and nothing of them is special but what people write.
 */

const share = noted(z.number().gt(0).lt(1), 'a share between 0 and 1, such as 0.95', '0 与 1 之间的份额，例如 0.95')

/**
 * Burn rates and their windows: how many times as fast as the objective allows, over a long window, and over a short one
 * that says that it still goes on.
 *
 * Source: The Site Reliability Workbook (Beyer et al., 2018), chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"; the slowest
 * pair with a quarter of a long window of its own.
 */
const burnRates = {
  '1h': { rate: 14.4, short: '5m' },
  '6h': { rate: 6, short: '30m' },
  '1d': { rate: 3, short: '2h' },
  '3d': { rate: 1, short: '6h' },
} as const

const burnWindows = ['1h', '6h', '1d', '3d'] as const

const expectedSegment = named(identifier, text, { en: 'dimensions to values', zh: '维度到取值' })

const positive = noted(z.number().gt(0).max(100), 'a number above 0, such as 3', '大于 0 的数，例如 3')
const change = noted(z.number().min(0).max(10), 'a share such as 0.2', '比例，例如 0.2')

/** What a rule may say in place of `when`. */
export const ruleKinds = {
  stuck: duration
    .optional()
    .describe('Fires when a visit has been open for longer: one alert for the stage and segment.'),
  deadline: mapping({
    due_soon: wholeNumber(1, 1_000_000_000)
      .optional()
      .describe('Fires when so many open cases will probably miss their deadline, and have not missed it yet.'),
    overdue: wholeNumber(1, 1_000_000_000).optional().describe('Fires when so many open cases have missed it.'),
  }).optional(),
  slo: mapping({
    objective: share.describe('The share of visits that has to be within target.'),
    min_events: wholeNumber(1, 1_000_000_000)
      .default(20)
      .describe('Visits that have to have completed in the long window: a share of less says little.'),
    windows: listOf(choice(burnWindows), { en: 'long windows', zh: '长窗口' })
      .default([...burnWindows])
      .describe('Which burn rates count: 1h (14.4 times), 6h (6 times), 1d (3 times), 3d (1 time).'),
  }).optional(),
  absent: mapping({
    of: choice(['entered', 'exited', 'count'])
      .optional()
      .describe('What did not happen within the window. Without it entered, and count of a measure.'),
    expected: listOf(expectedSegment, { en: 'segments', zh: '细分' })
      .optional()
      .describe('The segments that should bring something. Without it those that did within `expire`.'),
    expire: duration
      .optional()
      .describe('A segment that brought nothing for so long is no longer expected. Without it 7d.'),
  }).optional(),
  deviation: mapping({
    of: text.describe('The statistic that is compared with the same hour of the weeks before.'),
    direction: choice(['above', 'below', 'both']).default('both').describe('On which side of the limits it fires.'),
    weeks: wholeNumber(1, 26).default(4).describe('How many weeks tell what is usual.'),
    limits: positive.default(3).describe('How many standard deviations are still usual.'),
    min_change: change.default(0.2).describe('What share of the usual value is still usual, however little it varies.'),
  }).optional(),
} as const

export type RuleKindName = keyof typeof ruleKinds

export const ruleKindNames = Object.keys(ruleKinds) as RuleKindName[]

/** What a rule says of its kind, as written: nothing may be filled in. */
export type WrittenKind = {
  readonly stuck?: string | undefined
  readonly deadline?: { readonly due_soon?: number | undefined; readonly overdue?: number | undefined } | undefined
  readonly slo?:
    | {
        readonly objective?: number | undefined
        readonly min_events?: number | undefined
        readonly windows?: readonly ((typeof burnWindows)[number] | undefined)[] | undefined
      }
    | undefined
  readonly absent?: { readonly of?: 'entered' | 'exited' | 'count' | undefined } | undefined
  readonly deviation?:
    | { readonly of?: string | undefined; readonly direction?: 'above' | 'below' | 'both' | undefined }
    | undefined
}

/** What is left out of `absent` and `deviation` is this. */
export const kindDefaults = { expire: '7d', direction: 'both', weeks: 4, limits: 3, minChange: 0.2 } as const

/** What is counted of an absence, by what the rule is about. */
export const absentOf = (rule: WrittenKind & { readonly measure?: unknown }) =>
  rule.absent?.of ?? (rule.measure === undefined ? 'entered' : 'count')

/** The condition that a kind is short for, and the window where the rule names none; undefined: it is of no kind, or says too little. */
export function conditionOfKind(
  rule: WrittenKind & { readonly measure?: unknown },
): { readonly when: string; readonly window: string | undefined } | undefined {
  if (rule.stuck !== undefined) return { when: `age_max > duration("${rule.stuck}")`, window: USUAL_WINDOW }
  if (rule.deadline !== undefined) {
    const { due_soon: dueSoon, overdue } = rule.deadline
    const terms = [
      ...(dueSoon === undefined ? [] : [`late_risk - overdue >= ${dueSoon}`]),
      ...(overdue === undefined ? [] : [`overdue >= ${overdue}`]),
    ]
    return terms.length === 0 ? undefined : { when: terms.join(' || '), window: USUAL_WINDOW }
  }
  if (rule.absent !== undefined) return { when: `${absentOf(rule)} == 0`, window: undefined }
  if (rule.deviation?.of !== undefined)
    return { when: leavesLimits(rule.deviation.of, rule.deviation), window: undefined }
  if (rule.slo?.objective === undefined) return undefined
  const { objective, min_events: minEvents = 20, windows = burnWindows } = rule.slo
  const longs = burnWindows.filter(long => windows.includes(long))
  const window = longs.at(-1)
  if (window === undefined) return undefined
  return { when: longs.map(long => burns(long, objective, minEvents)).join(' || '), window }
}

function leavesLimits(
  of: string,
  { direction = kindDefaults.direction }: NonNullable<WrittenKind['deviation']>,
): string {
  const sides = { above: [`${of} > upper_limit`], below: [`${of} < lower_limit`] }
  return (direction === 'both' ? [...sides.below, ...sides.above] : sides[direction]).join(' || ')
}

/** Of the statistics of the instant, over which only the samples are counted. */
const USUAL_WINDOW = '15m'

/** A share that leaves nothing over the window burns nothing: so an empty short window ends the alert. */
function burns(long: (typeof burnWindows)[number], objective: number, minEvents: number): string {
  const { rate, short } = burnRates[long]
  const most = Number((rate * (1 - objective)).toPrecision(6))
  const over = (window: string) => `breached.over("${window}") > ${most} * exited.over("${window}")`
  return `(exited.over("${long}") >= ${minEvents} && ${over(long)} && ${over(short)})`
}

/** The window where the rule names none, as whole panes. */
export function wholePanes(window: string, pane: string | undefined): string {
  const paneMs = pane === undefined ? undefined : parseDuration(pane)
  const windowMs = parseDuration(window)
  if (windowMs === undefined || paneMs === undefined || paneMs === 0) return window
  return exactDuration(Math.ceil(windowMs / paneMs) * paneMs)
}
