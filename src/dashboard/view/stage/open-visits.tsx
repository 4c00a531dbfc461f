import type { OpenVisit } from '../../../protocol/open-stage.ts'
import { formatCount, formatDuration, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { chanceText } from '../chance-text.ts'
import { CsvLink } from '../csv-link.tsx'
import { Link } from '../link.tsx'
import { RowTable } from '../row-table.tsx'
import { segmentText } from '../segment-text.ts'

type Properties = {
  readonly id: string
  readonly title: string
  /** null: they cannot be read now. */
  readonly visits: readonly OpenVisit[] | null
  readonly none: string
  /** So many were looked at to find these. */
  readonly lookedAt?: number
  readonly csv?: string
}

/** Open cases, each a way to its stages, with how old it is and when it is due. */
export function OpenVisits({ id, title, visits, none, lookedAt, csv }: Properties) {
  const text = words.value
  return (
    <section class="panel" aria-labelledby={`${id}-title`} data-open-visits={id}>
      <div class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        <span class="spacer" />
        {csv !== undefined && <CsvLink path={csv} />}
      </div>
      {visits === null || visits.length === 0 ? (
        <p class="quiet">{visits === null ? text.stageView.storeAway : none}</p>
      ) : (
        <>
          {lookedAt !== undefined && <p class="quiet">{text.stageView.atRiskNote(formatCount(lookedAt, text))}</p>}
          <RowTable
            label={title}
            heads={[text.stageView.case, { end: text.stageView.age }, text.stageView.due]}
            kind="both"
          >
            {visits.map(visit => (
              <OpenRow key={`${visit.case} ${visit.started_at}`} visit={visit} />
            ))}
          </RowTable>
        </>
      )}
    </section>
  )
}

function OpenRow({ visit }: { visit: OpenVisit }) {
  const text = words.value
  const { deadline } = visit
  return (
    <tr data-open-visit={visit.case}>
      <th scope="row" class="case-id">
        <Link data-stop="" to={{ view: 'case', case: visit.case }}>
          {visit.case}
        </Link>
        {Object.keys(visit.segment).length > 0 && <span class="under quiet">{segmentText(visit.segment, text)}</span>}
      </th>
      <td class="number end">
        {formatDuration(visit.age_ms, text)}
        {visit.overdue && <b class="under over-word">▲ {text.lookup.over}</b>}
      </td>
      <td class="number">
        {deadline === null ? (
          <span class="quiet">{text.noValue}</span>
        ) : (
          <>
            {formatTime(Date.parse(deadline.due_at), timeZone.value, now.peek(), text, false)}
            {deadline.late !== null && deadline.state !== 'overdue' && (
              <span class="under quiet">{text.lookup.deadline.late(chanceText(deadline.late))}</span>
            )}
          </>
        )}
      </td>
    </tr>
  )
}
