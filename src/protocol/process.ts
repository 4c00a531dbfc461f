import * as z from 'zod/mini'
import { localTextSchema } from './vocabulary.ts'

/** What a target is for one value of a dimension; the first that matches counts. */
const targetBySchema = z.object({ dimension: z.string(), value: z.string(), target_ms: z.number() })

const stageSummarySchema = z.object({
  name: z.string(),
  title: localTextSchema,
  owner: z.string(),
  owner_title: localTextSchema,
  /** null where the stage has none of its own; `by` may still name some segments. */
  target: z.nullable(z.object({ default_ms: z.nullable(z.number()), by: z.array(targetBySchema) })),
  by: z.array(z.string()),
  from: z.array(z.string()),
  to: z.array(z.string()),
  /** Where the stage lies in the process: the earliest activity that opens it, the latest that completes it. */
  span: z.object({ from: z.number(), to: z.number() }),
})
export type StageSummary = z.infer<typeof stageSummarySchema>

const measureSummarySchema = z.object({
  name: z.string(),
  title: localTextSchema,
  owner: z.string(),
  owner_title: localTextSchema,
  /** null where it is a plain number. */
  currency: z.nullable(z.string()),
  by: z.array(z.string()),
})
export type MeasureSummary = z.infer<typeof measureSummarySchema>

/** A record that would be counted, as text; null in its place where none could be found that the source lets through. */
const exampleSchema = z.object({
  /** null where the source does not read the record's key. */
  key: z.nullable(z.string()),
  value: z.string(),
})

/** The width and the height of a card on the map, and how far one column is from the next. */
export const CARD = 100
export const COLUMN = 200

const pointSchema = z.object({ x: z.number(), y: z.number() })

/** Where stages stand beside each other, from left to right. Cards are 100 wide and 100 high, columns 200 apart. */
const processMapSchema = z.object({
  /** Upper left corners; a stage that runs over several others is not on the map. */
  stages: z.array(z.extend(pointSchema, { stage: z.string() })),
  /** Which stage hands cases over to which, and the points that a line between them goes through. */
  edges: z.array(z.object({ from: z.string(), to: z.string(), points: z.array(pointSchema) })),
})
export type ProcessMap = z.infer<typeof processMapSchema>

/** A process as the page and scripts need it: its stages in file order, never its sources. */
export const processSummarySchema = z.object({
  name: z.string(),
  title: localTextSchema,
  owner: z.string(),
  owner_title: localTextSchema,
  timezone: z.string(),
  activities: z.array(z.string()),
  /** `host:port` of the Kafka that the sources are read from; null where that is no Kafka. */
  brokers: z.nullable(z.array(z.string())),
  /** Topics of its sources that take events by HTTP. */
  takes_events: z.array(z.string()),
  /** Where events are expected, for an empty page to say. */
  sources: z.array(z.object({ topics: z.array(z.string()), format: z.string(), example: z.nullable(exampleSchema) })),
  pane_ms: z.number(),
  evaluate_every_ms: z.number(),
  stages: z.array(stageSummarySchema),
  map: processMapSchema,
  measures: z.array(measureSummarySchema),
})
export type ProcessSummary = z.infer<typeof processSummarySchema>
