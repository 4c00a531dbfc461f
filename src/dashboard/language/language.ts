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

/** What a statistic is called; its own name where a newer server knows more of them. */
export const statisticTitle = (name: string): string =>
  new Map<string, string>(Object.entries(words.value.statistics)).get(name) ?? name

/** Why an alert entered its state, in words. */
export const reasonText = (because: string): string =>
  new Map<string, string>(Object.entries(words.value.reasons)).get(because) ?? because
