import { electedMember } from '../../source/kafka/published/election.ts'
import type { SourceState } from '../../source/source.ts'
import { evaluatorGroup, type Group } from './group.ts'

/** So long an answer of the brokers is good enough. */
const ASK_EVERY_MS = 2_000

/** In words, what a process does that does not evaluate, and who does; the brokers are asked now and then. */
export class WhoEvaluates {
  readonly #group: Group
  readonly #states: () => readonly SourceState[]
  #asked: { readonly at: number; readonly answer: Promise<string> } | undefined

  /** @param states of what the process reads, and of its candidacy. */
  constructor(group: Group, states: () => readonly SourceState[]) {
    this.#group = group
    this.#states = states
  }

  async explain(): Promise<string> {
    const now = performance.now()
    if (this.#asked === undefined || now - this.#asked.at > ASK_EVERY_MS) {
      this.#asked = { at: now, answer: this.#ask() }
    }
    const problems = this.#states().flatMap(state =>
      state.kind === 'failed' ? [`${state.reason}; ${state.remedy}`] : [],
    )
    const own = [`this process folds for the group "${this.#group.id}" and does not evaluate`, ...problems]
    return `${own.join('; ')}; ${await this.#asked.answer}`
  }

  async #ask(): Promise<string> {
    try {
      const member = await electedMember(this.#group.connection, evaluatorGroup(this.#group))
      return member === undefined ? 'no process evaluates at the moment' : `${member} evaluates and has the page`
    } catch (error) {
      return `who evaluates cannot be asked (${(error as Error).message})`
    }
  }
}
