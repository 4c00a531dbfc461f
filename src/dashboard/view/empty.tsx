import type { ProcessSummary } from '../../protocol/process.ts'
import type { ProcessStatus } from '../../protocol/status.ts'
import { formatCount } from '../language/format.ts'
import { words } from '../language/language.ts'

/** Nothing has been counted yet: where events are expected, and one to send. */
export function NoEvents({ process, status }: { process: ProcessSummary; status: ProcessStatus }) {
  const text = words.value.empty
  const topics = [...new Set(process.sources.flatMap(source => source.topics))]
  const [source] = process.sources
  return (
    <section class="panel empty">
      <h2>{text.title}</h2>
      <p>{text.listening(topics.join(', '))}</p>
      {status.dead_letters > 0 && <p>{text.rejected(formatCount(status.dead_letters, words.value))}</p>}
      {source !== undefined && (
        <>
          <p>{text.try}</p>
          <pre>
            <code>
              {`echo '${source.example}' | \\\n  kafka-console-producer.sh --bootstrap-server localhost:9092 --topic ${source.topics[0]}`}
            </code>
          </pre>
        </>
      )}
    </section>
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
