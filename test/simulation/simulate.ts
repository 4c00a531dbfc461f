import type { EvaluatorState } from '../../src/engine/evaluator-state.ts'
import type { ProcessEngine } from '../../src/engine/process-engine.ts'
import type { EngineWorld } from '../../src/engine/world.ts'
import type { SourceRecord } from '../../src/event/record.ts'
import type { PartitionKey } from '../../src/source/source.ts'
import type { Writer } from '../../src/store/writing/writer.ts'
import { Chance } from './chance.ts'
import { Channel, type Deliver, type Messenger, SmallMessenger, sendThenSettle } from './channel.ts'
import { differences } from './convergence.ts'
import { Disk, useDisk } from './disk.ts'
import { drawHistory } from './history-scene.ts'
import { drawKnobs, type FaultyLife, type Knobs } from './knobs.ts'
import { DATA, type Ground, type Running, start } from './life.ts'
import { drawLive } from './live-scene.ts'
import { LogSource } from './logs.ts'
import { type Life, Machine } from './machine.ts'
import { Safety } from './safety.ts'
import type { Scene } from './scene.ts'
import { Server, type ServerFaults } from './server.ts'
import { type Carry, inOrder } from './threads.ts'
import { onMachine } from './timers.ts'

/*
 * One seed: the program as it is, from its journal to its writer, on a machine whose time, disk, logs, store and channel
 * are simulated. It is ended again and again while everything goes wrong that may; then nothing goes wrong any more, and
 * it has to come to what an undisturbed run and the model say.
 *
 *     faults ──life──✕──life────✕──life─✕──────life, no faults──────■ stopped, compared
 *                    killed     power   zombie wakes
 */

/** What a test may put in the place of a part of the world: the mistakes that the simulation has to notice. */
export type Changes = {
  readonly storeOf?: (writer: Writer) => ReturnType<Ground['storeOf']>
  readonly worldAround?: (world: EngineWorld, engine: ProcessEngine, at: Moment) => EngineWorld
  readonly beginAt?: (key: PartitionKey, said: number | undefined) => number
  readonly seen?: (record: SourceRecord, key: PartitionKey, at: Moment) => SourceRecord
  readonly deliver?: Deliver
  readonly readSnapshot?: (bytes: Buffer) => Buffer
  /** For one direction between two threads. */
  readonly carryAround?: (carry: Carry, at: Moment) => Carry
  readonly newServer?: (chance: Chance, answerMs: number, faults: ServerFaults) => Server
}

/** What a mistake may look at. */
export type Moment = { readonly wallClock: () => number; readonly chance: Chance }

export type Report = {
  readonly seed: number
  /** Empty: all is well. */
  readonly violations: readonly string[]
  /** What was reached, so that a test can tell that it was. */
  readonly reached: Readonly<Record<string, number>>
  /** What befell the program, in order. */
  readonly story: readonly string[]
  /** All that came of it: the same of every run of the seed. */
  readonly trace: string
}

/** Every so many seeds the events come while the program runs, which takes more virtual time. */
const LIVE_EVERY = 20

/** Virtual time within which the end has to come once nothing goes wrong any more. */
const CONVERGES_WITHIN_MS = 600_000

/** What a disk writes at once, or not at all. */
const BLOCK_BYTES = 512

/** @param narrow leaves out some of what goes wrong. */
export async function simulate(
  seed: number,
  changes: Changes = {},
  narrow: (knobs: Knobs) => Knobs = knobs => knobs,
): Promise<Report> {
  const draw = seed % LIVE_EVERY === 0 ? drawLive : drawHistory
  const scene = draw(new Chance(seed, 1))
  const knobs = narrow(drawKnobs(new Chance(seed, 2)))
  const run = new Run(seed, scene, knobs, changes)
  return onMachine(
    run.machine,
    () => run.all(),
    error => run.uncaught(error),
  )
}

type LifeState = { running?: Running; problem?: Error; readonly failed: (error: Error) => void }

