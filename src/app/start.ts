import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { continuePlan, newPlan, type SimulationPlan } from '../source/simulation-plan.ts'
import { openSimulator } from '../source/simulator.ts'
import type { StartOptions } from './commands/start.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import { CouldNotRun } from './could-not-run.ts'
import { openLive } from './live.ts'
import { loadRules } from './rules-folder.ts'
import { terminalLog } from './terminal-log.ts'
import { untilStopped } from './until-stopped.ts'

const SAVE_EVERY_MS = 10_000

/** What the simulated company writes to. */
const SIMULATED_TOPIC = 'orders.events'

const demoRules = fileURLToPath(new URL('../../rules/demo/', import.meta.url))

/** Runs the demo until it is told to stop: the simulated company instead of Kafka, everything else as in `run`. */
export async function runStart({ host, port, data, rules = demoRules }: StartOptions): Promise<void> {
  const { definitions } = loadRules(rules)
  const logger = terminalLog(process.env.STAGEWATCH_LOG ?? 'warn', text => process.stderr.write(text))
  const live = await openLive({
    definitions,
    data,
    store: { kind: 'embedded' },
    keeping: { visits: { keep: 'all' }, days: {}, events: false },
    replaces: false,
    http: { host, port },
    // Whoever tries it out has a receiver on this machine, if any.
    notify: { ...defaultNotify, allow: loopback },
    saveEveryMs: SAVE_EVERY_MS,
    logger,
    brokers: undefined,
    async openSource(process, nextOffset) {
      const [topic, ...others] = process.sources.flatMap(({ topics }) => topics)
      if (topic !== SIMULATED_TOPIC || others.length > 0) {
        const problem = `process ${process.name} does not read the topic ${SIMULATED_TOPIC} alone, which is all that the simulator writes`
        throw new CouldNotRun({ problem, remedy: 'start from a copy of rules/demo, or use: stagewatch run' })
      }
      return openSimulator({ topic, plan: await planFrom(data, process.name, await nextOffset()), now: Date.now })
    },
  })
  process.stdout.write(`\n  Stagewatch is watching a simulated company: ${live.url}\n  Ctrl-C ends it.\n\n`)
  await untilStopped(live.failed, live.stop)
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
