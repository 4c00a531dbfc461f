import type { ComponentChildren } from 'preact'
import { formatCount, formatElapsed, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now, status, world } from '../../state/live.ts'
import { pause } from '../../state/pause.ts'
import { currentFreshness, processStatus, timeZone, togglePause } from '../../state/selection.ts'
import { stream } from '../../state/stream.ts'
import { CriticalIcon, InfoIcon, WarningIcon } from '../icon.tsx'

/** What the reader must know before believing a number: it is old, or it is of the past. */
export function Banners() {
  return (
    <>
      <FreshnessBanner />
      <PauseBanner />
      <PartialBanner />
      <StoreBanner />
    </>
  )
}

function FreshnessBanner() {
  const state = currentFreshness.value
  const text = words.value
  switch (state.kind) {
    case 'fresh':
    case 'opening':
      return null
    case 'refused':
      return (
        <Banner kind="lost" icon={<CriticalIcon />}>
          <strong>{state.why === 'unreadable' ? text.banner.unreadable : text.banner.refused}</strong>
          <button type="button" onClick={() => location.reload()}>
            {text.reload}
          </button>
        </Banner>
      )
    case 'disconnected':
      return (
        <Banner kind="lost" icon={<CriticalIcon />}>
          <strong>{text.banner.disconnected(formatElapsed(Math.max(1_000, state.forMs), text))}</strong>
          {state.retryInMs === undefined ? (
            <span>{text.banner.retrying}</span>
          ) : (
            <>
              <span>{text.banner.retryIn(formatElapsed(state.retryInMs + 999, text))}</span>
              <button type="button" onClick={() => stream.value?.retryNow()}>
                {text.retryNow}
              </button>
            </>
          )}
        </Banner>
      )
    case 'source-away':
      return (
        <Banner kind="source" icon={<CriticalIcon />}>
          <strong>{text.banner.sourceAway(formatElapsed(Math.max(1_000, state.forMs), text))}</strong>
          <span>
            {state.problem}: {state.remedy}.
          </span>
          <span>{state.retrying ? text.banner.sourceRetrying : text.banner.sourceFailed}</span>
        </Banner>
      )
    case 'stale':
      return (
        <Banner kind="stale" icon={<WarningIcon />}>
          <strong>{text.banner.stale(formatElapsed(state.ageMs, text))}</strong>
        </Banner>
      )
    case 'catching-up':
      return (
        <Banner kind="catching-up" icon={<InfoIcon />}>
          <strong>
            {state.at === undefined
              ? text.banner.catchingUpStart
              : text.banner.catchingUp(
                  formatTime(state.at, timeZone.value, now.value, text, false),
                  formatTime(state.of, timeZone.value, now.value, text, false),
                )}
          </strong>
          <progress max={1} {...(state.progress === undefined ? {} : { value: state.progress })} />
          <span>{text.banner.catchingUpNote}</span>
        </Banner>
      )
  }
}

/** Numbers that hold still are old numbers, by the reader's own wish. */
function PauseBanner() {
  const held = pause.value
  if (held === undefined) return null
  const text = words.value
  const { evaluations, turns } = world.value
  return (
    <Banner kind="paused" icon={<InfoIcon />}>
      <strong>
        {text.banner.paused(
          formatTime(held.since, timeZone.value, now.value, text),
          formatElapsed(now.value - held.since, text),
        )}
      </strong>
      <span class="number">
        {text.banner.missed(formatCount(evaluations - held.evaluations, text), formatCount(turns - held.turns, text))}
      </span>
      <button type="button" onClick={togglePause}>
        {text.resume}
      </button>
    </Banner>
  )
}

function PartialBanner() {
  const count = processStatus.value?.unknown_ends ?? 0
  if (count === 0) return null
  return (
    <Banner kind="partial" icon={<WarningIcon />}>
      <strong>{words.value.banner.unknownEnds(count)}</strong>
    </Banner>
  )
}

function StoreBanner() {
  const store = status.value?.store
  if (store?.state !== 'retrying') return null
  return (
    <Banner kind="store" icon={<WarningIcon />}>
      <strong>{words.value.banner.storeRetrying(formatCount(store.rows_waiting, words.value))}</strong>
    </Banner>
  )
}

function Banner({ kind, icon, children }: { kind: string; icon: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class={`banner banner-${kind}`} data-banner={kind}>
      {icon}
      {children}
    </div>
  )
}
