import { expect, test } from 'vitest'
import { Evaluator } from '../../src/engine/evaluator.ts'
import { instant } from '../../src/event/instant.ts'
import { companyProcess, endOfHistory, plantedHistory } from './planted-causes.ts'

/** Folding takes a quarter of a second each: all of them are for the long run. */
const HISTORIES = process.env.TESTS === 'long' ? 200 : 10

test('the planted cause ranks first among the parts of the change, which add up to it but for a small rest', () => {
  const company = companyProcess()
  const evaluatorOf = () => new Evaluator(company)
  const at = instant(endOfHistory)
  const missed: string[] = []
  const rests: number[] = []
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const { planted, shards } = plantedHistory(seed, company)
    const explanation = evaluatorOf().explain('late', {}, at, shards, { watermark: at })?.explanation
    const { attribution, suspected } = explanation!
    const { beforeMs, nowMs, parts, othersMs, restMs } = attribution!
    expect(beforeMs + parts.reduce((sum, { changeMs }) => sum + changeMs, 0) + othersMs + restMs).toBe(nowMs)
    const { text, ...wanted } = planted
    const { changeMs, ...first } = parts[0]!
    const isFound = JSON.stringify(ordered(first)) === JSON.stringify(ordered(wanted))
    if (!isFound) missed.push(`seed ${seed}: ${text}, found ${JSON.stringify(parts[0])}`)
    else expect(suspected).toEqual({ kind: wanted.cause, stage: wanted.stage, segment: wanted.segment, changeMs })
    rests.push(Math.abs(restMs / (nowMs - beforeMs)))
  }
  rests.sort((left, right) => left - right)
  const middle = rests[Math.floor(rests.length / 2)]!
  console.log(
    `${HISTORIES - missed.length} of ${HISTORIES} planted causes rank first;`,
    `rest: ${(100 * middle).toFixed(1)} % in the middle, ${(100 * rests.at(-1)!).toFixed(1)} % at most`,
  )
  expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(HISTORIES * 0.05)
  expect(rests.at(-1)).toBeLessThanOrEqual(0.1)
})

test('what a stage takes is split without a rest, the cause within it first', () => {
  const company = companyProcess()
  const { planted, shards } = plantedHistory(4, company)
  const at = instant(endOfHistory)
  const found = new Evaluator(company).explain(planted.stage, {}, at, shards, { watermark: at })
  expect(found?.explanation.attribution?.restMs).toBe(0)
  expect(found?.explanation.attribution?.parts[0]).toMatchObject({ cause: planted.cause, segment: planted.segment })
})

const ordered = ({ cause, stage, segment }: { cause: string; stage: string; segment: object }) => [
  cause,
  stage,
  Object.entries(segment).sort(),
]
