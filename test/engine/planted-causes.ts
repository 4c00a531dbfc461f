import type { CaseId } from '../../src/event/event.ts'
import { instant } from '../../src/event/instant.ts'
import type { SegmentLabels } from '../../src/event/segment.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { CauseOfChange } from '../../src/rules/compared.ts'
import { Shard } from '../../src/shard/shard.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { makeProcess, makeRule } from '../model/process.ts'

/*
 * Histories of a company in which one thing goes wrong, known to whoever made them: a stage takes longer in one segment,
 * more cases go where a stage takes long, or a stage is passed twice more often. Everything else stays as it is, but for
 * chance: how long a visit takes, which way a case goes, when it comes.
 */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const WINDOW = 6 * HOUR
/** Begins within what the rule waits for: after the stretch that is compared with, before the window. */
const PLANTED_AT = 10 * HOUR
export const endOfHistory = PLANTED_AT + 4 * HOUR + WINDOW
const CASES_PER_HOUR = 200
const MOST_REFUSALS = 2

const dimensions = {
  warehouse: ['WH-1', 'WH-2', 'WH-3'],
  carrier: ['north', 'south', 'post'],
  region: ['east', 'west', 'hills'],
} as const
type Dimension = keyof typeof dimensions

/** The median in minutes, and what it is cut by. */
const stages = {
  payment: { from: ['created'], to: ['paid'], by: ['region'], minutes: 12 },
  picking: { from: ['paid'], to: ['picked'], by: ['warehouse'], minutes: 20 },
  packing: { from: ['picked', 'refused'], to: ['packed'], by: ['warehouse'], minutes: 20 },
  checking: { from: ['packed'], to: ['checked', 'refused'], by: ['warehouse'], minutes: 3 },
  transit: { from: ['checked'], to: ['delivered'], by: ['carrier', 'region'], minutes: 35 },
} as const
type StageName = keyof typeof stages
const stageNames = Object.keys(stages) as StageName[]

const activities = ['created', 'paid', 'picked', 'packed', 'refused', 'checked', 'delivered'] as const

/** @param held how long the rule waits until it fires. */
export const companyProcess = (held = 5 * HOUR): ProcessDefinition => ({
  ...makeProcess({
    activities,
    attributes: Object.keys(dimensions),
    starts: ['created'],
    ends: { delivered: ['delivered'] },
    stages: { ...stages, lead_time: { from: ['created'], to: ['delivered'], by: ['region'] } },
    settle: 5 * MINUTE,
    pane: MINUTE,
    timeout: 48 * HOUR,
  }),
  rules: [
    makeRule({ name: 'late', stage: 5, window: WINDOW, for: held, when: 'avg > duration("1m")' }),
    ...stageNames.map((name, stage) =>
      makeRule({ name, stage, window: WINDOW, for: held, when: 'avg > duration("1s")' }),
    ),
  ],
})

export type Planted = {
  readonly cause: CauseOfChange
  readonly stage: StageName
  readonly segment: SegmentLabels
  readonly text: string
}

/** What is usual: how often a value comes, and how many times as long a stage takes there. */
type Company = {
  readonly weights: Readonly<Record<Dimension, readonly number[]>>
  readonly factors: ReadonlyMap<string, number>
  readonly refused: number
}

type Case = Record<Dimension, string>

export type PlantedHistory = { readonly planted: Planted; readonly shards: readonly Shard[] }

/** Two shards that have folded a history. */
export function plantedHistory(seed: number, process: ProcessDefinition): PlantedHistory {
  const draws = new RandomDraws(seed, 0)
  const company = drawCompany(draws)
  const planted = plantedIn(company, draws)
  const shards = [0, 1].map(partition => new Shard({ process, partition, topics: ['events'], epoch: 0 }))
  const records = shards.map(shard => shard.newRecord())
  const offsets = [0, 0]
  for (const { at, number, activity, who } of eventsOf(company, planted, draws)) {
    const partition = number % 2
    const attributes = Object.keys(dimensions).map(dimension => who[dimension as Dimension])
    const event = { case: `${number}` as CaseId, activity, at: instant(at), id: undefined, attributes }
    records[partition]!.fill({ kind: 'events', events: [event] })
    const offset = offsets[partition]!++
    shards[partition]!.fold(
      0,
      { offset, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) },
      records[partition]!,
    )
  }
  return { planted, shards }
}

const pick = <T>(draws: RandomDraws, list: readonly T[]): T => list[Math.floor(draws.fraction() * list.length)]!

