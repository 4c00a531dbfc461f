/**
 * A record → its event, from the bytes.
 *
 * This is `decoder.ts` once more, for the records that most sources have nearly all of: in the same order, with the same
 * answers, and without an object for anything. A scan finds the fields, and what their values mean is remembered by
 * their bytes. It answers only where the answer is plain; whatever is unusual, and whatever has to be rejected, is left
 * to the decoder, which also words the reason.
 *
 * Left to the decoder altogether are sources of the format `debezium`, wide rows, a case of several fields, and mappings
 * in which one field lies inside another or that read more than some thirty members.
 */
import { isUtf8 } from 'node:buffer'
import type { AttributeTable } from '../../event/attribute-table.ts'
import type { SourceRecord } from '../../event/record.ts'
import { splitAttributes } from '../../model/attribute-split.ts'
import type { FieldPath, ProcessDefinition, SourceDefinition } from '../../model/definitions.ts'
import { compileConditionOver } from '../../model/record-condition.ts'
import { ignored, knownActivities } from '../activity-field.ts'
import { scaledDecimal } from '../decimal.ts'
import type { DecodedRecord } from '../decoded-record.ts'
import { pathInEnvelope } from '../envelope.ts'
import type { RecordLimits } from '../record-text.ts'
import { ActivityTokens, IGNORED, NO_ACTIVITY } from './activity-tokens.ts'
import { readAmount } from './amount-bytes.ts'
import { ConditionTokens, FALSE_OF_RECORD, TRUE_OF_RECORD, UNDECIDED } from './condition-tokens.ts'
import { LabelTokens, NO_FIELD } from './label-tokens.ts'
import { ABSENT, MemberScanner, NULL, NUMBER, TEXT_VALUE } from './member-scanner.ts'
import { TimeBytes } from './time-bytes.ts'
import { parsedAt, textAt } from './token-value.ts'
import { WantedMembers } from './wanted-members.ts'

/** @returns false where the decoder has to be asked; the columns are as `clear` left them then. */
export type ReadScanned = (record: SourceRecord, into: DecodedRecord) => boolean

/** @returns undefined where the source's mapping is left to the decoder. */
export function compileScannedEvent(
  process: ProcessDefinition,
  source: SourceDefinition,
  table: AttributeTable,
  { maxRecordBytes, maxDepth }: RecordLimits,
): ReadScanned | undefined {
  const fields = fieldsOf(process, source)
  if (fields === undefined || maxDepth < 1) return undefined
  const scanner = new MemberScanner(fields.wanted, maxDepth)
  const event = new ScannedEvent(process, source, fields, table)
  const mostBytes = Math.min(maxRecordBytes, MAX_SCANNED_BYTES)
  return (record, into) => {
    const { value } = record
    if (value === null || value.length > mostBytes || !scanner.scan(value)) return false
    return event.read(scanner, record, into)
  }
}

/** Longer records are rare, and a copy of the longest one would stay. */
const MAX_SCANNED_BYTES = 1_048_576

/** Numbers of the fields in a scan, by what they are for; `NO_FIELD` where the source has none or reads no field for it. */
type Fields = {
  readonly wanted: WantedMembers
  readonly activity: number
  readonly case: number
  readonly time: number
  readonly id: number
  readonly labels: readonly number[]
  readonly numbers: readonly number[]
  readonly condition: ConditionTokens | undefined
}

function fieldsOf(process: ProcessDefinition, source: SourceDefinition): Fields | undefined {
  const { format, events, id, where } = source
  if (format === 'debezium' || events.kind === 'wide') return undefined
  if (source.case !== '$key' && source.case.length > 1) return undefined
  const wanted = new WantedMembers()
  let isServed = true
  const add = (path: FieldPath | undefined): number => {
    if (path === undefined) return NO_FIELD
    const field = wanted.add(pathInEnvelope(format, path))
    if (field === undefined) isServed = false
    return field ?? NO_FIELD
  }
  const addAttribute = (position: number): number => {
    const mapping = source.attributes[position]
    return add(mapping !== undefined && 'from' in mapping ? mapping.from : mapping)
  }
  const { activity, time } = events
  const { labels, numbers } = splitAttributes(process.attributes)
  const fields: Fields = {
    wanted,
    activity: activity.kind === 'const' ? NO_FIELD : add(activity.path),
    case: source.case === '$key' ? NO_FIELD : add(source.case[0]),
    time: time.from === '$timestamp' ? NO_FIELD : add(time.from),
    id: add(id),
    labels: labels.map(position => addAttribute(position)),
    numbers: numbers.map(position => addAttribute(position)),
    condition: where === undefined ? undefined : compileCondition(where, add),
  }
  return isServed ? fields : undefined
}

function compileCondition(where: string, add: (path: FieldPath) => number): ConditionTokens {
  const read = new Set<number>()
  const holds = compileConditionOver<MemberScanner>(where, path => {
    // A place in a list is no member; the empty path, which no scan serves, says so.
    const field = add(path.every(step => typeof step === 'string') ? path : [])
    read.add(field)
    return scanner => parsedAt(scanner, field)
  })
  return new ConditionTokens([...read], holds)
}

class ScannedEvent {
  readonly #fields: Fields
  readonly #condition: ConditionTokens | undefined
  readonly #activities: ActivityTokens | undefined
  /** Where no field names it: the activity, or the name under which all events are ignored. */
  readonly #constant: number | string
  readonly #time: TimeBytes | undefined
  /** The event's instant: as a number on its own each would cost an object. */
  readonly #at: Float64Array
  readonly #labels: LabelTokens
  /** By number: how it is read, an instant or digits behind the point. */
  readonly #numbers: readonly (TimeBytes | number)[]
  readonly #amounts: Float64Array

