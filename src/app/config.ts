import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as z from 'zod'
import { checkShape } from '../model/check-shape.ts'
import { type Problem, reportTo } from '../model/problem.ts'
import { choice, mapping, noted, text } from '../model/shapes.ts'
import { readYaml } from '../model/yaml-file.ts'
import { checkGroup } from './config/group.ts'
import { checkHttp, type HttpConfig, httpSlice } from './config/http.ts'
import { type KafkaConfig, kafkaConfig, kafkaSlice } from './config/kafka.ts'
import { checkNotify, type NotifyConfig, notifySlice } from './config/notify.ts'
import { type References, resolveReferences } from './config/references.ts'
import { plainSecrets } from './config/secrets.ts'
import { checkSnapshots, type SnapshotsConfig, snapshotsSlice } from './config/snapshots.ts'
import { checkStore, type StoreConfig, storeSlice } from './config/store.ts'
import { Mistakes } from './mistakes.ts'

/**
 * Everything that `stagewatch run` can be told, read from one YAML file.
 *
 * Each part owns its slice: the shape, the defaults and the checks in `config/*.ts`; here they are joined. Mistakes
 * are reported as those of the process files are: all at once, each with its place and, where there is one, a remedy.
 */
export type Config = {
  readonly http: HttpConfig
  /** Absolute path of the folder with snapshots, the journal and the embedded store. */
  readonly data: string
  /** Absolute path of the folder with process files and owners.yaml. */
  readonly rules: string
  /** undefined: there is none, and events come by HTTP only. */
  readonly kafka: KafkaConfig | undefined
  /** Topics that take events by HTTP; undefined: nothing was said. */
  readonly ingest: readonly string[] | undefined
  readonly store: StoreConfig
  readonly notify: NotifyConfig
  readonly log: { readonly level: LogLevel }
  readonly snapshots: SnapshotsConfig
  /** Threads that fold; 0: the main one does. */
  readonly workers: number
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

const configFile = mapping({
  http: httpSlice,
  data: text.default('./data'),
  rules: text.default('./rules'),
  kafka: kafkaSlice.optional(),
  store: storeSlice,
  notify: notifySlice,
  log: mapping({ level: choice(logLevels).default('info') }).default({ level: 'info' }),
  snapshots: snapshotsSlice,
  workers: noted(z.int().min(0).max(64), 'a number of threads, 0 to 64', '线程数，0 到 64').default(0),
})

/**
 * @param fileName as the user gave it; relative paths in the file count from its folder.
 * @param references where `${env:NAME}` and `${file:path}` are looked up; this process's by default.
 * @throws Mistakes with all that is wrong.
 */
export function loadConfig(
  fileText: string,
  fileName: string,
  references: References = referencesFrom(fileName),
): Config {
  const { file: written, problems: unreadable } = readYaml({ name: fileName, text: fileText })
  if (written === undefined) throw new Mistakes(unreadable)
  const { file, problems: unresolved, review } = resolveReferences(written, references)
  const secrets = plainSecrets(written)
  const misfits: Problem[] = []
  const report = reportTo(misfits)
  const { whole } = checkShape(file, configFile, report)
  // Whatever else is wrong with a secret might quote it.
  const isSecret = ({ position: { line, column } }: Problem) =>
    secrets.some(({ position }) => position.line === line && position.column === column)
  const problems = () => [
    ...unreadable,
    ...unresolved,
    ...secrets,
    ...review(misfits).filter(found => !isSecret(found)),
  ]
  if (whole === undefined) throw new Mistakes(problems())
  const folder = dirname(resolve(fileName))
  const store = checkStore(whole.store, file, report)
  const config: Config = {
    http: checkHttp(whole.http, whole.notify.page, file, report),
    data: resolve(folder, whole.data),
    rules: resolve(folder, whole.rules),
    kafka: whole.kafka && kafkaConfig(whole.kafka),
    ingest: whole.http.ingest?.topics,
    store,
    notify: checkNotify(whole.notify, file, report),
    log: whole.log,
    workers: whole.workers,
    snapshots: checkSnapshots(whole.snapshots, store.kind, file, report),
  }
  if (config.kafka !== undefined) checkGroup(config.kafka, config.snapshots, config.workers, file, report)
  if (config.workers > 0 && config.kafka === undefined) {
    report(
      file.valueAt(['workers']),
      {
        en: '"workers" must be 0 without "kafka": each topic is then one log, which one thread folds',
        zh: '没有 "kafka" 时 "workers" 须为 0：此时每个主题只是一份日志，由一个线程折叠',
      },
      {
        remedy: {
          en: 'leave "workers" out, or name the brokers under "kafka"',
          zh: '请删除 "workers"，或在 "kafka" 下写明 broker',
        },
      },
    )
  }
  if (config.workers > 0 && config.kafka?.client === 'node-rdkafka') {
    report(
      file.valueAt(['workers']),
      {
        en: '"workers" must be 0 where "kafka.client" is node-rdkafka, which works only in the main thread of a process',
        zh: '"kafka.client" 为 node-rdkafka 时 "workers" 须为 0：它只能在进程的主线程中工作',
      },
      {
        remedy: {
          en: 'set "kafka.client" to kafkajs, or "workers" to 0',
          zh: '请将 "kafka.client" 设为 kafkajs，或将 "workers" 设为 0',
        },
      },
    )
  }
  const found = problems()
  if (found.some(problem => problem.severity === 'error')) throw new Mistakes(found)
  return config
}

const referencesFrom = (fileName: string): References => ({
  env: name => process.env[name],
  readFile: path => readFileSync(resolve(dirname(resolve(fileName)), path), 'utf8'),
})
