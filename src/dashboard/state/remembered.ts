import { type Signal, signal } from '@preact/signals'

/*
 * What the browser remembers of its reader, who is the same whatever address the page has. Where it may not remember
 * anything, it is asked again after a reload.
 */

/** A signal whose value outlives the page. */
export function remembered(name: string): Signal<string | undefined> {
  const key = `stagewatch.${name}`
  const kept = signal(read(key))
  kept.subscribe(value => write(key, value))
  return kept
}

function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    // The browser is set to keep nothing for this site, and says so by throwing.
    return undefined
  }
}

function write(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // As above: the value then lasts as long as the page.
  }
}
