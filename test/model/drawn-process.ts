import type { CalendarDefinition, ProcessDefinition } from '../../src/model/definitions.ts'
import type { Draw } from './draw.ts'
import { calendars } from './drawn-calendars.ts'
import { type MeasureSketch, makeProcess, type PatternText, type StageSketch, type TopicKind } from './process.ts'

/*
 * A process at random, small enough that every border is hit often: settle, pane and case_timeout are a few units.
 * Two or three overlapping stages, none to two measures; with or without starts, ends, conditions, targets, ids, a second topic, wide rows. Of
 * every fourth the stages may be counted in business time.
 */

export const activities = ['open', 'work', 'check', 'ship', 'cancel'] as const

const conditions = ['phase == "start"', 'phase != "start"', 'region == "N" || phase == "stop"', 'amount >= 3'] as const

export const hourMs = 3_600_000

/** The length that settle, pane and timeout are multiples of: hours make the 24 h bound of topics apart felt. */
const units = [1, 1, hourMs] as const

export const unitOf = ({ paneMs }: ProcessDefinition): number => (paneMs >= hourMs ? hourMs : 1)

const dimensions: readonly (readonly string[] | undefined)[] = [['region'], ['region', 'lane'], ['lane'], [], undefined]

const startings: readonly (readonly PatternText[])[] = [[], [], ['open'], ['open', 'work where phase == "start"']]

const endings: readonly Readonly<Record<string, readonly PatternText[]>>[] = [
  {},
  { completed: ['ship'] },
  { completed: ['ship where phase != "start"'], cancelled: ['cancel'] },
]

const feeds: readonly Readonly<Record<string, TopicKind>>[] = [
  { events: 'no ids' },
  { events: 'ids' },
  { events: 'no ids', more: 'no ids' },
  { events: 'ids', more: 'no ids' },
  { events: 'ids', more: 'ids' },
  { events: 'wide' },
  { events: 'ids', more: 'wide' },
]

export function drawProcess(draw: Draw): ProcessDefinition {
  const unit = draw.of(units)
  const settle = draw.of([0, 3, 10, 10, 20, 60, 60])
  const calendar = draw.oneIn(4) ? draw.of(calendars) : undefined
  const stages = Array.from({ length: draw.between(2, 3) }, (_, index): [string, StageSketch] => [
    `stage${index}`,
    drawStage(draw, unit, draw.oneIn(4) ? undefined : calendar),
  ])
  const pane = draw.of([1, 4, 10]) * unit
  const withDue = draw.oneIn(2) ? stages : withDeadlines(draw, stages, pane)
  return makeProcess({
    activities,
    attributes: ['region', 'lane', 'amount:value', 'due:instant', 'phase:field', 'items:number'],
    stages: Object.fromEntries(withDue),
    ...(draw.oneIn(2) && { measures: drawMeasures(draw) }),
    starts: draw.of(startings),
    ends: draw.of(endings),
    settle: settle * unit,
    pane,
    // Not below settle: there a run may leave memory before an earlier one of its case, and shards forget both.
    timeout: draw.of([20, 35, 60, 150].filter(timeout => timeout >= settle)) * unit,
    topics: draw.of(feeds),
  })
}

/** One stage or two have a due instant, and go through some of the others; now and then one judges its target by itself. */
function withDeadlines(draw: Draw, stages: readonly [string, StageSketch][], pane: number): [string, StageSketch][] {
  const outer = draw.below(stages.length)
  return stages.map(([name, stage], index) => {
    const window = draw.of([7, 150, 900]) * pane
    const level = draw.of([0.3, 0.5, 0.8])
    if (index !== outer && !draw.oneIn(3))
      return [name, stage.target !== undefined && draw.oneIn(2) ? { ...stage, deadline: { window, level } } : stage]
    const others = stages.map(([other]) => other).filter(other => other !== name)
    const through = others.filter(() => !draw.oneIn(3))
    return [name, { ...stage, deadline: { at: 'due', through, window, level } }]
  })
}

/** The same with so few slots for segments that some stages run out of them; stages without `by` need none. */
export const withFewSegments = (process: ProcessDefinition, draw: Draw): ProcessDefinition => ({
  ...process,
  stages: process.stages.map(stage => ({ ...stage, maxSegments: draw.of([1, 2, 2, 3]) })),
  measures: process.measures.map(measure => ({ ...measure, maxSegments: draw.of([1, 2, 2, 3]) })),
})

function drawStage(draw: Draw, unit: number, calendar: CalendarDefinition | undefined): StageSketch {
  const patterns = () => Array.from({ length: draw.between(1, 2) }, () => drawPattern(draw))
  const [from, to, by] = [patterns(), patterns(), draw.of(dimensions)]
  return {
    from,
    to,
    calendar,
    ...(by && { by }),
    ...(draw.oneIn(2) && { target: drawTarget(draw, unit, by) }),
  }
}

/** One or two, of numbers that events carry; on all events or on some. */
function drawMeasures(draw: Draw): Record<string, MeasureSketch> {
  const drawn = Array.from({ length: draw.between(1, 2) }, (_, index): [string, MeasureSketch] => {
    const by = draw.of(dimensions)
    const on = draw.oneIn(2) ? [] : Array.from({ length: draw.between(1, 3) }, () => drawPattern(draw))
    const of = draw.of(['amount', 'items', 'items'])
    return [`measure${index}`, { of, on, ...(by && { by }), distinct: draw.oneIn(2), decimals: draw.of([0, 2]) }]
  })
  return Object.fromEntries(drawn)
}

const drawPattern = (draw: Draw): PatternText => {
  const activity = draw.of(activities)
  return draw.oneIn(2) ? activity : `${activity} where ${draw.of(conditions)}`
}

/** A target by lane is one of a stage that is cut by lane. */
function drawTarget(draw: Draw, unit: number, by: readonly string[] | undefined): NonNullable<StageSketch['target']> {
  if (draw.oneIn(2)) return { default: 3 * unit }
  return by?.includes('lane') ? { default: 5 * unit, by: [['lane', 'fast', unit]] } : { default: 5 * unit }
}
