/**
 * Records of an unknown log → a draft of their process file, tried on the same records.
 *
 * The draft goes the way that a file written by hand goes: it is loaded and checked like one, and its mapping decodes
 * the sample. So what the report says is what the engine will do.
 */
import { Buffer } from 'node:buffer'
import type { Rejection } from '../../decode/decoded.ts'
import { compileDecoder, defaultRecordLimits } from '../../decode/decoder.ts'
import { nounOfCase } from '../../decode/infer/field-names.ts'
import { type ProcessShape, shapeOf } from '../../decode/infer/process-shape.ts'
import { type InferredMapping, inferMapping, type SampledRecord } from '../../decode/infer.ts'
import { compilePayload } from '../../decode/payload.ts'
import { parseRecord, type RecordDocument } from '../../decode/record-text.ts'
import type { RecordBatch, SourceRecord } from '../../event/record.ts'
import { schemaIdOf } from '../../event/wire-format.ts'
import { formatProblem, loadDefinitions, type SourceFile } from '../../model/load.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { type DraftNames, draftFiles } from './draft.ts'
import { type DryRun, dryRun } from './dry-run.ts'
import type { Sample } from './sample.ts'
import { sampledCases } from './sampled-cases.ts'

export type Draft = {
  readonly names: DraftNames
  /** The process file and owners.yaml; names without a folder. */
  readonly files: readonly [process: SourceFile, owners: SourceFile]
  readonly mapping: InferredMapping
  readonly shape: ProcessShape
  readonly dryRun: DryRun
  /** There are more records than were looked at. */
  readonly hasMore: boolean
}

/** How a person finds a record again. */
export type PlaceOf = (partition: number, offset: number) => string

const MONTH_MS = 30 * 86_400_000

/**
 * @param sample its records in the order of their logs.
 * @throws CouldNotRun where the records do not say what the case, the activity and the time are.
 */
export function initFromRecords({ batches, hasMore }: Sample, names: DraftNames, placeOf: PlaceOf): Draft {
  const records = parsed(batches, names.from)
  const inferred = inferMapping(records)
  if (inferred.kind === 'nothing') throw new CouldNotRun(inferred)
  const isAvro = batches.some(batch => batch.records.some(({ schema }) => schema?.kind === 'avro'))
  const mapping = isAvro && inferred.format === 'json' ? { ...inferred, format: 'avro' as const } : inferred
  const shape = shapeOf(sampledCases(mapping, records))
  const attempt = (latenessMs: number): Draft => {
    const files = draftFiles(names, mapping, shape, { latenessMs, hasMore })
    return { names, files, mapping, shape, dryRun: tryDraft(files, batches, mapping, placeOf), hasMore }
  }
  // How late events come shows only when they are counted, so the first attempt waits for all of them.
  return attempt(attempt(MONTH_MS).dryRun.latenessMs)
}

function parsed(sample: readonly RecordBatch[], from: string): SampledRecord[] {
  const records: SampledRecord[] = []
  const open = compilePayload('cloudevents', defaultRecordLimits)
  let problem: string | undefined
  let isFramed = false
  for (const batch of sample) {
    for (const record of batch.records) {
      if (record.value === null) continue
      isFramed ||= schemaIdOf(record.value) !== undefined && record.schema === undefined
      const document = documentOf(open(record))
      const { key, timestamp } = record
      if (document.kind === 'rejected') problem ??= document.detail
      else records.push({ document, key: key === null ? undefined : Buffer.from(key).toString('utf8'), timestamp })
    }
  }
  if (records.length > 0) return records
  throw new CouldNotRun({
    problem: `${from} holds no record to look at${problem === undefined ? '' : `: ${problem}`}`,
    remedy: isFramed
      ? 'name the registry that has their schemas: --schema-registry http://…'
      : 'give records that are one JSON object each: in a file one on each line',
  })
}

const documentOf = (opened: SourceRecord | Rejection): RecordDocument | Rejection =>
  'kind' in opened ? opened : parseRecord(opened.value ?? Buffer.alloc(0), defaultRecordLimits)

function tryDraft(
  files: readonly SourceFile[],
  sample: readonly RecordBatch[],
  { case: caseColumn }: InferredMapping,
  placeOf: PlaceOf,
): DryRun {
  const { definitions, problems } = loadDefinitions(files)
  const process = definitions?.processes[0]
  const source = process?.sources[0]
  if (process === undefined || source === undefined) {
    const said = problems.map(problem => formatProblem(problem, 'en')).join('\n')
    throw new Error(`the draft has mistakes, which it never should:\n${said}\n\n${files[0]?.text}`)
  }
  return dryRun(process, compileDecoder(process, source), sample, {
    caseNoun: nounOfCase([caseColumn.name]),
    place: placeOf,
  })
}
