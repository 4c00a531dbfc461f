/**
 * What was found in a sample → the text of a process file, with comments that say what spoke for each line and what
 * a person should look at. Nothing in it is hidden knowledge: it is a file like one written by hand.
 */

import type { Column } from '../../decode/infer/columns.ts'
import type { ProcessShape, ShapedStage } from '../../decode/infer/process-shape.ts'
import type { InferredMapping } from '../../decode/infer.ts'
import { formatDuration } from '../../event/duration.ts'
import type { SourceFile } from '../../model/yaml-file.ts'
import { commented, countOf, oneLine, yamlList, yamlText } from './yaml-text.ts'

export type DraftNames = {
  /** Of the process, and of its file. */
  readonly process: string
  /** The name that the process's was made of; undefined where it could be taken as it is. */
  readonly madeOf: string | undefined
  readonly topic: string
  /** false: the sample came from a file, and the topic has the name of the process. */
  readonly isTopicKnown: boolean
  /** Where the sample came from, for the first line. */
  readonly from: string
}

type Lines = readonly (readonly [line: string, comment?: string])[]

const HOUR = 3_600_000
const DAY = 24 * HOUR

export type DraftedSample = {
  /** How far events of the sample came behind later ones, leaving out one in a thousand. */
  readonly latenessMs: number
  /** There are more records than those of the sample. */
  readonly hasMore: boolean
}

export function draftFiles(
  names: DraftNames,
  mapping: InferredMapping,
  shape: ProcessShape,
  { latenessMs, hasMore }: DraftedSample,
): [process: SourceFile, owners: SourceFile] {
  const dimensions = namedDimensions(mapping.dimensions)
  const activities = shape.activities.filter(isActivityName).slice(0, 200)
  const stages = namedStages(shape, activities)
  const lines = [
    `# Drafted by "stagewatch init" from ${firstRecords(mapping.records, hasMore)} of ${oneLine(names.from)}.`,
    ...(hasMore ? ['# There are more, which it has not looked at: what is rare may be missing here.'] : []),
    '# Read it, correct it, then: stagewatch check --rules FOLDER',
    ...commented([
      [`process: ${yamlText(names.process)}`, nameReason(names)],
      [`title: {en: ${yamlText(titleOf(names.process))}}`],
      ['owner: you', 'a key of owners.yaml'],
      ['timezone: UTC', 'for display and reports'],
    ]),
    '',
    'sources:',
    ...commented(sourceLines(names, mapping, dimensions)),
    '',
    ...commented(processLines(shape, activities, latenessMs)),
    '',
    'stages:',
    ...stageLines(shape, stages, dimensions),
    ...ruleLines(stages.filter(({ stage }) => stage !== shape.leadTime)),
  ]
  return [
    { name: `${names.process}.yaml`, text: `${lines.join('\n')}\n` },
    { name: 'owners.yaml', text: ownersText },
  ]
}

/** `the first 20,000 records`, `1 record`. */
export const firstRecords = (records: number, hasMore: boolean): string =>
  `${hasMore ? 'the first ' : ''}${countOf(records, 'record')}`

/** Why the process is not called like its topic, file or folder; undefined where it is. */
export function nameReason({ process, madeOf }: DraftNames): string | undefined {
  if (madeOf === undefined) return undefined
  const why =
    madeOf === 'owners'
      ? 'owners.yaml is another file'
      : 'a name has a letter first, then letters, digits, "_" and "-", 64 in all'
  return `${process === 'process' ? 'in place of' : 'made of'} "${oneLine(madeOf)}": ${why}`
}

const ownersText = `# Who answers for what. Processes, stages, metrics and rules name an owner by its key; every alert carries it.
you:
  title: {en: You}
  members: []                    # user names of the people who belong to it
  contact_points: []             # where its alerts go: [{webhook: https://…}], see docs/notifications.md
`

type NamedDimension = { readonly name: string; readonly column: Column }

/** Names of their own that a condition can spell; the field's last part where it can be had. */
function namedDimensions(columns: readonly Column[]): NamedDimension[] {
  const taken = new Set(['value'])
  return columns.map(column => {
    const word = (column.name.split('.').at(-1) ?? '').replace(/[^A-Za-z0-9_]+/g, '_').replace(/^[^A-Za-z]+/, '')
    const base = (word === '' ? 'dimension' : word).slice(0, 60)
    let name = base
    for (let count = 2; taken.has(name); count++) name = `${base}_${count}`
    taken.add(name)
    return { name, column }
  })
}

