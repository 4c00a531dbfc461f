import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Instant } from '../../event/instant.ts'
import { instant } from '../../event/instant.ts'
import type { Json } from '../../event/json.ts'
import { type HttpOptions, JSON_TYPE, jsonBytes, outcomeOfStatus, post } from '../http/post.ts'

/*
 * The alerts as they are now → every member of an Alertmanager, as Prometheus does it: at once when something changes, then
 * every minute. Nothing of it is queued or kept: what a member missed it is told by the next push, and what it is told no
 * more ends there by itself. Each member is told for itself, since members share what they have been told with each other
 * only as far as they reach each other.
 */
export type AlertmanagerPushOptions = HttpOptions & {
  /** `http://alertmanager:9093`, each. */
  readonly members: readonly URL[]
  /** What there is to tell at an instant; empty: nothing, and then nothing is sent. */
  readonly alertsAt: (now: Instant) => readonly Json[]
  readonly logger: Pick<Logger, 'info' | 'warn'>
  /** Default: a minute. */
  readonly everyMs?: number
}

/** How a member stands. */
export type MemberHealth = {
  readonly member: string
  /** When it took alerts last; undefined: it has not yet. */
  readonly toldAt: Instant | undefined
  /** What came of the last push; undefined: it was taken. */
  readonly problem: string | undefined
}

/** Alertmanager's own default for Prometheus. */
const EVERY_MS = 60_000
/** After a failure, so that a member that has come back need not wait for its minute. */
const AGAIN_AFTER_MS = 5_000

export class AlertmanagerPush {
  readonly #members: readonly Member[]

  constructor(options: AlertmanagerPushOptions) {
    this.#members = options.members.map(member => new Member(member, options))
  }

  /** Something has changed. */
  soon(): void {
    for (const member of this.#members) member.soon()
  }

  health(): MemberHealth[] {
    return this.#members.map(member => member.health())
  }

  /** Ends attempts under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#members.map(member => member.stop()))
  }
}

class Member {
  readonly #options: AlertmanagerPushOptions
  readonly #url: URL
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  /** Ends the wait for the next push. */
  #waking = new AbortController()
  #toldAt: Instant | undefined
  #problem: string | undefined

  constructor(member: URL, options: AlertmanagerPushOptions) {
    this.#options = options
    this.#url = new URL(`${member.href.replace(/\/$/, '')}/api/v2/alerts`)
    this.#running = this.#run()
  }

  soon(): void {
    this.#waking.abort()
  }

  health(): MemberHealth {
    return { member: this.#url.host, toldAt: this.#toldAt, problem: this.#problem }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      // What changes while a push is under way is told by the next one.
      this.#waking = new AbortController()
      const problem = await this.#push()
      if (signal.aborted) return
      this.#tell(problem)
      const { everyMs = EVERY_MS } = this.#options
      const ms = problem === undefined ? everyMs : Math.min(AGAIN_AFTER_MS, everyMs)
      // It fails by the signals only.
      await wait(ms, undefined, { signal: AbortSignal.any([signal, this.#waking.signal]) }).catch(() => undefined)
    }
  }

  /** @returns undefined: it was taken, or there was nothing to tell. */
  async #push(): Promise<string | undefined> {
    const now = instant(this.#options.now())
    const alerts = this.#options.alertsAt(now)
    if (alerts.length === 0) return undefined
    const request = {
      url: this.#url,
      body: jsonBytes(alerts),
      headers: { 'content-type': JSON_TYPE },
      readsAnswer: false,
    }
    const answer = await post(request, this.#options, this.#stopping.signal)
    if ('problem' in answer) return answer.problem
    const outcome = outcomeOfStatus(answer)
    if (outcome.kind !== 'acknowledged') return outcome.problem
    this.#toldAt = now
    return undefined
  }

  /** Once for each time that it begins to fail. */
  #tell(problem: string | undefined): void {
    const before = this.#problem
    this.#problem = problem
    const member = this.#url.host
    if (problem !== undefined && before === undefined) {
      const remedy = 'see to it, or correct notify.alertmanager; it is told everything when it is back'
      this.#options.logger.warn({ member, problem, remedy }, 'an Alertmanager is not told of alerts')
    } else if (problem === undefined && before !== undefined) {
      this.#options.logger.info({ member }, 'an Alertmanager is told of alerts again')
    }
  }
}
