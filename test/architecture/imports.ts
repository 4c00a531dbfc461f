import { blankNonCode } from './source-text.ts'

export type Import = {
  readonly specifier: string
  /** What stands between `import` and `from`; empty for `import('x')`, `import 'x'` and `new URL('x', …)`. */
  readonly names: string
  /** `import type …` and `export type …`: nothing of it is left when the program runs. */
  readonly typeOnly: boolean
  readonly line: number
}

/** All that a module asks for, by whatever syntax; a worker's file named by `new URL(…, import.meta.url)` included. */
export function importsOf(source: string): Import[] {
  const code = blankNonCode(source)
  const found: Import[] = []
  const add = (quoteAt: number, names: string, statement: string, startsAt: number) => {
    const quote = source[quoteAt] ?? ''
    const end = source.indexOf(quote, quoteAt + 1)
    found.push({
      specifier: source.slice(quoteAt + 1, end),
      names: names.trim(),
      typeOnly: /^(import|export)\s+type\b/.test(statement),
      line: code.slice(0, startsAt).split('\n').length,
    })
  }
  const clause =
    /(?<![\w.$])(?:import|export)\s+((?:type\s+)?(?:\*\s*(?:as\s+\w+)?|[\w$]+\s*,?)?\s*(?:\{[^}]*\}|\*\s*as\s+\w+)?)\s*from\s*(?=['"])/g
  for (const match of code.matchAll(clause)) {
    add(match.index + match[0].length, match[1] ?? '', match[0], match.index)
  }
  const plain = /(?<![\w.$])(?:import\s*\(\s*|import\s+|require\s*\(\s*|new\s+URL\s*\(\s*)(?=['"])/g
  for (const match of code.matchAll(plain)) add(match.index + match[0].length, '', match[0], match.index)
  return found
    .filter(({ specifier, names }) => names !== '' || !/^[a-z]+:\/\//.test(specifier))
    .sort((a, b) => a.line - b.line)
}
