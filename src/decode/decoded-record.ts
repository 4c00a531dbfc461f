import { Buffer } from 'node:buffer'
import type { AttributeTable } from '../event/attribute-table.ts'
import type { AttributeValue } from '../event/event.ts'
import type { AttributeSplit } from '../model/attribute-split.ts'
import type { Decoded, Rejection } from './decoded.ts'

/**
 * What one record says, in columns: one instance is filled anew for every record, so that an event costs no object.
 *
 * All events of a record are of one case. The bytes of the case and of the ids may lie in the record itself: they mean
 * something until the record is gone or the next one is decoded. The tuples are retained for that long.
 */
export class DecodedRecord {
  kind: Decoded['kind'] = 'skipped'
  why: 'filtered' | 'tombstone' = 'filtered'
  reason: Rejection['reason'] = 'not-json'
  detail = ''
  /** Events of activities that the process names. */
  count = 0
  /** Names of the activities of the other events. */
  readonly ignored: string[] = []
  /** UTF-8. */
  caseBytes: Uint8Array = new Uint8Array(0)
  caseFrom = 0
  caseTo = 0
  /** By event: position of the activity, instant, tuple of labels. */
  activities = new Int32Array(8)
  at = new Float64Array(8)
  tuples = new Int32Array(8)
  /** By event: its `numbers`, as many as the split has; NaN for null. */
  numbers: Float64Array
  /** By event: where its id stands in `idBytes`, UTF-8; an empty range where it has none. */
  idBytes: Uint8Array = new Uint8Array(0)
  idFrom = new Int32Array(8)
  idTo = new Int32Array(8)
  readonly table: AttributeTable
  readonly #split: AttributeSplit

  constructor(table: AttributeTable, split: AttributeSplit) {
    this.table = table
    this.#split = split
    this.numbers = new Float64Array(8 * split.numbers.length)
  }

  get numbersWidth(): number {
    return this.#split.numbers.length
  }

  /** The latest `at` of its events; `-Infinity` where it has none. */
  get lifts(): number {
    let lifts = -Infinity
    for (let event = 0; event < this.count; event++)
      if ((this.at[event] as number) > lifts) lifts = this.at[event] as number
    return lifts
  }

  /** Lets go of what it holds; to be called before it is filled again. */
  clear(): void {
    for (let event = 0; event < this.count; event++) this.table.release(this.tuples[event] as number)
    this.count = 0
    if (this.ignored.length > 0) this.ignored.length = 0
  }

  skip(why: 'filtered' | 'tombstone'): void {
    this.kind = 'skipped'
    this.why = why
  }

  reject({ reason, detail }: Rejection): void {
    this.kind = 'rejected'
    this.reason = reason
    this.detail = detail
  }

  /** Room for one more event; its columns are to be set at the number returned. The tuple is retained. */
  add(activity: number, at: number, tuple: number): number {
    const event = this.count++
    if (event >= this.at.length) this.#grow()
    this.activities[event] = activity
    this.at[event] = at
    this.tuples[event] = tuple
    this.table.retain(tuple)
    this.idFrom[event] = 0
    this.idTo[event] = 0
    return event
  }

  /** Takes over what was decoded into objects: of one case. */
  fill(decoded: Decoded): void {
    this.clear()
    if (decoded.kind === 'skipped') this.skip(decoded.why)
    else if (decoded.kind === 'rejected') this.reject(decoded)
    else this.#fillEvents(decoded.events)
  }

  #fillEvents(events: Extract<Decoded, { kind: 'events' }>['events']): void {
    this.kind = 'events'
    let hasCase = false
    let ids: Buffer<ArrayBufferLike> = Buffer.alloc(0)
    for (const one of events) {
      if ('ignored' in one) {
        this.ignored.push(one.ignored)
        continue
      }
      if (!hasCase) {
        this.caseBytes = Buffer.from(one.case, 'utf8')
        this.caseFrom = 0
        this.caseTo = this.caseBytes.length
        hasCase = true
      }
      const event = this.add(one.activity, one.at, this.#tupleOf(one.attributes))
      this.#split.numbers.forEach((position, index) => {
        const value = one.attributes[position]
        this.numbers[event * this.numbersWidth + index] = typeof value === 'number' ? value : Number.NaN
      })
      if (one.id === undefined) continue
      this.idFrom[event] = ids.length
      ids = Buffer.concat([ids, Buffer.from(one.id, 'utf8')])
      this.idTo[event] = ids.length
    }
    this.idBytes = ids
  }

  #tupleOf(attributes: readonly AttributeValue[]): number {
    return this.table.tupleOfValues(this.#split.labels.map(position => attributes[position] ?? null))
  }

  #grow(): void {
    const double = (column: Int32Array) => {
      const larger = new Int32Array(column.length * 2)
      larger.set(column)
      return larger
    }
    this.activities = double(this.activities)
    this.tuples = double(this.tuples)
    this.idFrom = double(this.idFrom)
    this.idTo = double(this.idTo)
    const at = new Float64Array(this.at.length * 2)
    at.set(this.at)
    this.at = at
    const numbers = new Float64Array(this.numbers.length * 2)
    numbers.set(this.numbers)
    this.numbers = numbers
  }
}
