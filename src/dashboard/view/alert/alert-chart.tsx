import { useMemo } from 'preact/hooks'
import type { Alert } from '../../../protocol/alert.ts'
import { type StageHistory, stageHistorySchema } from '../../../protocol/history.ts'
import { statisticTitle, words } from '../../language/language.ts'
import { type Followed, followed, onInstants, saidValues } from '../../state/alert-series.ts'
import { apiPath, withQuery } from '../../state/api-path.ts'
import { useResource } from '../../state/resource.ts'
import { evaluatedAt } from '../../state/selection.ts'
import { isOver } from '../../state/world.ts'
import { Chart } from '../chart/chart.tsx'
import { Loaded } from '../loaded.tsx'

const BEFORE_MS = 3_600_000
const AFTER_MS = 900_000

/** The statistic around the alert, against its threshold; nothing where the store has no history of the like. */
export function AlertChart({ alert, transitions }: { alert: Alert; transitions: readonly Alert[] }) {
  const { stage, threshold } = alert
  const drawn = stage === null || threshold === null ? undefined : followed(threshold.statistic)
  if (stage === null || drawn === undefined) return null
  return <StageChart alert={alert} transitions={transitions} stage={stage} drawn={drawn} />
}

type Properties = {
  readonly alert: Alert
  /** Each says the exact value of its instant. */
  readonly transitions: readonly Alert[]
  readonly drawn: Followed
}

function StageChart({ alert, transitions, stage, drawn }: Properties & { stage: string }) {
  const path = apiPath('processes', alert.process, 'stages', stage, 'history')
  const rangePath = () => {
    const from = new Date(Date.parse(alert.since) - BEFORE_MS).toISOString()
    const now = evaluatedAt.peek() ?? Date.parse(alert.at)
    const to = isOver(alert) ? Math.min(now, Date.parse(alert.at) + AFTER_MS) : now
    const segment = Object.keys(alert.segment).length === 0 ? undefined : JSON.stringify(alert.segment)
    return withQuery(path, { from, to: new Date(Math.max(to, Date.parse(alert.since) + 1)).toISOString(), segment })
  }
  const history = useResource(`${path} ${alert.id} ${isOver(alert)}`, stageHistorySchema, { path: rangePath })
  return (
    <Loaded of={history}>
      {value => <Drawn alert={alert} transitions={transitions} drawn={drawn} history={value} />}
    </Loaded>
  )
}

function Drawn({ alert, transitions, drawn, history }: Properties & { history: StageHistory }) {
  const text = words.value
  const named = alert.threshold?.statistic ?? drawn.statistic
  const chart = useMemo(() => {
    const stored = history.points.map(point => ({
      at: Date.parse(point.end),
      value: drawn.valueOf(point, history.step_ms),
    }))
    const said = saidValues(alert, transitions)
    const at = [...new Set([...stored, ...said].map(one => one.at))].sort((a, b) => a - b)
    const own = { title: statisticTitle(named), values: onInstants(at, said), look: 'third', isSparse: true } as const
    const nearest = { title: text.detail.drawn(statisticTitle(drawn.statistic)), values: onInstants(at, stored) }
    return { at, lines: [own, { ...nearest, look: 'first' as const }] }
  }, [alert, transitions, history, drawn, named, text])
  const marks = [
    { title: text.detail.began, at: Date.parse(alert.since) },
    ...(alert.fired_at === null ? [] : [{ title: text.state.firing, at: Date.parse(alert.fired_at) }]),
    ...(isOver(alert) ? [{ title: text.state[alert.state], at: Date.parse(alert.at) }] : []),
  ]
  return (
    <Chart
      title={statisticTitle(named)}
      unit={alert.unit}
      at={chart.at}
      lines={chart.lines}
      limits={alert.threshold === null ? [] : [{ title: text.detail.threshold, value: alert.threshold.value }]}
      marks={marks}
    />
  )
}
