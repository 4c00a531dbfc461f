import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { ZodMiniType } from 'zod/mini'
import { askForNewer, type Trouble } from './api.ts'
import { isPaused } from './pause.ts'

/*
 * What a view reads of the server, and reads again while somebody looks at it. A value stays on the page when it cannot
 * be read again, with the reason beside it; it goes as soon as something else is asked for.
 */

export type Resource<Value> =
  | { readonly kind: 'loading' }
  /** @property trouble why it could not be read again: the value is an old one. */
  | { readonly kind: 'read'; readonly value: Value; readonly trouble: Trouble | undefined }
  | { readonly kind: 'failed'; readonly trouble: Trouble }

export type Visibility = {
  readonly isVisible: () => boolean
  /** Hears when it changes, until the returned function is called. */
  readonly onChange: (listener: () => void) => () => void
}

/**
 * Reads now and every `everyMs` while the page is visible; a page that comes to the front again reads at once what has
 * become old meanwhile.
 *
 * @param path asked before each reading: what it names may move on with time.
 * @param onChange is not called where nothing has changed.
 * @returns stops it, and what is under way.
 */
export function followResource<Value>(
  path: () => string,
  schema: ZodMiniType<Value>,
  everyMs: number,
  visibility: Visibility,
  onChange: (next: Resource<Value>) => void,
): () => void {
  const asked = new AbortController()
  let shown: Resource<Value> = { kind: 'loading' }
  let known: { readonly path: string; readonly tag: string | undefined } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isReading = false
  const show = (next: Resource<Value>) => {
    shown = next
    onChange(next)
  }
  async function read(): Promise<void> {
    if (isReading) return
    isReading = true
    clearTimeout(timer)
    timer = undefined
    const at = path()
    const answer = await askForNewer(at, schema, known?.path === at ? known.tag : undefined, asked.signal)
    isReading = false
    if (answer.kind === 'aborted' || asked.signal.aborted) return
    if (answer.kind === 'found') {
      known = { path: at, tag: answer.tag }
      show({ kind: 'read', value: answer.value, trouble: undefined })
    } else if (answer.kind === 'unchanged') {
      if (shown.kind === 'read' && shown.trouble !== undefined) show({ ...shown, trouble: undefined })
    } else if (shown.kind === 'read') show({ ...shown, trouble: answer })
    else show({ kind: 'failed', trouble: answer })
    timer = setTimeout(onTime, everyMs)
  }
  const onTime = () => {
    timer = undefined
    if (visibility.isVisible()) void read()
  }
  // Without a timer the time for the next reading came while nobody looked.
  const stopListening = visibility.onChange(() => {
    if (timer === undefined && visibility.isVisible()) void read()
  })
  void read()
  return () => {
    asked.abort()
    clearTimeout(timer)
    stopListening()
  }
}

/** A paused page is as good as one in the background: what it shows holds still. */
const ofDocument: Visibility = {
  isVisible: () => !document.hidden && !isPaused.peek(),
  onChange(listener) {
    document.addEventListener('visibilitychange', listener)
    const stopWaiting = isPaused.subscribe(listener)
    return () => {
      document.removeEventListener('visibilitychange', listener)
      stopWaiting()
    }
  },
}

/** How often what is looked at is read again, where nothing else is said. */
const AGAIN_AFTER_MS = 15_000

/**
 * What the server tells, followed for as long as the component is there.
 *
 * @param key names what is asked for: another key, and it is loaded anew; undefined: nothing is asked for.
 * @param path defaults to the key; given where it moves on with time.
 */
export function useResource<Value>(
  key: string | undefined,
  schema: ZodMiniType<Value>,
  { path, everyMs = AGAIN_AFTER_MS }: { readonly path?: () => string; readonly everyMs?: number } = {},
): Resource<Value> {
  const held = useSignal<{ readonly of: string | undefined; readonly resource: Resource<Value> }>(nothingRead)
  // The path is made of what the key names: the effect need not run again for a new function.
  useEffect(() => {
    if (key === undefined) return
    return followResource(path ?? (() => key), schema, everyMs, ofDocument, resource => {
      held.value = { of: key, resource }
    })
  }, [key, schema, everyMs])
  // In the drawing between the change of key and the effect the former value is still there.
  return held.value.of === key ? held.value.resource : nothingRead.resource
}

const nothingRead = { of: undefined, resource: { kind: 'loading' } } as const
