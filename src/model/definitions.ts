import type { DurationMs } from '../event/duration.ts'
import type { Json } from '../event/json.ts'
import type { SegmentKey } from '../event/segment.ts'
import type { EscalationStep } from './escalation.ts'
import type { NotificationRoute } from './notification-route.ts'
import type { QuietHours } from './quiet-hours.ts'
import type { Rota } from './rota.ts'
import type { StatisticName } from './statistics.ts'
import type { WorkingHours } from './working-hours.ts'

/** Text for people, English always, other languages where given. */
export type LocalText = { readonly en: string; readonly zh?: string }

export type Owner = {
  readonly key: string
  readonly title: LocalText
  readonly members: readonly string[]
  readonly contactPoints: readonly ContactPoint[]
  /** When its contact points are not told that an alert is open. */
  readonly quietHours?: QuietHours | undefined
  /** Whose turn it is; its order names members and contact points. Absent: all are told. */
  readonly rota?: Rota | undefined
  /** Who else is told of its alerts; absent: nobody. */
  readonly escalation?: readonly EscalationStep[]
}

/**
 * Where an owner's alerts go. Texts are as written: `${env:…}` and `${file:…}` in them stand for what is looked up at the
 * start, and what is secret stands behind such a reference only.
 */
export type ContactPoint = {
  /** Unique among those of its owner. */
  readonly name: string
  /** Whose it is; absent: nobody's alone. */
  readonly member?: string
  /** Of what is written to people there. */
  readonly language: 'en' | 'zh'
  /** Requests in a minute; undefined: what the channel takes. */
  readonly perMinute: number | undefined
  readonly position: Position
} & Channel

/** How a contact point is reached. */
export type Channel =
  /** `secret` undefined: messages are not signed. */
  | {
      readonly kind: 'webhook'
      readonly url: string
      readonly secret: string | undefined
      readonly format: 'cloudevents' | 'alertmanager'
    }
  | { readonly kind: 'slack' | 'wecom'; readonly url: string }
  | { readonly kind: 'feishu' | 'dingtalk'; readonly url: string; readonly secret: string | undefined }
  /** `url` undefined: PagerDuty's own address. */
  | { readonly kind: 'pagerduty'; readonly routingKey: string; readonly url: string | undefined }
  | { readonly kind: 'email'; readonly to: readonly string[] }
  | TaskChannel

/** A task for each episode, in whatever keeps tasks. */
export type TaskChannel = {
  readonly kind: 'task'
  /** Paths of requests stand below it. */
  readonly url: string
  /** The header of that name; undefined: none. */
  readonly authorization: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** `id`: where its answer has the task's id. */
  readonly create: TaskRequest & { readonly id: FieldPath }
  /** When the alert fires again, or lacks data; undefined: nothing. */
  readonly update: TaskRequest | undefined
  /** When it is over; undefined: nothing. */
  readonly close: TaskRequest | undefined
}

/** Texts have places, as `task-template.ts` has them. */
export type TaskRequest = {
  readonly method: 'POST' | 'PUT' | 'PATCH'
  readonly path: string
  readonly body: Json
}

/** Where in a YAML file something stands; line and column count from 1. */
export type Position = { readonly file: string; readonly line: number; readonly column: number }

/**
 * A field of the records that the fold keeps.
 *
 * - `dimension`: carried along the run, cuts segments, written with visits
 * - `value`: money at risk, a scaled integer, carried along the run, written with visits
 * - `instant`: ms since the epoch, what deadlines refer to; carried along the run, written with visits
 * - `number`: a scaled integer that measures add up, each event's own; neither carried nor written
 * - `field`: read only by the conditions (`where`) of `from`, `to`, `starts`, `ends`; neither carried nor written
 */
export type AttributeDefinition = {
  readonly name: string
  readonly kind: 'dimension' | 'value' | 'instant' | 'number' | 'field'
  /** Of a `value` and a `number`: digits behind the point that its scaled integers hold; not set: none. */
  readonly decimals?: number
  /** Whether a `where` of the process reads it; such attributes are part of an event's identity where no `id` is mapped. */
  readonly readByWhere: boolean
}

export type FieldPath = readonly string[]

/** Where an instant comes from and how it is written. */
export type TimeMapping = {
  /** `$timestamp` is the record's own timestamp. */
  readonly from: '$timestamp' | FieldPath
  /** Set: the field holds an epoch number of this unit. Not set: ISO 8601. */
  readonly unit: 's' | 'ms' | 'us' | 'ns' | undefined
  /** Zone of ISO texts without an offset; not set: such texts are refused. */
  readonly timezone: string | undefined
}

