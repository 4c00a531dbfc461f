/**
 * Whether the objects and arrays of a JSON text stand inside each other more than `limit` deep.
 *
 * It is asked before the text is parsed and holds for text that is not JSON too. `JSON.parse` itself takes a million
 * levels, but whoever walks through such a value afterwards overflows the stack.
 */
export function nestsDeeperThan(text: string, limit: number): boolean {
  return hasMoreBrackets(text, limit) && deepest(text, limit) > limit
}

/** Nearly every record has few opening brackets, and the built-in search finds them faster than a loop. */
function hasMoreBrackets(text: string, limit: number): boolean {
  if (text.length <= limit) return false
  let count = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      count += 1
      if (count > limit) return true
    }
  }
  return false
}

function deepest(text: string, limit: number): number {
  let depth = 0
  let most = 0
  let inString = false
  for (let at = 0; at < text.length && most <= limit; at++) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === 92) at += 1
      else if (code === 34) inString = false
    } else if (code === 34) inString = true
    else if (code === 123 || code === 91) {
      depth += 1
      if (depth > most) most = depth
    } else if (code === 125 || code === 93) depth -= 1
  }
  return most
}
