import type { StageHistory } from '../../../protocol/history.ts'
import { formatCount, formatDuration, formatRatio, formatTime, formatValue } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { type Change, changeOf } from '../../state/change.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { chosenNumber } from '../../state/visit-list.ts'
import { Link } from '../link.tsx'

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
              <td class="number end">
                <NumberLink name={name} count={whole[name]} />
              </td>
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

/** A number as a way to the cases that it counts; again, and they are closed. */
function NumberLink({ name, count }: { name: (typeof counts)[number]; count: number }) {
  const text = words.value
  const written = formatCount(count, text)
  // Of a visit that came back rows do not say that it did.
  if (name === 'reworked' || count === 0) return <>{written}</>
  const isShown = chosenNumber.value === name
  return (
    <Link
      to={{ number: isShown ? undefined : name }}
      aria-current={isShown ? 'true' : undefined}
      aria-label={text.stageView.seeVisits(`${text.stageView.sums[name]} ${written}`)}
    >
      {written}
    </Link>
  )
}

const durationText = (ms: number | null): string =>
  ms === null ? words.value.noValue : formatDuration(ms, words.value)

/** From so many times more on it is said as a ratio: who reads 11,253 % has to reckon. */
const MANY_TIMES = 4

/** `12% longer`, `7.5×` */
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
      if (change.share >= MANY_TIMES) return changed.times(formatRatio(change.share + 1, text))
      const share = shareText(change.share)
      if (of === 'count') return changed[change.kind](share)
      return change.kind === 'more' ? changed.longer(share) : changed.shorter(share)
    }
  }
}

/** To a whole percent where it is more than a few: more digits would say more than is known. */
const shareText = (share: number): string =>
  formatValue(share < 0.1 ? share : Math.round(share * 100) / 100, 'ratio', words.value)
