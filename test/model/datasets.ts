import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { loadRules } from '../../src/app/rules-folder.ts'
import { compileDecoder } from '../../src/decode/decoder.ts'
import type { AttributeValue } from '../../src/event/event.ts'
import { instant } from '../../src/event/instant.ts'
import type { FieldPath, ProcessDefinition } from '../../src/model/definitions.ts'
import type { OracleArrival } from './oracle.ts'
import { makeRule } from './process.ts'

/*
 * The four real event logs that lie beside the project, each with the process file that we ship for it.
 *
 * A record is read twice: by the real decoder for the shard, and by a few lines of JSON.parse for the model, so that a
 * mistake in the one does not excuse the other.
 */

export type DataSet = {
  /** The folder under `../shared/data` and under `rules/examples`. */
  readonly name: 'olist' | 'bpic2012' | 'bpic2013-incidents' | 'helpdesk'
  readonly file: string
  readonly rules: string
}

const root = join(import.meta.dirname, '../..')

export const dataSet = (name: DataSet['name']): DataSet => ({
  name,
  file: join(root, '../shared/data', name, 'events.ndjson.gz'),
  rules: join(root, 'rules/examples', name),
})

export const isThere = ({ file }: DataSet): boolean => existsSync(file)

/** What a test's name ends with: why it is skipped, where it is. */
export const whyNot = (set: DataSet): string => (isThere(set) ? '' : ` (skipped: no ../shared/data/${set.name})`)

/** The one process of a folder of rules. */
export function processOf({ rules }: DataSet): ProcessDefinition {
  const [process, ...others] = loadRules(rules).definitions.processes
  if (process === undefined || others.length > 0) throw new Error(`one process wanted in ${rules}`)
  return process
}

/** The same fold by the wall clock, watched over these windows instead of those of its own rules: the model knows no calendars here. */
export function watchedOver(process: ProcessDefinition, windowsMs: readonly number[]): ProcessDefinition {
  const rules = process.stages.flatMap((_, stage) =>
    windowsMs.map(window => makeRule({ name: `r${stage}_${window}`, stage, window })),
  )
  const stages = process.stages.map(stage => ({ ...stage, calendar: undefined }))
  return { ...process, stages, metrics: [], rules }
}

export type ReadDataSet = {
  /** When each record's event happened, rising. */
  readonly times: Float64Array
  /** A record as the shard gets it and as the model reads it; read when asked for, so that they need not all be held. */
  recordAt(index: number): { readonly decoded: OracleArrival; readonly read: OracleArrival }
}

/**
 * The set, in the order of the file.
 *
 * @throws Error where the file is not sorted by time, or the decoder does not give events: then the tests would not
 *   mean what they say.
 */
export function readDataSet(set: DataSet, process: ProcessDefinition): ReadDataSet {
  const [source] = process.sources
  if (source === undefined || process.sources.length > 1) throw new Error('a process with one source wanted')
  const decode = compileDecoder(process, source)
  const { read, timeOf } = readerOf(process)
  const place = { topic: source.topics[0]!, partition: 0 }
  const lines = linesOf(gunzipSync(readFileSync(set.file)))
  const times = Float64Array.from(lines, timeOf)
  times.forEach((at, index) => {
    if (index > 0 && !(at >= times[index - 1]!)) throw new Error(`${set.name} line ${index + 1} is not sorted`)
  })
  return {
    times,
    recordAt(offset) {
      const value = lines[offset]!
      const decoded = decode({ offset, key: null, value, timestamp: undefined, notAfter: instant(Infinity) })
      if (decoded.kind !== 'events') throw new Error(`${set.name} line ${offset + 1}: ${decoded.kind}, events wanted`)
      return { decoded: { ...place, events: decoded.events }, read: { ...place, events: read(value) } }
    },
  }
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from)
    const to = end < 0 ? bytes.length : end
    if (to > from) lines.push(bytes.subarray(from, to))
    from = to + 1
  }
  return lines
}

/** Flat records with one ISO time, one activity and texts, which is all that these sets have. */
function readerOf(process: ProcessDefinition) {
  const source = process.sources[0]!
  const { events } = source
  if (source.case === '$key' || events.kind !== 'single' || events.activity.kind !== 'path')
    throw new Error('a source with a case path and an activity path wanted')
  const nameOf = (path: FieldPath | '$timestamp' | undefined) => {
    if (path === undefined || typeof path === 'string' || path.length !== 1) throw new Error('a flat record wanted')
    return path[0]!
  }
  const caseField = nameOf(source.case[0])
  const activityField = nameOf(events.activity.path)
  const timeField = nameOf(events.time.from)
  const fields = source.attributes.map(mapping =>
    nameOf(mapping !== undefined && 'from' in mapping ? mapping.from : mapping),
  )
  const parse = (line: Buffer): Record<string, string> => JSON.parse(line.toString('utf8'))
  return {
    timeOf: (line: Buffer): number => Date.parse(parse(line)[timeField]!),
    read: (line: Buffer): OracleArrival['events'] => {
      const record = parse(line)
      const activity = process.activities.indexOf(record[activityField]!)
      if (activity < 0) return [{ ignored: record[activityField]! }]
      const attributes = fields.map((field, position): AttributeValue => {
        const value = record[field] ?? null
        const { kind, decimals = 0 } = process.attributes[position]!
        if (value === null || value === '' || kind === 'dimension' || kind === 'field') return value
        return kind === 'instant' ? Date.parse(value) : Math.round(Number(value) * 10 ** decimals)
      })
      return [{ case: record[caseField]!, activity, at: Date.parse(record[timeField]!), attributes }]
    },
  }
}
