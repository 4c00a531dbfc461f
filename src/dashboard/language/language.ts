import { computed } from '@preact/signals'
import type { LocalText } from '../../protocol/vocabulary.ts'
import { language } from '../state/address.ts'
import type { Catalogue } from './catalogue.ts'
import { en } from './en.ts'
import { zh } from './zh.ts'

export const catalogues = { en, zh } as const

/** What the page says, in the reader's language. */
export const words = computed<Catalogue>(() => catalogues[language.value])

/** A text of the definitions in the reader's language, in English where it has no other. */
export const local = (text: LocalText): string => (language.value === 'zh' && text.zh !== undefined ? text.zh : text.en)

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
