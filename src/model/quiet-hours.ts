import * as z from 'zod'
import type { Instant } from '../event/instant.ts'
import { buildCalendar } from './build-calendar.ts'
import { compileCalendar } from './business-calendar.ts'
import { week } from './calendars-file.ts'
import { checkCalendar } from './check-calendars.ts'
import type { Loose } from './check-shape.ts'
import type { CalendarDefinition, Severity } from './definitions.ts'
import { checkCalendarName, checkRepeats, type FileCheck, type KnownNames } from './process-check.ts'
import { choice, mapping, name, noted, toldByKey, zone } from './shapes.ts'
import type { YamlFile, YamlPath } from './yaml-file.ts'

/** When nobody is told that an alert is open, unless it is as severe as that. */
export type QuietHours = {
  readonly calendar: CalendarDefinition
  /** Whether it is quiet while the calendar works, or while it does not. */
  readonly isWhileWorking: boolean
  /** Alerts that are told all the same. */
  readonly except: readonly Severity[]
}

const except = noted(
  z.array(choice(['info', 'warning', 'critical'])).max(3),
  'a list of severities, [critical]',
  '严重级别的列表，[critical]',
)
  .optional()
  .describe('Alerts of these severities are told all the same. Default: none.')

export const quietHours = toldByKey({
  calendar: mapping({
    calendar: name.describe('A key of calendars.yaml: it is quiet outside its working time.'),
    except,
  }),
  week: mapping({
    week: week.describe('The hours that begin on each weekday, in which it is quiet.'),
    timezone: zone.describe('Zone of the hours, an IANA name.'),
    except,
  }),
})

export type WrittenQuietHours = z.output<typeof quietHours>

/** What no schema can tell: whether the calendar is there, and the hours and the zone are. */
export function checkQuietHours(
  check: FileCheck & { readonly calendars: KnownNames },
  said: Loose<WrittenQuietHours>,
  path: YamlPath,
): void {
  if (said === undefined) return
  checkRepeats(check, said.except, [...path, 'except'])
  if ('calendar' in said) checkCalendarName(check, said.calendar, [...path, 'calendar'])
  else if ('week' in said) checkCalendar(check, { week: said.week, timezone: said.timezone }, path)
}

/** Turns quiet hours in which every check has passed into their definition. */
export function buildQuietHours(
  written: WrittenQuietHours | undefined,
  file: YamlFile,
  calendars: ReadonlyMap<string, CalendarDefinition>,
): QuietHours | undefined {
  if (written === undefined) return undefined
  const { except: exceptions = [] } = written
  if ('calendar' in written) {
    const calendar = calendars.get(written.calendar)
    if (calendar === undefined) throw new Error(`the calendar ${written.calendar} passed the checks and is not there`)
    return { calendar, isWhileWorking: false, except: exceptions }
  }
  const { week: hours, timezone } = written
  const calendar = buildCalendar(file, 'quiet_hours', { week: hours, timezone, holidays: [], working_days: [] })
  return { calendar, isWhileWorking: true, except: exceptions }
}

export const isQuietAt = ({ calendar, isWhileWorking, except: told }: QuietHours, severity: Severity, at: Instant) =>
  !told.includes(severity) && compileCalendar(calendar).isWorking(at) === isWhileWorking

/** The first instant after `at` from which on it is quiet, or is not any more; undefined: it stays as it is. */
export const nextQuietChange = ({ calendar }: QuietHours, at: Instant): Instant | undefined =>
  compileCalendar(calendar).nextChange(at)
