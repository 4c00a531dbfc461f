import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { ProcessMap as PlacedStages } from '../../../protocol/process.ts'
import { formatDuration } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { edgePath, type MapLayout, mapLayout } from '../../state/map-layout.ts'
import { currentBottleneck, layout, process, stages } from '../../state/selection.ts'
import { Scroll } from '../scroll.tsx'
import { StageCard } from './stage-card.tsx'

const CARD_HEIGHT = 252
const noMap: PlacedStages = { columns: 0, height: 0, cards: [], edges: [] }

/** The process as a map of its stages; those that run over several others stand below it. */
export function ProcessMap() {
  const text = words.value
  const { spanning } = layout.value
  const windowMs = stages.value[0]?.window_ms
  return (
    <section class="panel" aria-labelledby="map-title">
      <div class="panel-head">
        <h2 id="map-title">{text.map.title}</h2>
        {windowMs !== undefined && <span class="quiet">{text.map.window(formatDuration(windowMs, text))}</span>}
      </div>
      <Scroll label={text.map.stages}>
        <Placed />
      </Scroll>
      {spanning.length > 0 && (
        <ul class="spanning" aria-label={text.map.spanning}>
          {spanning.map(stage => (
            <li key={stage.name}>
              <StageCard stage={stage} bottleneck={undefined} wide />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Placed() {
  const element = useRef<HTMLDivElement>(null)
  const room = useSignal(0)
  useEffect(() => {
    if (element.current === null) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) room.value = Math.floor(entry.contentRect.width)
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [room])
  const map = useComputed(() => mapLayout(process.value?.map ?? noMap, CARD_HEIGHT, room.value))
  const stuck = currentBottleneck.value
  const { cards, cardWidth, width, height } = map.value
  return (
    <div class="map" ref={element}>
      <div class="map-ground" style={{ '--width': `${width}px`, '--height': `${height}px` }}>
        <Edges map={map.value} />
        <ol class="chain">
          {layout.value.chain.map(stage => {
            const { x = 0, y = 0 } = cards.get(stage.name) ?? {}
            const place = {
              '--x': `${x}px`,
              '--y': `${y}px`,
              '--width': `${cardWidth}px`,
              '--height': `${CARD_HEIGHT}px`,
            }
            return (
              <li key={stage.name} style={place}>
                <StageCard stage={stage} bottleneck={stuck?.stage.name === stage.name ? stuck : undefined} />
              </li>
            )
          })}
        </ol>
      </div>
    </div>
  )
}

/** Their ends say where cases go; the order of the list says the same to those who do not see them. */
function Edges({ map }: { map: MapLayout }) {
  return (
    <svg class="edges" width={map.width} height={map.height} aria-hidden="true" focusable="false">
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="9" refY="4" markerWidth="8" markerHeight="8" orient="auto">
          <path d="M1 1l6 3-6 3" />
        </marker>
      </defs>
      {map.edges.map(({ from, to, points }) => (
        <path key={`${from} ${to}`} d={edgePath(points)} marker-end="url(#arrow)" />
      ))}
    </svg>
  )
}
