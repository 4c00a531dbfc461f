import { process, processStatus } from '../../state/selection.ts'
import { AlertPanel } from '../alert/alert-panel.tsx'
import { NoEvents } from '../shell/empty.tsx'
import { BottleneckLine } from './bottleneck-line.tsx'
import { HeatTables } from './heat-tables.tsx'
import { MeasureTable } from './measure-table.tsx'
import { ProcessMap } from './process-map.tsx'

/** The process as it is now: where it is stuck, whose that is, and what fires. */
export function NowView() {
  const shown = process.value
  const status = processStatus.value
  if (shown === undefined) return null
  const empty =
    status !== undefined && status.events_counted === 0 && status.cases_in_memory === 0 && !status.catching_up
  return (
    <div class="columns">
      <div class="column">
        {empty ? <NoEvents process={shown} status={status} /> : <BottleneckLine />}
        <ProcessMap />
        <HeatTables />
        <MeasureTable />
      </div>
      <div class="column side">
        <AlertPanel />
      </div>
    </div>
  )
}
