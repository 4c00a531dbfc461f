import type { Logger } from 'pino'
import { type Instant, instant } from '../event/instant.ts'
import type { Definitions } from '../model/definitions.ts'
import { foldFingerprint } from '../model/fold-fingerprint.ts'
import { formatProblem } from '../model/problem.ts'
import type { SourceFile } from '../model/yaml-file.ts'
import { CouldNotRun } from './could-not-run.ts'
import type { Live } from './live.ts'
import { Mistakes } from './mistakes.ts'

/** A rules folder as it was read, and what it says. */
export type Loaded = { readonly rules: readonly SourceFile[]; readonly definitions: Definitions }

export type LastReload = { readonly at: Instant; readonly succeeded: boolean }

/** What is asked of a program that can read its rules anew. */
export type Reload = {
  /** Of the start, where there was none since. */
  readonly last: LastReload
  /**
   * Reads the folder, and changes nothing yet.
   *
   * @returns the files that are others than those in force, and what opens the program by them.
   * @throws Mistakes or CouldNotRun: what is in force stays.
   */
  prepare(): { readonly files: readonly string[]; readonly begin: () => void }
}

export type ReloadingParts = {
  /** Reads the folder. @throws Mistakes or CouldNotRun where the program could not be opened by it. */
  readonly read: () => Loaded
  /** @param port that the program had before; undefined: it is the first time. */
  readonly open: (loaded: Loaded, reload: Reload, port: number | undefined) => Promise<Live>
  readonly logger: Logger
}

/**
 * A program that reads its rules anew when it is told to: everything is closed and opened again by the new definitions, as a
 * restart would, but only where these are sound; where it cannot be opened by them it goes on by the former ones.
 *
 * What a restart promises holds here too: nothing is lost, told twice or begun anew. For that moment the page is away, and
 * alerts come as much later.
 */
export class Reloading implements Reload {
  readonly #parts: ReloadingParts
  #inForce: Loaded
  #url = ''
  #live: Live | undefined
  #last: LastReload
  #underWay: Promise<void> | undefined
  #isStopping = false
  #fail: (error: Error) => void = () => {}
  /** Rejects when it can go on neither by the new definitions nor by the former ones, or as that of what is open does. */
  readonly failed: Promise<never>

  private constructor(parts: ReloadingParts) {
    this.#parts = parts
    this.#inForce = parts.read()
    this.#last = { at: now(), succeeded: true }
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject
    })
    // Whoever runs this waits for it; until then a failure must not count as unhandled.
    this.failed.catch(() => {})
  }

  static async open(parts: ReloadingParts): Promise<Reloading> {
    const reloading = new Reloading(parts)
    await reloading.#open(reloading.#inForce, undefined)
    return reloading
  }

  /** Where it listens; the same for its whole life. */
  get url(): string {
    return this.#url
  }

  get last(): LastReload {
    return this.#last
  }

  prepare(): { readonly files: readonly string[]; readonly begin: () => void } {
    // Nothing was read, so nothing failed.
    if (this.#underWay !== undefined) throw underWay
    try {
      const next = this.#parts.read()
      requireSameFold(this.#inForce.definitions, next.definitions)
      return { files: changedFiles(this.#inForce.rules, next.rules), begin: () => this.#begin(next) }
    } catch (error) {
      this.#last = { at: now(), succeeded: false }
      throw error
    }
  }

  /** Once only. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#underWay
    await this.#live?.stop()
  }

  #begin(next: Loaded): void {
    if (this.#underWay !== undefined || this.#isStopping) return
    this.#underWay = this.#reopen(next)
      .catch(error => this.#fail(error as Error))
      .finally(() => {
        this.#underWay = undefined
      })
  }

  async #reopen(next: Loaded): Promise<void> {
    const { logger } = this.#parts
    const live = this.#live as Live
    const port = Number(new URL(this.#url).port)
    const files = changedFiles(this.#inForce.rules, next.rules)
    logger.info({ files }, 'the rules are read anew')
    this.#live = undefined
    await live.stop()
    if (this.#isStopping) return
    try {
      await this.#open(next, port)
      this.#inForce = next
      this.#last = { at: now(), succeeded: true }
      logger.info({ files }, 'the rules that were read anew are in force')
    } catch (err) {
      this.#last = { at: now(), succeeded: false }
      logger.error({ err }, 'it could not go on by the rules that were read anew; the former ones stay in force')
      await this.#open(this.#inForce, port)
    }
  }

  async #open(loaded: Loaded, port: number | undefined): Promise<void> {
    const live = await this.#parts.open(loaded, this, port)
    this.#live = live
    this.#url = live.url
    live.failed.catch(error => {
      if (this.#live === live) this.#fail(error as Error)
    })
  }
}

/** On SIGHUP reads the rules anew, and logs what they are refused for. @returns what ends that. */
export function reloadOnHangUp(reload: Reload, logger: Logger): () => void {
  const hear = () => {
    try {
      reload.prepare().begin()
    } catch (error) {
      logger.error(refusalOf(error) ?? { err: error }, 'the rules were not read anew; those in force stay')
    }
  }
  process.on('SIGHUP', hear)
  return () => process.off('SIGHUP', hear)
}

/** What is wrong with rules, or hinders that they are read; undefined: it was not foreseen. */
export function refusalOf(error: unknown): { readonly problem: string; readonly remedy: string } | undefined {
  if (error instanceof CouldNotRun) return { problem: error.message, remedy: error.remedy }
  if (!(error instanceof Mistakes)) return undefined
  const problem = error.problems.map(each => formatProblem(each, 'en')).join('\n')
  return { problem, remedy: 'correct these places and ask again; the rules in force stay' }
}

const now = (): Instant => instant(Date.now())

const underWay = new CouldNotRun({
  problem: 'the rules are being read anew already',
  remedy: 'ask again when that has ended',
})

/** What is folded otherwise has to be folded anew, which may lose cases: that is for a start, which says so and can be told how. */
function requireSameFold(inForce: Definitions, next: Definitions): void {
  const changed = inForce.processes.filter(process => {
    const found = next.processes.find(({ name }) => name === process.name)
    return found !== undefined && foldFingerprint(found) !== foldFingerprint(process)
  })
  if (changed.length === 0) return
  const names = changed.map(({ name }) => name).join(', ')
  throw new CouldNotRun({
    problem: `what history is folded by has changed (sources, activities, stages, …): ${names}`,
    remedy: 'restart the program; rules, targets, titles, owners and contact points can be read anew while it runs',
  })
}

function changedFiles(before: readonly SourceFile[], after: readonly SourceFile[]): string[] {
  const texts = new Map(before.map(({ name, text }) => [name, text]))
  const changed = after.flatMap(({ name, text }) => (texts.get(name) === text ? [] : [name]))
  const gone = before.flatMap(({ name }) => (after.some(file => file.name === name) ? [] : [name]))
  return [...changed, ...gone].sort()
}
