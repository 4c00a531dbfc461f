import { formatDuration } from '../event/duration.ts'
import type { OpenCases } from './open-cases.ts'

type Language = 'en' | 'zh'

/** `ORD-1 (3h 12m), ORD-2 (2h 40m)`. */
export function oldestText({ oldest }: OpenCases, language: Language): string {
  const [open, close, between] = language === 'zh' ? ['（', '）', '、'] : [' (', ')', ', ']
  return oldest.map(one => `${shortId(one.case)}${open}${formatDuration(one.age_ms, language)}${close}`).join(between)
}

/** `14 of 40, 3 overdue`; undefined: nothing is known of it. */
export function lateText({ open, overdue, probably_late: late }: OpenCases, language: Language): string | undefined {
  const over = overdue === undefined || overdue === 0 ? undefined : overdue
  if (late === undefined) {
    if (overdue === undefined) return undefined
    return language === 'zh' ? `${open} 个中已逾期 ${overdue} 个` : `${overdue} of ${open} overdue`
  }
  const count = late.low === late.high ? `${late.low}` : `${late.low}–${late.high}`
  if (language === 'zh') return `${open} 个中 ${count} 个${over === undefined ? '' : `，其中已逾期 ${over} 个`}`
  return `${count} of ${open}${over === undefined ? '' : `, ${over} of them overdue`}`
}

/** `CNY 12,300.00`; undefined: none of them says what it is worth. */
export function atStakeText({ open, at_stake: money }: OpenCases, language: Language): string | undefined {
  if (money === undefined) return undefined
  const [whole = '', fraction] = money.amount.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  const amount = fraction === undefined ? grouped : `${grouped}.${fraction}`
  const text = money.currency === null ? amount : `${money.currency} ${amount}`
  if (money.cases >= open) return text
  return language === 'zh' ? `${text}（${open} 个中 ${money.cases} 个有金额）` : `${text} in ${money.cases} of ${open}`
}

const SHOWN_CHARACTERS = 40

/** A message is no place for an id of pages. */
export function shortId(id: string): string {
  const characters = [...id]
  return characters.length <= SHOWN_CHARACTERS ? id : `${characters.slice(0, SHOWN_CHARACTERS - 1).join('')}…`
}
