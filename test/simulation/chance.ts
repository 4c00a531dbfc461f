import { RandomDraws } from '../../src/source/random-draws.ts'
import type { Draw } from '../model/draw.ts'

/** Choices of one kind, repeatable from a seed: what one part of the simulation draws does not move what another does. */
export class Chance implements Draw {
  readonly #draws: RandomDraws

  /** @param part which part of the simulation draws. */
  constructor(seed: number, part: number) {
    this.#draws = new RandomDraws(seed, part)
  }

  below(limit: number): number {
    return Math.floor(this.#draws.fraction() * limit)
  }

  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  oneIn(number: number): boolean {
    return this.below(number) === 0
  }

  /** @param probability 0 … 1. */
  happens(probability: number): boolean {
    return this.#draws.fraction() < probability
  }

  /** Mostly near 0, seldom far from it: the way delays are. */
  delay(meanMs: number): number {
    return -meanMs * Math.log(1 - this.#draws.fraction())
  }
}
