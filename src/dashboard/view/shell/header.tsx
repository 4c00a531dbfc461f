import { formatElapsed, formatTime, formatZone } from '../../language/format.ts'
import { catalogues, local, words } from '../../language/language.ts'
import { goTo, type Language, language, view, views } from '../../state/address.ts'
import type { Freshness } from '../../state/freshness.ts'
import { now, processes, status } from '../../state/live.ts'
import { isPaused } from '../../state/pause.ts'
import { currentFreshness, evaluatedAt, process, timeZone, togglePause } from '../../state/selection.ts'
import { Link } from '../link.tsx'
import { Switch } from '../switch.tsx'
import { Settings } from './settings.tsx'

export function Header() {
  return (
    <header class="header">
      <SkipLink />
      <span class="brand" title={status.value && words.value.version(status.value.version)}>
        <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
          <path class="brand-line" d="M1 16h8M23 16h8" />
          <circle class="brand-ring" cx="16" cy="16" r="7" />
          <path class="brand-hand" d="M16 16l3-3" />
        </svg>
        Stagewatch
      </span>
      <ProcessTitle />
      <Navigation />
      <span class="spacer" />
      <AsOf />
      <ConnectionMark />
      <PauseButton />
      <Switch legend={words.value.chooseLanguage} chosen={language} options={languages} />
      <Settings />
    </header>
  )
}

function Navigation() {
  const text = words.value
  return (
    <nav class="views" aria-label={text.navigation}>
      {views.map(name => (
        <Link key={name} to={{ view: name }} aria-current={view.value === name ? 'page' : undefined}>
          {text.views[name]}
        </Link>
      ))}
    </nav>
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
          goTo({ process: event.currentTarget.value, stage: undefined, segment: undefined, case: undefined })
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
      </span>
    </p>
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

const languages = (Object.keys(catalogues) as Language[]).map(value => ({
  value,
  title: catalogues[value].languageName,
  lang: catalogues[value].locale,
}))

function PauseButton() {
  const text = words.value
  return (
    <button type="button" aria-pressed={isPaused.value} data-pause={isPaused.value} onClick={togglePause}>
      {isPaused.value ? text.resume : text.pause}
    </button>
  )
}

/** For whoever would otherwise walk through all of the header before every view. */
function SkipLink() {
  return (
    <button type="button" class="skip" onClick={() => document.querySelector('main')?.focus()}>
      {words.value.skip}
    </button>
  )
}
