/**
 * A thread that folds some partitions of all processes: it has a Kafka consumer, shards, rows on their way to the store and
 * states on their way to the disk of its own. What it shares with others goes through the main thread: the store's
 * connection, the journal, and the evaluation, which it tells what changed.
 */
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { pino } from 'pino'
import { openSnapshots } from '../../journal/snapshots.ts'
import { loadDefinitions } from '../../model/load.ts'
import { openStoreOn } from '../../store/store.ts'
import { openDeadLetterTopic } from '../dead-letters.ts'
import { FullDisk } from '../full-disk.ts'
import { Mistakes } from '../mistakes.ts'
import { openProcessSource } from '../process-source.ts'
import { spillOfThread } from '../spilling.ts'
import { storedSnapshots } from '../stored-snapshots.ts'
import type { ThreadPort } from './calls.ts'
import { foldAsWorker } from './folding.ts'
import type { WorkerStart } from './messages.ts'

const start = workerData as WorkerStart
const { definitions, problems } = loadDefinitions(start.rules)
if (definitions === undefined) throw new Mistakes(problems)
const logger = pino({ level: start.logLevel }).child({ worker: start.share.index })

await foldAsWorker({
  start,
  port: parentPort as ThreadPort,
  processes: definitions.processes,
  disk: new FullDisk(start.data, logger),
  deadLetterTopic: openDeadLetterTopic(start.kafka, definitions, logger),
  openStore: connection => openStoreOn(connection, {}, spillOfThread(start.data, start.share, logger)),
  openSnapshots: async store =>
    start.snapshotsIn === 'clickhouse'
      ? storedSnapshots(store, logger)
      : openSnapshots(join(start.data, 'snapshots'), false),
  openSource: process => openProcessSource(start.kafka, process, logger, { share: start.share }),
  now: Date.now,
})
