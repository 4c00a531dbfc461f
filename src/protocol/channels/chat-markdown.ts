import type { AlertText } from './alert-text.ts'
import { cutTo } from './notification-text.ts'
import { channelWords, type TextLanguage } from './words.ts'

/**
 * An alert in the markdown that DingTalk and WeCom have in common.
 *
 * @param between what stands between two lines: DingTalk joins lines that a single break parts.
 */
export function markdownOf(
  { status, summary, facts, links }: AlertText,
  language: TextLanguage,
  between: string,
  mostCharacters: number,
): string {
  const { colon } = channelWords[language]
  const lines = facts.map(({ label, text }) => `${label}${colon}${inert(text)}`)
  const text = cutTo([`**${status}** ${inert(summary)}`, ...lines].join(between), mostCharacters)
  const written = links.map(({ label, url }) => `[${label}](${url.replaceAll(')', '%29')})`)
  return [text, ...written].join(between)
}

/**
 * Text that no client takes for a mention, a tag or a link: segments come from events. Neither bot knows an escape for
 * these characters, so others take their place that look alike.
 */
export const inert = (text: string): string =>
  text.replace(/[<[\]@]/g, found => ({ '<': '＜', '[': '［', ']': '］', '@': '＠' })[found] ?? found)
