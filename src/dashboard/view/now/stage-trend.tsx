import { stageHistorySchema } from '../../../protocol/history.ts'
import { formatShare } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { apiPath, withQuery } from '../../state/api-path.ts'
import { now } from '../../state/live.ts'
import { useResource } from '../../state/resource.ts'
import { evaluatedAt, process } from '../../state/selection.ts'
import { trendOf } from '../../state/trend.ts'
import { trendIcons } from '../icon.tsx'

const HOUR_MS = 3_600_000
const AGAIN_AFTER_MS = 60_000

/** Whether the stage takes longer than an hour ago; nothing where the store cannot say. */
export function StageTrend({ stage }: { stage: string }) {
  const shown = process.value?.name
  const path = shown === undefined ? undefined : apiPath('processes', shown, 'stages', stage, 'history')
  const lastHour = () => {
    const from = new Date((evaluatedAt.peek() ?? now.peek()) - HOUR_MS).toISOString()
    return withQuery(path ?? '', { from, compare: 'period-before' })
  }
  const history = useResource(path, stageHistorySchema, { path: lastHour, everyMs: AGAIN_AFTER_MS })
  const text = words.value
  const trend = history.kind === 'read' ? trendOf(history.value) : undefined
  if (trend === undefined) return null
  const Icon = trendIcons[trend.kind]
  return (
    <span class={`trend trend-${trend.kind}`} title={text.map.trendNote}>
      <Icon />
      <span class="number">{formatShare(trend.change, text)}</span> {text.map.trends[trend.kind]}
      <span class="hidden">{text.map.trend}</span>
    </span>
  )
}
