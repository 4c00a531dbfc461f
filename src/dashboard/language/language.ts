import { computed, signal } from '@preact/signals'
import type { LocalText } from '../../protocol/vocabulary.ts'
import { type Language, language } from '../state/address.ts'
import type { Catalogue } from './catalogue.ts'

/** Each language by its own name, for those who cannot read the others. */
export const languages = {
  en: { locale: 'en', name: 'English' },
  zh: { locale: 'zh-CN', name: '中文' },
} as const satisfies Record<Language, { readonly locale: string; readonly name: string }>

/** A reader needs one of them: each is a file of its own. */
const catalogues: Readonly<Record<Language, () => Promise<Catalogue>>> = {
  en: async () => (await import('./en.ts')).en,
  zh: async () => (await import('./zh.ts')).zh,
}

const read = signal<{ readonly language: Language; readonly catalogue: Catalogue } | undefined>(undefined)

/** Reads what the page says in the language that was chosen; until that is there it speaks as before. */
export async function readWords(): Promise<void> {
  const chosen = language.value
  const catalogue = await catalogues[chosen]()
  if (chosen === language.value) read.value = { language: chosen, catalogue }
}

/** What the page says, in the reader's language. */
export const words = computed<Catalogue>(() => {
  if (read.value === undefined) throw new Error('nothing is drawn before there are words for it')
  return read.value.catalogue
})

/** A text of the definitions in the reader's language, in English where it has no other. */
export const local = (text: LocalText): string =>
  read.value?.language === 'zh' && text.zh !== undefined ? text.zh : text.en

/**
 * What a statistic is called; its own name where a newer server knows more of them.
 *
 * @param of what it is a statistic of: the same name says something else of a stage and of a measure.
 */
export function statisticTitle(name: string, of: 'stage' | 'measure' = 'stage'): string {
  const { statistics, measures } = words.value
  const titles = of === 'measure' ? measures.statistics : statistics
  return new Map<string, string>(Object.entries(titles)).get(name) ?? name
}

/** Why an alert entered its state, in words. */
export const reasonText = (because: string): string =>
  new Map<string, string>(Object.entries(words.value.reasons)).get(because) ?? because
