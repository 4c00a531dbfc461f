import type { StageHistory as History } from '../../../protocol/history.ts'
import type { Segment } from '../../../protocol/vocabulary.ts'
import { local, words } from '../../language/language.ts'
import { chosenRange, chosenSegment, type Range, ranges } from '../../state/address.ts'
import { stage } from '../../state/selection.ts'
import { series } from '../../state/stage-series.ts'
import { segmentTextWithNames } from '../segment-text.ts'
import { HistoryChart } from './history-chart.tsx'

/** How the chosen stage, or one segment of it, came to be as it is. */
export function StageHistory() {
  const text = words.value
  const shown = stage.value
  if (shown === undefined) return null
  const segment = readSegment(chosenSegment.value)
  return (
    <section class="panel" aria-labelledby="history-title">
      <div class="panel-head">
        <h2 id="history-title">
          {text.history.title(local(shown.title))}
          {segment !== undefined && <span class="quiet"> · {segmentTextWithNames(segment, text)}</span>}
        </h2>
        {segment !== undefined && (
          <button
            type="button"
            class="link"
            onClick={() => {
              chosenSegment.value = undefined
            }}
          >
            {text.history.whole}
          </button>
        )}
        <span class="spacer" />
        <RangeSwitch />
      </div>
      <Body />
    </section>
  )
}

function Body() {
  const text = words.value.history
  const answer = series.value
  if (answer === undefined) return <p class="quiet no-chart">{text.loading}</p>
  if (answer.kind === 'problem') return <p class="quiet no-chart">{answer.problem.detail}</p>
  if (answer.kind !== 'found') return <p class="quiet no-chart">{text.away}</p>
  if (isEmpty(answer.value)) return <p class="quiet no-chart">{text.none}</p>
  return <HistoryChart history={answer.value} />
}

const isEmpty = ({ points }: History) =>
  points.every(({ p90_ms, wip, entered }) => p90_ms === null && (wip ?? 0) === 0 && entered === 0)

function RangeSwitch() {
  const text = words.value.history
  return (
    <fieldset class="switch">
      <legend class="hidden">{text.range}</legend>
      {(Object.keys(ranges) as Range[]).map(range => (
        <button
          key={range}
          type="button"
          aria-pressed={chosenRange.value === range}
          onClick={() => {
            chosenRange.value = range
          }}
        >
          {text.ranges[range]}
        </button>
      ))}
    </fieldset>
  )
}

function readSegment(text: string | undefined): Segment | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Segment) : undefined
  } catch {
    // Somebody edited the address; the server answers with what is wrong.
    return undefined
  }
}
