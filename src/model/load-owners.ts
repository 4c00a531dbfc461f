import { checkShape } from './check-shape.ts'
import { buildContactPoints } from './contact-points.ts'
import type { CalendarDefinition, Owner } from './definitions.ts'
import { buildEscalation, checkEscalation } from './escalation.ts'
import { writtenText } from './local-text.ts'
import { ownersFile } from './owners-file.ts'
import { type Problem, reportTo } from './problem.ts'
import { checkName, type FileCheck, type KnownNames, namesIn } from './process-check.ts'
import { buildQuietHours, checkQuietHours } from './quiet-hours.ts'
import { buildRota, checkRota } from './rota-file.ts'
import { readYaml, type SourceFile } from './yaml-file.ts'

export type LoadedOwners = {
  readonly known: KnownNames
  /** By key, those whose entry has the right shape. */
  readonly contactPoints: ReadonlyMap<string, Owner['contactPoints']>
  /** To be called only where no file has an error. */
  readonly build: (calendars: ReadonlyMap<string, CalendarDefinition>) => Map<string, Owner>
}

/** Reads and checks the owners of a folder. */
export function loadOwners(sources: readonly SourceFile[], calendars: KnownNames, problems: Problem[]): LoadedOwners {
  const report = reportTo(problems)
  const builds = new Map<string, (calendars: ReadonlyMap<string, CalendarDefinition>) => Owner>()
  const contactPoints = new Map<string, Owner['contactPoints']>()
  const known = new Set<string>()
  /** Of all owners, once it is known who there is. */
  const escalations: (() => void)[] = []
  let readable = true
  for (const source of sources) {
    const { file, problems: syntax } = readYaml(source)
    problems.push(...syntax)
    const shape = file && checkShape(file, ownersFile, report)
    if (file === undefined || shape?.sound === undefined) {
      readable = false
      continue
    }
    if (namesIn({ file, report }, shape.sound, []) === undefined) readable = false
    for (const [key, said] of Object.entries(shape.sound)) {
      if (known.has(key)) {
        report(file.keyAt([key]), {
          en: `another file has an owner "${key}" too`,
          zh: `另一个文件中已有负责人 "${key}"`,
        })
      }
      known.add(key)
      escalations.push(() =>
        checkEscalation({ file, report }, said?.escalation, [key, 'escalation'], known, contactPoints),
      )
      checkQuietHours({ file, report, calendars }, said?.quiet_hours, [key, 'quiet_hours'])
    }
    for (const [key, owner] of Object.entries(shape.whole ?? {})) {
      const { title, members, contact_points: written, quiet_hours, rota, escalation } = owner
      const own = buildContactPoints(written, key, file, report)
      contactPoints.set(key, own)
      checkMembers({ file, report }, own, members, key)
      checkRota({ file, report }, rota, [key, 'rota'], callableIn(own))
      builds.set(key, named => ({
        key,
        title: writtenText(title),
        members,
        contactPoints: own,
        ...(rota !== undefined && { rota: buildRota(rota) }),
        ...(escalation !== undefined && { escalation: buildEscalation(escalation) }),
        ...(quiet_hours !== undefined && { quietHours: buildQuietHours(quiet_hours, file, named) }),
      }))
    }
  }
  if (readable) for (const check of escalations) check()
  return {
    known: !readable ? 'unreadable' : sources.length === 0 ? 'no-file' : known,
    contactPoints,
    build: named => new Map([...builds].map(([key, build]) => [key, build(named)])),
  }
}

function checkMembers(
  check: FileCheck,
  contactPoints: Owner['contactPoints'],
  members: readonly string[],
  owner: string,
): void {
  contactPoints.forEach(({ member }, index) => {
    checkName(check, { en: 'member', zh: '成员' }, member, [owner, 'contact_points', index, 'member'], members)
  })
}

/** Whom a rota can name: members who have a contact point, and contact points. */
const callableIn = (contactPoints: Owner['contactPoints']): string[] =>
  contactPoints.flatMap(({ name, member }) => (member === undefined ? [name] : [member, name]))
