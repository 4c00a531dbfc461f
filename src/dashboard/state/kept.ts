import { batch, type Signal, signal } from '@preact/signals'

/*
 * Signals that live in the address, so that a link or a reload shows the same page. Each is named where it is used; the
 * page keeps them all from one place, address.ts.
 */

type Kept = {
  readonly name: string
  /** A change of it is a step that the browser's back button takes back. */
  readonly isPlace: boolean
  readonly text: () => string | undefined
  readonly read: (asked: string | undefined) => void
}

const all: Kept[] = []
const asked = new URLSearchParams(location.search)

/**
 * A signal with one of a few values; the initial one is left out of the address.
 *
 * @param isPlace whether the back button takes a change of it back; else it changes the address in its place.
 */
export function keptChoice<Value extends string>(
  name: string,
  allowed: readonly Value[],
  initial: Value,
  isPlace = false,
): Signal<Value> {
  const valueFrom = (text: string | undefined): Value => allowed.find(value => value === text) ?? initial
  const kept = signal(valueFrom(asked.get(name) ?? undefined))
  all.push({
    name,
    isPlace,
    text: () => (kept.value === initial ? undefined : kept.value),
    read: text => {
      kept.value = valueFrom(text)
    },
  })
  return kept
}

/** A signal with any text; undefined and the empty text are left out of the address. */
export function keptText(name: string, isPlace = false): Signal<string | undefined> {
  const kept = signal(asked.get(name) ?? undefined)
  all.push({
    name,
    isPlace,
    text: () => kept.value || undefined,
    read: text => {
      kept.value = text
    },
  })
  return kept
}

export type Changes = Readonly<Record<string, string | undefined>>

/** The address with these changed; `./` where nothing is left to say. */
export function addressWith(changes: Changes): string {
  const query = new URLSearchParams()
  for (const { name, text } of all) {
    const value = name in changes ? changes[name] : text()
    if (value !== undefined) query.set(name, value)
  }
  return query.size === 0 ? './' : `?${query}`
}

/** Changes several at once: one step for the back button. */
export function change(changes: Changes): void {
  batch(() => {
    for (const { name, read } of all) if (name in changes) read(changes[name])
  })
}

/** Takes all of them from the address, as after a step back. */
export function readAddress(): void {
  const query = new URLSearchParams(location.search)
  batch(() => {
    for (const { name, read } of all) read(query.get(name) ?? undefined)
  })
}

/** What tells one step of the back button from the next. */
export const placeText = (): string =>
  JSON.stringify(all.filter(({ isPlace }) => isPlace).map(({ name, text }) => [name, text()]))
