import type { AttributeValue } from '../../event/event.ts'
import { FALSE, type MemberScanner, NUMBER, TEXT_VALUE, TRUE } from './member-scanner.ts'

/** The text of a text or the digits of a number that a scan found. */
export const textAt = ({ record, from, to }: MemberScanner, field: number): string =>
  record.textOf(from[field] as number, to[field] as number)

/** The value that `JSON.parse` would give; null for everything that is no text, number or truth value. */
export function parsedAt(scanner: MemberScanner, field: number): AttributeValue {
  switch (scanner.kinds[field]) {
    case TEXT_VALUE:
      return textAt(scanner, field)
    case NUMBER:
      return Number(textAt(scanner, field))
    case TRUE:
      return true
    case FALSE:
      return false
    default:
      return null
  }
}

/** The value as an attribute holds it: a number that would not be written the same way again stays its text. */
export function attributeAt(scanner: MemberScanner, field: number): AttributeValue {
  if (scanner.kinds[field] !== NUMBER) return parsedAt(scanner, field)
  const text = textAt(scanner, field)
  const number = Number(text)
  return String(number) === text ? number : text
}
