import type { VisitDeadline } from '../../../protocol/history.ts'
import { formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { chanceText } from '../chance-text.ts'
import { stageTitle } from '../subject-title.ts'

export const isLate = (state: VisitDeadline['state']): boolean =>
  state === 'overdue' || state === 'met_late' || state === 'due_soon'

/** When the visit is due, how it stands to that, and why. */
export function DeadlineText({ deadline }: { deadline: VisitDeadline }) {
  const { deadline: said } = words.value.lookup
  const { due_at, state, late } = deadline
  const parts = [said.due(formatTime(Date.parse(due_at), timeZone.value, now.peek(), words.value))]
  if (state !== null || late !== null) parts.push(said.state[state ?? 'unknown'])
  if (late !== null && state !== 'overdue') parts.push(said.late(chanceText(late)))
  if (late?.within) parts.push((late.within.left ? said.after : said.within)(stageTitle(late.within.stage)))
  return (
    <span class={`under ${isLate(state) ? 'over-word' : 'quiet'}`} data-deadline={state ?? 'unknown'}>
      {parts.join(' · ')}
    </span>
  )
}
