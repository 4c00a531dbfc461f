import { Counter, Gauge, type Registry } from 'prom-client'

/** Writes one sample; a value that is missing (no samples) writes none. */
export type Sample = (labels: Readonly<Record<string, string | number>>, value: number | undefined) => void

/** Makes metric families in a registry, and clears them all before the next scrape fills them. */
export class Families {
  readonly #registry: Registry
  readonly #clear: (() => void)[] = []

  constructor(registry: Registry) {
    this.#registry = registry
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Sample {
    const gauge = new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
    // Without labels a reset writes 0, which would be a sample; removing leaves none. So too for counters below.
    this.#clear.push(() => (labelNames.length === 0 ? gauge.remove() : gauge.reset()))
    return (labels, value) => {
      if (value !== undefined) gauge.set({ ...labels }, value)
    }
  }

  /** A count that somebody else keeps: the sample is the whole count, not what was added. */
  counter(name: string, help: string, labelNames: readonly string[] = []): Sample {
    const counter = new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
    this.#clear.push(() => (labelNames.length === 0 ? counter.remove() : counter.reset()))
    return (labels, value) => {
      if (value !== undefined) counter.inc({ ...labels }, value)
    }
  }

  clear(): void {
    for (const clear of this.#clear) clear()
  }
}