/** Where an attribute of kind `instant` comes from: a field, never the record's own timestamp. */
export type InstantMapping = TimeMapping & { readonly from: FieldPath }

/** How a field of the record gives the activity's name. */
export type ActivityMapping =
  | { readonly kind: 'path'; readonly path: FieldPath }
  | { readonly kind: 'const'; readonly activity: string }
  | { readonly kind: 'map'; readonly path: FieldPath; readonly map: Readonly<Record<string, string>> }

export type EventsMapping =
  | { readonly kind: 'single'; readonly activity: ActivityMapping; readonly time: TimeMapping }
  /** A wide row: one time per activity, one event for each filled column. */
  | { readonly kind: 'wide'; readonly columns: readonly { readonly activity: string; readonly time: TimeMapping }[] }

/** One mapping from records of some topics to events. */
export type SourceDefinition = {
  readonly topics: readonly string[]
  readonly format: 'json' | 'cloudevents' | 'debezium' | 'avro'
  /** Several paths are joined with `/`. `$key` is the record's key as text. */
  readonly case: '$key' | readonly FieldPath[]
  readonly events: EventsMapping
  readonly id: FieldPath | undefined
  /** CEL over the whole record; false skips it. */
  readonly where: string | undefined
  /**
   * Path in the record for each of the process's attributes, in their order; undefined where this source has none. An
   * `instant` says how it is written too.
   */
  readonly attributes: readonly (FieldPath | InstantMapping | undefined)[]
}

/** The money at stake; its attribute has the decimals. */
export type ValueDefinition = { readonly currency: string | undefined }

/** An activity, with a condition on the event's own attributes where given (CEL, `lifecycle == "start"`). */
export type EventPattern = { readonly activity: number; readonly where: string | undefined }

export type Target = {
  readonly defaultMs: DurationMs | undefined
  /** Other targets by value of a dimension of the stage's `by`; the first dimension that matches counts. */
  readonly by: readonly { readonly attribute: number; readonly value: string; readonly targetMs: DurationMs }[]
}

/** When a visit has to be over, and how it is found out how probably it will not be. */
export type Deadline = {
  /** The attribute of kind `instant` that holds the due instant; undefined: `target` after the entry. */
  readonly at: number | undefined
  /** Positions in the process's `stages` of those that lie inside this one, rising; only where there is an `at`. */
  readonly through: readonly number[]
  /** What life tables of deadlines reach back to, in the stage's own time. */
  readonly windowMs: DurationMs
  /** P(late) from which on a case is one that will probably be late; above 0, at most 1. */
  readonly level: number
}

/** When people work, in one time zone. `business-calendar.ts` counts by it. */
export type CalendarDefinition = {
  readonly name: string
  readonly title: LocalText
  /** An IANA name. */
  readonly timezone: string
  /** Hours that begin on each weekday, Monday first; in order, neither overlapping nor touching. */
  readonly week: readonly (readonly WorkingHours[])[]
  /** Dates that do not follow their weekday: holidays, make-up days. One entry a date, in their order. */
  readonly days: readonly CalendarDay[]
  readonly position: Position
}

export type CalendarDay = {
  /** Days since 1970-01-01. */
  readonly day: number
  readonly name: LocalText | undefined
  /** Empty: a holiday. */
  readonly hours: readonly WorkingHours[]
}

export type StageDefinition = {
  readonly name: string
  readonly title: LocalText
  readonly from: readonly EventPattern[]
  readonly to: readonly EventPattern[]
  /** A key of the owners; the process's where the stage names none. */
  readonly owner: string
  readonly target: Target | undefined
  /** As written; `lateRiskOf` says what holds where nothing is. */
  readonly deadline: Deadline | undefined
  /** Whose working time its durations are counted in, beside the wall clock; stages that name one calendar share this object. */
  readonly calendar: CalendarDefinition | undefined
  /** Positions in the process's `attributes`. */
  readonly by: readonly number[]
  readonly maxSegments: number
  readonly position: Position
}

/** A statistic of a number that events carry, each event counted once under its own fields. */
export type MeasureDefinition = {
  readonly name: string
  readonly title: LocalText
  /** Position in the process's `attributes` of the `value` or `number` that it is of. */
  readonly attribute: number
  /** Digits behind the point: values are whole numbers of 10^−decimals. */
  readonly decimals: number
  readonly currency: string | undefined
  /** Events that count; empty: all that have the number. */
  readonly on: readonly EventPattern[]
  /** Positions in the process's `attributes`. */
  readonly by: readonly number[]
  readonly owner: string
  /** Whether distinct values are kept. */
  readonly distinct: boolean
  readonly maxSegments: number
  readonly position: Position
}

