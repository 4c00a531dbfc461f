import { type Health, healthSchema } from '../../../protocol/health.ts'
import { words } from '../../language/language.ts'
import { useResource } from '../../state/resource.ts'
import { process } from '../../state/selection.ts'
import { may } from '../../state/session.ts'
import { CsvLink } from '../csv-link.tsx'
import { Loaded } from '../loaded.tsx'
import { Audit } from './audit.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { Lacking, UnknownActivities } from './left-out.tsx'
import { Notifications } from './notifications.tsx'
import { PartitionTable } from './partition-table.tsx'
import { ProgramFacts } from './program-facts.tsx'
import { TimeFacts } from './time-facts.tsx'

const PATH = '/api/v1/health'
const AGAIN_AFTER_MS = 3_000

/** Whether the numbers can be relied on: what is read, what holds time back, what could not be counted or sent. */
export function HealthView() {
  const health = useResource(PATH, healthSchema, { everyMs: AGAIN_AFTER_MS })
  return (
    <div class="health">
      <Loaded of={health}>{found => <Parts health={found} />}</Loaded>
    </div>
  )
}

function Parts({ health }: { health: Health }) {
  const text = words.value.health
  const shown = health.processes.find(one => one.process === process.value?.name)
  return (
    <>
      {shown !== undefined && (
        <>
          <section class="panel" aria-labelledby="health-title">
            <div class="panel-head">
              <h2 id="health-title">{text.title}</h2>
            </div>
            <TimeFacts health={shown} notReady={health.not_ready} />
          </section>
          <ProgramFacts health={health} />
          <section class="panel across" aria-labelledby="partitions-title">
            <div class="panel-head">
              <h2 id="partitions-title">{text.partitions}</h2>
              <span class="spacer" />
              <CsvLink path={PATH} />
            </div>
            <PartitionTable health={shown} />
          </section>
          <DeadLetters health={shown} />
          <UnknownActivities health={shown} />
          <Lacking health={shown} />
        </>
      )}
      <Notifications />
      {may('steward') && <Audit />}
    </>
  )
}
