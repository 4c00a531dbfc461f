import { type DefinitionChange, definitionListSchema } from '../../protocol/definitions.ts'
import { formatTime } from '../language/format.ts'
import { words } from '../language/language.ts'
import { apiPath, withQuery } from '../state/api-path.ts'
import { now } from '../state/live.ts'
import { usePages } from '../state/pages.ts'
import { process, timeZone } from '../state/selection.ts'
import { More } from './more.tsx'

/** What was defined when, and what changed: the newest first. */
export function Versions({ kind, name }: { kind: 'rule' | 'metric'; name: string }) {
  const text = words.value.parts
  const path = withQuery(apiPath('processes', process.value?.name ?? '', 'definitions'), { kind, name, limit: '10' })
  const list = usePages(path, definitionListSchema)
  const versions = list.pages.flatMap(page => page.definitions)
  return (
    <>
      <h3>{text.versions}</h3>
      {versions.length === 0 && list.state === 'whole' && <p class="quiet">{text.noVersions}</p>}
      <ol class="versions" data-versions={versions.length}>
        {versions.map(version => (
          <Version key={`${version.since} ${version.hash}`} version={version} />
        ))}
      </ol>
      <More list={list} />
    </>
  )
}

function Version({ version }: { version: DefinitionChange }) {
  const text = words.value
  const { since, what, version: number, hash, in_force, changes } = version
  return (
    <li>
      <span class="number">
        <time dateTime={since}>{formatTime(Date.parse(since), timeZone.value, now.peek(), text)}</time>{' '}
        <b>{text.parts.defined[what]}</b>
        {number !== null && ` · ${text.parts.versionOf(String(number))}`}
        {in_force && ` · ${text.parts.inForce}`}
      </span>
      {hash !== null && (
        <>
          {' '}
          <code class="quiet">{hash.slice(0, 12)}</code>
        </>
      )}
      {changes.length > 0 && (
        <dl class="changes">
          {changes.map(({ field, before, after }) => (
            <div key={field}>
              <dt>{field}</dt>
              <dd>
                <del>{written(before)}</del> → <ins>{written(after)}</ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  )
}

/** A text as it is, and anything else as it stands in the API. */
const written = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
