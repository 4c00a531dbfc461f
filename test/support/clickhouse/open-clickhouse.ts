import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import {
  type Fault,
  type FaultPlan,
  type FrontOptions,
  type FrontReport,
  planPath,
  reportPath,
} from './front-options.ts'

/** ClickHouse over HTTP: the front of our own, in a process of its own, that can be broken in every way. */
export type Front = {
  readonly url: string
  readonly user: string
  readonly password: string
  /** May read, and set the limits of its reads. */
  readonly reader: { readonly user: string; readonly password: string }
  /** May read, under the limits of its profile only. */
  readonly strictReader: { readonly user: string; readonly password: string }
  /** What goes wrong from now on; nothing without faults. The counts begin anew. */
  fault(faults: readonly Fault[], seed?: number): Promise<void>
  report(): Promise<FrontReport>
  /** Ends the process as a power cut would; the data stay. */
  kill(): Promise<void>
  /** Resolves when the process has ended, by `kill` or by a fault. */
  ended(): Promise<void>
  /** Starts it again on the same port with the same data, after its end. */
  restart(): Promise<void>
  /** Stops the process where it is: connections stay open, nothing answers. */
  hang(): void
  resume(): void
  /** Ends the process and removes the data. */
  close(): Promise<void>
}

export const passwords = { stagewatch: 'let: me "in"', reader: 'only reads', strict: 'strictly' } as const

/**
 * Starts a front and waits until it answers.
 *
 * @throws Error with what the process wrote where it ends instead.
 */
export async function openFront(change: Partial<Pick<FrontOptions, 'tls' | 'version' | 'users'>> = {}): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), 'stagewatch-clickhouse-'))
  const options: FrontOptions = {
    chdb: createRequire(import.meta.url).resolve('chdb'),
    directory: join(folder, 'data'),
    port: 0,
    users: [
      { name: 'stagewatch', password: passwords.stagewatch, settings: {} },
      { name: 'reader', password: passwords.reader, settings: { readonly: 2 } },
      { name: 'strict', password: passwords.strict, settings: { readonly: 1 } },
    ],
    ...change,
  }
  const file = await takeProgram()
  let port = 0
  let child: ChildProcess | undefined
  const killAtExit = () => {
    child?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', killAtExit)

  const launch = async () => {
    child = spawn(process.execPath, [file, JSON.stringify({ ...options, port })], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Statements run on libuv's threads: as many at once as there are threads.
      env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
    })
    const errors = text(child.stderr!)
    const started = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit').then(() => undefined)])
    if (started === undefined) throw new Error(`the front of ClickHouse ended at its start:\n${await errors}`)
    port = Number(started[0])
  }
  const ended = async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  const kill = async () => {
    child?.kill('SIGKILL')
    await ended()
  }
  await launch()
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const ask = (path: string, body: string) => askFront(url + path, body, options.tls)
  return {
    url,
    user: 'stagewatch',
    password: passwords.stagewatch,
    reader: { user: 'reader', password: passwords.reader },
    strictReader: { user: 'strict', password: passwords.strict },
    fault: async (faults, seed = 1) => {
      await ask(planPath, JSON.stringify({ seed, faults } satisfies FaultPlan))
    },
    report: async () => JSON.parse(await ask(reportPath, '')) as FrontReport,
    kill,
    ended,
    restart: launch,
    hang: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    close: async () => {
      await kill()
      process.off('exit', killAtExit)
      await leaveProgram()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function askFront(url: string, body: string, tls: FrontOptions['tls']): Promise<string> {
  const send = tls === undefined ? httpRequest : httpsRequest
  // Only the front itself listens there, and it wants a certificate.
  const request = send(url, { method: 'POST', agent: false, rejectUnauthorized: false, ...tls })
  request.end(body)
  const [response] = await once(request, 'response')
  return text(response)
}

/**
 * Node runs TypeScript only from release 22.18 on, so the program is built into one file. It is shared, and removed with
 * the last front that uses it: the process of a test file is not left time to clean up at its end.
 */
const program: { users: number; built: Promise<string> | undefined } = { users: 0, built: undefined }

function takeProgram(): Promise<string> {
  program.users++
  program.built ??= buildProgram()
  return program.built
}

async function leaveProgram(): Promise<void> {
  if (--program.users > 0 || program.built === undefined) return
  const file = await program.built
  program.built = undefined
  rmSync(dirname(file), { recursive: true, force: true })
}

async function buildProgram(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'stagewatch-front-'))
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: fileURLToPath(new URL('./front.ts', import.meta.url)),
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: 'front.mjs' } },
    },
  })
  return join(folder, 'front.mjs')
}
