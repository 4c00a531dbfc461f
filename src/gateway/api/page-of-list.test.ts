import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProblemError } from '../problem-error.ts'
import { comparePlaces, type Place, pageOf, pageQuery } from './page-of-list.ts'

type Item = { readonly id: string; readonly rank: number }

const placeOf = ({ rank, id }: Item): Place => [rank, id]
const inOrder = (items: readonly Item[]) =>
  [...items].sort((left, right) => comparePlaces(placeOf(left), placeOf(right)))

const items = fc
  .uniqueArray(fc.string(), { maxLength: 20 })
  .chain(ids => fc.tuple(...ids.map(id => fc.integer({ min: -3, max: 3 }).map((rank): Item => ({ id, rank })))))

test('whatever moves, comes or goes between pages, what stays where it was is told once', () => {
  let pages = 0
  fc.assert(
    fc.property(
      items,
      items,
      fc.integer({ min: 1, max: 7 }),
      fc.infiniteStream(fc.boolean()),
      (one, other, limit, draws) => {
        const stays = one.filter(item => other.every(({ id }) => id !== item.id))
        const told: Item[] = []
        let cursor: string | undefined
        do {
          // Those of the other list come, go, and stand elsewhere; they have ids of the first list, too.
          const now = inOrder([...stays, ...other.filter(() => draws.next().value)])
          const page = pageOf(now, placeOf, { limit, cursor })
          expect(page.items.length).toBeLessThanOrEqual(limit)
          told.push(...page.items)
          cursor = page.next
          pages++
        } while (cursor !== undefined)
        const kept = new Set(stays)
        expect(told.filter(item => kept.has(item))).toEqual(inOrder(stays))
      },
    ),
    { numRuns: 300 },
  )
  expect(pages).toBeGreaterThan(500)
})

test('without a limit a list is told whole, and the last page names no other', () => {
  const list = inOrder([
    { id: 'a', rank: 1 },
    { id: 'b', rank: 2 },
    { id: 'c', rank: 2 },
  ])
  const whole = pageOf(list, placeOf, { limit: undefined, cursor: undefined })
  expect(whole).toEqual({ items: list, next: undefined })
  const first = pageOf(list, placeOf, { limit: 2, cursor: undefined })
  const last = pageOf(list, placeOf, { limit: 1, cursor: first.next })
  expect([first.items.length, last]).toEqual([2, { items: [list[2]], next: undefined }])
  expect(pageOf([], placeOf, { limit: 5, cursor: first.next })).toEqual({ items: [], next: undefined })
})

test.each(['', 'x', 'e30', Buffer.from('[null]').toString('base64url')])('%j is no cursor', cursor => {
  expect(() => pageOf([], placeOf, { limit: 5, cursor })).toThrow(ProblemError)
})

test.each(['0', '-1', '1.5', '10001', '1e3', ''])('a limit of %j is refused', limit => {
  expect(pageQuery.safeParse({ limit }).success).toBe(false)
  expect(pageQuery.parse({ limit: '10000' })).toEqual({ limit: 10_000 })
})
