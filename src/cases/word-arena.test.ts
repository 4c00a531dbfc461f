import fc from 'fast-check'
import { expect, test } from 'vitest'
import { offsetOf, WordArena, type WordArenaState } from './word-arena.ts'

const bytesOf = (page: Int32Array) => Buffer.from(page.buffer, page.byteOffset, page.byteLength)

const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 80 }) },
  { weight: 3, arbitrary: fc.integer({ min: 81, max: 3_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 30_000, max: 300_000 }) },
)

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('allocate' as const), words: size }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('free' as const), which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('write' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'snapshot' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat() }) },
  ),
  { maxLength: 80 },
)

test('blocks keep what was written into them, whatever is allocated and freed around them', () => {
  fc.assert(
    fc.property(steps, all => {
      let arena = new WordArena()
      const blocks: { reference: number; words: number; mark: number }[] = []
      let mark = 1
      const snapshots: { state: WordArenaState; copy: WordArenaState }[] = []
      for (const step of all) {
        if (step.kind === 'allocate') {
          const reference = arena.allocate(step.words)
          const page = arena.pageOf(reference)
          const at = offsetOf(reference)
          expect(page[at]).toBeGreaterThanOrEqual(step.words)
          expect(at + step.words).toBeLessThanOrEqual(page.length)
          page.fill(mark, at + 1, at + step.words)
          blocks.push({ reference, words: step.words, mark: mark++ })
        } else if (step.kind === 'free') {
          const [block] = blocks.splice(step.which % Math.max(1, blocks.length), 1)
          if (block !== undefined) arena.free(block.reference)
        } else if (step.kind === 'write') {
          const block = blocks[step.which % Math.max(1, blocks.length)]
          if (block === undefined) continue
          const at = offsetOf(block.reference)
          block.mark = mark++
          arena.pageToWrite(block.reference).fill(block.mark, at + 1, at + block.words)
        } else if (step.kind === 'snapshot') {
          const state = arena.snapshot()
          snapshots.push({ state, copy: structuredClone(state) })
        } else if (step.kind === 'release') {
          const [released] = snapshots.splice(step.which % Math.max(1, snapshots.length), 1)
          if (released !== undefined) WordArena.release(released.state)
        } else {
          const state = structuredClone(arena.snapshot())
          arena = new WordArena()
          arena.restore(state)
        }
        for (const { reference, words, mark: own } of blocks) {
          const page = arena.pageOf(reference)
          const at = offsetOf(reference)
          for (const index of [1, words >> 1, words - 1])
            if (index > 0 && index < words) expect(page[at + index]).toBe(own)
        }
      }
      for (const { state, copy } of snapshots) {
        expect({ ...state, pages: [] }).toEqual({ ...copy, pages: [] })
        // As bytes: a page has a quarter of a million words.
        state.pages.forEach((page, index) => {
          expect(Buffer.compare(bytesOf(page), bytesOf(copy.pages[index]!))).toBe(0)
        })
      }
    }),
    { numRuns: 200 },
  )
})

const WHOLE_PAGE = 1 << 18

test('pages that only a released snapshot has left are taken for the copies after the next one', () => {
  const arena = new WordArena()
  const blocks = Array.from({ length: 100_000 }, () => arena.allocate(40))
  const touchAll = () => new Set(blocks.map(block => arena.pageToWrite(block)))
  const first = arena.snapshot()
  const copies = touchAll()
  const second = arena.snapshot()
  WordArena.release(first)
  const given = new Set(first.pages.filter(({ length }) => length === WHOLE_PAGE))
  expect(given.size).toBeGreaterThan(10)
  const again = [...touchAll()].filter(({ length }) => length === WHOLE_PAGE)
  expect(again.filter(page => given.has(page))).toHaveLength(given.size)
  expect(again.filter(page => copies.has(page))).toEqual([])
  WordArena.release(second)
})

test('a page that nobody wrote to while a snapshot shared it is not copied once that is released', () => {
  const arena = new WordArena()
  const blocks = Array.from({ length: 100_000 }, () => arena.allocate(40))
  const pages = () => blocks.map(block => arena.pageOf(block))
  const before = pages()
  const one = arena.snapshot()
  const other = arena.snapshot()
  WordArena.release(other)
  const [first = 0] = blocks
  expect(arena.pageToWrite(first)).not.toBe(before[0])
  const shared = pages()
  WordArena.release(one)
  // The page that was being filled is in a snapshot as a part of it, and counts as shared until it has been copied.
  const filling = shared.at(-1)
  for (const [index, block] of blocks.entries()) {
    if (shared[index] !== filling && arena.pageToWrite(block) !== shared[index])
      expect.fail(`block ${index} was copied`)
  }
})

test('a freed block is used again for one of its size, so what comes and goes takes no more room', () => {
  const arena = new WordArena()
  const first = Array.from({ length: 10_000 }, () => arena.allocate(29))
  const { bytes } = arena
  for (let round = 0; round < 20; round++) {
    for (const reference of first.splice(0)) arena.free(reference)
    for (let index = 0; index < 10_000; index++) first.push(arena.allocate(29))
  }
  expect(arena.bytes).toBe(bytes)
  expect(new Set(first).size).toBe(10_000)
})

test('a snapshot holds of the page that is being filled what is in it, and what comes after a restart goes behind that', () => {
  const arena = new WordArena()
  const block = arena.allocate(40)
  arena.pageToWrite(block).fill(7, offsetOf(block) + 1, offsetOf(block) + 40)
  const state = structuredClone(arena.snapshot())
  expect(state.pages.map(({ length }) => length)).toEqual([40])
  const next = new WordArena()
  next.restore(state)
  const behind = next.allocate(40)
  next.pageToWrite(behind).fill(8, offsetOf(behind) + 1, offsetOf(behind) + 40)
  expect([...next.pageOf(block).slice(offsetOf(block), offsetOf(block) + 40)]).toEqual([40, ...Array(39).fill(7)])
})

test('a block larger than a page has one of its own, which goes with it', () => {
  const arena = new WordArena()
  const large = arena.allocate(2_000_000)
  expect(arena.pageOf(large).length).toBe(2_000_000)
  arena.free(large)
  expect(arena.bytes).toBe(0)
  expect(arena.allocate(400_000)).toBe(large)
})
