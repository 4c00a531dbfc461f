const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENS = new Set(Buffer.from('[{'))
const CLOSES = new Set(Buffer.from(']}'))
const BLANKS = new Set(Buffer.from(' \t\r\n'))
const ARRAY_OPENS = 0x5b
const ARRAY_CLOSES = 0x5d

/** Where the first byte stands that is no blank; the length where there is none. */
export function firstOf(body: Buffer, from = 0): number {
  let at = from
  while (at < body.length && BLANKS.has(body[at] as number)) at++
  return at
}

export const isArray = (body: Buffer): boolean => body[firstOf(body)] === ARRAY_OPENS

/**
 * The elements of a JSON array as they are written: parsed and written again, a number would lose digits.
 *
 * Only where they begin and end is looked at: what is in them is the affair of whoever reads them.
 *
 * @returns views into the body; undefined where it is no array.
 */
export function elementsOf(body: Buffer): Buffer[] | undefined {
  const start = firstOf(body)
  if (body[start] !== ARRAY_OPENS) return undefined
  const elements: Buffer[] = []
  let depth = 1
  let from = start + 1
  const take = (to: number): boolean => {
    const element = body.subarray(firstOf(body, from), to)
    if (element.length === 0) return false
    elements.push(element)
    return true
  }
  for (let at = start + 1; at < body.length; at++) {
    const byte = body[at] as number
    if (byte === QUOTE) at = endOfText(body, at)
    else if (OPENS.has(byte)) depth++
    else if (CLOSES.has(byte)) {
      depth--
      if (depth > 0) continue
      if (byte !== ARRAY_CLOSES || firstOf(body, at + 1) < body.length) return undefined
      const isEmpty = elements.length === 0 && firstOf(body, from) === at
      return isEmpty || take(at) ? elements : undefined
    } else if (byte === COMMA && depth === 1) {
      if (!take(at)) return undefined
      from = at + 1
    }
  }
  return undefined
}

/** @param from its first quote. @returns where the last one stands; the length where there is none. */
function endOfText(body: Buffer, from: number): number {
  for (let at = body.indexOf(QUOTE, from + 1); at !== -1; at = body.indexOf(QUOTE, at + 1)) {
    let backslashes = 0
    while (body[at - 1 - backslashes] === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return at
  }
  return body.length
}
