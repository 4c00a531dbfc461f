import type { FoundCase, CaseList as Page } from '../../../protocol/case-search.ts'
import { formatCount, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import type { Pages } from '../../state/pages.ts'
import { timeZone } from '../../state/selection.ts'
import { CsvLink } from '../csv-link.tsx'
import { Link } from '../link.tsx'
import { More } from '../more.tsx'
import { RowTable } from '../row-table.tsx'
import { stageTitle } from '../subject-title.ts'

type Properties = {
  readonly title: string
  readonly cases: readonly FoundCase[]
  readonly list: Pages<Page>
  readonly csv: string
}

/** Cases by a line each: where they are, and since when. */
export function CaseList({ title, cases, list, csv }: Properties) {
  const text = words.value.cases
  return (
    <section class="panel" aria-labelledby="cases-title" data-cases={cases.length}>
      <div class="panel-head">
        <h2 id="cases-title">{title}</h2>
        <span class="spacer" />
        <CsvLink path={csv} />
      </div>
      {cases.length > 0 ? (
        <RowTable
          label={title}
          heads={[words.value.stageView.case, text.state, text.since, text.started, { end: text.visits }]}
        >
          {cases.map(one => (
            <CaseRow key={one.case} found={one} />
          ))}
        </RowTable>
      ) : (
        list.state === 'whole' && <p class="quiet">{text.noCases}</p>
      )}
      <More list={list} />
    </section>
  )
}

function CaseRow({ found }: { found: FoundCase }) {
  const text = words.value
  const time = (at: string) => formatTime(Date.parse(at), timeZone.value, now.peek(), text)
  const open = found.open_stages.map(stageTitle).join(', ')
  return (
    <tr data-found={found.case}>
      <th scope="row" class="case-id">
        <Link data-stop="" to={{ case: found.case }}>
          {found.case}
        </Link>
      </th>
      <td>
        {found.state === 'open'
          ? text.cases.openIn(open)
          : text.cases.endedIn(text.outcome[found.state], stageTitle(found.stage))}
      </td>
      <td class="number">{time(found.since)}</td>
      <td class="number">{time(found.started_at)}</td>
      <td class="number end">{formatCount(found.visit_count, text)}</td>
    </tr>
  )
}
