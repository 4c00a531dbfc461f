import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { ZodMiniType } from 'zod/mini'
import { type Answer, ask } from './api.ts'
import { isPaused } from './pause.ts'

/**
 * The API's answer to a path, for as long as the component that asks is shown.
 *
 * @param path asked anew when it changes; undefined: nothing to ask.
 * @param againAfterMs asked again so often, unless the page is paused; undefined: once.
 * @returns undefined until the first answer.
 */
export function useAnswer<Value>(
  path: string | undefined,
  schema: ZodMiniType<Value>,
  againAfterMs?: number,
): Answer<Value> | undefined {
  const answer = useSignal<Answer<Value> | undefined>(undefined)
  useEffect(() => {
    answer.value = undefined
    if (path === undefined) return
    const asked = new AbortController()
    const read = async () => {
      const found = await ask(path, schema, asked.signal)
      if (found.kind !== 'aborted') answer.value = found
    }
    void read()
    const readAgain = () => {
      if (!isPaused.peek()) void read()
    }
    const again = againAfterMs === undefined ? undefined : setInterval(readAgain, againAfterMs)
    return () => {
      asked.abort()
      clearInterval(again)
    }
  }, [path, schema, againAfterMs, answer])
  return answer.value
}