  constructor(process: ProcessDefinition, source: SourceDefinition, fields: Fields, table: AttributeTable) {
    if (source.events.kind === 'wide') throw new RangeError('wide rows are not scanned')
    const { activity, time } = source.events
    const positions = new Map(process.activities.map((name, position) => [name, position]))
    this.#fields = fields
    this.#condition = fields.condition
    this.#constant =
      activity.kind === 'const' ? (positions.get(activity.activity) ?? ignored(activity.activity).ignored) : 0
    this.#activities =
      activity.kind === 'const'
        ? undefined
        : new ActivityTokens(fields.activity, knownActivities(activity, positions), positions.size)
    this.#time = time.from === '$timestamp' ? undefined : new TimeBytes(fields.time, time.unit, time.timezone)
    this.#at = this.#time?.found ?? new Float64Array(1)
    this.#labels = new LabelTokens(fields.labels, table)
    this.#numbers = splitAttributes(process.attributes).numbers.map((position, index) => {
      const mapping = source.attributes[position]
      if (mapping === undefined || !('from' in mapping)) return process.attributes[position]?.decimals ?? 0
      return new TimeBytes(fields.numbers[index] as number, mapping.unit, mapping.timezone)
    })
    this.#amounts = new Float64Array(fields.numbers.length)
  }

  read(scanner: MemberScanner, record: SourceRecord, into: DecodedRecord): boolean {
    const condition = this.#condition === undefined ? TRUE_OF_RECORD : this.#condition.read(scanner)
    if (condition === UNDECIDED) return false
    if (condition === FALSE_OF_RECORD) {
      into.skip('filtered')
      return true
    }
    const activity = this.#activity(scanner)
    if (activity === NO_ACTIVITY) return false
    if (activity === IGNORED) {
      into.kind = 'events'
      into.ignored.push(this.#activities === undefined ? (this.#constant as string) : this.#activities.ignored)
      return true
    }
    const caseField = this.#fields.case
    if (caseField === NO_FIELD ? !isName(record.key) : !isNamed(scanner, caseField)) return false
    if (!this.#readTime(scanner, record) || !this.#readAmounts(scanner)) return false

    // Labels last: the codes of new ones are kept until the next sweep, which only events that are kept bring about.
    const event = into.add(activity, 0, this.#labels.read(scanner))
    into.kind = 'events'
    into.at[event] = this.#at[0] as number
    if (caseField === NO_FIELD) {
      into.caseBytes = record.key as Uint8Array
      into.caseFrom = 0
      into.caseTo = into.caseBytes.length
    } else {
      into.caseBytes = record.value as Uint8Array
      into.caseFrom = scanner.from[caseField] as number
      into.caseTo = scanner.to[caseField] as number
    }
    const { id } = this.#fields
    if (id !== NO_FIELD && isNamed(scanner, id)) {
      into.idBytes = record.value as Uint8Array
      into.idFrom[event] = scanner.from[id] as number
      into.idTo[event] = scanner.to[id] as number
    }
    for (let index = 0; index < this.#amounts.length; index++) {
      into.numbers[event * this.#amounts.length + index] = this.#amounts[index] as number
    }
    return true
  }

  #activity(scanner: MemberScanner): number {
    if (this.#activities !== undefined) return this.#activities.read(scanner)
    return typeof this.#constant === 'string' ? IGNORED : this.#constant
  }

  /** @returns false where it has none, or lies in the future. */
  #readTime(scanner: MemberScanner, record: SourceRecord): boolean {
    if (this.#time === undefined) {
      if (record.timestamp === undefined) return false
      this.#at[0] = record.timestamp
    } else if (!this.#time.read(scanner)) return false
    return (this.#at[0] as number) <= record.notAfter
  }

  /** @returns false where an amount or an instant is there but cannot be read. */
  #readAmounts(scanner: MemberScanner): boolean {
    const { numbers } = this.#fields
    for (let index = 0; index < numbers.length; index++) {
      const field = numbers[index] as number
      const kind = field === NO_FIELD ? ABSENT : (scanner.kinds[field] as number)
      if (kind === ABSENT || kind === NULL) {
        this.#amounts[index] = Number.NaN
        continue
      }
      if (kind !== NUMBER && kind !== TEXT_VALUE) return false
      const from = scanner.from[field] as number
      const to = scanner.to[field] as number
      const how = this.#numbers[index] as TimeBytes | number
      if (from === to) this.#amounts[index] = Number.NaN
      else if (typeof how === 'object') {
        if (!how.read(scanner)) return false
        this.#amounts[index] = how.found[0] as number
      } else if (!readAmount(scanner.record.bytes, from, to, how, this.#amounts, index)) {
        const scaled = scaledDecimal(textAt(scanner, field), how, 'half-away')
        if (scaled === undefined) return false
        this.#amounts[index] = scaled
      }
    }
    return true
  }
}

/** A text that is not empty, or a number. */
function isNamed(scanner: MemberScanner, field: number): boolean {
  const kind = scanner.kinds[field]
  return (kind === TEXT_VALUE && scanner.from[field] !== scanner.to[field]) || kind === NUMBER
}

const isName = (key: Uint8Array | null): boolean => key !== null && key.length > 0 && key[0] !== 0 && isUtf8(key)
