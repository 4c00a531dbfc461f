import type { ProcessSummary } from '../../../protocol/process.ts'
import type { ProcessStatus } from '../../../protocol/status.ts'
import { formatCount } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { sendCommand } from '../../state/send-command.ts'

/** Nothing has been counted yet: where events are expected, and one to send. */
export function NoEvents({ process, status }: { process: ProcessSummary; status: ProcessStatus }) {
  const text = words.value.empty
  const topics = [...new Set(process.sources.flatMap(source => source.topics))]
  return (
    <section class="panel empty">
      <h2>{text.title}</h2>
      <p>{text.listening(topics.join(', '))}</p>
      {status.dead_letters > 0 && <p>{text.rejected(formatCount(status.dead_letters, words.value))}</p>}
      {process.brokers !== null && <Example brokers={process.brokers} sources={process.sources} />}
    </section>
  )
}

/** Of the first source that has one. */
function Example({ brokers, sources }: { brokers: readonly string[]; sources: ProcessSummary['sources'] }) {
  const text = words.value.empty
  const [command] = sources.flatMap(({ topics: [topic], example }) =>
    topic === undefined || example === null ? [] : [sendCommand(brokers, topic, example)],
  )
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

export function NoProcess() {
  const text = words.value.empty
  return (
    <section class="panel empty">
      <h2>{text.noProcess}</h2>
      <p>{text.noProcessNote}</p>
    </section>
  )
}
