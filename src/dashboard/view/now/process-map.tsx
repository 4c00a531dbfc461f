import { formatDuration } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { currentBottleneck, layout, stages } from '../../state/selection.ts'
import { StageCard } from './stage-card.tsx'

/** The process from left to right, one card a stage; stages over several others stand below them. */
export function ProcessMap() {
  const text = words.value
  const { chain, spanning } = layout.value
  const stuck = currentBottleneck.value?.stage.name
  const windowMs = stages.value[0]?.window_ms
  return (
    <section class="panel" aria-labelledby="map-title">
      <div class="panel-head">
        <h2 id="map-title">{text.map.title}</h2>
        {windowMs !== undefined && <span class="quiet">{text.map.window(formatDuration(windowMs, text))}</span>}
      </div>
      <ol class="chain" aria-label={text.map.stages}>
        {chain.map(stage => (
          <li key={stage.name}>
            <StageCard stage={stage} isBottleneck={stage.name === stuck} />
          </li>
        ))}
      </ol>
      {spanning.length > 0 && (
        <ul class="spanning" aria-label={text.map.spanning}>
          {spanning.map(stage => (
            <li key={stage.name}>
              <StageCard stage={stage} isBottleneck={false} wide />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
