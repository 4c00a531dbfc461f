import type { CaseCorrection } from '../../../protocol/history.ts'
import { formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { stageTitle } from '../subject-title.ts'

/** What was told otherwise first, because its events came late or in another order. Nothing where all was right at once. */
export function CaseCorrections({ corrections }: { corrections: readonly CaseCorrection[] }) {
  const text = words.value
  if (corrections.length === 0) return null
  const time = (at: string) => formatTime(Date.parse(at), timeZone.value, now.peek(), text)
  return (
    <div class="case-corrections" data-case-corrections={corrections.length}>
      <h3>{text.cases.corrections}</h3>
      <p class="quiet">{text.cases.correctionsNote}</p>
      <ul>
        {corrections.map(({ stage, started_at, at, kind }) => (
          <li key={`${stage} ${started_at} ${kind}`}>
            <time class="number" dateTime={at}>
              {time(at)}
            </time>{' '}
            {text.cases.correction[kind](stageTitle(stage), time(started_at))}
          </li>
        ))}
      </ul>
    </div>
  )
}
