import type { LabelMatcher } from '../../model/label-matcher.ts'
import { ProblemError } from '../problem-error.ts'
import type { Visitor } from './visitor.ts'

/** @throws ProblemError `not-your-owner` where he may not act on the alerts of this owner. */
export function requireOwner({ name, owners }: Visitor, owner: string): void {
  if (owners === undefined || owners.has(owner)) return
  const remedy = `leave it to ${owner}, or ask whoever runs this to add that owner to yours`
  throw new ProblemError('not-your-owner', `${name} may act for ${textOf(owners)}, and this is for ${owner}`, remedy)
}

/** @throws ProblemError `not-your-owner` where a silence of these matchers could match alerts of other owners than his. */
export function requireOwnersOf({ name, owners }: Visitor, matchers: readonly LabelMatcher[]): void {
  if (owners === undefined) return
  const isOwn = matchers.some(
    matcher => matcher.name === 'owner' && matcher.isEqual && !matcher.isRegex && owners.has(matcher.value),
  )
  if (isOwn) return
  const detail = `${name} may act for ${textOf(owners)}, and this silence is not for one of these alone`
  const [own = '…'] = owners
  throw new ProblemError('not-your-owner', detail, `name one of them in a matcher: owner="${own}"`)
}

const textOf = (owners: ReadonlySet<string>): string => (owners.size === 0 ? 'no owner' : [...owners].join(', '))
