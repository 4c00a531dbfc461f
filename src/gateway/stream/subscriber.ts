import { closeCode } from '../../protocol/message.ts'
import type { Visitor } from '../access/visitor.ts'
import type { ChannelName } from './channels.ts'
import type { Edition, WriteFrame } from './edition.ts'
import type { Pipe } from './pipe.ts'
import type { StreamLimits } from './stream-limits.ts'
import type { TagFilter } from './tag-filter.ts'

type SubscriberParts = {
  readonly pipe: Pipe
  readonly write: WriteFrame
  readonly visitor: Visitor
  /** Asks the other side whether it still lives. */
  readonly ping: () => void
}

/** A state is written anew for whoever asks: it counts as so many commands. */
const STATE_COST = 30

/**
 * One open stream. It decides what still fits: alerts and answers are sent or end the stream, anything else is replaced by
 * its next edition.
 */
export class Subscriber {
  readonly visitor: Visitor
  /** undefined: it does not follow alerts. */
  alerts: { readonly filter: TagFilter | undefined } | undefined
  /** The channels of which it is told the newest message. */
  readonly latest = new Set<ChannelName>()
  /** Those of them with a message that it has not been sent, oldest first. */
  readonly pending = new Set<ChannelName>()
  /** It has said what it wants: one that does not is closed. */
  hasBegun = false
  latestSentAt = Number.NEGATIVE_INFINITY
  readonly #pipe: Pipe
  readonly #write: WriteFrame
  readonly #sendPing: () => void
  readonly #limits: StreamLimits
  #awaitsPong = false
  /** What a state, or all that was missed, comes to may be more than the bound: while it is on its way it comes on top. */
  #largeBytes = 0
  #second = 0
  #framesInSecond = 0
  #commandsInSecond = 0

  constructor({ pipe, write, visitor, ping }: SubscriberParts, limits: StreamLimits) {
    this.#pipe = pipe
    this.#write = write
    this.visitor = visitor
    this.#sendPing = ping
    this.#limits = limits
  }

  get isOpen(): boolean {
    return this.#pipe.isOpen
  }

  wantsAlert({ about: { tags = {} } }: Edition): boolean {
    return this.alerts !== undefined && (this.alerts.filter === undefined || this.alerts.filter(tags))
  }

  /** Sent at once, or the client is closed: it connects again and goes on from where it is. */
  push(edition: Edition): void {
    this.say(edition.as(this.#write))
  }

  /** @returns whether it was sent; half of the bound stays free for alerts. */
  offer(edition: Edition): boolean {
    const frame = edition.as(this.#write)
    if (!this.#fits(frame.byteLength, this.#limits.bufferedBytes / 2)) return false
    this.#pipe.send(frame)
    return true
  }

  /** As `push`, for what concerns this client only. */
  say(frame: Buffer): void {
    // Closing already, for one that did not fit.
    if (!this.#pipe.isOpen) return
    if (this.#fits(frame.byteLength, this.#limits.bufferedBytes)) this.#pipe.send(frame)
    else this.close(closeCode.slow, 'too slow: connect again')
  }

  /** An answer of any size, but only one at a time: whoever asks for more than he reads is too slow. */
  sayLarge(frames: readonly Buffer[]): void {
    if (!this.#pipe.isOpen) return
    if (this.#largeBytes > 0) {
      this.close(closeCode.slow, 'too slow: a former answer is still on its way')
      return
    }
    this.#largeBytes = frames.reduce((sum, { byteLength }) => sum + byteLength, 0)
    for (const [index, frame] of frames.entries()) {
      this.#pipe.send(frame, index < frames.length - 1 ? undefined : () => this.#largeHasLeft())
    }
  }

  /** Counts a frame of the client; false: there were too many within the second of `now`. */
  admitsFrame(now: number): boolean {
    this.#turnTo(now)
    this.#framesInSecond += 1
    return this.#framesInSecond <= this.#limits.framesPerSecond
  }

  /** The same for commands. */
  admitsCommands(count: number, now: number): boolean {
    this.#turnTo(now)
    this.#commandsInSecond += count
    return this.#commandsInSecond <= this.#limits.commandsPerSecond
  }

  /** The same for what costs as much as many: a state, or what was missed. */
  admitsState(now: number): boolean {
    return this.admitsCommands(STATE_COST, now)
  }

  ping(): void {
    if (!this.#pipe.isOpen) return
    this.#awaitsPong = true
    this.#sendPing()
  }

  heardPong(): void {
    this.#awaitsPong = false
  }

  /** To be called some time after `ping`. */
  cutUnlessHeard(): void {
    if (this.#awaitsPong) this.#pipe.cut()
  }

  close(code: number, reason: string): void {
    this.#pipe.close(code, reason)
    // A client that reads nothing never answers the close, and what waits for it would stay in memory.
    setTimeout(() => this.#pipe.cut(), this.#limits.closeWithinMs).unref()
  }

  cut(): void {
    this.#pipe.cut()
  }

  #largeHasLeft(): void {
    this.#largeBytes = 0
  }

  #turnTo(now: number): void {
    const second = Math.floor(now / 1_000)
    if (second === this.#second) return
    this.#second = second
    this.#framesInSecond = 0
    this.#commandsInSecond = 0
  }

  #fits(bytes: number, bound: number): boolean {
    return this.#pipe.isOpen && this.#pipe.waitingBytes + bytes <= bound + this.#largeBytes
  }
}
