import type { Source, SourceListener } from '../source/source.ts'

/** Several sources read side by side as one: it has finished when all have, and fails with the first that fails. */
export function openSeveralSources(sources: readonly Source[]): Source {
  const [only] = sources
  if (only !== undefined && sources.length === 1) return only
  return {
    async start(listener: SourceListener) {
      for (const source of sources) await source.start(listener)
    },
    async stop() {
      await Promise.all(sources.map(source => source.stop()))
    },
    get finished() {
      return Promise.all(sources.map(source => source.finished)).then(() => {})
    },
  }
}
