import { buildCalendar } from './build-calendar.ts'
import { calendarsFile } from './calendars-file.ts'
import { checkCalendar } from './check-calendars.ts'
import { checkShape } from './check-shape.ts'
import type { CalendarDefinition } from './definitions.ts'
import { type Problem, reportTo } from './problem.ts'
import { type KnownNames, namesIn } from './process-check.ts'
import { readYaml, type SourceFile } from './yaml-file.ts'

export type LoadedCalendars = {
  readonly known: KnownNames
  /** To be called only where no file has an error. */
  readonly build: () => ReadonlyMap<string, CalendarDefinition>
}

/** Reads and checks the calendars of a folder; a calendar that no stage names is checked as well. */
export function loadCalendars(sources: readonly SourceFile[], problems: Problem[]): LoadedCalendars {
  const report = reportTo(problems)
  const builds = new Map<string, () => CalendarDefinition>()
  let isReadable = true
  for (const source of sources) {
    const { file, problems: syntax } = readYaml(source)
    problems.push(...syntax)
    const shape = file && checkShape(file, calendarsFile, report)
    if (file === undefined || shape?.sound === undefined) {
      isReadable = false
      continue
    }
    if (namesIn({ file, report }, shape.sound, []) === undefined) isReadable = false
    for (const [name, said] of Object.entries(shape.sound)) {
      if (builds.has(name)) {
        report(file.keyAt([name]), {
          en: `another file has a calendar "${name}" too`,
          zh: `另一个文件中已有日历 "${name}"`,
        })
      }
      if (said !== undefined) checkCalendar({ file, report }, said, [name])
      builds.set(name, () => {
        const whole = shape.whole?.[name]
        if (whole === undefined) throw new Error(`${source.name} has mistakes and cannot be built`)
        return buildCalendar(file, name, whole)
      })
    }
  }
  return {
    known: !isReadable ? 'unreadable' : sources.length === 0 ? 'no-file' : new Set(builds.keys()),
    build: () => new Map([...builds].map(([name, build]) => [name, build()])),
  }
}
