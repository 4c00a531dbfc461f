/**
 * Conditions over fields: `lifecycle == "start"` of an event, `tenant == "cn" && has(customer.id)` of a record.
 *
 * They run once for every event or record, so they are compiled once into closures, cost some tens of nanoseconds a
 * comparison, and never throw. Unlike rule conditions they know only true and false: a record is counted or it is not.
 *
 * - A comparison with a field that is missing or null is false, `!=` included; so `!(x == "a")` of a missing x is true.
 *   `has(x)` asks whether it is there.
 * - Values of different types are neither equal nor ordered; texts that spell numbers are described in `field-value.ts`.
 * - Numbers are doubles. Texts are ordered by their UTF-16 units, or as numbers where both spell one.
 * - Where true or false is expected, a field counts as true only if it is `true`.
 * - Texts are searched with `startsWith`, `endsWith` and `contains`. Regular expressions (`matches`) are refused: a
 *   short pattern can run for seconds.
 */
import { type CelNode, describe, refuseName } from './cel.ts'
import { refuse } from './condition-problem.ts'
import { equal, isIn, memberOf, numberOf, order, sizeOf } from './field-value.ts'

export type FieldPath = readonly (string | number)[]

/** Where the fields of a condition come from. */
export type Fields<Source> = {
  /** Reads the field at a path; undefined and null both mean missing. @throws ConditionError where there is none. */
  readonly reader: (path: FieldPath, node: CelNode) => (source: Source) => unknown
  /** Whether parts of a path may be written as `a["b"]` and `a[0]`. */
  readonly brackets: boolean
}

type Read<Source> = (source: Source) => unknown
type Test<Source> = (source: Source) => boolean
type Constant = string | number | boolean

/** A value, with what is known of it before it is read: a field can be anything. */
type Value<Source> = {
  readonly type: 'field' | 'text' | 'number' | 'truth'
  readonly read: Read<Source>
  /** Set where the value stands in the text. */
  readonly constant?: Constant
}

const typeNames = { field: '字段', text: '文本', number: '数字', truth: '真假值' } as const

/** @throws ConditionError where the node is no condition over such fields. */
export function compileFieldCondition<Source>(text: string, node: CelNode, fields: Fields<Source>): Test<Source> {
  const compile = (inner: CelNode) => compileFieldCondition(text, inner, fields)
  switch (node.op) {
    case '&&': {
      const [left, right] = [compile(node.args[0]), compile(node.args[1])]
      return source => left(source) && right(source)
    }
    case '||': {
      const [left, right] = [compile(node.args[0]), compile(node.args[1])]
      return source => left(source) || right(source)
    }
    case '!_': {
      const operand = compile(node.args)
      return source => !operand(source)
    }
    case '?:': {
      const [test, then, otherwise] = [compile(node.args[0]), compile(node.args[1]), compile(node.args[2])]
      return source => (test(source) ? then(source) : otherwise(source))
    }
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(text, node, node.op, node.args, fields)
    case 'in':
      return membership(text, node.args, fields)
    case 'call':
      if (node.args[0] === 'has') return presence(text, node, node.args[1], fields)
      break
    case 'rcall':
      if (isSearch(node.args[0])) return search(text, node, node.args[0], node.args[1], node.args[2], fields)
      break
  }
  const { type, read, constant } = compileValue(text, node, fields)
  if (type === 'text' || type === 'number') {
    refuse(text, node.start, {
      en: `${describe(text, node)} is a ${type}, neither true nor false; compare it with something`,
      zh: `${describe(text, node)} 是${typeNames[type]}，不是真假值；请作比较`,
    })
  }
  return constant === undefined ? source => read(source) === true : () => constant === true
}

