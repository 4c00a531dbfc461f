/** A text as a YAML scalar that stands safely anywhere, also as a key and inside `[ ]` and `{ }`; plain where it can. */
export const yamlText = (text: string): string => (isPlain(text) ? text : JSON.stringify(text))

const isPlain = (text: string): boolean =>
  /^[\p{L}_$][\p{L}\p{N}_./$-]*( [\p{L}\p{N}_./$()-]+)*$/u.test(text) &&
  !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)

export const yamlList = (texts: readonly string[]): string => `[${texts.map(yamlText).join(', ')}]`

/** Lines with a comment behind each, the comments below each other. */
export function commented(lines: readonly (readonly [line: string, comment?: string | undefined])[]): string[] {
  const column = Math.min(48, Math.max(...lines.map(([line, comment]) => (comment === undefined ? 0 : line.length))))
  return lines.map(([line, comment]) => (comment === undefined ? line : `${line.padEnd(column)} # ${oneLine(comment)}`))
}

/** Values of records end up in comments: none of them may break out of its line. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')

/** `1 record`, `20,000 records`. */
export const countOf = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
