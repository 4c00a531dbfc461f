import { type Instant, instant } from '../event/instant.ts'
import type { AlertTransition } from './transition.ts'

/** An alert flaps from the moment on at which it has fired so often within an hour. */
export const FLAPS_AFTER = 4
const WITHIN_MS = 3_600_000

/** And until it has neither fired nor ended for so long. */
export const CALM_AFTER_MS = 30 * 60_000

/** What flaps for longer is told once more: transitions of before are not kept for ever. */
const TELLS_AGAIN_MS = 6 * 3_600_000

/** How often an alert fired within an hour of its last change, and when for the first time of these. */
export type Flapping = { readonly times: number; readonly since: Instant }

type Changes = {
  /** When it fired within the hour before the last time. */
  readonly fired: readonly Instant[]
  /** When it last fired or ended, and the episode that did. */
  readonly changedAt: Instant
  readonly latest: string
  /** undefined: it does not flap. */
  readonly told: Announcement | undefined
}

/** The episode with which it is told that it flaps. */
type Announcement = { readonly episode: string; readonly at: Instant }

/**
 * Which alerts flap, by rule and segment: they fire and end again and again. One message tells that, with the episode by
 * which it is known; then nothing is told, neither that it fires nor that it is over, until it has been calm. How it stands
 * then is told.
 *
 * All of it follows from the transitions of some hours, which the journal has, so a restart changes nothing.
 */
export class FlapBook {
  /** By process, by rule and segment, in the order of their last changes. */
  readonly #changes = new Map<string, Map<string, Changes>>()

  /** @param transitions of before, in their order. */
  constructor(transitions: readonly AlertTransition[] = []) {
    this.take(transitions)
  }

  /** Transitions as they come, those of a process in the order of their time. */
  take(transitions: readonly AlertTransition[]): void {
    for (const transition of transitions) {
      const { id, process, state, from, at } = transition
      // A correction: nothing fired or ended.
      if (from === state) continue
      const hasFired = transition.firedAt === at && (state === 'firing' || state === 'no_data')
      if (!hasFired && state !== 'resolved') continue
      const own = this.#changes.get(process) ?? new Map<string, Changes>()
      this.#changes.set(process, own)
      forget(own, at)
      const key = keyOf(transition)
      const former = own.get(key)
      own.delete(key)
      own.set(key, hasFired ? afterFiring(former, transition) : { ...(former ?? untouched), changedAt: at, latest: id })
    }
  }

  /** Of the latest episode of a rule and segment; undefined: it does not flap now. */
  flappingOf(alert: AlertTransition, now: Instant): Flapping | undefined {
    const changes = this.#flapping(alert, now)
    const [since] = changes?.fired ?? []
    if (changes?.latest !== alert.id || since === undefined) return undefined
    return { times: changes.fired.length, since }
  }

  /** Whether nobody is told for now that an alert is open. */
  isQuiet(alert: AlertTransition, now: Instant): boolean {
    const told = this.#collapsed(alert, now)
    const isAnnouncement = told?.episode === alert.id && alert.firedAt === alert.at
    return told !== undefined && !isAnnouncement
  }

  /** Whether nobody is told for now that it is over. */
  holdsEnd(alert: AlertTransition, now: Instant): boolean {
    return this.#collapsed(alert, now) !== undefined
  }

  /** When something of what flaps may be told next, if nothing happens before; undefined: nothing flaps. */
  nextTold(now: Instant): Instant | undefined {
    let next: number | undefined
    for (const own of this.#changes.values()) {
      for (const { told, changedAt } of own.values()) {
        if (told === undefined || now - changedAt >= CALM_AFTER_MS) continue
        const again = told.at + TELLS_AGAIN_MS
        const at = Math.min(changedAt + CALM_AFTER_MS, again > now ? again : Infinity)
        if (next === undefined || at < next) next = at
      }
    }
    return next === undefined ? undefined : instant(next)
  }

  #collapsed(alert: AlertTransition, now: Instant): Announcement | undefined {
    const told = this.#flapping(alert, now)?.told
    return told !== undefined && now - told.at < TELLS_AGAIN_MS ? told : undefined
  }

  #flapping(alert: AlertTransition, now: Instant): Changes | undefined {
    const changes = this.#changes.get(alert.process)?.get(keyOf(alert))
    return changes?.told !== undefined && now - changes.changedAt < CALM_AFTER_MS ? changes : undefined
  }
}

const untouched: Omit<Changes, 'changedAt' | 'latest'> = { fired: [], told: undefined }

function afterFiring(former: Changes | undefined, { id, at }: AlertTransition): Changes {
  const hasCalmed = former?.told !== undefined && at - former.changedAt >= CALM_AFTER_MS
  // After a calm it takes as many firings again.
  const { fired: before, told } = former === undefined || hasCalmed ? untouched : former
  const fired = [...before.filter(time => time > at - WITHIN_MS), at]
  const isTold = told === undefined ? fired.length >= FLAPS_AFTER : at - told.at >= TELLS_AGAIN_MS
  return { fired, changedAt: at, latest: id, told: isTold ? { episode: id, at } : told }
}

/** Forgets what has not changed for so long that it does not matter any more. */
function forget(own: Map<string, Changes>, at: Instant): void {
  for (const [key, { changedAt }] of own) {
    if (changedAt > at - WITHIN_MS) return
    own.delete(key)
  }
}

const keyOf = ({ rule, segment }: AlertTransition): string => JSON.stringify([rule, Object.entries(segment).sort()])
