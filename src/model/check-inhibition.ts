import type { Loose } from './check-shape.ts'
import { didYouMean } from './did-you-mean.ts'
import type { InhibitRule } from './inhibit-rule.ts'
import type { WrittenInhibitRule } from './inhibition-file.ts'
import { compileMatcher, MatcherError, matchesNothing, parseMatcher } from './label-matcher.ts'
import type { FileCheck } from './process-check.ts'
import type { YamlPath } from './yaml-file.ts'

type Check = FileCheck & {
  /** All labels that some alert may have; undefined: nobody can tell. */
  readonly labels: ReadonlySet<string> | undefined
}

/** Checks the matchers and labels of `inhibit`. */
export function checkInhibition(check: Check, said: readonly Loose<WrittenInhibitRule>[] | undefined): void {
  said?.forEach((rule, index) => {
    const path = ['inhibit', index]
    for (const side of ['source_matchers', 'target_matchers'] as const) {
      checkMatchers(check, rule?.[side], [...path, side])
    }
    rule?.equal?.forEach((label, nth) => {
      if (label !== undefined) checkLabel(check, label, [...path, 'equal', nth])
    })
  })
}

function checkMatchers(check: Check, matchers: readonly (string | undefined)[] | undefined, path: YamlPath): void {
  const { file, report } = check
  if (matchers === undefined) return
  let fitsAll = true
  matchers.forEach((text, index) => {
    const fits = text === undefined ? undefined : checkMatcher(check, text, [...path, index])
    fitsAll = fits === true && fitsAll
  })
  if (!fitsAll || matchers.length === 0) return
  report(
    file.keyAt(path),
    { en: 'these matchers fit every alert', zh: '这些匹配器匹配所有告警' },
    { remedy: { en: 'give one that does not match the empty text', zh: '请至少写一个不匹配空文本的匹配器' } },
  )
}

/** @returns whether it fits what has no such label; undefined: it is no matcher. */
function checkMatcher(check: Check, text: string, path: YamlPath): boolean | undefined {
  const { file, report } = check
  try {
    const matcher = parseMatcher(text)
    compileMatcher(matcher)
    checkLabel(check, matcher.name, path)
    return matchesNothing(matcher)
  } catch (error) {
    if (!(error instanceof MatcherError)) throw error
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
    report(file.valueAt(path), {
      en: `${shown} ${error.message}`,
      zh: `${shown} 不是有效的匹配器（写作 name="value"，中间用 =、!=、=~ 或 !~）：${error.message}`,
    })
    return undefined
  }
}

function checkLabel({ file, report, labels }: Check, label: string, path: YamlPath): void {
  if (labels === undefined || labels.has(label)) return
  const remedy = didYouMean(label, labels)
  const problem = { en: `no alert has a label "${label}"`, zh: `没有告警带有标签 "${label}"` }
  report(file.valueAt(path), problem, remedy && { remedy })
}

/** @param written has been checked. */
export const buildInhibitRules = (written: readonly WrittenInhibitRule[] | undefined): InhibitRule[] =>
  (written ?? []).map(({ source_matchers: source, target_matchers: target, equal }) => ({
    sourceMatchers: source.map(parseMatcher),
    targetMatchers: target.map(parseMatcher),
    equal: equal ?? [],
  }))
