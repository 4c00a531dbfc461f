import { newAttributeTable } from '../../cases/process-plan.ts'
import { DecodedRecord } from '../../decode/decoded-record.ts'
import { compileRecordReader } from '../../decode/record-reader.ts'
import type { SourceRecord } from '../../event/record.ts'
import { splitAttributes } from '../../model/attribute-split.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { IngestAnswer } from '../../protocol/ingest.ts'

export type Rejected = Omit<IngestAnswer['rejected'][number], 'line'>

export type Looked = {
  /** The case that a process finds in it, of the first that finds one; undefined: none does. */
  readonly caseKey: Buffer | undefined
  /** Why a process will not count it, of the first that will not. */
  readonly rejected: Rejected | undefined
}

/**
 * Looks at records of one topic as the processes that read it will: each finds its own case, and may reject what another
 * one counts.
 */
export function recordLookOf(processes: readonly ProcessDefinition[], topic: string) {
  const readers = processes.flatMap(process => {
    const source = process.sources.find(({ topics }) => topics.includes(topic))
    if (source === undefined) return []
    const table = newAttributeTable(process)
    const into = new DecodedRecord(table, splitAttributes(process.attributes))
    return [{ process: process.name, read: compileRecordReader(process, source, table), into, table }]
  })
  return {
    look(record: SourceRecord): Looked {
      let caseKey: Buffer | undefined
      let rejected: Rejected | undefined
      for (const { process, read, into } of readers) {
        read(record, into)
        const { kind, reason, detail, count, caseBytes, caseFrom, caseTo } = into
        if (kind === 'rejected') rejected ??= { process, reason, detail }
        if (kind === 'events' && count > 0) caseKey ??= Buffer.from(caseBytes.subarray(caseFrom, caseTo))
      }
      return { caseKey, rejected }
    },
    /** Lets go of what the records held. */
    rest(): void {
      for (const { into, table } of readers) {
        into.clear()
        table.sweep()
      }
    },
  }
}
export type RecordLook = ReturnType<typeof recordLookOf>
