import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DUE, GONE, HISTORY, MEASURE_GONE, MEASURE_PANE, OPEN, PANE } from '../../shard/entry.ts'
import { ByteWriter } from '../../windows/bytes.ts'
import { KeptKeys, textOf } from './kept-keys.ts'

type Named = { readonly kind: number; readonly subject: number; readonly segment: string; readonly place: number }

function keyOf({ kind, subject, segment, place }: Named): Uint8Array {
  const out = new ByteWriter()
  const text = Buffer.from(segment)
  out.write(kind)
  out.write(subject)
  out.write(segment === '' ? 0 : text.length + 1)
  out.append(text, 0, text.length)
  out.writeSigned(place)
  return out.bytes.slice(0, out.length)
}

const named = fc.record({
  kind: fc.constantFrom(PANE, OPEN, HISTORY, MEASURE_PANE, DUE),
  subject: fc.constantFrom(0, 1, 200),
  segment: fc.constantFrom('', 'a', 'b', '仓'),
  place: fc.integer({ min: -3, max: 6 }),
})

const passing = fc.record({ stage: fc.integer({ min: -3, max: 6 }), history: fc.integer({ min: -3, max: 6 }) })

const steps = fc.array(
  fc.oneof(
    fc.record({ act: fc.constant('add' as const), named }),
    fc.record({ act: fc.constant('delete' as const), named }),
    fc.record({ act: fc.constant('gone' as const), named, isMeasure: fc.boolean() }),
    fc.record({ act: fc.constant('pass' as const), passing }),
  ),
  { maxLength: 60 },
)

const sorted = (keys: Iterable<Uint8Array>) => [...keys].map(key => textOf(key)).sort()

test('keys are kept until they are deleted, their segment goes or their pane has passed', () => {
  fc.assert(
    fc.property(steps, all => {
      const kept = new KeptKeys()
      const obvious = new Map<string, Named>()
      const take = (isTaken: (each: Named) => boolean) => {
        const taken = [...obvious.values()].filter(isTaken)
        for (const each of taken) obvious.delete(textOf(keyOf(each)))
        return sorted(taken.map(keyOf))
      }
      for (const step of all) {
        if (step.act === 'add') {
          kept.add(keyOf(step.named))
          obvious.set(textOf(keyOf(step.named)), step.named)
        } else if (step.act === 'delete') {
          kept.delete(keyOf(step.named))
          obvious.delete(textOf(keyOf(step.named)))
        } else if (step.act === 'gone') {
          const { subject, segment } = step.named
          const kinds = step.isMeasure ? [MEASURE_PANE] : [PANE, OPEN]
          const gone = keyOf({ kind: step.isMeasure ? MEASURE_GONE : GONE, subject, segment, place: 0 })
          expect(sorted(kept.takeSegment(gone))).toEqual(
            take(each => kinds.includes(each.kind) && each.subject === subject && each.segment === segment),
          )
        } else {
          const { stage, history } = step.passing
          const about = { settledUntil: 0, keptSince: stage, isPartial: false }
          const summary = {
            stages: [{ ...about, historySince: 0, historyKeptSince: history }],
            measures: [{ ...about, keptSince: stage + 1 }],
          }
          const since: Record<number, number> = { [PANE]: stage, [HISTORY]: history, [MEASURE_PANE]: stage + 1 }
          expect(sorted(kept.takePassed(summary))).toEqual(
            take(({ kind, subject, place }) => subject === 0 && place < (since[kind] ?? -Infinity)),
          )
        }
        expect(kept.count).toBe(obvious.size)
        for (const each of obvious.values()) expect(kept.has(keyOf(each))).toBe(true)
      }
    }),
  )
})
