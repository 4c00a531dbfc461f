import { StageHistory } from './stage-history.tsx'

/** One stage in detail. */
export function StageView() {
  return (
    <div class="column">
      <StageHistory />
    </div>
  )
}
