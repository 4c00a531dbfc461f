import { stage } from '../../state/selection.ts'
import { OpenNow } from './open-now.tsx'
import { OverTime } from './over-time.tsx'
import { SegmentTable } from './segment-table.tsx'
import { StageChoice } from './stage-choice.tsx'
import { StageNow } from './stage-now.tsx'

/** One stage, or one segment of it: now, and over any stretch of time. */
export function StageView() {
  const shown = stage.value
  if (shown === undefined) return null
  return (
    <div class="column stage-view" data-stage-view={shown.name}>
      <StageChoice />
      <StageNow />
      <OpenNow />
      <OverTime />
      <SegmentTable />
    </div>
  )
}
