import type { Instant } from '../event/instant.ts'
import type { LocalText, Owner, ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import { exampleRecord } from './example-record.ts'
import type { ProcessMap, ProcessSummary, StageSummary } from './process.ts'
import { processMap } from './process-map-view.ts'

export type Owners = ReadonlyMap<string, Owner>

/** The owner's title, or its key where the owners' file does not know it. */
export const ownerTitle = (owners: Owners, key: string): LocalText => owners.get(key)?.title ?? { en: key }

/**
 * @param brokers `host:port` of the Kafka that its sources are read from; undefined: they are read from something else.
 * @param now the time that the example records carry.
 * @param takingEvents topics that take events by HTTP.
 */
export function summarizeProcess(
  process: ProcessDefinition,
  owners: Owners,
  brokers: readonly string[] | undefined,
  now: Instant,
  takingEvents: readonly string[] = [],
): ProcessSummary {
  const stages = process.stages.map(stage => summarizeStage(process, stage, owners))
  return {
    name: process.name,
    title: process.title,
    owner: process.owner,
    owner_title: ownerTitle(owners, process.owner),
    timezone: process.timezone,
    activities: [...process.activities],
    brokers: brokers === undefined ? null : [...brokers],
    takes_events: process.sources.flatMap(({ topics }) => topics).filter(topic => takingEvents.includes(topic)),
    sources: process.sources.map(source => ({
      topics: [...source.topics],
      format: source.format,
      example: exampleRecord(process, source, now) ?? null,
    })),
    pane_ms: process.paneMs,
    evaluate_every_ms: process.evaluateEveryMs,
    stages,
    map: mapOfProcess(process, stages),
    measures: process.measures.map(({ name, title, owner, currency, by }) => ({
      name,
      title,
      owner,
      owner_title: ownerTitle(owners, owner),
      currency: currency ?? null,
      by: by.map(index => process.attributes[index]?.name ?? `#${index}`),
    })),
  }
}

const maps = new WeakMap<ProcessDefinition, ProcessMap>()

/** Laid out once for each definition: every page that connects is told of it. */
function mapOfProcess(process: ProcessDefinition, stages: readonly StageSummary[]): ProcessMap {
  const known = maps.get(process)
  if (known !== undefined) return known
  const map = processMap(stages)
  maps.set(process, map)
  return map
}

function summarizeStage(process: ProcessDefinition, stage: StageDefinition, owners: Owners): StageSummary {
  const opens = stage.from.map(pattern => pattern.activity)
  const closes = stage.to.map(pattern => pattern.activity)
  const activity = (index: number) => process.activities[index] ?? `#${index}`
  return {
    name: stage.name,
    title: stage.title,
    owner: stage.owner,
    owner_title: ownerTitle(owners, stage.owner),
    target:
      stage.target === undefined
        ? null
        : {
            default_ms: stage.target.defaultMs ?? null,
            by: stage.target.by.map(({ attribute, value, targetMs }) => ({
              dimension: process.attributes[attribute]?.name ?? `#${attribute}`,
              value,
              target_ms: targetMs,
            })),
          },
    by: stage.by.map(index => process.attributes[index]?.name ?? `#${index}`),
    from: opens.map(activity),
    to: closes.map(activity),
    span: { from: Math.min(...opens), to: Math.max(...closes) },
  }
}
