import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { openToAnybody } from '../gateway/access/access.ts'
import { SignIn } from '../gateway/access/sign-in.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { continuePlan, newPlan, type SimulationPlan } from '../source/simulation-plan.ts'
import { openSimulator } from '../source/simulator.ts'
import type { StartOptions } from './commands/start.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import { CouldNotRun } from './could-not-run.ts'
import { openLive } from './live.ts'
import { Reloading } from './reloading.ts'
import { definitionsOf, readRulesFolder } from './rules-folder.ts'
import { terminalLog } from './terminal-log.ts'
import { untilStopped } from './until-stopped.ts'

const SAVE_EVERY_MS = 10_000

/** What the simulated company writes to. */
const SIMULATED_TOPIC = 'orders.events'

const demoRules = fileURLToPath(new URL('../../rules/demo/', import.meta.url))

/** Runs the demo until it is told to stop: the simulated company instead of Kafka, everything else as in `run`. */
export async function runStart({ host, port, data, rules = demoRules, adminHash }: StartOptions): Promise<void> {
  const logger = terminalLog(process.env.STAGEWATCH_LOG ?? 'warn', text => process.stderr.write(text))
  const access =
    adminHash === undefined
      ? openToAnybody
      : new SignIn({ tokens: [{ name: 'admin', role: 'admin', owners: undefined, sha256: adminHash }] })
  const reloading = await Reloading.open({
    read() {
      const files = readRulesFolder(rules)
      return { rules: files, definitions: definitionsOf(files) }
    },
    open: ({ definitions }, reload, formerPort) =>
      openLive({
        definitions,
        data,
        store: { kind: 'embedded' },
        keeping: { visits: { keep: 'all' }, days: {}, events: false },
        replaces: false,
        http: { host, port: formerPort ?? port, access },
        // Whoever tries it out has a receiver on this machine, if any.
        notify: { ...defaultNotify, allow: loopback },
        saveEveryMs: SAVE_EVERY_MS,
        reload,
        logger,
        brokers: undefined,
        async openSource(process, nextOffset) {
          const topic = simulatedTopicOf(process)
          return openSimulator({ topic, plan: await planFrom(data, process.name, await nextOffset()), now: Date.now })
        },
      }),
    logger,
  })
  const howToSignIn = adminHash === undefined ? '' : '  Sign in with the token in STAGEWATCH_ADMIN_TOKEN.\n'
  process.stdout.write(
    `\n  Stagewatch is watching a simulated company: ${reloading.url}\n${howToSignIn}  Ctrl-C ends it.\n\n`,
  )
  await untilStopped(reloading.failed, () => reloading.stop())
}

function simulatedTopicOf({ name, sources }: ProcessDefinition): string {
  const [topic, ...others] = sources.flatMap(({ topics }) => topics)
  if (topic !== SIMULATED_TOPIC || others.length > 0) {
    const problem = `process ${name} does not read the topic ${SIMULATED_TOPIC} alone, which is all that the simulator writes`
    throw new CouldNotRun({ problem, remedy: 'start from a copy of rules/demo, or use: stagewatch run' })
  }
  return topic
}

const planShape = z.object({
  seed: z.number(),
  starts: z.array(z.object({ from: z.number(), until: z.number().optional() })),
  lowRate: z.number(),
  fullRate: z.number(),
})

/** The plan of the stream goes on where it was: what has been read stays as it was read. */
async function planFrom(data: string, name: string, nextOffset: number | undefined): Promise<SimulationPlan> {
  const file = join(data, `simulation.${name}.json`)
  const former = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  const now = Date.now()
  const plan = former === undefined ? newPlan(now) : continuePlan(planOf(file, former), nextOffset, now)
  await mkdir(data, { recursive: true })
  await writeFile(`${file}.part`, JSON.stringify(plan))
  await rename(`${file}.part`, file)
  return plan
}

function planOf(file: string, text: string): SimulationPlan {
  try {
    const { starts, ...plan } = planShape.parse(JSON.parse(text))
    return { ...plan, starts: starts.map(({ from, until }) => (until === undefined ? { from } : { from, until })) }
  } catch (cause) {
    const remedy = 'remove the data folder: the demo begins anew'
    throw new CouldNotRun({ problem: `${file} does not hold the plan of the simulation`, remedy, cause })
  }
}
