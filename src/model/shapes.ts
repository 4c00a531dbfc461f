import * as z from 'zod'
import type { Bilingual } from './local-text.ts'

/**
 * The building blocks of the files' schemas.
 *
 * A schema says what is allowed; its note says it to a person, so that a message never shows a pattern or a type name.
 * Editors read the same notes as hover texts, by way of the JSON Schema.
 */
export type ShapeNote = {
  /** Goes after "must be": `a duration such as 15m or 4h`. */
  readonly expected: Bilingual
  /** Keys of a mapping, or words of a choice, that a later version will know. */
  readonly planned?: readonly string[]
  /** What stands there may be a secret: no message repeats it. */
  readonly isSecret?: boolean
  /** Of a union of mappings: the key by which each is told, in the order of the alternatives. */
  readonly toldBy?: readonly string[]
}

export const shapeNotes = z.registry<ShapeNote>()

/** Attaches the note to the schema. */
export function noted<S extends z.ZodType>(schema: S, en: string, zh: string, planned: readonly string[] = []): S {
  shapeNotes.add(schema, { expected: { en, zh }, planned })
  return schema
}

/** The same where what a user writes by mistake is a secret. */
export function notedSecret<S extends z.ZodType>(schema: S, en: string, zh: string): S {
  shapeNotes.add(schema, { expected: { en, zh }, isSecret: true })
  return schema
}

/** A mapping with exactly these keys; keys in `planned` are refused as not built yet. */
export const mapping = <S extends z.ZodRawShape>(shape: S, planned: readonly string[] = []) =>
  noted(
    z.strictObject(shape),
    `a mapping with the keys ${Object.keys(shape).join(', ')}`,
    `包含 ${Object.keys(shape).join('、')} 等键的映射`,
    planned,
  )

/** One of several mappings, told by which of these keys it has: its mistakes are those against that mapping. */
export function toldByKey<S extends Readonly<Record<string, z.ZodObject>>>(mappings: S) {
  const keys = Object.keys(mappings)
  const union = z.union(Object.values(mappings) as unknown as readonly [S[keyof S], ...S[keyof S][]])
  const expected = { en: `a mapping with one of the keys ${keys.join(', ')}`, zh: `包含 ${keys.join('、')} 之一的映射` }
  shapeNotes.add(union, { expected, toldBy: keys })
  return union
}

export const choice = <const W extends readonly [string, ...string[]]>(words: W, planned: readonly string[] = []) =>
  noted(z.enum(words), `one of ${words.join(', ')}`, `${words.join('、')} 之一`, planned)

export const text = noted(z.string().min(1), 'a text that is not empty', '非空文本')

/** Text for people: one text, or one for each language. */
export const localText = noted(
  z.union([text, mapping({ en: text, zh: text.optional() })]),
  'a text, or {en: …, zh: …}',
  '文本，或 {en: …, zh: …}',
)

/** Processes, stages, rules, metrics and owners: they stand in addresses, labels and file names. */
export const name = noted(
  z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/),
  'a name of at most 64 letters, digits, "-" and "_", a letter first',
  '由字母、数字、"-"、"_" 组成的名称，以字母开头，最多 64 个字符',
)

/** Dimensions: they stand in conditions and templates too. */
export const identifier = noted(
  z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/),
  'a name of at most 64 letters, digits and "_", a letter first',
  '由字母、数字、"_" 组成的名称，以字母开头，最多 64 个字符',
)

export const activityName = noted(
  z.string().regex(/^[^\p{Cc}]{1,200}$/u),
  'the name of an activity, at most 200 characters',
  '活动名称，最多 200 个字符',
)

export const duration = noted(
  z.string().regex(/^(\d+(ms|s|m|h|d|w))+$/),
  'a duration such as 30s, 15m, 1h30m or 2d',
  '时长，例如 30s、15m、1h30m 或 2d',
)

export const zone = noted(z.string().min(1), 'a time zone such as Asia/Shanghai', '时区，例如 Asia/Shanghai')

const pathPattern = '[^.$][^.]*(\\.[^.]+)*'
const pathExpected = [
  'a dotted path to a field, such as after.order_id',
  '字段的点分路径，例如 after.order_id',
] as const

export const fieldPath = noted(z.string().regex(new RegExp(`^${pathPattern}$`)), ...pathExpected)

/** A path, or the word for something that the record carries beside its value. */
export const fieldPathOr = (word: '$key' | '$timestamp') =>
  noted(
    z.string().regex(new RegExp(`^(\\${word}|${pathPattern})$`)),
    `${pathExpected[0]}, or ${word}`,
    `${pathExpected[1]}，或 ${word}`,
  )

export const condition = noted(
  z.string().min(1),
  'a condition, in quotes where it begins with a quote or holds ": "',
  '条件表达式（以引号开头或含 ": " 时请加引号）',
)

export const wholeNumber = (least: number, most: number) =>
  noted(z.int().min(least).max(most), `a whole number from ${least} to ${most}`, `${least} 到 ${most} 之间的整数`)

export const yesOrNo = noted(z.boolean(), 'true or false', 'true 或 false')

/** A list of at least one item, or of any number. */
export const listOf = <S extends z.ZodType>(item: S, what: Bilingual) =>
  noted(z.array(item).min(1), `a list of ${what.en}, [a, b]`, `${what.zh}的列表，[a, b]`)

/** A mapping whose keys the user chooses. */
export const named = <K extends z.ZodType<string, string>, V extends z.ZodType>(key: K, value: V, what: Bilingual) =>
  noted(z.record(key, value), `a mapping from ${what.en}`, `${what.zh}的映射`)
