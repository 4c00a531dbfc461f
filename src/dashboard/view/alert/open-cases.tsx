import type { Alert } from '../../../protocol/alert.ts'
import { atStakeText, lateText, shortId } from '../../../protocol/open-cases-text.ts'
import { formatDuration } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { language } from '../../state/address.ts'
import { Link } from '../link.tsx'

/** The cases that were open: the oldest, each a way to its stages, how many will be late, and what is at stake. */
export function OpenCases({ alert, time }: { alert: Alert; time: (at: string) => string }) {
  const cases = alert.explanation.open_cases
  if (cases === undefined) return null
  const text = words.value
  const late = lateText(cases, language.value)
  const atStake = atStakeText(cases, language.value)
  return (
    <>
      {cases.oldest.length > 0 && (
        <>
          <dt>{text.detail.oldest}</dt>
          <dd>
            <ul class="oldest">
              {cases.oldest.map(one => (
                <li key={one.case}>
                  <Link to={{ view: 'case', process: alert.process, case: one.case }}>{shortId(one.case)}</Link>{' '}
                  {formatDuration(one.age_ms, text)}
                  {one.due_at !== undefined && ` · ${text.detail.dueAt(time(one.due_at))}`}
                  {one.late !== undefined && ` · ${text.detail.chance(percent(one.late, text.locale))}`}
                </li>
              ))}
            </ul>
          </dd>
        </>
      )}
      {late !== undefined && (
        <>
          <dt>{cases.probably_late === undefined ? text.detail.overdue : text.detail.probablyLate}</dt>
          <dd>{late}</dd>
        </>
      )}
      {atStake !== undefined && (
        <>
          <dt>{text.detail.atStake}</dt>
          <dd>{atStake}</dd>
        </>
      )}
    </>
  )
}

function percent({ low, high }: { readonly low: number; readonly high: number }, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
  const [least, most] = [format.format(low), format.format(high)]
  return least === most ? least : `${least}–${most}`
}
