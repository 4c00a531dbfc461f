import { isMap, isPair, isScalar, isSeq, type Node, parseDocument, type Scalar, visit } from 'yaml'
import type { Position } from './definitions.ts'
import type { Bilingual } from './local-text.ts'
import { type Problem, type Report, reportTo } from './problem.ts'

/** One file as the edge read it. `name` is how people are told of it: `rules/order-fulfilment.yaml`. */
export type SourceFile = { readonly name: string; readonly text: string }

/** Keys and list positions that lead from the top of a file to a value in it. */
export type YamlPath = readonly (string | number)[]

/** Whether `path` leads to `outer` or to something in it. */
export const isWithin = (outer: YamlPath, path: YamlPath): boolean => outer.every((step, index) => path[index] === step)

/** A file that is sound YAML: its value, and where each part of it stands. */
export type YamlFile = {
  readonly name: string
  readonly value: unknown
  /** The keys that stand twice in one map, which is reported; in `value` the last one counts. */
  readonly repeated: readonly YamlPath[]
  /** Where the key of the value at `path` stands; for what is not there, the key of what should contain it. */
  keyAt(path: YamlPath): Position
  /** Where the value stands; `offset` characters into it where it is a text on one line. */
  valueAt(path: YamlPath, offset?: number): Position
}

/** Reads YAML. Syntax errors leave no file, since whatever follows them would be a guess. */
export function readYaml({ name, text: written }: SourceFile): { file: YamlFile | undefined; problems: Problem[] } {
  // A byte order mark takes no column.
  const text = written.replace(/^\uFEFF/, '')
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false })
  const problems: Problem[] = []
  const report = reportTo(problems)
  const positionOf = positionsIn({ name, text })
  for (const error of [...document.errors, ...document.warnings]) {
    // One slip often confuses the parser several times on its line, and where it loses its place nothing that follows
    // is expected: the first message names the slip.
    const position = positionOf(error.pos[0])
    const follows = problems.some(problem => problem.position.line === position.line)
    if (follows || (problems.length > 0 && error.code === 'UNEXPECTED_TOKEN')) continue
    report(position, syntaxMessage(error.code, error.message))
  }
  const root = document.contents
  if (problems.length === 0 && (root === null || (isScalar(root) && root.value === null))) {
    report({ file: name, line: 1, column: 1 }, { en: 'the file is empty', zh: '文件为空' })
  }
  let readable = problems.length === 0
  const repeated: YamlPath[] = []
  visit(document, {
    Alias(_, alias) {
      readable = false
      report(
        positionOf(alias.range?.[0] ?? 0),
        { en: `"*${alias.source}" refers to another place`, zh: `"*${alias.source}" 引用了别处` },
        { remedy: { en: 'write the value itself', zh: '请直接写出该值' } },
      )
    },
    Map(_, map, above) {
      const checked = checkKeys(map.items, positionOf, report)
      if (checked === undefined) readable = false
      else for (const name of checked) repeated.push([...pathOf([...above, map]), name])
    },
  })
  if (!readable || root === null) return { file: undefined, problems }
  return { file: { name, value: document.toJS(), repeated, ...locator(root, text, positionOf) }, problems }
}

/** Lines are counted here and not by the library, which misses some of them behind a syntax error. */
function positionsIn({ name, text }: SourceFile): (offset: number) => Position {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  return offset => {
    const next = starts.findIndex(start => start > offset)
    const line = next === -1 ? starts.length : next
    return { file: name, line, column: offset - starts[line - 1]! + 1 }
  }
}

/** The way from the top of the file to the last of `nodes`, each of which contains the next. */
function pathOf(nodes: readonly unknown[]): YamlPath {
  const path: (string | number)[] = []
  nodes.forEach((node, index) => {
    if (isPair(node)) path.push(keyName(node.key) ?? '')
    else if (isSeq(node) && index + 1 < nodes.length) path.push(node.items.indexOf(nodes[index + 1]))
  })
  return path
}

/**
 * A key twice is a mistake that leaves the file readable; a key that is no name leaves nothing to go by.
 *
 * @returns the names that stand there twice; undefined where a key is no name.
 */
function checkKeys(
  pairs: readonly { readonly key: unknown }[],
  positionOf: (offset: number) => Position,
  report: Report,
): readonly string[] | undefined {
  const seen = new Set<string>()
  const repeated: string[] = []
  let readable = true
  for (const { key } of pairs) {
    const position = positionOf((key as Node | null)?.range?.[0] ?? 0)
    const name = keyName(key)
    if (name === undefined || name === '__proto__') {
      readable = false
      report(position, { en: 'a key must be a name', zh: '键必须是名称' })
    } else if (seen.has(name)) {
      report(position, { en: `the key "${name}" stands here twice`, zh: `键 "${name}" 重复` }, { remedy: keepOne })
      repeated.push(name)
    } else seen.add(name)
  }
  return readable ? repeated : undefined
}

