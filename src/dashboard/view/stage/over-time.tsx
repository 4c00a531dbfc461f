import { type StageHistory, stageHistorySchema } from '../../../protocol/history.ts'
import { words } from '../../language/language.ts'
import { chosenSegment } from '../../state/address.ts'
import { apiPath, withQuery } from '../../state/api-path.ts'
import { useResource } from '../../state/resource.ts'
import { process, stage } from '../../state/selection.ts'
import { chosenComparison, rangeKey, rangeParameters } from '../../state/stage-range.ts'
import { chosenNumber } from '../../state/visit-list.ts'
import { CsvLink } from '../csv-link.tsx'
import { Loaded } from '../loaded.tsx'
import { HistoryCharts } from './history-charts.tsx'
import { RangeSums } from './range-sums.tsx'
import { VisitList } from './visit-list.tsx'

/** What came, went and how long it took in the range that is chosen, against the time before. */
export function OverTime() {
  const text = words.value.stageView
  const path = apiPath('processes', process.value?.name ?? '', 'stages', stage.value?.name ?? '', 'history')
  const asked = {
    segment: chosenSegment.value,
    compare: chosenComparison.value === 'none' ? undefined : chosenComparison.value,
  }
  const pathNow = () => withQuery(path, { ...rangeParameters(), ...asked })
  const key = `${withQuery(path, asked)} ${rangeKey.value}`
  const history = useResource(key, stageHistorySchema, { path: pathNow })
  return (
    <>
      <section class="panel" aria-labelledby="over-time-title" data-history={history.kind}>
        <div class="panel-head">
          <h2 id="over-time-title">{text.inRange}</h2>
          <span class="spacer" />
          <CsvLink path={pathNow()} />
        </div>
        <div class="over-time">
          <Loaded of={history}>
            {found =>
              isEmpty(found) ? (
                <p class="quiet">{text.none}</p>
              ) : (
                <>
                  <RangeSums history={found} />
                  <HistoryCharts history={found} />
                </>
              )
            }
          </Loaded>
        </div>
      </section>
      {history.kind === 'read' && chosenNumber.value !== 'none' && (
        <VisitList key={`${key} ${chosenNumber.value}`} number={chosenNumber.value} range={history.value} />
      )}
    </>
  )
}

const isEmpty = ({ whole, points }: StageHistory): boolean =>
  whole.entered + whole.exited + whole.abandoned + whole.expired === 0 && points.every(({ wip }) => (wip ?? 0) === 0)
