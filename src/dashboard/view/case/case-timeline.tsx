import type { CaseTimeline } from '../../../protocol/history.ts'
import { formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { CsvLink } from '../csv-link.tsx'
import { stageTitle } from '../subject-title.ts'
import { CaseRowsChart } from './case-rows-chart.tsx'

/** The case: where it is, what its events say, and its way through the stages. */
export function CaseTimelinePanel({ timeline, path }: { timeline: CaseTimeline; path: string }) {
  const text = words.value
  const openIn = timeline.visits.filter(({ outcome }) => outcome === 'open')
  const attributes = Object.entries(timeline.visits.at(-1)?.attributes ?? {}).filter(([, value]) => value !== null)
  return (
    <div class="timeline" data-case={timeline.case}>
      <div class="panel-head">
        <h2>{timeline.case}</h2>
        <span class="quiet">
          {openIn.length > 0
            ? `${text.lookup.inStage} ${openIn.map(({ stage }) => stageTitle(stage)).join(', ')}`
            : text.lookup.done}
        </span>
        <span class="spacer" />
        {timeline.as_of !== null && (
          <span class="quiet number">
            {text.lookup.asOf(formatTime(Date.parse(timeline.as_of), timeZone.value, now.peek(), text))}
          </span>
        )}
        <CsvLink path={path} />
      </div>
      {attributes.length > 0 && (
        <dl class="attributes" aria-label={text.lookup.attributes}>
          {attributes.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{String(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      <CaseRowsChart timeline={timeline} />
      {timeline.cut && <p class="quiet">{text.lookup.cut}</p>}
    </div>
  )
}
