import * as z from 'zod'
import { didYouMean, nearestName } from './did-you-mean.ts'
import type { Bilingual } from './local-text.ts'
import type { Report } from './problem.ts'
import { keySchemasAt, knownKeysAt, schemasAt } from './schema-path.ts'
import { shapeNotes } from './shapes.ts'
import type { YamlFile, YamlPath } from './yaml-file.ts'

/** A place in a file that does not fit its schema: the value there, the name that the user gave it, or a key too many. */
export type Misfit = { readonly kind: 'value' | 'name' | 'unknown-key'; readonly path: YamlPath }

/** Says what is wrong at the place and what would be right. */
export function reportMisfit(file: YamlFile, root: z.ZodType, { kind, path }: Misfit, report: Report): void {
  if (kind === 'unknown-key') reportUnknownKey(file, root, path, report)
  else if (kind === 'name') reportName(file, root, path, report)
  else if (valueIn(file.value, path) === undefined) reportMissing(file, root, path, report)
  else reportValue(file, root, path, report)
}

/** For what the design names and a later version will bring. */
export const notBuiltYet = (what: string): Bilingual => ({ en: `"${what}" is not built yet`, zh: `"${what}" 尚未实现` })

const isPlanned = (schemas: readonly z.ZodType[], word: string): boolean =>
  schemas.some(schema => shapeNotes.get(schema)?.planned?.includes(word))

function reportUnknownKey(file: YamlFile, root: z.ZodType, path: YamlPath, report: Report): void {
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  if (isPlanned(schemasAt(root, parent), key)) {
    report(file.keyAt(path), notBuiltYet(key), { remedy: { en: 'leave it out', zh: '请删除' } })
    return
  }
  const told = toldByIn(root, file, parent)
  const own = told?.keys.find(each => each !== key && Object.hasOwn(told.value, each))
  if (own !== undefined && told?.keys.includes(key) === true) {
    report(
      file.keyAt(path),
      { en: `"${own}" and "${key}" cannot stand in one mapping`, zh: `"${own}" 与 "${key}" 不能写在同一个映射中` },
      { remedy: { en: 'write an item of the list for each', zh: '请在列表中各写一项' } },
    )
    return
  }
  const remedy = didYouMean(key, told === undefined ? knownKeysAt(root, parent) : told.known)
  report(file.keyAt(path), { en: `unknown key "${key}"`, zh: `未知的键 "${key}"` }, remedy && { remedy })
}

/** A mapping of which one key tells what others it may have. */
type ToldMapping = {
  /** The keys that tell. */
  readonly keys: readonly string[]
  readonly value: object
  /** Position of the one that is there; -1: none is. */
  readonly alternative: number
  /** What may stand there: beside the one that is there, or one of those that tell. */
  readonly known: readonly string[]
}