function drawCompany(draws: RandomDraws): Company {
  const factors = new Map<string, number>()
  for (const name of stageNames)
    for (const dimension of stages[name].by)
      for (const value of dimensions[dimension]) factors.set(`${name} ${value}`, 0.7 + 0.6 * draws.fraction())
  const weights = Object.fromEntries(
    Object.entries(dimensions).map(([name, values]) => [name, values.map(() => 0.7 + 0.6 * draws.fraction())]),
  ) as Record<Dimension, number[]>
  return { weights, factors, refused: 0.02 + 0.03 * draws.fraction() }
}

/** Draws what goes wrong. A shift needs a segment to go to that is slow to begin with, so that is made for it. */
function plantedIn(company: Company, draws: RandomDraws): Planted {
  const cause = pick(draws, ['time', 'mix', 'rework'] as const)
  if (cause === 'rework') {
    const segment = { warehouse: pick(draws, dimensions.warehouse) }
    return { cause, stage: 'packing', segment, text: `more refused after packing at ${segment.warehouse}` }
  }
  const stage = pick(
    draws,
    cause === 'mix' ? (['picking', 'transit'] as const) : stageNames.filter(n => n !== 'checking'),
  )
  const chosen = cause === 'mix' ? stages[stage].by.slice(0, 1) : stages[stage].by
  const segment = Object.fromEntries(chosen.map(dimension => [dimension, pick(draws, dimensions[dimension])]))
  const where = Object.values(segment).join(' and ')
  if (cause === 'mix') (company.factors as Map<string, number>).set(`${stage} ${where}`, 4)
  return { cause, stage, segment, text: cause === 'mix' ? `more goes to ${where}` : `${stage} is slow at ${where}` }
}

type CompanyEvent = { readonly at: number; readonly number: number; readonly activity: number; readonly who: Case }

function eventsOf(company: Company, planted: Planted, draws: RandomDraws): CompanyEvent[] {
  const events: CompanyEvent[] = []
  let number = 0
  for (let arrival = 0; arrival < endOfHistory; arrival += -Math.log(1 - draws.fraction()) * (HOUR / CASES_PER_HOUR)) {
    const who = caseOf(company, planted, arrival, draws)
    const own = number++
    let at = arrival
    const tell = (name: (typeof activities)[number]) => {
      if (at < endOfHistory) events.push({ at: Math.round(at), number: own, activity: activities.indexOf(name), who })
    }
    const pass = (stage: StageName) => {
      at += durationOf(stage, company, planted, who, at, draws)
    }
    tell('created')
    pass('payment')
    tell('paid')
    pass('picking')
    tell('picked')
    for (let refusals = 0; ; refusals++) {
      pass('packing')
      tell('packed')
      pass('checking')
      const isWorse = planted.cause === 'rework' && at >= PLANTED_AT && who.warehouse === planted.segment.warehouse
      if (refusals === MOST_REFUSALS || draws.fraction() >= (isWorse ? 0.9 : company.refused)) break
      tell('refused')
    }
    tell('checked')
    pass('transit')
    tell('delivered')
  }
  return events.sort((left, right) => left.at - right.at || left.number - right.number)
}

function caseOf(company: Company, planted: Planted, arrival: number, draws: RandomDraws): Case {
  const isShifted = planted.cause === 'mix' && arrival >= PLANTED_AT && draws.fraction() < 0.5
  const drawn = Object.fromEntries(
    Object.entries(dimensions).map(([name, values]) => {
      const weights = company.weights[name as Dimension]
      let left = draws.fraction() * weights.reduce((sum, one) => sum + one, 0)
      const place = weights.findIndex(weight => {
        left -= weight
        return left < 0
      })
      return [name, values[place] ?? values[0]]
    }),
  ) as Case
  return isShifted ? { ...drawn, ...(planted.segment as Partial<Case>) } : drawn
}

function durationOf(
  stage: StageName,
  company: Company,
  planted: Planted,
  who: Case,
  at: number,
  draws: RandomDraws,
): number {
  const { by, minutes } = stages[stage]
  const usual = by.reduce((product, one) => product * company.factors.get(`${stage} ${who[one]}`)!, minutes * MINUTE)
  const isSlow =
    planted.cause === 'time' &&
    planted.stage === stage &&
    at >= PLANTED_AT &&
    by.every(dimension => who[dimension] === planted.segment[dimension])
  return draws.lognormal(usual, 0.2) * (isSlow ? 4 : 1)
}
