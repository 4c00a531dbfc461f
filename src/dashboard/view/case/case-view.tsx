import { caseListSchema } from '../../../protocol/case-search.ts'
import { caseTimelineSchema } from '../../../protocol/history.ts'
import { words } from '../../language/language.ts'
import { chosenCase } from '../../state/address.ts'
import { apiPath, withQuery } from '../../state/api-path.ts'
import { usePages } from '../../state/pages.ts'
import { useResource } from '../../state/resource.ts'
import { process } from '../../state/selection.ts'
import { Loaded } from '../loaded.tsx'
import { CaseAlerts } from './case-alerts.tsx'
import { CaseCorrections } from './case-corrections.tsx'
import { CaseList } from './case-list.tsx'
import { CaseSearch } from './case-search.tsx'
import { CaseTimelinePanel } from './case-timeline.tsx'

/** One case as a timeline, found by its id or the beginning of it. */
export function CaseView() {
  const asked = chosenCase.value
  return (
    <div class="column">
      <CaseSearch />
      <Found key={`${process.value?.name} ${asked}`} asked={asked} />
    </div>
  )
}

const UNKNOWN = 'urn:stagewatch:problem:unknown-case'

/** The case that has the whole id, and those that begin with it; where nothing is asked for, the newest cases. */
function Found({ asked }: { asked: string | undefined }) {
  const text = words.value
  const cases = apiPath('processes', process.value?.name ?? '', 'cases')
  const path = asked === undefined ? undefined : `${cases}/${encodeURIComponent(asked)}`
  const timeline = useResource(path, caseTimelineSchema)
  const list = usePages(withQuery(cases, { query: asked }), caseListSchema)
  const others = list.pages.flatMap(page => page.cases).filter(one => one.case !== asked)
  const { kind } = timeline
  const isUnknown =
    kind === 'failed' && timeline.trouble.kind === 'problem' && timeline.trouble.problem.type === UNKNOWN
  // An id that was typed in part is no mistake where some begin with it.
  const isHidden = asked === undefined || (isUnknown && (others.length > 0 || list.state === 'reading'))
  return (
    <>
      {!isHidden && (
        <section class="panel" aria-label={text.lookup.label} data-case-answer={kind}>
          <Loaded of={timeline}>
            {found => (
              <>
                <CaseTimelinePanel timeline={found} path={path ?? ''} />
                <CaseCorrections corrections={found.corrections} />
                <CaseAlerts alerts={found.alerts} />
              </>
            )}
          </Loaded>
        </section>
      )}
      {(asked === undefined || others.length > 0) && (
        <CaseList
          title={asked === undefined ? text.cases.newest : text.cases.begins(asked)}
          cases={others}
          list={list}
          csv={withQuery(cases, { query: asked })}
        />
      )}
    </>
  )
}
