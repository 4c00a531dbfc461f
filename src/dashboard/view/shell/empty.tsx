import type { ProcessSummary } from '../../../protocol/process.ts'
import type { ProcessStatus } from '../../../protocol/status.ts'
import { formatCount } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { postCommand, sendCommand } from '../../state/send-command.ts'
import { Link } from '../link.tsx'

/** Nothing has been counted yet: where events are expected, and one to send. */
export function NoEvents({ process, status }: { process: ProcessSummary; status: ProcessStatus }) {
  const text = words.value.empty
  const topics = [...new Set(process.sources.flatMap(source => source.topics))]
  return (
    <section class="panel empty">
      <h2>{text.title}</h2>
      <p>{text.listening(topics.join(', '))}</p>
      {status.dead_letters > 0 && (
        <p>
          {text.rejected(formatCount(status.dead_letters, words.value))}{' '}
          <Link to={{ view: 'health' }}>{words.value.alerts.why}</Link>
        </p>
      )}
      {(process.brokers !== null || process.takes_events.length > 0) && <Example process={process} />}
    </section>
  )
}

/** Of the first source that has one. */
function Example({ process }: { process: ProcessSummary }) {
  const text = words.value.empty
  const [command] = process.sources.flatMap(source => commandsFor(process, source))
  if (command === undefined) return <p>{text.noExample}</p>
  return (
    <>
      <p>{text.try}</p>
      <pre>
        <code>{command}</code>
      </pre>
    </>
  )
}

/** What is simplest, where there is any: a topic that takes events by HTTP needs no client of Kafka. */
function commandsFor(
  { brokers, takes_events }: ProcessSummary,
  { topics, example }: ProcessSummary['sources'][number],
): string[] {
  if (example === null) return []
  const open = topics.find(topic => takes_events.includes(topic))
  if (open !== undefined) return [postCommand(location.origin, open, example)]
  const [topic] = topics
  return brokers === null || topic === undefined ? [] : [sendCommand(brokers, topic, example)]
}

export function NoProcess() {
  const text = words.value.empty
  return (
    <section class="panel empty">
      <h2>{text.noProcess}</h2>
      <p>{text.noProcessNote}</p>
    </section>
  )
}
