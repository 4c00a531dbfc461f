import { ignored, type KnownActivities } from '../activity-field.ts'
import { FALSE, type MemberScanner, NUMBER, TEXT_VALUE, TRUE } from './member-scanner.ts'
import { MAX_TOKEN, TokenCache, UNKNOWN } from './token-cache.ts'
import { textAt } from './token-value.ts'

/** The record names no activity: there is a rejection to be worded. */
export const NO_ACTIVITY = -1
/** The process does not name the activity; `ActivityTokens.ignored` does. */
export const IGNORED = -2

const ENTRIES = 128
/** Names of ignored activities that are remembered; where there are more, all are forgotten now and then. */
const MAX_IGNORED = 256

/** Positions of activities by the bytes of their names. */
export class ActivityTokens {
  /** After `IGNORED`: the name. */
  ignored = ''
  readonly #field: number
  readonly #known: KnownActivities
  readonly #tokens = new TokenCache(ENTRIES)
  /** Ignored names by what the cache holds, counted from the last position on. */
  readonly #ignored: string[] = []
  readonly #positions: number

  /** @param positions how many activities the process names. */
  constructor(field: number, known: KnownActivities, positions: number) {
    this.#field = field
    this.#known = known
    this.#positions = positions
  }

  /** @returns the position, `IGNORED` or `NO_ACTIVITY`. */
  read(scanner: MemberScanner): number {
    const kind = scanner.kinds[this.#field] as number
    if (kind !== TEXT_VALUE && kind !== NUMBER && kind !== TRUE && kind !== FALSE) return NO_ACTIVITY
    const from = scanner.from[this.#field] as number
    const to = scanner.to[this.#field] as number
    const meaning = this.#tokens.find(scanner.record, from, to, kind)
    if (meaning === UNKNOWN) return from === to ? NO_ACTIVITY : this.#ask(scanner, from, to, kind)
    if (meaning < this.#positions) return meaning
    this.ignored = this.#ignored[meaning - this.#positions] as string
    return IGNORED
  }

  #ask(scanner: MemberScanner, from: number, to: number, kind: number): number {
    const text = textAt(scanner, this.#field)
    const activity = this.#known.get(text) ?? ignored(text)
    if (typeof activity === 'number') {
      this.#tokens.remember(scanner.record, from, to, kind, activity)
      return activity
    }
    this.ignored = activity.ignored
    if (to - from > MAX_TOKEN) return IGNORED
    if (this.#ignored.length === MAX_IGNORED) {
      this.#ignored.length = 0
      this.#tokens.clear()
    }
    this.#tokens.remember(scanner.record, from, to, kind, this.#positions + this.#ignored.length)
    this.#ignored.push(this.ignored)
    return IGNORED
  }
}
