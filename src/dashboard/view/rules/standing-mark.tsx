import { formatCount } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import type { RuleStanding } from '../../state/rule-standing.ts'
import { CheckIcon, CriticalIcon, WaitIcon } from '../icon.tsx'

const icons = { firing: CriticalIcon, pending: WaitIcon, quiet: CheckIcon } as const

type Properties = { readonly standing: RuleStanding; readonly count: number }

/** How a rule is doing, and in how many segments. */
export function StandingMark({ standing, count }: Properties) {
  const text = words.value
  const Icon = icons[standing]
  return (
    <span class={`standing ${standing}`} data-standing={standing}>
      <Icon /> {text.rules.standings[standing]}
      {standing !== 'quiet' && <b class="number"> {formatCount(count, text)}</b>}
    </span>
  )
}
