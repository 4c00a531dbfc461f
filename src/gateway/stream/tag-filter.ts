import * as z from 'zod'

/** What is said of an alert beside it, to choose by. */
export type Tags = Readonly<Record<string, string>>
export type TagFilter = (tags: Tags) => boolean

const MOST_NODES = 100
const MOST_DEPTH = 10

const comparisons = ['eq', 'neq', 'in', 'nin', 'ex', 'nex', 'sw', 'ew', 'ct', 'lt', 'lte', 'gt', 'gte'] as const
type Comparison = (typeof comparisons)[number]

/** Its children are looked at one by one: a tree that is nested too deep is refused before it is walked. */
const nodeSchema = z.object({
  op: z.enum(['', 'and', 'or', 'not']).default(''),
  key: z.string().max(200).default(''),
  cmp: z.enum(['', ...comparisons]).default(''),
  val: z.string().max(1_000).default(''),
  vals: z.array(z.string().max(1_000)).max(1_000).default([]),
  nodes: z.array(z.unknown()).max(MOST_NODES).default([]),
})

/**
 * A filter as Centrifugo's clients write it: `{"key": "owner", "cmp": "in", "vals": ["dc-ops"]}`, or `op` (`and`, `or`,
 * `not`) over `nodes`.
 *
 * @returns what is wrong with it, where something is.
 */
export function readTagFilter(written: unknown): TagFilter | { readonly problem: string } {
  let nodes = 0
  const read = (node: unknown, depth: number): TagFilter => {
    nodes += 1
    if (depth > MOST_DEPTH) throw new FilterProblem(`it is nested deeper than ${MOST_DEPTH}`)
    if (nodes > MOST_NODES) throw new FilterProblem(`it has more than ${MOST_NODES} nodes`)
    const parsed = nodeSchema.safeParse(node)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw new FilterProblem(`${issue?.path.join('.') || 'a node'}: ${issue?.message}`)
    }
    const { op, key, cmp, val, vals } = parsed.data
    if (op !== '')
      return combine(
        op,
        parsed.data.nodes.map(child => read(child, depth + 1)),
      )
    if (key === '' || cmp === '') throw new FilterProblem('a node without `op` needs `key` and `cmp`')
    return compare(cmp, key, val, new Set(vals))
  }
  try {
    return read(written, 1)
  } catch (error) {
    if (error instanceof FilterProblem) return { problem: error.message }
    throw error
  }
}

class FilterProblem extends Error {}

function combine(op: 'and' | 'or' | 'not', filters: readonly TagFilter[]): TagFilter {
  const [first] = filters
  if (first === undefined) throw new FilterProblem(`\`${op}\` has no \`nodes\``)
  if (op === 'and') return tags => filters.every(filter => filter(tags))
  if (op === 'or') return tags => filters.some(filter => filter(tags))
  if (filters.length > 1) throw new FilterProblem('`not` takes one node')
  return tags => !first(tags)
}

function compare(cmp: Comparison, key: string, val: string, vals: ReadonlySet<string>): TagFilter {
  const told = (test: (tag: string) => boolean) => (tags: Tags) => {
    const tag = tags[key]
    return tag !== undefined && test(tag)
  }
  const number = (test: (tag: number, bound: number) => boolean) => {
    const bound = Number(val)
    if (val === '' || Number.isNaN(bound)) throw new FilterProblem(`\`${cmp}\` needs a number as \`val\``)
    return told(tag => tag !== '' && test(Number(tag), bound))
  }
  switch (cmp) {
    case 'eq':
      return told(tag => tag === val)
    case 'neq':
      return told(tag => tag !== val)
    case 'in':
      return told(tag => vals.has(tag))
    case 'nin':
      return told(tag => !vals.has(tag))
    case 'ex':
      return told(() => true)
    case 'nex':
      return tags => tags[key] === undefined
    case 'sw':
      return told(tag => tag.startsWith(val))
    case 'ew':
      return told(tag => tag.endsWith(val))
    case 'ct':
      return told(tag => tag.includes(val))
    case 'lt':
      return number((tag, bound) => tag < bound)
    case 'lte':
      return number((tag, bound) => tag <= bound)
    case 'gt':
      return number((tag, bound) => tag > bound)
    case 'gte':
      return number((tag, bound) => tag >= bound)
  }
}
