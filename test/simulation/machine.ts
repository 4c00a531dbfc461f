/**
 * Time, and who runs in it: events by instant, one after the other, each until nothing more follows from it without
 * waiting. Whatever a program waits for (a timer, a disk, a server) is an event of its own, so a program can be ended
 * or paused at every point at which it waits.
 *
 * The program is the real one and knows nothing of this: while a simulation runs, the timers and clocks that it finds
 * are those of the machine. A timer belongs to the life whose event set it, which is certain because of one at a time.
 */

/** One run of the program, from a start to its end. */
export type Life = {
  readonly number: number
  state: 'running' | 'paused' | 'dead'
  /** The disk is another's now: nothing can be read or written any more. */
  isFenced: boolean
  /** What has come while it was paused. */
  readonly held: Event[]
}

export type Event = { at: number; readonly order: number; readonly life: Life | undefined; run: () => void }

const realSetImmediate = setImmediate

/** Everything that follows from an event without waiting has happened when this resolves. */
const settled = (): Promise<void> => new Promise(resolve => realSetImmediate(resolve))

/** A simulation that takes more events has got stuck in a loop. */
const MOST_EVENTS = 200_000

export class Machine {
  /** Ms since the machine began. */
  nowMs = 0
  /** The life whose event runs; undefined: the world's. */
  current: Life | undefined
  /** How long a look at the clock takes: the more, the less is done in a slice of work. */
  tickMs = 0
  events = 0
  readonly #heap: Event[] = []
  #order = 0

  /** @param life whose event it is; undefined: it happens whatever becomes of the lives. */
  after(delayMs: number, life: Life | undefined, run: () => void): Event {
    const event = { at: this.nowMs + delayMs, order: this.#order++, life, run }
    this.#push(event)
    return event
  }

  cancel(event: Event): void {
    event.run = () => {}
  }

  /** A promise that is settled by an event of the life that runs now; never, if that ends before. */
  wait<T>(delayMs: number, outcome: () => T): Promise<T> {
    const life = this.current
    return new Promise((resolve, reject) => {
      this.after(delayMs, life, () => {
        try {
          resolve(outcome())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  pause(life: Life): void {
    life.state = 'paused'
  }

  wake(life: Life): void {
    if (life.state !== 'paused') return
    life.state = 'running'
    for (const event of life.held.splice(0)) this.#push({ ...event, at: this.nowMs })
  }

  /** Runs events until `isDone` says so after one of them. @throws Error where there are none left, or far too many. */
  async run(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      const event = this.#pop()
      if (event === undefined) throw new Error('nothing happens any more, and the end is not reached')
      if (++this.events > MOST_EVENTS) throw new Error(`the end is not reached after ${MOST_EVENTS} events`)
      if (event.life?.state === 'dead') continue
      if (event.life?.state === 'paused') {
        event.life.held.push(event)
        continue
      }
      this.nowMs = Math.max(this.nowMs, event.at)
      this.current = event.life
      event.run()
      await settled()
      this.current = undefined
    }
  }

  /** Runs what the world still has to do when all lives are over. */
  async runOut(): Promise<void> {
    for (let left = this.#heap.length; left > 0; left--) {
      const event = this.#pop()
      if (event?.life === undefined) event?.run()
    }
    await settled()
  }

  #push(event: Event): void {
    const heap = this.#heap
    let place = heap.length
    heap.push(event)
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!isBefore(event, heap[parent] as Event)) break
      heap[place] = heap[parent] as Event
      place = parent
    }
    heap[place] = event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++
      if (!isBefore(heap[child] as Event, last)) break
      heap[place] = heap[child] as Event
      place = child
    }
    heap[place] = last
    return first
  }
}

const isBefore = (left: Event, right: Event): boolean =>
  left.at === right.at ? left.order < right.order : left.at < right.at