const keepOne: Bilingual = { en: 'keep one of them', zh: '请只保留一个' }

const keyName = (key: unknown): string | undefined =>
  isScalar(key) && key.value !== null && typeof key.value !== 'object' ? String(key.value) : undefined

function locator(root: Node, text: string, positionOf: (offset: number) => Position) {
  /** The key's and the value's node at `path`; the key of a list item is the item itself. */
  const find = (path: YamlPath): { key: Node; value: Node | null } | undefined => {
    let key: Node = root
    let value: Node | null = root
    for (const step of path) {
      if (isMap(value)) {
        // The last of two equal keys is the one whose value counts.
        const pair: { key: unknown; value: unknown } | undefined = value.items.findLast(
          item => keyName(item.key) === String(step),
        )
        if (pair === undefined) return undefined
        key = pair.key as Node
        value = pair.value as Node | null
      } else if (isSeq(value) && typeof step === 'number' && value.items[step]) {
        value = value.items[step] as Node
        key = value
      } else return undefined
    }
    return { key, value }
  }
  const keyAt = (path: YamlPath): Position => {
    for (let depth = path.length; depth > 0; depth--) {
      const found = find(path.slice(0, depth))
      if (found !== undefined) return positionOf(found.key.range?.[0] ?? 0)
    }
    return positionOf(root.range?.[0] ?? 0)
  }
  const valueAt = (path: YamlPath, offset = 0): Position => {
    const value = find(path)?.value
    if (!value?.range || (isScalar(value) && value.range[0] === value.range[1])) return keyAt(path)
    return positionOf(value.range[0] + (isScalar(value) ? charactersInto(value, text, offset) : 0))
  }
  return { keyAt, valueAt }
}

/** How far into the file's text the character `offset` of a scalar's value lies; 0 for texts over several lines. */
function charactersInto(scalar: Scalar, text: string, offset: number): number {
  const [start, end] = scalar.range!
  const written = text.slice(start, end)
  if (offset === 0 && scalar.type === 'PLAIN') return 0
  if (written.includes('\n')) return 0
  if (scalar.type === 'PLAIN') return Math.min(offset, written.length)
  if (scalar.type !== 'QUOTE_SINGLE' && scalar.type !== 'QUOTE_DOUBLE') return 0
  // What stands for one character of the value: a doubled quote, an escape, or the character itself.
  const unit = scalar.type === 'QUOTE_SINGLE' ? /''|./gs : /\\x..|\\u.{4}|\\U.{8}|\\.|./gs
  const units = written.slice(1, -1).match(unit) ?? []
  return 1 + units.slice(0, offset).reduce((length, part) => length + part.length, 0)
}

/** YAML's own words, in Chinese by the kind of error. */
function syntaxMessage(code: string, message: string): Bilingual {
  if (code === 'MULTIPLE_DOCS') {
    return { en: 'a file holds one document, "---" begins a second', zh: '一个文件只能有一个文档，"---" 开始了第二个' }
  }
  return { en: `this is no valid YAML: ${message}`, zh: `YAML 语法错误：${syntaxInChinese[code] ?? message}` }
}

const syntaxInChinese: Readonly<Record<string, string>> = {
  ALIAS_PROPS: '别名不能带有锚点或标签',
  BAD_ALIAS: '别名写法有误',
  BAD_COLLECTION_TYPE: '标签与值的类型不符',
  BAD_DIRECTIVE: '指令写法有误',
  BAD_DQ_ESCAPE: '双引号文本中的转义写法有误',
  BAD_INDENT: '缩进不一致，或括号没有闭合',
  BAD_PROP_ORDER: '锚点和标签的位置有误',
  BAD_SCALAR_START: '文本不能以保留字符开头，请加引号',
  BLOCK_AS_IMPLICIT_KEY: '此处不能嵌套映射；文本中含冒号时请加引号',
  BLOCK_IN_FLOW: '括号内不能使用缩进写法',
  IMPOSSIBLE: '内容无法识别',
  KEY_OVER_1024_CHARS: '键过长',
  MISSING_CHAR: '缺少引号、冒号、逗号等字符',
  MULTILINE_IMPLICIT_KEY: '键必须写在一行内，后接冒号',
  MULTIPLE_ANCHORS: '一个值只能有一个锚点',
  MULTIPLE_TAGS: '一个值只能有一个标签',
  NON_STRING_KEY: '键必须是文本',
  RESOURCE_EXHAUSTION: '嵌套过深',
  TAB_AS_INDENT: '不能用制表符缩进，请用空格',
  TAG_RESOLVE_FAILED: '未知的标签；文本以 ! 开头时请加引号',
  UNEXPECTED_TOKEN: '此处内容多余，请检查缩进',
}
