import type { Bilingual } from '../../model/local-text.ts'
import type { Report } from '../../model/problem.ts'

import type { YamlFile } from '../../model/yaml-file.ts'
import type { KafkaConfig } from './kafka.ts'
import type { SnapshotsConfig } from './snapshots.ts'

/** What processes of a group need: each must find what another one has left. */
export function checkGroup(
  { groupId, client }: KafkaConfig,
  snapshots: SnapshotsConfig,
  workers: number,
  file: YamlFile,
  report: Report,
): void {
  if (groupId === undefined) return
  const refuse = (problem: Bilingual, remedy: Bilingual) =>
    report(file.valueAt(['kafka', 'group_id']), problem, { remedy })
  if (snapshots.in !== 'clickhouse') {
    refuse(
      {
        en: 'processes of a group take partitions over from each other, and so need their states where all of them find them',
        zh: '同组的进程会互相接管分区，因此状态必须存放在所有进程都能找到的地方',
      },
      {
        en: 'set snapshots.in: clickhouse, with store.kind: server; or leave kafka.group_id out',
        zh: '请设置 snapshots.in: clickhouse 与 store.kind: server；或删除 kafka.group_id',
      },
    )
  }
  if (workers > 0) {
    refuse(
      {
        en: 'a process of a group folds in one thread',
        zh: '组内的进程只用一个线程折叠',
      },
      {
        en: 'set workers: 0, and start more processes instead',
        zh: '请设置 workers: 0，并改为启动更多进程',
      },
    )
  }
  if (client !== 'kafkajs') {
    refuse(
      {
        en: 'groups have been tried with kafkajs only',
        zh: '进程组目前只在 kafkajs 上验证过',
      },
      { en: 'set kafka.client: kafkajs', zh: '请设置 kafka.client: kafkajs' },
    )
  }
}