class Run {
  readonly machine = new Machine()
  readonly #seed: number
  readonly #scene: Scene
  readonly #changes: Changes
  readonly #knobs: Knobs
  readonly #chance: Chance
  readonly #disk: Disk
  readonly #server: Server
  readonly #channel: Channel
  readonly #safety: Safety
  readonly #problems: string[] = []
  readonly #reached: Record<string, number> = {}
  readonly #story: string[] = []
  readonly #damaged: string[] = []
  readonly #failedOf = new Map<Life, LifeState['failed']>()
  #hasFaults = true

  constructor(seed: number, scene: Scene, knobs: Knobs, changes: Changes) {
    this.#seed = seed
    this.#scene = scene
    this.#safety = new Safety(scene.logs)
    this.#changes = changes
    this.#knobs = knobs
    this.#chance = new Chance(seed, 3)
    this.#disk = new Disk(new Chance(seed, 4), knobs.syncMs)
    const newServer = changes.newServer ?? ((...parts) => new Server(...parts))
    this.#server = newServer(new Chance(seed, 5), knobs.answerMs, knobs.server)
    this.#channel = new Channel(new Chance(seed, 6), knobs.channel)
    this.#channel.onReceived = id => this.#safety.received(id)
    this.machine.tickMs = knobs.tickMs
    useDisk(this.#disk, changes.readSnapshot)
  }

  /** Ends the life in whose event it came. */
  uncaught(error: Error): void {
    const { current } = this.machine
    const failed = current === undefined ? undefined : this.#failedOf.get(current)
    if (failed === undefined) this.#problems.push(`nobody handled ${error.stack}`)
    else failed(error)
  }

  async all(): Promise<Report> {
    const { lives } = this.#knobs
    try {
      for (const [number, life] of lives.entries()) {
        await this.#live(number, life)
        await this.#away(life.downMs)
      }
      await this.#liveToTheEnd(lives.length)
      const reached = { server: this.#server, durable: this.#safety.durable, received: this.#channel.received }
      this.#problems.push(...differences(this.#scene, reached))
    } catch (error) {
      this.#problems.push(String(error))
    }
    const { events, nowMs } = this.machine
    this.#count('transitions', this.#safety.durable.length)
    this.#count('folded in threads', this.#knobs.threads)
    this.#count('repeated messages', [...this.#channel.received.values()].filter(times => times > 1).length)
    for (const [fault, times] of Object.entries(this.#server.befallen)) this.#count(fault, times)
    const violations = [...this.#safety.violations, ...this.#problems]
    const trace = JSON.stringify([events, nowMs, this.#story, violations, [...this.#channel.received]])
    return { seed: this.#seed, violations, reached: this.#reached, story: this.#story, trace }
  }

  async #live(number: number, { events, ending, damages }: FaultyLife): Promise<unknown> {
    this.#troubleAhead()
    const until = this.machine.events + this.#scene.slowness * events
    const { life, state } = this.#begin(number)
    await this.machine.run(() => this.machine.events >= until || state.problem !== undefined)
    if (state.problem !== undefined) return this.#repair(life, state.problem)
    this.#befell(ending)
    if (ending === 'stopped' && state.running !== undefined) {
      let hasStopped = false
      this.#inLife(life, state.failed, async () => {
        await state.running?.stop()
        hasStopped = true
      })
      await this.machine.run(() => hasStopped || state.problem !== undefined)
      if (state.problem !== undefined) return this.#repair(life, state.problem)
    }
    if (ending === 'zombie') {
      life.state = 'paused'
      life.isFenced = true
      this.machine.after(this.#chance.delay(300), undefined, () => this.machine.wake(life))
      this.machine.after(3_000, undefined, () => {
        life.state = 'dead'
      })
    } else life.state = 'dead'
    if (ending === 'power off') this.#disk.loseUnsynced()
    if (damages && !this.#scene.hasManyOrders) this.#damage()
    return undefined
  }

  /** The world goes on while nothing of the program runs. */
  async #away(ms: number): Promise<void> {
    let isOver = false
    this.machine.after(this.#scene.slowness * ms, undefined, () => {
      isOver = true
    })
    await this.machine.run(() => isOver)
  }

  /** Nothing goes wrong any more; it has to come to its end, be stopped, and leave nothing undone. */
  async #liveToTheEnd(number: number): Promise<void> {
    this.#hasFaults = false
    this.#disk.fullUntilMs = 0
    this.#server.awayUntilMs = 0
    this.#server.faults = { refused: 0, unacknowledged: 0, overdue: 0 }
    this.#channel.faults = { lost: 0, unacknowledged: 0 }
    const deadline = this.machine.nowMs + CONVERGES_WITHIN_MS
    const isLate = () => this.machine.nowMs > deadline
    let { life, state } = this.#begin(number)
    const isThere = () => {
      const { running } = state
      if (running === undefined) return false
      const { engine, sources, messenger } = running
      const isRead = sources.length === Math.max(1, this.#knobs.threads) && sources.every(({ isAtEnd }) => isAtEnd)
      const isTaken = engine.partitions.length === this.#scene.logs.length
      const isFolded = isRead && isTaken && engine.partitions.every(({ isAtEnd }) => isAtEnd)
      return isFolded && messenger.isIdle() && (engine.evaluatedAt ?? 0) >= this.#scene.until
    }
    await this.machine.run(() => isThere() || isLate() || state.problem !== undefined)
    while (state.problem !== undefined && this.#repair(life, state.problem)) {
      ;({ life, state } = this.#begin(++number))
      await this.machine.run(() => isThere() || isLate() || state.problem !== undefined)
    }
    let unwritten: number | undefined
    this.#inLife(life, state.failed, async () => {
      unwritten = await state.running?.stop()
    })
    await this.machine.run(() => unwritten !== undefined || isLate() || state.problem !== undefined)
    if (state.problem !== undefined) this.#problems.push(`it failed: ${state.problem.stack}`)
    if (isLate()) this.#problems.push('it has not come to its end')
    else if (unwritten !== 0) this.#problems.push(`${unwritten} rows were not written at its end`)
    life.state = 'dead'
    await this.machine.runOut()
  }

  #begin(number: number): { life: Life; state: LifeState } {
    const life: Life = { number, state: 'running', isFenced: false, held: [] }
    const state: LifeState = {
      failed: error => {
        // A program that fails ends; one that has lost its disk has to.
        if (life.isFenced) life.state = 'dead'
        else state.problem ??= error
      },
    }
    this.#story.push(`${this.machine.nowMs.toFixed(3)} ms: life ${number} begins`)
    this.#failedOf.set(life, state.failed)
    const skewMs = this.#chance.of([0, 0, -1, 1]) * this.#scene.skewMs
    this.#inLife(life, state.failed, async () => {
      state.running = await start(this.#ground(life, skewMs, state.failed))
    })
    return { life, state }
  }

  #inLife(life: Life, failed: (error: Error) => void, act: () => Promise<void>): void {
    this.machine.after(0, life, () => void act().catch(failed))
  }

  #ground(life: Life, skewMs: number, failed: (error: Error) => void): Ground {
    const { process, logs, wallMs, slowness } = this.#scene
    const { limits, saveEveryMs, fetchMs, slowLogs, mostRecords, rebalances, threads, messageMs } = this.#knobs
    const { storeOf, worldAround, beginAt, seen, carryAround, deliver = sendThenSettle } = this.#changes
    // A clock that is set right may go back from one life to the next.
    const wallClock = () => wallMs + Math.floor(this.machine.nowMs) + skewMs
    const moment = { wallClock, chance: this.#chance }
    return {
      ...{ process, limits, wallClock, failed, threads },
      saveEveryMs: slowness * saveEveryMs,
      connection: this.#server.connection,
      storeOf: writer => storeOf?.(writer) ?? writer,
      openMessenger: (journal, broken): Messenger =>
        new SmallMessenger(journal, this.#channel, wallClock, deliver, broken),
      newCarry: () => {
        const carry = inOrder(this.#chance, messageMs)
        return carryAround?.(carry, moment) ?? carry
      },
      openSource: share =>
        new LogSource({
          ...{ mostRecords, wallClock },
          logs: logs.filter(({ partition }) => partition % share.of === share.index),
          fetchMs: ({ partition }) => (partition < slowLogs ? (20 * fetchMs) / slowness : fetchMs),
          chance: this.#chance,
          rebalanced: () => this.#befell('rebalanced'),
          rebalances: () => (this.#hasFaults ? rebalances : 0),
          beginAt: (key, said) => beginAt?.(key, said) ?? said ?? 0,
          seen: (record, id) => seen?.(record, `${id.topic}:${id.partition}`, moment) ?? record,
        }),
      worldAround: (world, engine) => {
        const watched = this.#safety.around(world, () => !life.isFenced)
        return worldAround?.(watched, engine, moment) ?? watched
      },
      recovered: (transitions, saved) => {
        if (life.isFenced) return
        const evaluation = saved.evaluationOf(process.name)
        this.#safety.recovered(transitions, evaluation?.state as EvaluatorState | undefined)
      },
      loaded: (partition, state) => {
        if (!life.isFenced) this.#safety.loaded(partition, state)
      },
    }
  }

  #troubleAhead(): void {
    const { storeAway, diskFull } = this.#knobs
    const untilMs = () => this.machine.nowMs + this.#chance.delay(500)
    if (this.#chance.happens(storeAway)) {
      this.#server.awayUntilMs = untilMs()
      this.#befell('store away')
    }
    if (this.#chance.happens(diskFull)) {
      this.#disk.fullUntilMs = untilMs()
      this.#befell('disk full')
    }
  }

  /** The newest snapshot of a partition, as a disk that goes bad leaves it. */
  #damage(): void {
    const folder = `${DATA}/snapshots`
    const snapshots = this.#disk.list(folder).filter(name => /^sketch-\d+\..*\.snapshot$/.test(name))
    const newest = [...new Map(snapshots.map(name => [name.split('.')[0], name])).values()]
    if (newest.length === 0) return
    const path = `${folder}/${this.#chance.of(newest)}`
    const bytes = this.#disk.bytesOf(path)
    if (this.#chance.oneIn(3)) this.#disk.replace(path, bytes.subarray(0, this.#chance.below(bytes.length)))
    else if (this.#chance.oneIn(2)) {
      // A block that was never written.
      const from = this.#chance.below(bytes.length)
      bytes.fill(0, from, Math.min(bytes.length, from + BLOCK_BYTES))
      this.#disk.replace(path, bytes)
    } else {
      for (let flips = this.#chance.between(1, 40); flips > 0; flips--) {
        const at = this.#chance.below(bytes.length)
        bytes[at] = (bytes[at] as number) ^ (1 << this.#chance.below(8))
      }
      this.#disk.replace(path, bytes)
    }
    this.#damaged.push(path)
    this.#befell('damaged snapshot')
  }

  /** A start that was refused says which files to remove; that is done. @returns false for any other problem. */
  #repair(life: Life, problem: Error): boolean {
    life.state = 'dead'
    // With a full disk it neither starts nor ends cleanly; whoever watches over it starts it again.
    if (this.#hasFaults && problem.message.includes('ENOSPC')) return true
    if (!problem.message.startsWith('no snapshot can be read')) {
      this.#problems.push(`it failed: ${problem.stack}`)
      return false
    }
    for (const path of this.#damaged.splice(0)) {
      if (problem.message.includes(path)) this.#disk.remove(path)
      else this.#damaged.push(path)
    }
    this.#befell('no snapshot readable')
    return true
  }

  #befell(what: string): void {
    this.#story.push(`${this.machine.nowMs.toFixed(3)} ms: ${what}`)
    this.#count(what)
  }

  #count(what: string, times = 1): void {
    this.#reached[what] = (this.#reached[what] ?? 0) + times
  }
}