/** What a rule or a metric is about, a position in the process's `stages` or `measures`: exactly one of the two is set. */
export type Subject =
  | { readonly stage: number; readonly measure?: undefined }
  | { readonly stage?: undefined; readonly measure: number }

export type Severity = 'info' | 'warning' | 'critical'

/** What a rule needs beside the statistics of its window; its condition is written out all the same. */
export type RuleKind =
  /** It looks for what is not there, so it has to know what should be. */
  | {
      readonly kind: 'absent'
      readonly of: StatisticName
      /** undefined: segments that brought something within `expireMs`. */
      readonly expected: readonly SegmentKey[] | undefined
      readonly expireMs: DurationMs
    }
  /** It compares a statistic with the same hour of the weeks before. */
  | {
      readonly kind: 'deviation'
      readonly of: StatisticName
      readonly weeks: number
      /** In standard deviations. */
      readonly limits: number
      /** A share of the usual value. */
      readonly minChange: number
    }

export type RuleDefinition = Subject & {
  readonly name: string
  /** Positions in the process's `attributes`, a subset of the subject's `by`; empty: the total. */
  readonly by: readonly number[]
  readonly windowMs: DurationMs
  /** CEL over the statistics of `model/statistics.ts`, checked when loaded. */
  readonly when: string
  /** undefined: the condition is all there is to it. */
  readonly kind: RuleKind | undefined
  /** A segment is not judged before it has been there for so long; 0: at once. */
  readonly graceMs: DurationMs
  readonly recoverWhen: string | undefined
  readonly forMs: DurationMs
  readonly keepFiringForMs: DurationMs
  /** `when` holds only with at least so many visits at risk (events, of a measure) in the window; 0: no guard. */
  readonly minSamples: number
  readonly noData: { readonly afterMs: DurationMs; readonly state: 'alert' | 'ok' | 'keep' } | undefined
  readonly severity: Severity
  readonly owner: string
  readonly summary: LocalText | undefined
  readonly action: LocalText | undefined
  readonly runbook: string | undefined
  readonly position: Position
}

export type MetricDefinition = Subject & {
  readonly name: string
  readonly title: LocalText
  readonly statistic: string
  readonly windowMs: DurationMs
  readonly unit: 'duration' | 'count' | 'ratio' | 'per_hour' | 'amount'
  readonly direction: 'lower_is_better' | 'higher_is_better'
  readonly definition: LocalText
  readonly owner: string
  readonly status: 'draft' | 'published' | 'deprecated'
  readonly version: number
  readonly position: Position
}

/** What the fold of one partition holds at most; what does not fit is rejected as `over-limit`. */
export type ProcessLimits = {
  /** Cases in memory. Runs that have ended leave first. */
  readonly maxCases: number
  /** Events of one case within `settle`. */
  readonly maxEventsPerCase: number
}

/** One process file, checked. */
export type ProcessDefinition = {
  readonly name: string
  readonly title: LocalText
  readonly owner: string
  /** For display and reports; an IANA name. */
  readonly timezone: string
  readonly sources: readonly SourceDefinition[]
  readonly activities: readonly string[]
  /** All attributes, dimensions first; events hold one value for each. */
  readonly attributes: readonly AttributeDefinition[]
  readonly value: ValueDefinition | undefined
  /** Empty: any event starts a run. */
  readonly starts: readonly EventPattern[]
  readonly ends: readonly { readonly group: string; readonly patterns: readonly EventPattern[] }[]
  readonly settleMs: DurationMs
  readonly paneMs: DurationMs
  readonly caseTimeoutMs: DurationMs
  readonly evaluateEveryMs: DurationMs
  readonly limits: ProcessLimits
  readonly stages: readonly StageDefinition[]
  readonly measures: readonly MeasureDefinition[]
  readonly metrics: readonly MetricDefinition[]
  readonly rules: readonly RuleDefinition[]
  readonly position: Position
}

/** Everything a folder of process files says. */
export type Definitions = {
  readonly processes: readonly ProcessDefinition[]
  readonly owners: ReadonlyMap<string, Owner>
  /** Who is told of which alerts, by notifications.yaml; absent: each owner at once. */
  readonly route?: NotificationRoute
}
