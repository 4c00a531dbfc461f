import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { resolveJars } from './jars.ts'

/** How long a broker may take from its start to its first answer; a laden machine takes 20 s. */
const READY_WITHIN_MS = 90_000
const STOP_WITHIN_MS = 15_000

/** A real Kafka, one node, on the loopback address. */
export type Broker = {
  /** `host:port` */
  readonly brokers: string
  /** Ends it in order and removes its files. */
  stop(): Promise<void>
  /** Ends it as a power cut would; its files stay until `stop`. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same files, after `kill`. */
  restart(): Promise<void>
  /** Stops it where it is: connections stay open, nothing answers. */
  hang(): void
  resume(): void
}

export type BrokerOptions = {
  /** For tests that need to know the port before the broker answers. */
  readonly port?: number
  /**
   * Where its files go; whoever names the folder removes it, and ends the broker by the process id in `broker.pid`.
   * Without it the broker lives no longer than this process.
   */
  readonly folder?: string
  /** Further listeners and what they need, as server.properties has them. */
  readonly listeners?: readonly { readonly name: string; readonly port: number }[]
  readonly properties?: Readonly<Record<string, string>>
  /** Users by SCRAM, as `kafka-storage format --add-scram` takes them. */
  readonly scramUsers?: readonly string[]
}

/**
 * Starts a broker of our own, whatever `KAFKA_BROKERS` says: for tests that kill it, and for those that share one.
 *
 * @throws Error with the last lines of the broker's log where it does not answer in time.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const classPath = join(await resolveJars(), '*')
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'stagewatch-kafka-'))
  const port = options.port ?? (await freePort())
  const properties = writeProperties(folder, port, await freePort(), options)
  const log = join(folder, 'broker.log')
  await promisify(execFile)(
    'java',
    [
      ...['-XX:TieredStopAtLevel=1', '-cp', classPath, 'kafka.tools.StorageTool', 'format'],
      ...['--config', properties, '--cluster-id', 'c3RhZ2V3YXRjaC10ZXN0cw', '--standalone'],
      ...(options.scramUsers ?? []).flatMap(user => ['--add-scram', user]),
    ],
    { timeout: READY_WITHIN_MS },
  )

  let child: ChildProcess | undefined
  const brokers = `127.0.0.1:${port}`

  async function launch(): Promise<void> {
    const output = openSync(log, 'a')
    child = spawn(
      'java',
      ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'kafka.Kafka', properties],
      {
        stdio: ['ignore', output, output],
        // Fewer log lines than the default; failures are still seen.
        env: { ...process.env, JAVA_TOOL_OPTIONS: '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn' },
      },
    )
    closeSync(output)
    writeFileSync(join(folder, 'broker.pid'), String(child.pid))
    if (options.folder !== undefined) child.unref()
    await untilItAnswers(brokers, child, log)
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const exited = new Promise<void>(resolve => running.once('exit', () => resolve()))
    running.kill(signal)
    const impatient = setTimeout(() => running.kill('SIGKILL'), STOP_WITHIN_MS)
    await exited
    clearTimeout(impatient)
  }

  // Tests that are broken off must not leave a broker behind.
  const killAtExit = () => child?.kill('SIGKILL')
  if (options.folder === undefined) process.once('exit', killAtExit)
  const stop = async () => {
    await end('SIGTERM')
    process.off('exit', killAtExit)
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
  try {
    await launch()
  } catch (cause) {
    await stop()
    throw cause
  }
  return {
    brokers,
    stop,
    kill: () => end('SIGKILL'),
    restart: launch,
    hang: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
  }
}

function writeProperties(
  folder: string,
  port: number,
  controllerPort: number,
  { listeners = [], properties: more = {} }: BrokerOptions,
): string {
  const further = listeners.map(({ name, port: at }) => `,${name}://127.0.0.1:${at}`).join('')
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${further}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}${further}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    // One that was killed is let in again only when its former session has ended.
    'broker.session.timeout.ms': 4_000,
    'broker.heartbeat.interval.ms': 1_000,
    // A group's first rebalance otherwise waits 3 s for further members.
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'log.retention.check.interval.ms': 500,
    'log.cleaner.backoff.ms': 200,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'log.initial.task.delay.ms': 500,
    ...more,
  }
  const path = join(folder, 'server.properties')
  writeFileSync(
    path,
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  return path
}

/** A port that nobody listens on now. Another process could take it first, but hardly within the second. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

async function untilItAnswers(brokers: string, child: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  for (;;) {
    const kafka = new Kafka({
      brokers: [brokers],
      clientId: 'tests',
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    })
    const admin = kafka.admin()
    try {
      await admin.connect()
      const { brokers: nodes } = await admin.describeCluster()
      if (nodes.length > 0) return
    } catch (cause) {
      if (child.exitCode !== null) throw new Error(`the Kafka broker ended at its start:\n${lastLines(log)}`, { cause })
      if (Date.now() > deadline) throw new Error(`the Kafka broker does not answer:\n${lastLines(log)}`, { cause })
    } finally {
      await admin.disconnect()
    }
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

const lastLines = (path: string): string => readFileSync(path, 'utf8').split('\n').slice(-30).join('\n')
