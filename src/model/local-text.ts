import type { LocalText } from './definitions.ts'

/** The languages that the product speaks. */
export type Language = 'en' | 'zh'

/** A text of the product itself: every language, always. */
export type Bilingual = { readonly en: string; readonly zh: string }

/** The text in `language`, English where it is not given in that language. */
export const inLanguage = (text: LocalText, language: Language): string => text[language] ?? text.en

/** A text for people as the files write it: one text, which is English, or one for each language. */
export const writtenText = (written: string | { readonly en: string; readonly zh?: string | undefined }): LocalText =>
  typeof written === 'string'
    ? { en: written }
    : written.zh === undefined
      ? { en: written.en }
      : { en: written.en, zh: written.zh }
