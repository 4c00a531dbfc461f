import { languages, local, words } from '../../language/language.ts'
import { goTo, type Language, language, view, views } from '../../state/address.ts'
import type { Freshness } from '../../state/freshness.ts'
import { processes, status } from '../../state/live.ts'
import { isPaused } from '../../state/pause.ts'
import { currentFreshness, process, togglePause } from '../../state/selection.ts'
import { PauseIcon, PlayIcon } from '../icon.tsx'
import { Link } from '../link.tsx'
import { Account } from './account.tsx'
import { AsOf } from './as-of.tsx'
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
      <Account />
      <LanguageButton />
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
  // Numbers that hold still are not live, however good the connection is.
  const isHeld = isPaused.value && kind === 'fresh'
  return (
    <span class={`connection ${isHeld ? 'stale' : marks[kind]}`} data-connection={kind}>
      <span class="dot" aria-hidden="true" />
      {isHeld ? words.value.paused : words.value.freshness[kind]}
    </span>
  )
}

/** Says the other language in that language, for those who cannot read this one. */
export function LanguageButton() {
  const other: Language = language.value === 'zh' ? 'en' : 'zh'
  return (
    <button
      type="button"
      class="icon-button"
      lang={languages[other].locale}
      onClick={() => {
        language.value = other
      }}
    >
      {languages[other].name}
    </button>
  )
}

function PauseButton() {
  const text = words.value
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={isPaused.value ? text.resume : text.pause}
      title={isPaused.value ? text.resume : text.pause}
      data-pause={isPaused.value}
      onClick={togglePause}
    >
      {isPaused.value ? <PlayIcon /> : <PauseIcon />}
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
