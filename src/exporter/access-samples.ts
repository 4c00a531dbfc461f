import type { AccessCounts } from '../gateway/access/sign-in.ts'
import type { Families } from './family.ts'

/** Who is signed in, and what was refused to whom. */
export function accessSamples(families: Families): (counts: AccessCounts | undefined) => void {
  const sessions = families.gauge('stagewatch_sessions', 'Browsers that are signed in.')
  const refused = families.counter(
    'stagewatch_access_refused_total',
    'Tokens and streams that were refused: a token that does not count, too many of these from one address, nobody with a role, an issuer that is away, too many streams of one visitor or address.',
    ['reason'],
  )
  return counts => {
    if (counts === undefined) return
    sessions({}, counts.sessions)
    for (const [reason, count] of Object.entries(counts.refused)) refused({ reason }, count)
  }
}
