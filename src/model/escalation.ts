import * as z from 'zod'
import { type DurationMs, parseDuration } from '../event/duration.ts'
import type { Loose } from './check-shape.ts'
import type { Owner } from './definitions.ts'
import { didYouMean } from './did-you-mean.ts'
import { checkRepeats, type FileCheck } from './process-check.ts'
import { choice, duration, mapping, noted } from './shapes.ts'
import type { YamlPath } from './yaml-file.ts'

/** Who else is told of an alert that nobody has taken after a while. */
export type EscalationStep = {
  /** Since somebody was told first that it is open. */
  readonly afterMs: DurationMs
  /** Until when: until somebody has acknowledged the alert, or has it; or until it is over. */
  readonly unless: 'acknowledged' | 'over'
  /** Keys of owners, and contact points as `owner/name`. */
  readonly to: readonly string[]
}

const target = noted(
  z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}(\/[A-Za-z][A-Za-z0-9_-]{0,63})?$/),
  'a key of owners.yaml, or one contact point as owner/name',
  'owners.yaml 中的键，或写作 负责人/名称 的联系方式',
)

const targets = noted(
  z.array(target).min(1).max(20),
  'a list of owners or contact points, [a, b/c]',
  '负责人或联系方式的列表，[a, b/c]',
)

const step = mapping({
  after: duration.describe('Since somebody was told first that the alert is open, or since the end of a snooze.'),
  unless: choice(['acknowledged', 'over'])
    .optional()
    .describe('acknowledged: or assigned to somebody, the default. over: whatever people have done.'),
  to: noted(
    z.union([target, targets]),
    'an owner, a contact point as owner/name, or a list of them',
    '负责人、写作 负责人/名称 的联系方式，或其列表',
  ),
})

export const escalation = noted(
  z.array(step).max(10),
  'a list of at most 10 steps, [{after: 10m, to: …}]',
  '最多 10 个步骤的列表，[{after: 10m, to: …}]',
)

export type WrittenEscalation = z.output<typeof escalation>

/** What lies longer ago than that nobody waits for. */
const longestMs = 30 * 86_400_000

/** Whether the steps follow one another, and lead to somebody. @param contactPoints of all owners that have the right shape, by key. */
export function checkEscalation(
  check: FileCheck,
  said: Loose<WrittenEscalation>,
  path: YamlPath,
  known: ReadonlySet<string>,
  contactPoints: ReadonlyMap<string, Owner['contactPoints']>,
): void {
  const { file, report } = check
  let beforeMs = 0
  said?.forEach((each, index) => {
    const at = [...path, index]
    const afterMs = each?.after === undefined ? undefined : (parseDuration(each.after) ?? Infinity)
    if (afterMs !== undefined && (afterMs <= beforeMs || afterMs > longestMs)) {
      report(
        file.valueAt([...at, 'after']),
        index === 0 || afterMs > longestMs
          ? { en: '"after" must be longer than 0s, and at most 30d', zh: '"after" 应大于 0s，且不超过 30d' }
          : { en: '"after" must be later than that of the step before', zh: '"after" 应晚于上一步' },
      )
    }
    beforeMs = afterMs ?? beforeMs
    const to = each?.to as string | readonly (string | undefined)[] | undefined
    if (typeof to === 'string') checkTarget(check, to, [...at, 'to'], known, contactPoints)
    else {
      to?.forEach((one, nth) => {
        checkTarget(check, one, [...at, 'to', nth], known, contactPoints)
      })
      checkRepeats(check, to, [...at, 'to'])
    }
  })
}

function checkTarget(
  { file, report }: FileCheck,
  target: string | undefined,
  path: YamlPath,
  known: ReadonlySet<string>,
  contactPoints: ReadonlyMap<string, Owner['contactPoints']>,
): void {
  if (target === undefined) return
  const [owner = '', name] = target.split('/')
  const own = contactPoints.get(owner)
  if (!known.has(owner)) {
    const remedy = didYouMean(owner, known)
    const message = { en: `unknown owner "${owner}"`, zh: `未知的负责人 "${owner}"` }
    report(file.valueAt(path), message, remedy && { remedy })
  } else if (own !== undefined && !own.some(one => name === undefined || one.name === name)) {
    const remedy = didYouMean(target, name === undefined ? [] : own.map(one => `${owner}/${one.name}`))
    const of = name === undefined ? '' : ` "${name}"`
    const message = { en: `"${owner}" has no contact point${of}`, zh: `"${owner}" 没有联系方式${of}` }
    report(file.valueAt(path), message, remedy && { remedy })
  }
}

export const buildEscalation = (written: WrittenEscalation): EscalationStep[] =>
  written.map(({ after, unless = 'acknowledged', to }) => {
    const afterMs = parseDuration(after)
    if (afterMs === undefined) throw new Error(`"${after}" passed the checks but is no duration`)
    return { afterMs, unless, to: typeof to === 'string' ? [to] : to }
  })
