import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Writes one sample; a value that is missing (no samples) writes none. */
export type Sample = (labels: Readonly<Record<string, string | number>>, value: number | undefined) => void

type Kept = {
  /** By bucket, those of lower ones not included; one more than there are bounds. */
  readonly buckets: readonly number[]
  readonly sum: number
}
type Distribution = (labels: Readonly<Record<string, string>>, distribution: Kept) => void

/** What prom-client writes of a histogram, from what was counted elsewhere: it can only observe single values itself. */
class KeptHistogram extends Histogram {
  readonly kept = new Map<string, Kept & { readonly labels: Readonly<Record<string, string>> }>()
  readonly #described: { readonly name: string; readonly help: string; readonly bounds: readonly number[] }

  constructor(name: string, help: string, labelNames: readonly string[], bounds: readonly number[]) {
    super({ name, help, labelNames: [...labelNames], buckets: [...bounds], registers: [] })
    this.#described = { name, help, bounds }
  }

  /** What the registry asks for when it writes, and `get` of the library too. */
  async getForPromString() {
    const { name, help, bounds } = this.#described
    const values = [...this.kept.values()].flatMap(({ labels, buckets, sum }) => {
      let count = 0
      const told = [...bounds, '+Inf'].map((le, index) => {
        count += buckets[index] ?? 0
        return { labels: { ...labels, le }, value: count, metricName: `${name}_bucket` }
      })
      const total = [
        { labels, value: sum, metricName: `${name}_sum` },
        { labels, value: count, metricName: `${name}_count` },
      ]
      return [...told, ...total]
    })
    return { name, help, type: 'histogram', values, aggregator: 'sum' }
  }
}

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

  /** A distribution that somebody else keeps. */
  histogram(name: string, help: string, labelNames: readonly string[], bounds: readonly number[]): Distribution {
    const histogram = new KeptHistogram(name, help, labelNames, bounds)
    this.#registry.registerMetric(histogram)
    this.#clear.push(() => histogram.kept.clear())
    return (labels, distribution) => histogram.kept.set(JSON.stringify(labels), { labels, ...distribution })
  }

  clear(): void {
    for (const clear of this.#clear) clear()
  }
}
