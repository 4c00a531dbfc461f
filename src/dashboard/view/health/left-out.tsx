import type { ProcessHealth } from '../../../protocol/health.ts'
import { formatCount } from '../../language/format.ts'
import { words } from '../../language/language.ts'

/** What came and was of no effect, since the process names no such thing. */
export function UnknownActivities({ health }: { health: ProcessHealth }) {
  const text = words.value.health
  const rows = health.unknown_activities.map(({ activity, count }) => ({ what: activity, count }))
  return (
    <section class="panel" aria-labelledby="unknown-title" data-unknown>
      <div class="panel-head">
        <h2 id="unknown-title">{text.unknownActivities}</h2>
      </div>
      {rows.length === 0 ? (
        <p class="quiet">{text.noUnknown}</p>
      ) : (
        <>
          <p class="quiet">{text.unknownNote}</p>
          <CountTable of={text.activity} rows={rows} />
        </>
      )}
    </section>
  )
}

/** What records would have needed to be counted. */
export function Lacking({ health }: { health: ProcessHealth }) {
  const text = words.value.health
  const { lacking } = health
  return (
    <section class="panel" aria-labelledby="lacking-title" data-lacking>
      <div class="panel-head">
        <h2 id="lacking-title">{text.lacking}</h2>
      </div>
      {lacking === null || lacking.length === 0 ? (
        <p class="quiet">{lacking === null ? text.lackingAway : text.noLacking}</p>
      ) : (
        <>
          <p class="quiet">{text.lackingNote}</p>
          <CountTable of={text.lackingWhat} rows={lacking.map(({ detail, count }) => ({ what: detail, count }))} />
        </>
      )}
    </section>
  )
}

type Row = { readonly what: string; readonly count: number }

function CountTable({ of, rows }: { of: string; rows: readonly Row[] }) {
  const text = words.value
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">{of}</th>
          <th scope="col" class="end">
            {text.health.count}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ what, count }) => (
          <tr key={what}>
            <td class="wide">{what}</td>
            <td class="number end">{formatCount(count, text)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
