import type { OpenStage } from '../../../protocol/open-stage.ts'
import { formatDuration, formatRatio } from '../../language/format.ts'
import { words } from '../../language/language.ts'

const percentiles = ['p50', 'p90', 'p99'] as const

/** Live percentiles beside those of completed visits alone, and how far apart they are, in words. */
export function TimesNow({ open }: { open: OpenStage }) {
  const text = words.value
  return (
    <>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{text.stageView.over(formatDuration(open.window_ms, text))}</th>
            <th scope="col" class="end">
              {text.stageView.live}
            </th>
            <th scope="col" class="end">
              {text.stageView.completedOnly}
            </th>
            <th scope="col">{text.stageView.liveIsHead}</th>
          </tr>
        </thead>
        <tbody>
          {percentiles.map(name => (
            <tr key={name} data-times={name}>
              <th scope="row">{text.stageView.percentiles[name]}</th>
              <td class="number end">
                <b>{liveText(open, `live_${name}`)}</b>
              </td>
              <td class="number end">{durationText(open.values[name])}</td>
              <td class="quiet">{comparedText(open.values[`live_${name}`], open.values[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet note">{text.stageView.timesNote}</p>
    </>
  )
}

/** `≥ 4m 10s` where it is a bound. */
function liveText({ values, at_least, at_most }: OpenStage, name: string): string {
  const value = durationText(values[name])
  if (values[name] === undefined || at_least?.includes(name) !== true) return value
  const most = at_most?.[name]
  return most === undefined ? `≥ ${value}` : `${value} – ${durationText(most)}`
}

const durationText = (ms: number | undefined): string =>
  ms === undefined ? words.value.noValue : formatDuration(ms, words.value)

/** Closer than this they say the same. */
const SAME = 0.1

function comparedText(live: number | undefined, completed: number | undefined): string {
  const text = words.value
  const { liveIs } = text.stageView
  if (live === undefined) return ''
  if (completed === undefined) return liveIs.onlyLive('')
  if (completed === 0) return ''
  const ratio = live / completed
  if (Math.abs(ratio - 1) <= SAME) return liveIs.same('')
  return liveIs.apart(formatRatio(ratio, text))
}
