import { linesOf, type Table } from '../../src/store/writing/tables/table.ts'

/*
 * Ways to put rows into words or bytes. All of them begin with the values that a table gives for a row.
 *
 * JSON is what the writer uses. The others are here to be compared: a text or a binary form is worth its code only
 * where it takes clearly less of the main thread.
 */
export type Encoding = {
  readonly name: string
  /** As the engine calls it. */
  readonly format: string
  readonly encode: <Row>(table: Table<Row>, types: readonly string[], rows: readonly Row[]) => Promise<Buffer> | Buffer
}

export const encodings: readonly Encoding[] = [
  { name: 'JSON lines', format: 'JSONCompactEachRow', encode: (table, _types, rows) => linesOf(table, rows) },
  { name: 'tab-separated text', format: 'TSV', encode: (table, _types, rows) => tabSeparated(table, rows) },
  { name: 'comma-separated text', format: 'CSV', encode: (table, _types, rows) => commaSeparated(table, rows) },
  { name: 'row binary', format: 'RowBinary', encode: rowBinary },
]

function tabSeparated<Row>(table: Table<Row>, rows: readonly Row[]): Buffer {
  let text = ''
  for (const row of rows) {
    const values = table.valuesOf(row)
    for (let at = 0; at < values.length; at++) text += `${at === 0 ? '' : '\t'}${tabText(values[at])}`
    text += '\n'
  }
  return Buffer.from(text)
}

function tabText(value: unknown): string {
  if (typeof value === 'string') return /[\t\n\\\0\r\b\f]/.test(value) ? escaped(value) : wellFormed(value)
  if (value === null) return '\\N'
  return Array.isArray(value) ? `[${value.join(',')}]` : String(value)
}

const escapes: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\0': '\\0',
  '\\': '\\\\',
}

const escaped = (text: string): string => wellFormed(text).replace(/[\t\n\\\0\r\b\f]/g, found => escapes[found]!)

function commaSeparated<Row>(table: Table<Row>, rows: readonly Row[]): Buffer {
  let text = ''
  for (const row of rows) {
    const values = table.valuesOf(row)
    for (let at = 0; at < values.length; at++) text += `${at === 0 ? '' : ','}${commaText(values[at])}`
    text += '\n'
  }
  return Buffer.from(text)
}

function commaText(value: unknown): string {
  if (typeof value === 'string') return `"${wellFormed(value).replaceAll('"', '""')}"`
  if (value === null) return '\\N'
  return Array.isArray(value) ? `"[${value.join(',')}]"` : String(value)
}

/** Half of a surrogate pair has no UTF-8: it is kept as its escape sequence, as the writer does. */
const wellFormed = (text: string): string =>
  /\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, half => `\\u${half.charCodeAt(0).toString(16)}`) : text

/** Bytes that grow as they are filled. */
class Bytes {
  #buffer = Buffer.allocUnsafe(1 << 20)
  #at = 0

  get written(): Buffer {
    return this.#buffer.subarray(0, this.#at)
  }

  room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#buffer.length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#at)
    this.#buffer = larger
  }

  byte(value: number): void {
    this.room(1)
    this.#buffer[this.#at++] = value
  }

  length(value: number): void {
    let left = value
    for (; left > 127; left >>>= 7) this.byte((left & 127) | 128)
    this.byte(left)
  }

  text(value: string): void {
    this.room(5 + 3 * value.length)
    if (value.length < 128 && this.#plainText(value)) return
    const text = wellFormed(value)
    const bytes = Buffer.byteLength(text)
    this.room(5 + bytes)
    this.length(bytes)
    this.#at += this.#buffer.write(text, this.#at)
  }

  /** Short texts are mostly of plain letters, and those are quicker put one by one. */
  #plainText(text: string): boolean {
    const buffer = this.#buffer
    let at = this.#at
    buffer[at++] = text.length
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      if (unit > 127) return false
      buffer[at++] = unit
    }
    this.#at = at
    return true
  }

  integer(value: number, bytes: 4 | 8): void {
    this.room(8)
    const buffer = this.#buffer
    buffer.writeInt32LE(value | 0, this.#at)
    if (bytes === 8) buffer.writeInt32LE(Math.floor(value / 4_294_967_296) | 0, this.#at + 4)
    this.#at += bytes
  }

  big(value: bigint, bytes: 8 | 16): void {
    this.room(16)
    this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at)
    if (bytes === 16) this.#buffer.writeBigInt64LE(value >> 64n, this.#at + 8)
    this.#at += bytes
  }

  float(value: number): void {
    this.room(8)
    this.#at = this.#buffer.writeDoubleLE(value, this.#at)
  }
}

type Put = (bytes: Bytes, value: never) => void

function rowBinary<Row>(table: Table<Row>, types: readonly string[], rows: readonly Row[]): Buffer {
  const puts = types.map(putOf)
  const bytes = new Bytes()
  for (const row of rows) {
    const values = table.valuesOf(row)
    for (let at = 0; at < puts.length; at++) puts[at]!(bytes, values[at] as never)
  }
  return bytes.written
}

/** How a value of a type is put; numbers of 64 bits and more may come as their digits. */
function putOf(type: string): Put {
  const inner = /^(Nullable|LowCardinality|Array)\((.*)\)$/.exec(type)
  if (inner?.[1] === 'LowCardinality') return putOf(inner[2]!)
  if (inner?.[1] === 'Nullable') {
    const put = putOf(inner[2]!)
    return (bytes: Bytes, value: unknown) => {
      bytes.byte(value === null ? 1 : 0)
      if (value !== null) put(bytes, value as never)
    }
  }
  if (inner?.[1] === 'Array') {
    const put = putOf(inner[2]!)
    return (bytes: Bytes, values: readonly never[]) => {
      bytes.length(values.length)
      for (const value of values) put(bytes, value)
    }
  }
  const put = plain[type]
  if (put === undefined) throw new Error(`a value of type ${type} cannot be put into bytes here`)
  return put
}

const whole = (bytes: Bytes, value: number | string) =>
  typeof value === 'string' ? bytes.big(BigInt(value), 8) : bytes.integer(value, 8)

const plain: Readonly<Record<string, Put>> = {
  String: (bytes: Bytes, value: string) => bytes.text(value),
  UInt8: (bytes: Bytes, value: number) => bytes.byte(value),
  Int32: (bytes: Bytes, value: number) => bytes.integer(value, 4),
  UInt32: (bytes: Bytes, value: number) => bytes.integer(value, 4),
  Int64: whole,
  UInt64: whole,
  Int128: (bytes: Bytes, value: string) => bytes.big(BigInt(value), 16),
  Float64: (bytes: Bytes, value: number) => bytes.float(value),
}
