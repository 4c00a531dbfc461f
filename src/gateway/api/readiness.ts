import type { EngineView } from '../../engine/view.ts'
import { formatInstant } from '../../event/instant.ts'

/**
 * Why the numbers may not be relied on yet, one text for each process that is not ready; empty: ready.
 *
 * A store that is away does not count: alerts and the page go on without it.
 */
export function reasonsNotReady(view: EngineView): readonly string[] {
  return view.processes.flatMap(({ name }) => {
    const status = view.status(name)
    if (status.source.kind === 'failed') return [`${name}: ${status.source.reason}; ${status.source.remedy}`]
    if (status.partitions.length === 0) return [`${name}: no partition is assigned yet`]
    if (!status.catchingUp) return []
    const reached =
      status.evaluatedAt === undefined ? 'nothing is evaluated yet' : `at ${formatInstant(status.evaluatedAt)}`
    const held = status.heldBy.map(({ topic, partition }) => `${topic}:${partition}`)
    return [`${name}: catching up, ${reached}${held.length === 0 ? '' : `, waiting for ${held.join(', ')}`}`]
  })
}
