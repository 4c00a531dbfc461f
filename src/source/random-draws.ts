/**
 * Random numbers that are a function of a seed and a slot, so that any part of a simulated stream can be drawn again
 * without what came before it. Good enough to look natural, not for statistics or secrets.
 */
export class RandomDraws {
  #state: number

  constructor(seed: number, slot: number) {
    // A slot may exceed 32 bits; both halves are stirred in.
    this.#state = stir(stir(seed ^ 0x2545f491) ^ (slot | 0)) ^ Math.floor(slot / 0x1_0000_0000)
  }

  /** @returns a whole number in [0, 2^32). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    return stir(this.#state) >>> 0
  }

  /** @returns a number in [0, 1). */
  fraction(): number {
    return this.next() / 0x1_0000_0000
  }

  /** @returns a whole number ≥ 0 that is `mean` on average: Poisson, by its normal approximation from 30 on. */
  count(mean: number): number {
    if (mean >= 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()))
    const limit = Math.exp(-mean)
    let count = -1
    for (let product = 1; product > limit; product *= this.fraction()) count++
    return Math.max(0, count)
  }

  /** @returns a draw of the standard normal distribution, within ±3.5. */
  normal(): number {
    return normalQuantiles[this.next() >>> 20]!
  }

  /** @returns a log-normal draw with this median; about two thirds lie within a factor of e^±sigma. */
  lognormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal())
  }
}

/** Mixes all bits of a 32-bit number: equal inputs give equal outputs, near ones far ones. */
function stir(value: number): number {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return mixed ^ (mixed >>> 15)
}

/**
 * 4,096 equally likely values of the standard normal distribution, from its distribution function summed in small
 * steps: a look-up costs a fraction of a logarithm and a cosine, and is the same on every machine.
 */
const normalQuantiles = (() => {
  const values = new Float64Array(4_096)
  const step = 1 / 2_048
  let below = 0.000_232_6 // the share below −3.5
  let at = -3.5
  for (let index = 0; index < values.length; index++) {
    const wanted = (index + 0.5) / values.length
    while (below < wanted && at < 3.5) {
      at += step
      below += (step * Math.exp((-at * at) / 2)) / Math.sqrt(2 * Math.PI)
    }
    values[index] = at
  }
  return values
})()
