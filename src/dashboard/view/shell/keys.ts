import { signal } from '@preact/signals'
import type { Alert } from '../../../protocol/alert.ts'
import { goTo, openAlert, type View } from '../../state/address.ts'
import { alerts } from '../../state/live.ts'
import { remembered } from '../../state/remembered.ts'
import { alertsInOrder, togglePause } from '../../state/selection.ts'
import { isOver } from '../../state/world.ts'
import { askFor, doAtOnce } from '../alert/actions/open-form.ts'

/*
 * Single keys for those who watch all day. They do nothing while somebody types or a modifier is held, and can be
 * switched off: who speaks to the computer does not want words to act.
 */

export const isHelpOpen = signal(false)
const choice = remembered('keys')
export const areKeysOn = {
  get value(): boolean {
    return choice.value !== 'off'
  },
  set value(on: boolean) {
    choice.value = on ? undefined : 'off'
  },
}

/** `g` and then one of these. */
export const viewKeys = { n: 'now', s: 'stage', c: 'case', r: 'rules', m: 'metrics', h: 'health' } as const
const SECOND_KEY_WITHIN_MS = 1_500

/** What can be reached with `j` and `k`, in the order of the page. */
const STOPS = 'main [data-stop]'

let goneAt = Number.NEGATIVE_INFINITY

export function listenToKeys(): void {
  addEventListener('keydown', event => {
    if (!areKeysOn.value || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (press(event.key, event.timeStamp)) event.preventDefault()
  })
}

/** @returns whether the key meant something. */
function press(key: string, at: number): boolean {
  const goes = at - goneAt < SECOND_KEY_WITHIN_MS
  goneAt = key === 'g' ? at : Number.NEGATIVE_INFINITY
  if (key === 'g') return true
  const target = goes ? new Map<string, View>(Object.entries(viewKeys)).get(key) : undefined
  if (target !== undefined) {
    goTo({ view: target })
    return true
  }
  const deed = deeds[key]
  deed?.()
  return deed !== undefined
}

const deeds: Readonly<Record<string, () => void>> = {
  j: () => step(1),
  k: () => step(-1),
  a: acknowledge,
  s: () => {
    const alert = currentAlert()
    if (alert !== undefined && !isOver(alert)) askFor({ kind: 'snooze' }, alert)
  },
  p: togglePause,
  '/': findCase,
  '?': () => {
    isHelpOpen.value = !isHelpOpen.value
  },
}

/** To the next alert where one is open, else to the next thing in the list. */
function step(by: 1 | -1): void {
  if (openAlert.value !== undefined) {
    const ids = alertsInOrder.value.map(({ id }) => id)
    openAlert.value = ids[ids.indexOf(openAlert.value) + by] ?? openAlert.value
    return
  }
  const stops = [...document.querySelectorAll<HTMLElement>(STOPS)]
  const current = stops.findIndex(stop => stop.matches(':focus'))
  const next = current === -1 ? (by === 1 ? 0 : stops.length - 1) : current + by
  stops[Math.min(stops.length - 1, Math.max(0, next))]?.focus()
}

/** The alert that is open, else the one that has the focus. */
function currentAlert(): Alert | undefined {
  const focused = document.activeElement?.closest<HTMLElement>('[data-alert]')?.dataset.alert
  return alerts.value.get(openAlert.value ?? focused ?? '')
}

function acknowledge(): void {
  const alert = currentAlert()
  if (alert !== undefined && !isOver(alert) && alert.acknowledged === undefined)
    doAtOnce({ kind: 'acknowledge' }, alert)
}

function findCase(): void {
  goTo({ view: 'case' })
  // The view is drawn before the next frame.
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('case')?.focus()))
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