/** @returns undefined where no such mapping stands at the path. */
export function toldByIn(root: z.ZodType, file: YamlFile, path: YamlPath): ToldMapping | undefined {
  const value = valueIn(file.value, path)
  const union = schemasAt(root, path).find(schema => shapeNotes.get(schema)?.toldBy !== undefined)
  const keys = union && shapeNotes.get(union)?.toldBy
  if (keys === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const alternative = keys.findIndex(key => Object.hasOwn(value, key))
  const mapping = union instanceof z.ZodUnion ? union.options[alternative] : undefined
  return { keys, value, alternative, known: mapping instanceof z.ZodObject ? Object.keys(mapping.shape) : keys }
}

function reportName(file: YamlFile, root: z.ZodType, path: YamlPath, report: Report): void {
  const expected = expectedOf(keySchemasAt(root, path.slice(0, -1)))
  const key = path.at(-1)
  report(file.keyAt(path), {
    en: `the name "${key}" must be ${expected.en}`,
    zh: `名称 "${key}" 应为${spaced(expected.zh)}`,
  })
}

function reportMissing(file: YamlFile, root: z.ZodType, path: YamlPath, report: Report): void {
  const label = labelOf(path)
  const expected = expectedOf(schemasAt(root, path))
  report(
    file.keyAt(path),
    { en: `${label.en} is missing`, zh: `缺少 ${label.zh.trim()}` },
    { remedy: { en: `it must be ${expected.en}`, zh: `应为${spaced(expected.zh)}` } },
  )
}

function reportValue(file: YamlFile, root: z.ZodType, path: YamlPath, report: Report): void {
  const value = valueIn(file.value, path)
  const schemas = schemasAt(root, path)
  const expected = expectedOf(schemas)
  const position = file.valueAt(path)
  if (typeof value === 'string' && isPlanned(schemas, value)) {
    report(position, notBuiltYet(value), { remedy: { en: `use ${expected.en}`, zh: `请使用${spaced(expected.zh)}` } })
    return
  }
  const label = labelOf(path)
  const isSecret = schemas.some(schema => shapeNotes.get(schema)?.isSecret)
  const found = isSecret ? openSecret : describe(value)
  const remedy = isSecret ? undefined : remedyFor(value, schemas)
  report(
    position,
    {
      en: `${label.en} must be ${expected.en}, not ${found.en}`,
      zh: `${label.zh}应为${spaced(expected.zh)}，而不是${spaced(found.zh)}`,
    },
    remedy && { remedy },
  )
}

const openSecret = { en: 'a text that everybody who has the file can read', zh: '任何拿到文件的人都能读到的文本' }

function remedyFor(value: unknown, schemas: readonly z.ZodType[]): Bilingual | undefined {
  const fits = (other: unknown) => schemas.some(schema => schema.safeParse(other).success)
  if ((typeof value === 'number' || typeof value === 'boolean') && fits(String(value))) {
    return { en: `put it in quotes: "${value}"`, zh: `请加引号："${value}"` }
  }
  if (typeof value !== 'string') return undefined
  if (fits([value])) return { en: `write a list: [${value}]`, zh: `请写成列表：[${value}]` }
  const words = schemas.flatMap(schema => (schema instanceof z.ZodEnum ? schema.options.map(String) : []))
  return nearestName(value, words)
}

/** The first note belongs to the outermost schema: to a union, not to one of its alternatives. */
function expectedOf(schemas: readonly z.ZodType[]): Bilingual {
  for (const schema of schemas) {
    const note = shapeNotes.get(schema)
    if (note !== undefined) return note.expected
  }
  throw new Error('a schema of the process file has no note on what is expected')
}

const valueIn = (value: unknown, path: YamlPath): unknown =>
  path.reduce<unknown>((at, step) => (at as Record<string | number, unknown> | null | undefined)?.[step], value)

function labelOf(path: YamlPath): Bilingual {
  const last = path.at(-1)
  if (last === undefined) return { en: 'the file', zh: '文件' }
  if (typeof last === 'string') return { en: `"${last}"`, zh: `"${last}" ` }
  const list = path.findLast(step => typeof step === 'string')
  return { en: `item ${last + 1} of "${list}"`, zh: `"${list}" 的第 ${last + 1} 项` }
}

/** Chinese keeps a space between its own characters and Latin ones. */
const spaced = (text: string): string => (/^[!-~]/.test(text) ? ` ${text}` : text)

/** At most so many characters of a text are repeated in a message. */
const SHOWN = 60

function describe(value: unknown): Bilingual {
  if (value === null) return { en: 'empty', zh: '空值' }
  if (Array.isArray(value) && value.length === 0) return { en: 'an empty list', zh: '空列表' }
  if (Array.isArray(value)) return { en: 'a list', zh: '列表' }
  if (typeof value === 'object') return { en: 'a mapping', zh: '映射' }
  const text = String(value)
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
  const written = typeof value === 'string' ? JSON.stringify(shown) : shown
  return { en: written, zh: written }
}
