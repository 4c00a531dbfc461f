import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WebhookReceiver } from '../support/notify/webhook-receiver.ts'
import { extent } from './support/extent.ts'
import { writeParcelRules } from './support/parcels.ts'
import { describeRow, ROW_WITHIN_MS, report } from './support/row.ts'
import type { Stored } from './support/stored-cells.ts'
import type { LoggedTransition, Watched } from './support/watched.ts'

const KILLS = extent(50, 3)
const PHASES = ['pending', 'firing', 'recovering'] as const
/** A crowd stays longer than a start takes on a laden machine: what comes and goes while nobody looks is not seen. */
const CROWD_FOR_MS = extent(30_000, 8_000)
const NEXT_CROWD_MS = extent(10_000, 5_000)
/** So many that none has a fourth crowd meanwhile: within an hour it would flap, and its owner would be told no more. */
const DEPOTS = Array.from({ length: extent(36, 12) }, (_, nth) => `crowd-${nth + 1}`)
const LATER_MS = 2_000
const SETTLES_WITHIN_MS = 120_000

describeRow('kill −9 while alerts are under way', 'test/faults/alerts.test.ts', ({ openScene }) => {
  test(
    'loses and repeats no transition: per segment the sequence of the run that was left alone',
    async () => {
      const scene = await openScene()
      const crowds = { depots: DEPOTS, everyMs: DEPOTS.length * NEXT_CROWD_MS, forMs: CROWD_FOR_MS }
      const [toCalm, toKilled] = [await WebhookReceiver.start(), await WebhookReceiver.start()]
      onTestFinished(async () => {
        for (const receiver of [toCalm, toKilled]) await receiver.close()
      })
      const rulesWith = ({ url, port }: WebhookReceiver) =>
        writeParcelRules(join(scene.folder, `told-${port}`), scene.topic, url)
      // The receivers are on this machine.
      const notify = { allow: ['127.0.0.1'] }
      const calm = scene.watched('calm', { rules: rulesWith(toCalm), settings: { notify } })
      const killed = scene.watched('killed', {
        rules: rulesWith(toKilled),
        settings: { notify, log: { level: 'debug' } },
      })
      await calm.start()
      await killed.start()
      await calm.untilBeyond([])
      await killed.untilBeyond([])
      const stream = await scene.stream({ parcelsPerSecond: 10, crowds })

      const kills: Record<string, number> = {}
      let longestMs = 0
      for (let nth = 0; nth < KILLS; nth++) {
        const phase = PHASES[nth % PHASES.length]!
        const from = Date.now()
        await killed.untilSaid(`an alert that is ${phase}`, () =>
          ofCrowds(killed.transitions()).find(({ state, time }) => state === phase && time > from),
        )
        await killed.kill()
        kills[phase] = (kills[phase] ?? 0) + 1
        const [killedAt, { ends }] = [Date.now(), stream]
        await killed.start()
        await killed.untilBeyond(ends)
        longestMs = Math.max(longestMs, Date.now() - killedAt)
      }
      await stream.finish()
      for (const [watched, receiver] of [
        [calm, toCalm],
        [killed, toKilled],
      ] as const) {
        await scene.untilCaughtUp(watched)
        await watched.run.until('all crowds are over, and the owner has been told', SETTLES_WITHIN_MS, async () =>
          (await openCrowds(watched)) === 0 &&
          toldOf(receiver, 'stagewatch.alert.firing.v1') === toldOf(receiver, 'stagewatch.alert.resolved.v1')
            ? true
            : undefined,
        )
      }
      const told = [ofCrowds(calm.transitions()), ofCrowds(killed.transitions())] as const
      const [left, right] = [await scene.stored(calm), await scene.stored(killed)]
      const { cells } = scene.expectSame(right, (await scene.expected()).cells)

      const [expected, found] = [statesBySegment(left), statesBySegment(right)]
      expect(found).toEqual(expected)
      expect(Object.keys(expected).length).toBeGreaterThan(1)
      for (const stored of [left, right]) expectOneEpisodeAtATime(stored)
      const messages = messagesOf(toKilled, right)
      expect(messages).toEqual(messagesOf(toCalm, left))
      // One when it fires, one when it is over.
      expect(messages.length).toBe(2 * new Set(episodesOf(right).values()).size)
      const later = delays([told[0], left], [told[1], right])
      expect(later.length).toBeGreaterThan(0)
      expect(Math.max(...later)).toBeLessThanOrEqual(longestMs + LATER_MS)
      expect(kills).toEqual(Object.fromEntries(PHASES.map((phase, nth) => [phase, Math.ceil((KILLS - nth) / 3)])))
      report('kill −9 while alerts are under way', {
        kills: JSON.stringify(kills),
        transitions: Object.values(found).flat().length,
        messages: messages.length,
        'told later at most, ms': Math.max(...later),
        'away at most, ms': longestMs,
        'cells, 0 differing': cells,
      })
    },
    ROW_WITHIN_MS,
  )
})

