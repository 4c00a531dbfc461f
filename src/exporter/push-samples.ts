import { type LatencyCounts, latencyBounds } from '../gateway/stream/push-latency.ts'
import type { Families } from './family.ts'

/** How long it takes from reading a record until whoever listens is told. */
export function pushSamples(families: Families): (counts: readonly LatencyCounts[]) => void {
  const latency = families.histogram(
    'stagewatch_push_latency_seconds',
    'From reading a record until what came of it, an alert or statistics, was handed to all who listen; live only.',
    ['process', 'message'],
    latencyBounds,
  )
  return counts => {
    for (const { process, of, buckets, sumSeconds } of counts) {
      latency({ process, message: of }, { buckets, sum: sumSeconds })
    }
  }
}
