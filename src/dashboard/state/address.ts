import { effect, signal } from '@preact/signals'

/*
 * What the reader has chosen lives in the address, so that a link or a reload shows the same page.
 */

export const ranges = { '1h': 3_600_000, '6h': 21_600_000, '24h': 86_400_000 } as const
export type Range = keyof typeof ranges
export type Language = 'en' | 'zh'

const asked = new URLSearchParams(location.search)

const preferredLanguage = (): Language => (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en')
const oneOf = <Value extends string>(name: string, allowed: readonly Value[]): Value | undefined =>
  allowed.find(value => value === asked.get(name))

export const language = signal<Language>(oneOf('lang', ['en', 'zh']) ?? preferredLanguage())
export const chosenProcess = signal(asked.get('process') ?? undefined)
export const chosenStage = signal(asked.get('stage') ?? undefined)
/** A segment as JSON text; undefined: the stage's total. */
export const chosenSegment = signal(asked.get('segment') ?? undefined)
export const chosenRange = signal<Range>(oneOf('range', ['1h', '6h', '24h']) ?? '1h')
export const chosenCase = signal(asked.get('case') ?? undefined)
export const openAlert = signal(asked.get('alert') ?? undefined)

export function keepAddress(): void {
  effect(() => {
    const chosen = {
      lang: language.value === preferredLanguage() ? undefined : language.value,
      process: chosenProcess.value,
      stage: chosenStage.value,
      segment: chosenSegment.value,
      range: chosenRange.value === '1h' ? undefined : chosenRange.value,
      case: chosenCase.value,
      alert: openAlert.value,
    }
    const query = new URLSearchParams(Object.entries(chosen).filter((entry): entry is [string, string] => !!entry[1]))
    history.replaceState(null, '', query.size === 0 ? location.pathname : `?${query}`)
  })
  effect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  })
}
