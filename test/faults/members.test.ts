import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { deleteLater, newTopicName } from '../kafka/topics.ts'
import { type Front, openFront } from '../support/clickhouse/open-clickhouse.ts'
import { until } from '../support/until.ts'
import { extent, seed } from './support/extent.ts'
import { describeRow, ROW_WITHIN_MS, report } from './support/row.ts'
import type { Watched } from './support/watched.ts'

const TIMES = extent(30, 3)
const EVERY_MS = extent(10_000, 1_000)
/** Longer than the broker waits for a member. */
const ASLEEP_MS = 14_000
const MOST_MEMBERS = 3
/** Finds what hangs, not what is slow. */
const EVALUATES_WITHIN_MS = 90_000

describeRow('processes that join, leave and are killed', 'test/faults/members.test.ts', ({ openScene }) => {
  let front: Front

  beforeAll(async () => {
    front = await openFront()
  })

  afterAll(() => front?.close())

  test(
    'share the partitions of one group, and no cell changes',
    async () => {
      const scene = await openScene()
      const draws = new RandomDraws(seed, 17)
      const { url, user, password } = front
      const server = { kind: 'server', url, user, password, database: 'members' } as const
      const group = newTopicName('group')
      const secret = join(scene.folder, 'password')
      writeFileSync(secret, password)
      const settings = {
        store: { ...server, password: `\${file:${secret}}` },
        snapshots: { in: 'clickhouse', every: '1s' },
        kafka: { group_id: group },
      }
      const members = ['a', 'b', 'c'].map(name => scene.watched(name, { settings }))
      const running = () => members.filter(isRunning)
      const times = { joined: 0, left: 0, killed: 0, 'killed while it evaluated': 0, held: 0 }
      const joinOne = async () => {
        await members.find(member => !running().includes(member))!.start()
        times.joined++
      }
      for (const _ of ['a', 'b']) await joinOne()
      const stream = await scene.stream({ parcelsPerSecond: 60, duplicates: 0.05 })
      await (await evaluatorOf(members)).untilBeyond(stream.ends)
      for (const name of [`${scene.process.name}.published`, 'journal']) deleteLater(scene.brokers, `${group}.${name}`)
      for (let nth = 0; nth < TIMES; nth++) {
        const evaluator = await evaluatorOf(members)
        const before = stream.ends
        const others = running().filter(member => member !== evaluator)
        const way = ways(nth, draws)
        if (running().length === 1 || (way === 'join' && running().length < MOST_MEMBERS)) await joinOne()
        else if (way === 'kill the evaluator') {
          await evaluator.kill()
          times.killed++
          times['killed while it evaluated']++
        } else if (way === 'hold the evaluator') {
          evaluator.run.command.tell('SIGSTOP')
          await evaluator.untilStopped()
          // The group gives its partitions and its office to others, which it does not know when it goes on.
          await wait(ASLEEP_MS)
          evaluator.run.command.tell('SIGCONT')
          times.held++
        } else if (way === 'kill') {
          await others[draws.next() % others.length]!.kill()
          times.killed++
        } else {
          const leaving = running()[draws.next() % running().length]!
          await hasBegun(leaving)
          expect(await leaving.terminate()).toMatchObject({ code: 0, signal: null })
          times.left++
        }
        await wait(EVERY_MS)
        await (await evaluatorOf(members)).untilBeyond(before)
      }
      // A few rounds have no time for one that is held.
      const { held, ...others } = times
      for (const [what, count] of Object.entries(others)) expect(count, what).toBeGreaterThan(0)
      expect(held).toBeGreaterThanOrEqual(extent(1, 0))
      await stream.stop()

      const last = await evaluatorOf(members)
      for (const member of running()) {
        if (member === last) continue
        await hasBegun(member)
        expect(await member.terminate()).toMatchObject({ code: 0, signal: null })
      }
      const { cells } = scene.expectSame(await scene.stored(last, server), (await scene.expected()).cells)
      const taken = members.reduce((sum, member) => sum + member.timesSaid('these partitions are folded here'), 0)
      const evaluations = members.reduce((sum, member) => sum + member.timesSaid('evaluates for its group'), 0)
      expect(evaluations).toBeGreaterThan(1)
      const told = members.flatMap(member => member.transitions()).map(({ id, state, at }) => `${id} ${state} ${at}`)
      expect(told.length).toBeGreaterThan(0)
      expect(new Set(told).size, 'each transition is told once, whoever evaluates').toBe(told.length)
      report('members', {
        ...times,
        'times partitions were taken over': taken,
        'times another evaluated': evaluations,
        transitions: told.length,
        records: stream.sent,
        'cells, 0 differing': cells,
      })
    },
    ROW_WITHIN_MS,
  )
})

const allWays = ['kill the evaluator', 'join', 'leave', 'hold the evaluator', 'kill'] as const

/** Each of them at first, from two members on: so few times are enough for all. */
const firstWays = ['kill the evaluator', 'join', 'leave', 'join', 'hold the evaluator', 'join', 'kill'] as const

const ways = (nth: number, draws: RandomDraws) =>
  firstWays[nth] ?? allWays[Math.floor(draws.fraction() * allWays.length)]!

const isRunning = (member: Watched): boolean => member.lives > 0 && member.run.command.isRunning

/** On a slow machine one that has just been started may not listen to signals yet: it would be ended by this one. */
const hasBegun = ({ run }: Watched): Promise<true> =>
  run.until('it takes part', ROW_WITHIN_MS, async () =>
    run.command.stdout.includes('as one of the group') ? true : undefined,
  )

/** Who has the numbers; waits until somebody has. */
function evaluatorOf(members: readonly Watched[]): Promise<Watched> {
  const said = () =>
    members.map(member => (member.lives === 0 ? '' : member.run.command.said.split('\n').slice(-60).join('\n')))
  return until(
    () => `somebody evaluates; they have said:\n${said().join('\n---\n')}`,
    EVALUATES_WITHIN_MS,
    async () => {
      const why: string[] = []
      for (const member of members.filter(isRunning)) {
        const answer = await fetch(`${member.run.url}/readyz`)
        if (answer.ok) return member
        why.push(await answer.text())
      }
      throw new Error(why.join('\n'))
    },
  )
}