function compileValue<Source>(text: string, node: CelNode, fields: Fields<Source>): Value<Source> {
  switch (node.op) {
    case 'value':
      return constantValue(text, node, node.args)
    case 'id':
    case '.':
    case '[]':
      return { type: 'field', read: fields.reader(pathOf(text, node, fields.brackets), node) }
    case '-_':
    case '+':
    case '-':
    case '*':
    case '/':
      return arithmetic(text, node, fields)
    case 'call':
    case 'rcall': {
      const [name, args] = node.op === 'call' ? node.args : [node.args[0], [node.args[1], ...node.args[2]]]
      if (node.op === 'call' ? name === 'has' : isSearch(name)) {
        return { type: 'truth', read: compileFieldCondition(text, node, fields) }
      }
      if (name !== 'size') return refuseFunction(text, node, name)
      const argument = args[0]
      if (args.length !== 1 || argument === undefined)
        return refuse(text, node.start, {
          en: 'size takes one value, e.g. size(items)',
          zh: 'size 需要一个值，例如 size(items)',
        })
      const { read } = compileValue(text, argument, fields)
      return { type: 'number', read: source => sizeOf(read(source)) }
    }
    case 'list':
      return refuse(text, node.start, {
        en: 'a list may only stand after "in", e.g. region in ["north", "south"]',
        zh: '列表只能出现在 "in" 之后，例如 region in ["north", "south"]',
      })
    case 'map':
    case '%':
    case '.?':
    case '[?]':
      return refuse(text, node.start, {
        en: `${describe(text, node)} is not available in a condition over fields`,
        zh: `字段条件中不能使用 ${describe(text, node)}`,
      })
    default: {
      // All that is left gives true or false.
      const test = compileFieldCondition(text, node, fields)
      return { type: 'truth', read: test }
    }
  }
}

function constantValue<Source>(text: string, node: CelNode, written: unknown): Value<Source> {
  if (typeof written === 'string') return { type: 'text', constant: written, read: () => written }
  if (typeof written === 'boolean') return { type: 'truth', constant: written, read: () => written }
  if (typeof written === 'number' || typeof written === 'bigint') {
    const number = Number(written)
    if (!Number.isFinite(number)) refuse(text, node.start, { en: 'the number is too large', zh: '数字过大' })
    return { type: 'number', constant: number, read: () => number }
  }
  if (written === null) {
    refuse(text, node.start, {
      en: 'a comparison with null never holds; write has(field) or !has(field)',
      zh: '与 null 的比较永不成立；请写 has(field) 或 !has(field)',
    })
  }
  return refuse(text, node.start, {
    en: `${describe(text, node)} is not available; write a text, a number, true or false`,
    zh: `不能使用 ${describe(text, node)}；请写文本、数字、true 或 false`,
  })
}

/** @throws ConditionError where the node is no plain path. */
function pathOf(text: string, node: CelNode, brackets: boolean): FieldPath {
  if (node.op === 'id') return [node.args]
  if (node.op === '.') return [...pathOf(text, node.args[0], brackets), node.args[1]]
  if (node.op === '[]' && brackets && node.args[1].op === 'value') {
    const key = node.args[1].args
    const path = pathOf(text, node.args[0], brackets)
    if (typeof key === 'string') return [...path, key]
    if (typeof key === 'bigint' && key >= 0n && key <= 0xffffffffn) return [...path, Number(key)]
  }
  const example = brackets ? 'customer.id, customer["id"], items[0].id' : 'lifecycle, customer.id'
  return refuse(text, node.start, {
    en: `${describe(text, node)} is no field; a field is written like ${example}`,
    zh: `${describe(text, node)} 不是字段；字段的写法如 ${example}`,
  })
}

const operations = {
  '+': (left: number, right: number) => left + right,
  '-': (left: number, right: number) => left - right,
  '*': (left: number, right: number) => left * right,
  '/': (left: number, right: number) => left / right,
}

/** Numbers only; anything else makes the result missing, and so does a division by zero. */
function arithmetic<Source>(text: string, node: CelNode, fields: Fields<Source>): Value<Source> {
  const operand = (inner: CelNode) => {
    const { type, read } = compileValue(text, inner, fields)
    if (type === 'field' || type === 'number') return read
    return refuse(text, inner.start, {
      en: `${describe(text, inner)} is a ${type}; only numbers can be calculated with`,
      zh: `${describe(text, inner)} 是${typeNames[type]}；只有数字可以运算`,
    })
  }
  if (node.op === '-_') {
    const read = operand(node.args)
    return { type: 'number', read: source => finite(-(numberOf(read(source)) ?? Number.NaN)) }
  }
  if (node.op !== '+' && node.op !== '-' && node.op !== '*' && node.op !== '/')
    throw new Error(`no arithmetic: ${node.op}`)
  const operation = operations[node.op]
  const [left, right] = [operand(node.args[0]), operand(node.args[1])]
  return {
    type: 'number',
    read: source => {
      const a = numberOf(left(source))
      const b = a === undefined ? undefined : numberOf(right(source))
      return a === undefined || b === undefined ? undefined : finite(operation(a, b))
    },
  }
}

const finite = (number: number) => (Number.isFinite(number) ? number : undefined)

type ComparisonSign = '==' | '!=' | '<' | '<=' | '>' | '>='

const holdsByOrder = {
  '<': (difference: number) => difference < 0,
  '<=': (difference: number) => difference <= 0,
  '>': (difference: number) => difference > 0,
  '>=': (difference: number) => difference >= 0,
}

