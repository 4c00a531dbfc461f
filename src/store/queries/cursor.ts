import { createHash } from 'node:crypto'
import { QueryError } from './query-error.ts'

/*
 * Where a page ended: the values of its last row by which rows are sorted. It goes through the caller's hands as opaque
 * text, so it says which question it belongs to, and what comes back is believed only in the shape that was given out.
 */
export type CursorValue = string | number

/** Which question a cursor belongs to: everything of it but the page. */
export const questionMark = (question: unknown): string =>
  createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 12)

export const cursorText = (mark: string, values: readonly CursorValue[]): string =>
  Buffer.from(JSON.stringify([mark, ...values])).toString('base64url')

/**
 * @param shape an example of the values: as many, of the same types, numbers whole.
 * @throws QueryError where the text is none that `cursorText` gave for this question.
 */
export function readCursor<const Values extends readonly CursorValue[]>(
  text: string,
  mark: string,
  shape: Values,
): { [Index in keyof Values]: Values[Index] extends number ? number : string } {
  const [ofQuestion, ...values] = parsed(text)
  const isOfShape =
    values.length === shape.length &&
    values.every((value, index) =>
      typeof shape[index] === 'number' ? Number.isSafeInteger(value) : typeof value === 'string',
    )
  if (!isOfShape) throw new QueryError('cursor', 'is not one that a page ended with', remedy)
  if (ofQuestion !== mark) throw new QueryError('cursor', 'belongs to another question', remedy)
  return values as never
}

const remedy = 'Take it from the page before, and ask the very same question; or begin without one.'

/** What the text holds; nothing where it is no cursor. */
function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}