type Alerted = { readonly rule: string; readonly segment: Readonly<Record<string, unknown>> }

/** The other depots are crowded by chance. */
const isOfCrowd = ({ rule, segment }: Alerted): boolean => rule === 'crowded' && DEPOTS.includes(String(segment.depot))

const ofCrowds = (transitions: readonly LoggedTransition[]) => transitions.filter(isOfCrowd)

async function openCrowds(watched: Watched): Promise<number> {
  const answer = await watched.run.get('/api/v1/alerts')
  const { alerts } = (await answer.json()) as { alerts: (Alerted & { state: string })[] }
  return alerts.filter(alert => isOfCrowd(alert) && alert.state !== 'resolved').length
}

/** The states that the alert on crowds went through, by segment. */
function statesBySegment({ transitions }: Stored): Record<string, string[]> {
  const states: Record<string, string[]> = {}
  for (const { segment, state } of transitions.filter(isOfCrowd)) {
    const depot = String(segment.depot)
    states[depot] = [...(states[depot] ?? []), state]
  }
  return states
}

type MessageBody = { readonly type: string; readonly data: { readonly alert: Alerted & { readonly id: string } } }

const ofCrowdsTo = (receiver: WebhookReceiver): MessageBody[] =>
  receiver.bodies<MessageBody>().filter(({ data }) => isOfCrowd(data.alert))

const toldOf = (receiver: WebhookReceiver, type: string): number =>
  ofCrowdsTo(receiver).filter(message => message.type === type).length

/** What the owner was told of crowds, by the ids of messages: of which episode, and what. */
function messagesOf(receiver: WebhookReceiver, stored: Stored): string[] {
  const episodes = episodesOf(stored)
  return ofCrowdsTo(receiver)
    .map(({ type, data }) => `${episodes.get(data.alert.id)} ${type}`)
    .sort()
}

/** Of one rule and segment an episode ends before the next one begins; of every rule. One that is over may still be corrected. */
function expectOneEpisodeAtATime({ transitions }: Stored): void {
  const open = new Map<string, string>()
  const over = new Set<string>()
  for (const { id, rule, segment, state, from } of transitions) {
    const key = `${rule} ${JSON.stringify(segment)}`
    const other = open.get(key)
    if (from === 'resolved' && state === 'resolved' && over.has(id)) continue
    if (state === 'resolved') over.add(id)
    if (other !== undefined) expect({ key, id }).toEqual({ key, id: other })
    else expect({ key, id, from }).toEqual({ key, id, from: 'inactive' })
    if (state === 'resolved' || state === 'inactive') open.delete(key)
    else open.set(key, id)
  }
}

/**
 * How much later each transition was told than by the one that was left alone, ms. Ids say when an episode began, so the
 * n-th episode of a segment stands for it; one that was durable when it was killed may have been told to nobody.
 */
function delays(
  [calm, ofCalm]: readonly [readonly LoggedTransition[], Stored],
  [killed, ofKilled]: readonly [readonly LoggedTransition[], Stored],
): number[] {
  const [before, after] = [episodesOf(ofCalm), episodesOf(ofKilled)]
  const toldAt = new Map(calm.map(({ id, state, time }) => [`${before.get(id)} ${state}`, time]))
  return killed.flatMap(({ id, state, time }) => {
    const told = toldAt.get(`${after.get(id)} ${state}`)
    return told === undefined ? [] : [time - told]
  })
}

/** By id: the segment, and which of its episodes it is. */
function episodesOf({ transitions }: Stored): Map<string, string> {
  const episodes = new Map<string, string>()
  const counts = new Map<string, number>()
  for (const { id, segment } of transitions.filter(isOfCrowd)) {
    if (episodes.has(id)) continue
    const depot = String(segment.depot)
    counts.set(depot, (counts.get(depot) ?? 0) + 1)
    episodes.set(id, `${depot} ${counts.get(depot)}`)
  }
  return episodes
}
