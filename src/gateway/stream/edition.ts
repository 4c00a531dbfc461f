import type { Instant } from '../../event/instant.ts'
import type { ServerMessage } from '../../protocol/message.ts'
import type { ChannelName } from './channels.ts'
import type { Tags } from './tag-filter.ts'

/** How a wire writes what is pushed. */
export type WriteFrame = (edition: Edition) => Buffer

type About = {
  /** Of the alerts' history. */
  readonly offset?: number
  readonly tags?: Tags
  /** When the oldest record that it came of was read; absent: it came of none, or that is not known. */
  readonly readAt?: Instant | undefined
}

/** A message that is pushed to many: written once, and once more for every wire that somebody listens on. */
export class Edition {
  readonly channel: ChannelName
  readonly type: ServerMessage['type']
  /** The message as JSON. */
  readonly body: string
  readonly about: About
  readonly #frames = new Map<WriteFrame, Buffer>()

  constructor(channel: ChannelName, message: ServerMessage, about: About = {}) {
    this.channel = channel
    this.type = message.type
    this.body = JSON.stringify(message)
    this.about = about
  }

  as(write: WriteFrame): Buffer {
    const kept = this.#frames.get(write)
    if (kept !== undefined) return kept
    const frame = write(this)
    this.#frames.set(write, frame)
    return frame
  }

  /** Keeps the message only. */
  forgetFrames(): void {
    this.#frames.clear()
  }
}
