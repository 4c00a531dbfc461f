import { effect } from '@preact/signals'
import { addressWith, type Changes, change, keptChoice, keptText, placeText, readAddress } from './kept.ts'

/*
 * What the reader has chosen. All of it is in the address; going to another view, process, stage, case or alert is a
 * step that the back button takes back.
 */

export const views = ['now', 'stage', 'case', 'rules', 'metrics', 'health'] as const
export type View = (typeof views)[number]
export const ranges = {
  '1h': 3_600_000,
  '6h': 21_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
} as const
export type Range = keyof typeof ranges
export type Language = 'en' | 'zh'
export type Theme = 'system' | 'light' | 'dark'

const preferredLanguage = (): Language => (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en')

export const view = keptChoice<View>('view', views, 'now', true)
export const language = keptChoice<Language>('lang', ['en', 'zh'], preferredLanguage())
export const theme = keptChoice<Theme>('theme', ['system', 'light', 'dark'], 'system')
/** Whose time zone instants are told in. */
export const zone = keptChoice<'process' | 'browser'>('zone', ['process', 'browser'], 'process')
export const chosenProcess = keptText('process', true)
export const chosenStage = keptText('stage', true)
/** A segment as JSON text; undefined: the stage's total. */
export const chosenSegment = keptText('segment')
export const chosenRange = keptChoice<Range>('range', ['1h', '6h', '24h', '7d', '30d'], '1h')
export const chosenCase = keptText('case', true)
export const openAlert = keptText('alert', true)

/** Where a link leads; what it does not name stays as it is, and an open alert is closed. */
export type Place = Changes & {
  readonly view?: View
  readonly process?: string
  readonly stage?: string | undefined
  readonly segment?: string | undefined
  readonly case?: string | undefined
  readonly alert?: string | undefined
}

const changesOf = (place: Place): Changes => ({
  alert: undefined,
  ...place,
  ...(place.view === 'now' ? { view: undefined } : {}),
})

export const addressOf = (place: Place): string => addressWith(changesOf(place))

export function goTo(place: Place): void {
  change(changesOf(place))
}

/** Keeps the address and the page's language as chosen. */
export function keepAddress(): void {
  let shown = placeText()
  let isGoingBack = false
  addEventListener('popstate', () => {
    isGoingBack = true
    readAddress()
    isGoingBack = false
  })
  effect(() => {
    const address = addressWith({})
    const place = placeText()
    const isStep = place !== shown
    shown = place
    if (new URL(address, location.href).search === location.search) return
    if (isStep && !isGoingBack) history.pushState(null, '', address)
    else history.replaceState(null, '', address)
  })
  effect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  })
}