function comparison<Source>(
  text: string,
  node: CelNode,
  sign: ComparisonSign,
  sides: readonly [CelNode, CelNode],
  fields: Fields<Source>,
): Test<Source> {
  const left = compileValue(text, sides[0], fields)
  const right = compileValue(text, sides[1], fields)
  if (sign !== '==' && sign !== '!=' && (left.type === 'truth' || right.type === 'truth')) {
    refuse(text, node.start, {
      en: `"${sign}" orders numbers and texts; a range is written a < b && b < c`,
      zh: `"${sign}" 只比较数字和文本的大小；范围写作 a < b && b < c`,
    })
  }
  if (left.type !== right.type && left.type !== 'field' && right.type !== 'field') {
    refuse(text, node.start, {
      en: `${describe(text, node)} compares a ${left.type} with a ${right.type}`,
      zh: `${describe(text, node)} 把${typeNames[left.type]}与${typeNames[right.type]}比较`,
    })
  }
  if (sign === '==' || sign === '!=') {
    const expected = sign === '=='
    return source => equal(left.read(source), right.read(source)) === expected
  }
  const holds = holdsByOrder[sign]
  return source => {
    const difference = order(left.read(source), right.read(source))
    return difference !== undefined && holds(difference)
  }
}

function membership<Source>(text: string, sides: readonly [CelNode, CelNode], fields: Fields<Source>): Test<Source> {
  const { read } = compileValue(text, sides[0], fields)
  const collection = sides[1]
  if (collection.op !== 'list') {
    const { type, read: readCollection } = compileValue(text, collection, fields)
    if (type !== 'field')
      refuse(text, collection.start, { en: 'a list or a field is expected after "in"', zh: '"in" 之后应为列表或字段' })
    return source => isIn(read(source), readCollection(source))
  }
  const elements = collection.args.map(element => ({ element, constant: compileValue(text, element, fields).constant }))
  const constants = elements.map(({ element, constant }) => {
    if (constant !== undefined) return constant
    return refuse(text, element.start, {
      en: `${describe(text, element)} may not stand in a list; write texts and numbers`,
      zh: `列表中不能有 ${describe(text, element)}；请写文本和数字`,
    })
  })
  const isMember = memberOf(constants)
  return source => isMember(read(source))
}

function presence<Source>(text: string, node: CelNode, args: readonly CelNode[], fields: Fields<Source>): Test<Source> {
  const argument = args[0]
  if (args.length !== 1 || argument === undefined)
    return refuse(text, node.start, {
      en: 'has takes one field, e.g. has(customer.id)',
      zh: 'has 需要一个字段，例如 has(customer.id)',
    })
  const read = fields.reader(pathOf(text, argument, fields.brackets), argument)
  return source => read(source) !== undefined && read(source) !== null
}

const searches = {
  startsWith: (value: string, part: string) => value.startsWith(part),
  endsWith: (value: string, part: string) => value.endsWith(part),
  contains: (value: string, part: string) => value.includes(part),
}

const isSearch = (name: string): name is keyof typeof searches => Object.hasOwn(searches, name)

function search<Source>(
  text: string,
  node: CelNode,
  name: keyof typeof searches,
  receiver: CelNode,
  args: readonly CelNode[],
  fields: Fields<Source>,
): Test<Source> {
  const argument = args[0]
  if (args.length !== 1 || argument === undefined)
    return refuse(text, node.start, { en: `${name} takes one text`, zh: `${name} 需要一个文本` })
  const [value, part] = [compileValue(text, receiver, fields), compileValue(text, argument, fields)]
  for (const [side, { type }] of [
    [receiver, value],
    [argument, part],
  ] as const) {
    if (type === 'number' || type === 'truth')
      refuse(text, side.start, { en: `${describe(text, side)} is no text`, zh: `${describe(text, side)} 不是文本` })
  }
  const found = searches[name]
  return source => {
    const [whole, sought] = [value.read(source), part.read(source)]
    return typeof whole === 'string' && typeof sought === 'string' && found(whole, sought)
  }
}

function refuseFunction(text: string, node: CelNode, name: string): never {
  if (name === 'matches') {
    refuse(text, node.start, {
      en: 'matches is not available, because a pattern can stall; use startsWith, endsWith or contains',
      zh: '不能使用 matches，因为正则可能卡住；请用 startsWith、endsWith 或 contains',
    })
  }
  return refuseName(text, node, 'function', name, ['has', 'size', ...Object.keys(searches)])
}
