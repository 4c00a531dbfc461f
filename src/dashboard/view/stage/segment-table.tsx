import { type StageSegments, stageSegmentsSchema } from '../../../protocol/stage-segments.ts'
import { formatCount, formatDuration, formatValue } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { apiPath, withQuery } from '../../state/api-path.ts'
import { useResource } from '../../state/resource.ts'
import {
  addedMs,
  chosenSegmentSort,
  type SegmentRow,
  type SegmentSort,
  segmentSorts,
  serverOrder,
  sortedSegments,
} from '../../state/segment-sort.ts'
import { process, stage } from '../../state/selection.ts'
import { rangeKey, rangeParameters } from '../../state/stage-range.ts'
import { CsvLink } from '../csv-link.tsx'
import { Link } from '../link.tsx'
import { Loaded } from '../loaded.tsx'
import { Scroll } from '../scroll.tsx'
import { segmentText } from '../segment-text.ts'

const AGAIN_AFTER_MS = 30_000

/** The stage's segments in the range: what each took of all time, and what it adds to the change. */
export function SegmentTable() {
  const text = words.value.stageView
  const path = apiPath('processes', process.value?.name ?? '', 'stages', stage.value?.name ?? '', 'segments')
  const order = serverOrder(chosenSegmentSort.value)
  const pathNow = () => withQuery(path, { ...rangeParameters(), order })
  const segments = useResource(`${path} ${order} ${rangeKey.value}`, stageSegmentsSchema, {
    path: pathNow,
    everyMs: AGAIN_AFTER_MS,
  })
  return (
    <section class="panel" aria-labelledby="segments-title" data-segments={segments.kind}>
      <div class="panel-head">
        <h2 id="segments-title">{text.segments}</h2>
        <span class="spacer" />
        <CsvLink path={pathNow()} />
      </div>
      <Loaded of={segments}>{found => <Table found={found} />}</Loaded>
    </section>
  )
}

function Table({ found }: { found: StageSegments }) {
  const text = words.value
  const { segments, change, by, rest } = found
  if (segments.length === 0) return <p class="quiet">{text.stageView.noSegments}</p>
  return (
    <>
      {change !== null && (
        <p class="number">
          {text.stageView.meanChanged(formatDuration(change.before_ms, text), formatDuration(change.now_ms, text))}{' '}
          <span class="quiet">{text.stageView.segmentsNote}</span>
        </p>
      )}
      <Scroll label={text.stageView.segments} kind="wide">
        <table class="rows">
          <thead>
            <tr>
              {segmentSorts.map(sort => (
                <SortHead key={sort} sort={sort} by={by} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sortedSegments(segments, chosenSegmentSort.value).map(row => (
              <Row key={JSON.stringify(row.segment)} row={row} />
            ))}
            {rest.segment_count > 0 && (
              <tr>
                <th scope="row" class="quiet">
                  {text.stageView.rest(rest.segment_count, formatCount(rest.segment_count, text))}
                </th>
                <Cells row={rest} />
              </tr>
            )}
          </tbody>
        </table>
      </Scroll>
    </>
  )
}

/** A head that puts the table in its order; a screen reader is told which one is in force. */
function SortHead({ sort, by }: { sort: SegmentSort; by: readonly string[] }) {
  const text = words.value.stageView
  const isChosen = chosenSegmentSort.value === sort
  const isName = sort === 'segment'
  return (
    <th
      scope="col"
      class={isName ? undefined : 'end'}
      aria-sort={isChosen ? (isName ? 'ascending' : 'descending') : undefined}
    >
      <button
        type="button"
        class="plain"
        data-sort={sort}
        onClick={() => {
          chosenSegmentSort.value = sort
        }}
      >
        {isName ? by.join(' · ') : text.sorts[sort]}
        <span aria-hidden="true">{isChosen ? (isName ? ' ▴' : ' ▾') : ''}</span>
      </button>
    </th>
  )
}

function Row({ row }: { row: SegmentRow }) {
  const text = words.value
  const key = JSON.stringify(row.segment)
  return (
    <tr data-segment={key}>
      <th scope="row">
        <Link data-stop="" to={{ segment: key }}>
          {segmentText(row.segment, text)}
        </Link>
      </th>
      <Cells row={row} segment={key} />
    </tr>
  )
}

type CellsProperties = {
  readonly row: Omit<SegmentRow, 'segment' | 'target_ms'>
  /** undefined: it is of several, whose cases are not listed. */
  readonly segment?: string
}

function Cells({ row, segment }: CellsProperties) {
  const text = words.value
  const count = (number: 'exited' | 'breached') => {
    const written = formatCount(row[number], text)
    return segment === undefined || row[number] === 0 ? (
      written
    ) : (
      <Link to={{ segment, number }} aria-label={text.stageView.seeVisits(`${text.stageView.sums[number]} ${written}`)}>
        {written}
      </Link>
    )
  }
  const { share, before, change } = row
  const duration = (ms: number | null) => (ms === null ? text.noValue : formatDuration(ms, text))
  const shareText = (value: number | null) => (value === null ? text.noValue : formatValue(value, 'ratio', text))
  const added = addedMs(row)
  return (
    <>
      <td class="number end">
        {count('exited')}
        <span class="under quiet">{text.stageView.share(shareText(share.exited))}</span>
      </td>
      <td class="number end">
        {duration(row.p90_ms)}
        {before.p90_ms !== null && <span class="under quiet">← {duration(before.p90_ms)}</span>}
      </td>
      <td class="number end">{count('breached')}</td>
      <td class="number end">
        {shareText(share.sum_ms)}
        <ShareBar share={share.sum_ms ?? 0} />
      </td>
      <td class="number end">
        {added === undefined || change === null ? (
          text.noValue
        ) : (
          <span
            title={text.stageView.parts(
              signedDuration(change.time_ms),
              signedDuration(change.mix_ms),
              signedDuration(change.rework_ms),
            )}
          >
            {signedDuration(added)}
          </span>
        )}
      </td>
    </>
  )
}

/** `+1m 3s`, `−4.2s` */
function signedDuration(ms: number): string {
  const size = formatDuration(Math.abs(ms), words.value)
  if (Math.round(Math.abs(ms)) === 0) return size
  return ms > 0 ? `+${size}` : `−${size}`
}

const ShareBar = ({ share }: { share: number }) => (
  <span class="share-bar" aria-hidden="true">
    <span style={{ width: `${Math.min(1, share) * 100}%` }} />
  </span>
)