function sourceLines(
  { topic, isTopicKnown }: DraftNames,
  mapping: InferredMapping,
  dimensions: readonly NamedDimension[],
): Lines {
  const { case: of, alternatives, events, id, value } = mapping
  const perCase = (of.filled / of.values.length).toFixed(1)
  const lines: (readonly [string, string?])[] = [
    [
      `  - topics: [${yamlText(topic)}]`,
      isTopicKnown
        ? 'the topics whose records look like these'
        : 'CHECK: the name of the process; put that of the topic',
    ],
    [`    format: ${mapping.format}`],
    [`    case: ${yamlText(of.name)}`, `${count(of)}, ${perCase} records each${orElse(alternatives.case)}`],
  ]
  const times = events.kind === 'wide' ? events.columns.map(({ time }) => time) : [events.time]
  if (events.kind === 'wide') {
    lines.push(['    activities_at:', 'one event for each of these times that is filled'])
    for (const { activity, time } of events.columns) {
      const how =
        time.time?.unit === undefined ? yamlText(time.name) : `{from: ${yamlText(time.name)}, unit: ${time.time.unit}}`
      lines.push([
        `      ${yamlText(activity)}: ${how}`,
        `filled in ${share(time.filled / mapping.records)} of the records`,
      ])
    }
  } else {
    lines.push([
      `    activity: ${yamlText(events.activity.name)}`,
      `${count(events.activity)}${orElse(alternatives.activity)}`,
    ])
    if (events.time === '$timestamp') lines.push(['    time: $timestamp', 'no field has a time: that of the record'])
    else {
      const { unit } = events.time.time ?? {}
      lines.push([`    time: ${yamlText(events.time.name)}`, unit === undefined ? 'ISO 8601' : 'an epoch number'])
      if (unit !== undefined) lines.push([`    unit: ${unit}`])
    }
  }
  if (times.some(time => time !== '$timestamp' && time.time?.needsZone === true)) {
    lines.push(['    timezone: UTC', 'CHECK: the times have no offset; name the zone they are in'])
  }
  if (id !== undefined)
    lines.push([`    id: ${yamlText(id.name)}`, 'different in every record: tells duplicates apart'])
  if (dimensions.length > 0) lines.push(['    dimensions:', 'segments of the statistics; hardly change along a case'])
  for (const { name, column } of dimensions)
    lines.push([`      ${yamlText(name)}: ${yamlText(column.name)}`, examples(column)])
  if (value !== undefined) {
    lines.push([
      `    value: {field: ${yamlText(value.column.name)}, decimals: ${value.decimals}}`,
      'money at stake; add its currency, such as EUR',
    ])
  }
  return lines
}

function processLines(shape: ProcessShape, activities: readonly string[], latenessMs: number): Lines {
  const { start, ends, longestPauseMs } = shape
  const lines: (readonly [string, string?])[] = [[`activities: ${yamlList(activities)}`]]
  if (start !== undefined && isActivityName(start.activity)) {
    // Where the sample is cut out of a running log, some cases are half seen; a start that most lack would drop them.
    const sure = start.share >= 0.9
    lines.push([
      `${sure ? '' : '# '}starts: ${yamlList([start.activity])}`,
      `first in ${share(start.share)} of the cases`,
    ])
  }
  const groups = groupedEnds(ends.map(end => end.activity).filter(isActivityName))
  if (groups.length > 0) {
    const written = groups.map(([group, names]) => `${group}: ${yamlList(names)}`).join(', ')
    lines.push([`ends: {${written}}`, `nothing follows ${share(Math.min(...ends.map(end => end.share)))} of these`])
  } else {
    lines.push([
      '# ends: {completed: […]}',
      `no activity is nearly always the last; name those that end a case${mostOftenLast(shape)}`,
    ])
  }
  const settle = firstAtLeast([HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY], latenessMs)
  const came =
    latenessMs > 0 ? `events came up to ${formatDuration(latenessMs)} behind others` : 'all events came in order'
  lines.push([`settle: ${compact(settle)}`, `how late an event still counts; ${came}`])
  const typicalMs = shape.leadTime?.p50Ms ?? shape.stages.reduce((sum, { p50Ms }) => sum + p50Ms, 0)
  lines.push([
    `pane: ${typicalMs >= 2 * DAY ? '1h' : typicalMs >= 2 * HOUR ? '5m' : '10s'}`,
    'the smallest slice of time that is kept',
  ])
  const timeout = firstAtLeast([30 * DAY, 90 * DAY, 180 * DAY, 365 * DAY], longestPauseMs * 1.5)
  lines.push([
    `case_timeout: ${compact(timeout)}`,
    `the longest pauses within a case are ${formatDuration(longestPauseMs)}`,
  ])
  return lines
}

function stageLines(
  shape: ProcessShape,
  stages: readonly NamedStage[],
  dimensions: readonly NamedDimension[],
): string[] {
  const by = dimensions.find(({ column }) => column.values.length <= 50)
  const written = stages.flatMap(({ name, stage }) => {
    const isLeadTime = stage === shape.leadTime
    const title = isLeadTime ? 'Lead time' : `${stage.from} → ${stage.to}`
    return commented([
      [`  ${name}:`],
      [`    title: {en: ${isLeadTime ? title : JSON.stringify(title)}}`],
      [`    from: ${yamlText(stage.from)}`],
      [`    to: ${yamlText(stage.to)}`, typical(stage) + (isLeadTime ? finishDoubt(shape) : '')],
      ...(by === undefined ? [] : [[`    by: ${yamlList([by.name])}`] as const]),
    ])
  })
  const { finish } = shape
  const reachesFinish = finish !== undefined && stages.some(({ stage }) => stage.to === finish.activity)
  if (reachesFinish) return written
  return [
    ...written,
    `  # No lead_time: the sample does not tell what cases are over with${oneLine(mostOftenLast(shape))}.`,
    '  # Where you know it, name it in "ends", and add a stage from the first step to it.',
  ]
}

