import type { Health } from '../../../protocol/health.ts'
import { formatCount, formatElapsed, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'

/** The program itself, and the store that it writes to. */
export function ProgramFacts({ health }: { health: Health }) {
  const text = words.value
  const { store, started_at } = health
  const startedAt = Date.parse(started_at)
  return (
    <section class="panel" aria-labelledby="program-title">
      <div class="panel-head">
        <h2 id="program-title">{text.health.program}</h2>
      </div>
      <dl class="facts number">
        <dt>{text.health.version}</dt>
        <dd>{health.version}</dd>
        <dt>{text.health.started}</dt>
        <dd>
          {formatTime(startedAt, timeZone.value, now.value, text)}{' '}
          <span class="quiet">{text.ago(formatElapsed(now.value - startedAt, text))}</span>
        </dd>
        <dt>{text.health.store}</dt>
        <dd data-store={store.state}>
          {text.health.stores[store.state]}
          {store.problem !== null && <span class="under">{store.problem}</span>}
        </dd>
        {store.state !== 'off' && (
          <>
            <dt>{text.health.rowsWritten}</dt>
            <dd>{formatCount(store.rows_written, text)}</dd>
            <dt>{text.health.rowsWaiting}</dt>
            <dd>{formatCount(store.rows_waiting, text)}</dd>
          </>
        )}
      </dl>
    </section>
  )
}
