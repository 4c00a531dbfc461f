import type { StageHistory } from '../../../protocol/history.ts'
import { formatCount, formatDuration, formatTime, formatValue } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { type Change, changeOf } from '../../state/change.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'

const durations = ['avg_ms', 'p50_ms', 'p90_ms', 'p99_ms'] as const
const counts = ['entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached'] as const
const always: readonly string[] = ['entered', 'exited']

/** The range as one: its numbers, those of the time before, and what changed, in words. */
export function RangeSums({ history }: { history: StageHistory }) {
  const text = words.value
  const { whole, compare } = history
  const { before } = whole
  const time = (at: string) => formatTime(Date.parse(at), timeZone.value, now.peek(), text, false)
  // What never happens in a process need not be said of each of its ranges.
  const happened = counts.filter(name => always.includes(name) || whole[name] + (before?.[name] ?? 0) > 0)
  return (
    <div class="sums">
      <p class="quiet number">
        {time(history.from)} – {time(history.to)}
      </p>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{text.stageView.what}</th>
            <th scope="col" class="end">
              {text.stageView.thisRange}
            </th>
            {compare !== null && (
              <>
                <th scope="col" class="end">
                  {text.stageView.before[compare]}
                </th>
                <th scope="col">{text.stageView.change}</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {happened.map(name => (
            <tr key={name} data-sum={name}>
              <th scope="row">{text.stageView.sums[name]}</th>
              <td class="number end">{formatCount(whole[name], text)}</td>
              {before !== undefined && (
                <>
                  <td class="number end">{formatCount(before[name], text)}</td>
                  <td>{changeText(changeOf(whole[name], before[name]), 'count')}</td>
                </>
              )}
            </tr>
          ))}
          {durations.map(name => (
            <tr key={name} data-sum={name}>
              <th scope="row">{text.stageView.sums[name]}</th>
              <td class="number end">{durationText(whole[name])}</td>
              {before !== undefined && (
                <>
                  <td class="number end">{durationText(before[name])}</td>
                  <td>{changeText(changeOf(whole[name], before[name]), 'duration')}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const durationText = (ms: number | null): string =>
  ms === null ? words.value.noValue : formatDuration(ms, words.value)

/** `12% longer` */
function changeText(change: Change, of: 'count' | 'duration'): string {
  const text = words.value
  const { changed } = text.stageView
  switch (change.kind) {
    case 'unknown':
      return text.noValue
    case 'same':
      return changed.same
    case 'new':
      return changed.new
    case 'more':
    case 'less': {
      const share = formatValue(change.share, 'ratio', text)
      if (of === 'count') return changed[change.kind](share)
      return change.kind === 'more' ? changed.longer(share) : changed.shorter(share)
    }
  }
}
