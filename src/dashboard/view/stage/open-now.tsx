import { type OpenStage, openStageSchema } from '../../../protocol/open-stage.ts'
import { words } from '../../language/language.ts'
import { chosenSegment } from '../../state/address.ts'
import { apiPath, withQuery } from '../../state/api-path.ts'
import { useResource } from '../../state/resource.ts'
import { process, stage } from '../../state/selection.ts'
import { Loaded } from '../loaded.tsx'
import { AgeHistogram } from './age-histogram.tsx'
import { OpenVisits } from './open-visits.tsx'
import { TimesNow } from './times-now.tsx'

const AGAIN_AFTER_MS = 5_000

/** What is open in the stage now: how it stands to what completed, how old it is, and which cases. */
export function OpenNow() {
  const path = withQuery(
    apiPath('processes', process.value?.name ?? '', 'stages', stage.value?.name ?? '', 'open-cases'),
    { segment: chosenSegment.value },
  )
  const open = useResource(path, openStageSchema, { everyMs: AGAIN_AFTER_MS })
  return (
    <div class="open-now" data-open-now={open.kind}>
      <Loaded of={open}>{found => <Parts open={found} path={path} />}</Loaded>
    </div>
  )
}

function Parts({ open, path }: { open: OpenStage; path: string }) {
  const text = words.value.stageView
  return (
    <>
      <section class="panel" aria-labelledby="times-now-title">
        <div class="panel-head">
          <h2 id="times-now-title">{text.timesNow}</h2>
        </div>
        <TimesNow open={open} />
        <h3>{text.ages}</h3>
        <AgeHistogram open={open} />
      </section>
      <OpenVisits id="oldest" title={text.oldest} visits={open.oldest} none={text.nothingOpen} csv={path} />
      {open.at_risk !== null && open.at_risk.length > 0 && (
        <OpenVisits
          id="at-risk"
          title={text.atRisk}
          visits={open.at_risk}
          none={text.noneAtRisk}
          lookedAt={open.looked_at}
        />
      )}
    </>
  )
}
