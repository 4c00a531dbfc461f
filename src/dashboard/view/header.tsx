import { formatDuration, formatElapsed, formatTime, formatZone } from '../language/format.ts'
import { catalogues, local, words } from '../language/language.ts'
import { chosenProcess, chosenSegment, chosenStage, type Language, language } from '../state/address.ts'
import type { Freshness } from '../state/freshness.ts'
import { now, processes, status } from '../state/live.ts'
import { currentFreshness, evaluatedAt, latency, process, timeZone } from '../state/selection.ts'

export function Header() {
  return (
    <header class="header">
      <span class="brand" title={status.value && words.value.version(status.value.version)}>
        <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
          <path class="brand-line" d="M1 16h8M23 16h8" />
          <circle class="brand-ring" cx="16" cy="16" r="7" />
          <path class="brand-hand" d="M16 16l3-3" />
        </svg>
        Stagewatch
      </span>
      <ProcessTitle />
      <span class="spacer" />
      <AsOf />
      <ConnectionMark />
      <LanguageSwitch />
    </header>
  )
}

function ProcessTitle() {
  const shown = process.value
  if (shown === undefined) return null
  if (processes.value.length === 1) return <h1>{local(shown.title)}</h1>
  return (
    <h1>
      <select
        aria-label={words.value.chooseProcess}
        value={shown.name}
        onChange={event => {
          chosenProcess.value = event.currentTarget.value
          chosenStage.value = undefined
          chosenSegment.value = undefined
        }}
      >
        {processes.value.map(({ name, title }) => (
          <option key={name} value={name}>
            {local(title)}
          </option>
        ))}
      </select>
    </h1>
  )
}

function AsOf() {
  const at = evaluatedAt.value
  if (at === undefined) return null
  const text = words.value
  return (
    <p class="as-of">
      {text.asOf}{' '}
      <time class="number" dateTime={new Date(at).toISOString()}>
        {formatTime(at, timeZone.value, now.value, text)}
      </time>{' '}
      <span class="quiet">
        · {text.ago(formatElapsed(now.value - at, text))} · {formatZone(timeZone.value, at, text)}
        <LatencyNote />
      </span>
    </p>
  )
}

function LatencyNote() {
  const text = words.value
  const { statistics, alerts } = latency.value
  if (statistics === undefined) return null
  const told = (kind: typeof statistics | undefined) =>
    kind === undefined
      ? text.noValue
      : `${formatDuration(kind.p50_ms, text)} (p99 ${formatDuration(kind.p99_ms, text)})`
  return (
    <span data-latency title={text.latencyDetail(told(statistics), told(alerts))}>
      {' '}
      · {text.latency(formatDuration(statistics.p50_ms, text))}
    </span>
  )
}

const marks: Readonly<Record<Freshness['kind'], 'lost' | 'opening' | 'catching-up' | 'stale' | 'open'>> = {
  refused: 'lost',
  disconnected: 'lost',
  opening: 'opening',
  'source-away': 'lost',
  'catching-up': 'catching-up',
  stale: 'stale',
  fresh: 'open',
}

function ConnectionMark() {
  const { kind } = currentFreshness.value
  return (
    <span class={`connection ${marks[kind]}`} data-connection={kind}>
      <span class="dot" aria-hidden="true" />
      {words.value.freshness[kind]}
    </span>
  )
}

function LanguageSwitch() {
  return (
    <fieldset class="switch">
      <legend class="hidden">{words.value.chooseLanguage}</legend>
      {(Object.keys(catalogues) as Language[]).map(key => (
        <button
          key={key}
          type="button"
          lang={key === 'zh' ? 'zh-CN' : 'en'}
          aria-pressed={language.value === key}
          onClick={() => {
            language.value = key
          }}
        >
          {catalogues[key].languageName}
        </button>
      ))}
    </fieldset>
  )
}
