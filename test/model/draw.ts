import fc from 'fast-check'

/** Choices at random, repeatable from fast-check's seed. */
export type Draw = {
  /** A whole number of 0 … limit − 1. */
  below(limit: number): number
  /** A whole number, both ends included. */
  between(from: number, to: number): number
  of<T>(choices: readonly T[]): T
  oneIn(number: number): boolean
}

const drawFrom = (random: fc.Random): Draw => {
  const below = (limit: number) => random.nextInt(0, limit - 1)
  return {
    below,
    between: (from, to) => random.nextInt(from, to),
    of: choices => choices[below(choices.length)]!,
    oneIn: number => below(number) === 0,
  }
}

/**
 * Values of a plain function that draws what it needs, with a plain function that says what is smaller.
 *
 * Histories are thousands of choices each. Composed of fast-check's own arbitraries they take as long to make as the
 * engine and the model take together to look at; drawn straight from its generator they take a tenth of it, and the
 * seed that fast-check prints still replays them. What is lost is its shrinking, so `smaller` stands in: simpler values,
 * the boldest first; fast-check follows the first one that fails too, and asks again for that.
 */
export class Drawn<T> extends fc.Arbitrary<T> {
  readonly #make: (draw: Draw) => T
  readonly #smaller: (value: T) => Iterable<T>

  constructor(make: (draw: Draw) => T, smaller: (value: T) => Iterable<T>) {
    super()
    this.#make = make
    this.#smaller = smaller
  }

  override generate(random: fc.Random): fc.Value<T> {
    return new fc.Value(this.#make(drawFrom(random)), undefined)
  }

  override canShrinkWithoutContext(_value: unknown): _value is T {
    return false
  }

  override shrink(value: T): fc.Stream<fc.Value<T>> {
    return fc
      .stream(this.#smaller(value)[Symbol.iterator]() as IterableIterator<T>)
      .map(one => new fc.Value(one, undefined))
  }
}
