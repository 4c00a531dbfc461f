import { useEffect, useMemo, useRef } from 'preact/hooks'
import { type CountedNumber, type StageVisits, stageVisitsSchema } from '../../../protocol/stage-visits.ts'
import { formatCount, formatDuration, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { chosenSegment } from '../../state/address.ts'
import { apiPath, withQuery } from '../../state/api-path.ts'
import { now } from '../../state/live.ts'
import { usePages } from '../../state/pages.ts'
import { process, stage, timeZone } from '../../state/selection.ts'
import { chosenOrder, type VisitOrder, visitOrders } from '../../state/visit-list.ts'
import { CsvLink } from '../csv-link.tsx'
import { Link } from '../link.tsx'
import { More } from '../more.tsx'
import { RowTable } from '../row-table.tsx'
import { segmentText } from '../segment-text.ts'

/** As many as the API gives at once. */
const MOST_IN_A_TABLE = 1_000

type Properties = {
  readonly number: CountedNumber
  /** Of the number that was pressed: what is listed is what it counts. */
  readonly range: { readonly from: string; readonly to: string }
}

/** The cases behind a number of the range. It stays as it was opened, while the numbers above go on. */
export function VisitList({ number, range }: Properties) {
  const text = words.value
  const { from, to } = useMemo(() => range, [])
  const path = withQuery(apiPath('processes', process.value?.name ?? '', 'stages', stage.value?.name ?? '', 'visits'), {
    from,
    to,
    number,
    segment: chosenSegment.value,
    order: chosenOrder.value,
  })
  const list = usePages(path, stageVisitsSchema)
  const head = useRef<HTMLElement>(null)
  useEffect(() => head.current?.scrollIntoView({ block: 'nearest' }), [])
  const count = list.pages[0]?.count
  const visits = list.pages.flatMap(page => page.visits)
  return (
    <section class="panel" aria-labelledby="visits-title" data-visits={number} ref={head}>
      <div class="panel-head">
        <h2 id="visits-title">
          {count === undefined || count === null
            ? text.stageView.visitsOf[number]
            : text.stageView.visits[number](countText(count))}
        </h2>
        <span class="quiet number">
          {time(from)} – {time(to)}
        </span>
        <OrderChoice />
        <span class="spacer" />
        <CsvLink path={`${path}&limit=${MOST_IN_A_TABLE}`} />
        <Link to={{ number: undefined }}>{text.detail.close}</Link>
      </div>
      {visits.length === 0 && list.state === 'whole' ? (
        <p class="quiet">{text.stageView.noVisits}</p>
      ) : (
        visits.length > 0 && <VisitTable visits={visits} />
      )}
      <More list={list} />
    </section>
  )
}

function OrderChoice() {
  const text = words.value.stageView
  return (
    <select
      aria-label={text.order}
      value={chosenOrder.value}
      onChange={event => {
        chosenOrder.value = event.currentTarget.value as VisitOrder
      }}
    >
      {visitOrders.map(order => (
        <option key={order} value={order}>
          {text.orders[order]}
        </option>
      ))}
    </select>
  )
}

function VisitTable({ visits }: { visits: StageVisits['visits'] }) {
  const text = words.value
  const hasSegments = visits.some(({ segment }) => Object.keys(segment).length > 0)
  return (
    <RowTable
      label={text.stageView.case}
      heads={[
        text.stageView.case,
        ...(hasSegments ? [text.stageView.segment] : []),
        text.stageView.began,
        text.stageView.ended,
        { end: text.stageView.took },
        text.stageView.outcome,
      ]}
      kind="both"
    >
      {visits.map(visit => (
        <tr key={`${visit.case} ${visit.started_at}`} data-visit={visit.case}>
          <th scope="row" class="wide">
            <Link data-stop="" to={{ view: 'case', case: visit.case }}>
              {visit.case}
            </Link>
            {visit.visit > 1 && <span class="quiet"> · {text.lookup.visit(String(visit.visit))}</span>}
          </th>
          {hasSegments && <td>{segmentText(visit.segment, text)}</td>}
          <td class="number">{time(visit.started_at)}</td>
          <td class="number">
            {visit.ended_at === null ? <span class="quiet">{text.stageView.stillOpen}</span> : time(visit.ended_at)}
          </td>
          <td class="number end">{tookText(visit)}</td>
          <td>
            {visit.reason ?? text.outcome[visit.outcome]}
            {visit.breached && <b class="over-word"> ▲ {text.lookup.over}</b>}
            {visit.weight !== 1 && (
              <span class="under quiet">{text.stageView.standsFor(formatCount(visit.weight, text))}</span>
            )}
          </td>
        </tr>
      ))}
    </RowTable>
  )
}

/** In business time where the stage counts by it. */
function tookText({ duration_ms, business_ms }: StageVisits['visits'][number]): string {
  const took = business_ms ?? duration_ms
  return took === null ? words.value.noValue : formatDuration(took, words.value)
}

function countText({ visits, kind }: NonNullable<StageVisits['count']>): string {
  const written = formatCount(visits, words.value)
  return kind === 'exact' ? written : words.value.stageView.estimated(written)
}

const time = (at: string): string => formatTime(Date.parse(at), timeZone.value, now.peek(), words.value)
