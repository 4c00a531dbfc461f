/**
 * A record → its events in columns, as fast as can be: the decoder for a million events a second.
 *
 * In comes a record, out goes what `compileDecoder` says of it, in the columns of a `DecodedRecord`; for every record
 * exactly that, the wording of rejections included. There are two ways. Records of the usual kind are read from their
 * bytes (`bytes/scanned-event.ts`). At the first unusual byte that way gives up, and the record is decoded as any
 * other, from its beginning.
 */
import type { AttributeTable } from '../event/attribute-table.ts'
import type { SourceRecord } from '../event/record.ts'
import type { ProcessDefinition, SourceDefinition } from '../model/definitions.ts'
import { compileScannedEvent } from './bytes/scanned-event.ts'
import type { DecodedRecord } from './decoded-record.ts'
import { compileDocumentDecoder, defaultRecordLimits } from './decoder.ts'
import { compilePayload } from './payload.ts'
import type { RecordLimits } from './record-text.ts'

export type RecordReader = {
  /**
   * Fills the columns anew.
   *
   * The bytes of the case and of the ids may be those of the record itself, so they last as long as these.
   */
  (record: SourceRecord, into: DecodedRecord): void
  /** How many records were read from their bytes, and how many had to be parsed: those cost ten times as much. */
  readonly records: { readonly scanned: number; readonly parsed: number }
}

/**
 * @param process whose activities and attributes the events refer to.
 * @param source one of the process's sources.
 * @param table of the process's labels, which is also that of every `DecodedRecord` to be filled.
 * @throws what `compileDecoder` throws.
 */
export function compileRecordReader(
  process: ProcessDefinition,
  source: SourceDefinition,
  table: AttributeTable,
  limits: Partial<RecordLimits> = {},
): RecordReader {
  const allLimits = { ...defaultRecordLimits, ...limits }
  const open = compilePayload(source.format, allLimits)
  const decode = compileDocumentDecoder(process, source, allLimits)
  const decodeOpened = compileDocumentDecoder(process, source, { ...allLimits, maxRecordBytes: Infinity })
  const scan = compileScannedEvent(process, source, table, allLimits)
  const records = { scanned: 0, parsed: 0 }
  const read = (record: SourceRecord, into: DecodedRecord): void => {
    into.clear()
    const opened = open(record)
    if ('kind' in opened) {
      records.parsed++
      into.reject(opened)
    } else if (scan?.(opened, into)) {
      records.scanned++
    } else {
      records.parsed++
      into.fill(opened === record ? decode(record) : decodeOpened(opened))
    }
  }
  return Object.assign(read, { records })
}
