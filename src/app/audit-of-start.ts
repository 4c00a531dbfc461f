import { hostname, userInfo } from 'node:os'
import type { Instant } from '../event/instant.ts'
import type { AuditRecord } from '../journal/audit.ts'
import type { DefinitionRow } from '../store/writing/tables/definitions.ts'

/**
 * What a start does that somebody may have to answer for: it puts other definitions in force, and may replace history.
 *
 * @param changed the definitions that are others than before.
 */
export function auditOfStart(changed: readonly DefinitionRow[], replaces: boolean, at: Instant): AuditRecord[] {
  const actor = `${userName()}@${hostname()}`
  const records: AuditRecord[] = changed.map(({ process, kind, name, hash, version, epoch }) => ({
    at,
    actor,
    action: hash === '' ? 'definition-removed' : 'definition-in-force',
    subject: `${process}/${kind}/${name}`,
    detail: hash === '' ? {} : { hash, epoch, ...(version === undefined ? {} : { version }) },
  }))
  if (replaces) records.push({ at, actor, action: 'history-replaced', subject: 'store', detail: {} })
  return records
}

/** A container may run under an id that has no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
