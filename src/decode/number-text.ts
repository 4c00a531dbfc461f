import type { RecordDocument } from './record-text.ts'

/**
 * The digits of a number as its producer wrote them.
 *
 * `JSON.parse` merges ids above 2^53 and turns `1.0` into `1`; the text still has them. Where the member's name occurs
 * once in a text without escapes, the digits stand right behind it; else the text is walked along the path.
 *
 * @param path Names from the document's `root` to the number, which has to be there.
 */
export function numberText(document: RecordDocument, path: readonly string[]): string {
  const { text } = document
  const name = path[path.length - 1]!
  if (!text.includes('\\')) {
    const quoted = `"${name}"`
    const first = text.indexOf(quoted)
    if (first !== -1 && text.indexOf(quoted, first + 1) === -1) {
      const colon = skipSpace(text, first + quoted.length)
      if (text.charCodeAt(colon) === COLON) return numberAt(text, skipSpace(text, colon + 1))
    }
  }
  let at = skipSpace(text, 0)
  for (const step of document.rootPath) at = memberStart(text, at, step)
  for (const step of path) at = memberStart(text, at, step)
  return numberAt(text, at)
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const BACKSLASH = 92
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/**
 * Where the value of a member starts; of several members with one name the last, as `JSON.parse` has it.
 *
 * @param text Valid JSON.
 * @param start Where the object starts.
 * @throws RangeError when no object with that member starts there: the caller has read the value already.
 */
function memberStart(text: string, start: number, name: string): number {
  let found = -1
  let at = skipSpace(text, start + 1)
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(text, at)
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1)
    if (isName(text, at, keyEnd, name)) found = value
    at = skipSpace(text, valueEnd(text, value))
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1)
  }
  if (found === -1) throw new RangeError(`no member "${name}" in the object at ${start}`)
  return found
}

/** @param start of the quoted text, `end` behind it. */
function isName(text: string, start: number, end: number, name: string): boolean {
  const quoted = text.slice(start, end)
  return quoted.includes('\\')
    ? JSON.parse(quoted) === name
    : quoted.length === name.length + 2 && quoted.includes(name)
}

function numberAt(text: string, start: number): string {
  return text.slice(start, scalarEnd(text, start))
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (text.charCodeAt(at) <= 32) at += 1
  return at
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at + 1
}

function scalarEnd(text: string, start: number): number {
  let at = start
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code <= 32 || code === COMMA || code === CLOSE_OBJECT || code === CLOSE_ARRAY) break
    at += 1
  }
  return at
}

function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start)
  if (first === QUOTE) return stringEnd(text, start)
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return scalarEnd(text, start)
  let depth = 0
  let at = start
  do {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = stringEnd(text, at)
      continue
    }
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth += 1
    else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth -= 1
    at += 1
  } while (depth > 0)
  return at
}
