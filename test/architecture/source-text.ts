/**
 * TypeScript with its comments, and what stands inside texts, templates and regular expressions, replaced by blanks:
 * same length, same lines. A rule that looks for `Date.now` then finds code only, never a sentence about it.
 *
 * A scanner, no parser: it tells a division from a regular expression by the character before. Text between JSX tags
 * is taken for code, so an apostrophe there opens a text that ends with its line.
 */
export function blankNonCode(source: string): string {
  const out = source.split('')
  const blank = (from: number, to: number) => {
    for (let i = from; i < to && i < out.length; i++) if (out[i] !== '\n') out[i] = ' '
  }
  // For each open `${`, the number of `{` inside it that still wait for their `}`.
  const templates: number[] = []
  let at = 0
  while (at < source.length) {
    const char = source[at]
    const two = source.slice(at, at + 2)
    if (two === '//' || two === '/*') {
      const end = two === '//' ? endOf(source, '\n', at, 0) : endOf(source, '*/', at + 2, 2)
      blank(at, end)
      at = end
    } else if (char === "'" || char === '"') {
      const end = endOfText(source, at)
      blank(at + 1, end - 1)
      at = end
    } else if (char === '/' && startsRegularExpression(source, at, out)) {
      const end = endOfRegularExpression(source, at)
      blank(at + 1, end - 1)
      at = end
    } else if (char === '`' || (char === '}' && templates.at(-1) === 0)) {
      if (char === '}') templates.pop()
      const piece = endOfTemplatePiece(source, at + 1)
      blank(at + 1, piece.end)
      if (piece.opensCode) templates.push(0)
      at = piece.end + (piece.opensCode ? 2 : 1)
    } else {
      const open = templates.length - 1
      if (open >= 0 && char === '{') templates[open] = (templates[open] ?? 0) + 1
      if (open >= 0 && char === '}') templates[open] = (templates[open] ?? 0) - 1
      at++
    }
  }
  return out.join('')
}

function endOf(source: string, mark: string, from: number, length: number): number {
  const found = source.indexOf(mark, from)
  return found === -1 ? source.length : found + length
}

function endOfText(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === source[start] || source[i] === '\n') return i + 1
  }
  return source.length
}

function endOfTemplatePiece(source: string, from: number): { end: number; opensCode: boolean } {
  for (let i = from; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === '`') return { end: i, opensCode: false }
    else if (source[i] === '$' && source[i + 1] === '{') return { end: i, opensCode: true }
  }
  return { end: source.length, opensCode: false }
}

function startsRegularExpression(source: string, at: number, code: readonly string[]): boolean {
  if (source[at + 1] === '>') return false // the end of a JSX tag
  const line = code
    .slice(Math.max(0, at - 200), at)
    .join('')
    .trimEnd()
  if (line.endsWith('<')) return false // a closing JSX tag
  return line === '' || /[(,=:[!&|?{};+\-*%>~^]$|\b(return|typeof|case|in|of|do|else|yield|await)$/.test(line)
}

function endOfRegularExpression(source: string, start: number): number {
  let inClass = false
  for (let i = start + 1; i < source.length; i++) {
    const char = source[i]
    if (char === '\n') return i
    if (char === '\\') i++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) return i + 1
  }
  return source.length
}
