import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { ZodMiniType } from 'zod/mini'
import { ask, type Trouble } from './api.ts'

/** A long list as far as it has been read. */
export type Pages<Page> = {
  readonly pages: readonly Page[]
  readonly state: 'reading' | 'more' | 'whole' | Trouble
  /** Reads the next page, or tries again where one could not be read. */
  readonly more: () => void
}

type Held<Page> = {
  readonly of: string | undefined
  readonly pages: readonly Page[]
  readonly state: Pages<Page>['state']
}

/**
 * A list that comes in pages: the first one at once, each further one when it is asked for. It is not read again by
 * itself, since a list that somebody goes through must not move under their eyes.
 *
 * @param path of the first page; undefined: nothing is asked for.
 */
export function usePages<Page extends { readonly next?: string | undefined }>(
  path: string | undefined,
  schema: ZodMiniType<Page>,
): Pages<Page> {
  const held = useSignal<Held<Page>>({ of: undefined, pages: [], state: 'reading' })
  const asked = useRef<AbortController>(undefined)
  const read = async (of: string, former: readonly Page[]) => {
    asked.current?.abort()
    const controller = new AbortController()
    asked.current = controller
    held.value = { of, pages: former, state: 'reading' }
    const cursor = former.at(-1)?.next
    const separator = of.includes('?') ? '&' : '?'
    const answer = await ask(
      cursor === undefined ? of : `${of}${separator}cursor=${encodeURIComponent(cursor)}`,
      schema,
      controller.signal,
    )
    if (answer.kind === 'aborted') return
    held.value =
      answer.kind === 'found'
        ? { of, pages: [...former, answer.value], state: answer.value.next === undefined ? 'whole' : 'more' }
        : { of, pages: former, state: answer }
  }
  useEffect(() => {
    if (path === undefined) return
    void read(path, [])
    return () => asked.current?.abort()
  }, [path, schema])
  const shown: Held<Page> = held.value.of === path ? held.value : { of: path, pages: [], state: 'reading' }
  return {
    pages: shown.pages,
    state: shown.state,
    more: () => {
      if (path !== undefined && shown.state !== 'reading') void read(path, shown.pages)
    },
  }
}