/** A lead time up to what is no end is a guess. */
const finishDoubt = ({ finish, lasts }: ProcessShape): string =>
  finish === undefined || finish.isEnd
    ? ''
    : `; CHECK: last in ${share(lasts[0]?.share ?? 0)} of the cases that look finished, but some go on after it`

const mostOftenLast = ({ lasts }: ProcessShape): string =>
  lasts.length === 0
    ? '; no case of the sample looks finished'
    : `; last in those that look finished: ${lasts
        .slice(0, 4)
        .map(last => `${last.activity} (${share(last.share)})`)
        .join(', ')}`

const typical = ({ cases, p50Ms, p90Ms }: ShapedStage): string =>
  cases === 0
    ? 'no case of the sample got there'
    : `${countOf(cases, 'case')}: p50 ${formatDuration(p50Ms)}, p90 ${formatDuration(p90Ms)}`

/** A rule to start from, as a comment: what is too slow is for a person to say. */
function ruleLines(stages: readonly NamedStage[]): string[] {
  const [first] = stages.toSorted((a, b) => b.stage.p50Ms - a.stage.p50Ms)
  if (first === undefined || first.stage.cases === 0) return []
  const { name, stage: slowest } = first
  const limit = compact(Math.max(60_000, roundUp(slowest.p90Ms)))
  return [
    '',
    '# rules:',
    '#   slow:',
    `#     stage: ${name}`,
    `#     window: ${slowest.p90Ms >= DAY ? '7d' : '1h'}`,
    `#     when: p90 > duration("${limit}") && exited >= 20`,
    '#     for: 5m',
    '#     severity: warning',
  ]
}

type NamedStage = { readonly name: string; readonly stage: ShapedStage }

function namedStages({ stages, leadTime }: ProcessShape, activities: readonly string[]): NamedStage[] {
  const taken = new Set<string>()
  return [...stages, ...(leadTime === undefined ? [] : [leadTime])]
    .filter(({ from, to }) => activities.includes(from) && activities.includes(to))
    .map(stage => {
      const wanted = stage === leadTime ? 'lead_time' : `${slug(stage.from)}_to_${slug(stage.to)}`
      return { name: stageName(wanted, taken), stage }
    })
}

function stageName(wanted: string, taken: Set<string>): string {
  const base = /^[A-Za-z]/.test(wanted) ? wanted.slice(0, 60) : `stage_${taken.size + 1}`
  let name = base
  for (let number = 2; taken.has(name); number++) name = `${base}_${number}`
  taken.add(name)
  return name
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 28)

const titleOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replace(/[-_]+/g, ' ')

/** What the process file's schema takes for the name of an activity. */
const isActivityName = (text: string): boolean => /^[^\p{Cc}]{1,200}$/u.test(text)

const unhappy = /cancel|declin|reject|refus|abort|fail|withdraw|return|refund|expire|void|取消|拒绝|退/i

function groupedEnds(ends: readonly string[]): [group: string, activities: string[]][] {
  const groups: [string, string[]][] = [
    ['completed', ends.filter(activity => !unhappy.test(activity))],
    ['cancelled', ends.filter(activity => unhappy.test(activity))],
  ]
  return groups.filter(([, activities]) => activities.length > 0)
}

const firstAtLeast = (ladder: readonly number[], least: number): number =>
  ladder.find(step => step >= least) ?? ladder.at(-1) ?? least

/** Whole units for a limit that is easy to read: hours from two hours on, days from two days on. */
function roundUp(ms: number): number {
  const unit = ms >= 2 * DAY ? DAY : ms >= 2 * HOUR ? HOUR : 60_000
  return Math.ceil(ms / unit) * unit
}

/** A duration as process files write it. */
const compact = (ms: number): string => formatDuration(ms).replaceAll(' ', '')

const share = (part: number): string => `${(part * 100).toFixed(part >= 0.995 || part < 0.1 ? 1 : 0)} %`

const count = ({ values }: Column): string => `${values.length.toLocaleString('en')} different`

const orElse = (columns: readonly Column[]): string =>
  columns.length === 0 ? '' : `; or ${columns.map(column => column.name).join(', ')}?`

function examples(column: Column): string {
  const shown = column.values.slice(0, 4).map(value => String(value).slice(0, 24))
  return `${count(column)}: ${shown.join(', ')}${column.values.length > shown.length ? ', …' : ''}`
}
