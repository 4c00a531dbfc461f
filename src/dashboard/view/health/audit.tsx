import { auditListSchema } from '../../../protocol/definitions.ts'
import { formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { withQuery } from '../../state/api-path.ts'
import { now } from '../../state/live.ts'
import { usePages } from '../../state/pages.ts'
import { timeZone } from '../../state/selection.ts'
import { CsvLink } from '../csv-link.tsx'
import { More } from '../more.tsx'
import { RowTable } from '../row-table.tsx'

const PATH = withQuery('/api/v1/audit', { limit: '20' })

/** Who did what, the newest first; as of when the view was opened. */
export function Audit() {
  const text = words.value.health
  const list = usePages(PATH, auditListSchema)
  const entries = list.pages.flatMap(page => page.entries)
  return (
    <section class="panel across" aria-labelledby="audit-title" data-audit={entries.length}>
      <div class="panel-head">
        <h2 id="audit-title">{text.audit}</h2>
        <span class="spacer" />
        <CsvLink path={PATH} />
      </div>
      {entries.length === 0 && list.state === 'whole' && <p class="quiet">{text.noAudit}</p>}
      {entries.length > 0 && (
        <RowTable label={text.audit} heads={[text.when, text.who, text.what, text.subject]}>
          {entries.map(({ chain, sequence, at, actor, action, subject }) => (
            <tr key={`${chain} ${sequence}`}>
              <td class="number">{formatTime(Date.parse(at), timeZone.value, now.peek(), words.value)}</td>
              <th scope="row">{actor}</th>
              <td>{action}</td>
              <td class="wide">{subject}</td>
            </tr>
          ))}
        </RowTable>
      )}
      <More list={list} />
    </section>
  )
}
