import * as z from 'zod'
import { badRequest } from './request-body.ts'

/*
 * A list in pages. A cursor is where its last item stood, so nothing is kept for whoever reads: the next page begins behind that
 * place as the list is then. What did not move meanwhile is neither missed nor told twice.
 */

/** Where an item stands in its list: compared place by place, rising. */
export type Place = readonly (number | string)[]

export const cursorSchema = z
  .string()
  .max(2_000, 'is longer than 2,000 characters')
  .meta({ description: 'What `next` of the page before says.' })

export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,5}$/, 'is no whole number')
    .transform(Number)
    .refine(limit => limit >= 1 && limit <= 10_000, 'is not between 1 and 10000')
    .optional()
    .meta({ description: 'At most so many, 1 to 10000; all of them where nothing is said.', examples: ['100'] }),
  cursor: cursorSchema.optional(),
})

export type PageQuery = z.output<typeof pageQuery>

export type Page<Item> = {
  readonly items: readonly Item[]
  /** The cursor of the page behind this one; undefined: it is the last. */
  readonly next: string | undefined
}

/** @param placeOf by which the items are in order. @throws ProblemError where the cursor is none of this list. */
export function pageOf<Item>(
  items: readonly Item[],
  placeOf: (item: Item) => Place,
  { limit = items.length, cursor }: PageQuery,
): Page<Item> {
  const after = cursor === undefined ? undefined : placeIn(cursor)
  const rest = after === undefined ? items : items.filter(item => comparePlaces(placeOf(item), after) > 0)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return { items: page, next: last === undefined || page.length === rest.length ? undefined : cursorOf(placeOf(last)) }
}

const cursorOf = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url')

function placeIn(cursor: string): Place {
  try {
    return z.array(z.union([z.number(), z.string()])).parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw badRequest('`cursor` is none of this list', 'take it from `next` of the page before, or begin without one')
  }
}

export function comparePlaces(left: Place, right: Place): number {
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [one, other] = [left[at] as number | string, right[at] as number | string]
    if (one !== other) return one < other ? -1 : 1
  }
  return left.length - right.length
}
