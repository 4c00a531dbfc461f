import type { Json } from '../event/json.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Bilingual } from './local-text.ts'

/*
 * What a task is written by: JSON whose texts have places, {{ title }}, which an alert's own words take. Places are filled
 * inside of texts only, so whatever an alert says stays a text.
 */

/** What an alert can say. `id` is what the system calls its task, once it has one. */
export const taskPlaces = [
  ...['title', 'text', 'summary', 'severity', 'state', 'process', 'stage', 'segment', 'rule', 'owner', 'since'],
  ...['episode', 'link', 'id'],
] as const

const place = /\{\{\s*([^{}]*?)\s*\}\}/g

export type PlaceProblem = {
  readonly offset: number
  readonly message: Bilingual
  readonly remedy: Bilingual | undefined
}

/** The places of one text that nothing can take. @param known names that something can. */
export function placeProblems(text: string, known: readonly string[]): PlaceProblem[] {
  return [...text.matchAll(place)].flatMap(({ 1: name = '', index }) =>
    known.includes(name)
      ? []
      : [
          {
            offset: index,
            message: { en: `nothing can be put into {{ ${name} }}`, zh: `没有可填入 {{ ${name} }} 的内容` },
            remedy: didYouMean(name, known),
          },
        ],
  )
}

/** @param write gives what takes a place. */
export const filledText = (text: string, write: (name: string) => string): string =>
  text.replace(place, (_, name: string) => write(name))

export function filledJson(template: Json, write: (name: string) => string): Json {
  if (typeof template === 'string') return filledText(template, write)
  if (template === null || typeof template !== 'object') return template
  if (isList(template)) return template.map(item => filledJson(item, write))
  return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, filledJson(item, write)]))
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value)
