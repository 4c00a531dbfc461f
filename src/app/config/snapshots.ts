import type * as z from 'zod'
import { type DurationMs, durationMs, parseDuration } from '../../event/duration.ts'
import type { Report } from '../../model/problem.ts'
import { choice, duration, mapping } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'
import type { StoreConfig } from './store.ts'

/** How often the states of partitions are saved, and where. */
export type SnapshotsConfig = { readonly in: 'directory' | 'clickhouse'; readonly everyMs: DurationMs }

export const snapshotsSlice = mapping({
  every: duration.default('10s'),
  in: choice(['directory', 'clickhouse']).default('directory'),
}).default({ every: '10s', in: 'directory' })

const shortestMs = 1_000
const longestMs = 3_600_000

export function checkSnapshots(
  { every, in: place }: z.output<typeof snapshotsSlice>,
  storeKind: StoreConfig['kind'],
  file: YamlFile,
  report: Report,
): SnapshotsConfig {
  const everyMs = parseDuration(every) ?? durationMs(0)
  if (everyMs < shortestMs || everyMs > longestMs) {
    report(file.valueAt(['snapshots', 'every']), {
      en: `"every" must lie between 1s and 1h, not ${every}`,
      zh: `"every" 应在 1s 到 1h 之间，而不是 ${every}`,
    })
  }
  if (place === 'clickhouse' && storeKind === 'embedded') {
    report(
      file.valueAt(['snapshots', 'in']),
      {
        en: 'states are kept in ClickHouse for machines that share no disk, and the embedded store is on this one',
        zh: '状态存入 ClickHouse 是为了没有共享磁盘的多台机器，而内嵌存储就在本机',
      },
      {
        remedy: {
          en: 'leave it out, or set store.kind: server',
          zh: '请删除，或设置 store.kind: server',
        },
      },
    )
  }
  return { in: place, everyMs }
}
