/**
 * The YAML of the rules → checked definitions, or everything that is wrong with it.
 *
 * In come the files of one folder as texts: `owners.yaml` with the owners, `calendars.yaml` with the calendars,
 * `notifications.yaml` with who is told of what, each other file with one process. Out come the definitions, or every mistake of every file with its line and column, in
 * both languages. A file goes through four steps, each of which goes on with what the one before could make sense of:
 * YAML (`yaml-file.ts`), shape (`check-shape.ts`, by the schemas of `process-file.ts`, `owners-file.ts` and
 * `calendars-file.ts`), names and fit (`check-process.ts`, `check-calendars.ts`), and the build (`build-process.ts`,
 * `build-calendar.ts`), which happens only where nothing was wrong and so cannot fail.
 *
 * Definitions come whole or not at all: a broken file never leaves a running engine with half of its rules.
 */
import { buildProcess } from './build-process.ts'
import { checkProcess } from './check-process.ts'
import { checkShape } from './check-shape.ts'
import type { CalendarDefinition, Definitions, Position, ProcessDefinition } from './definitions.ts'
import { loadCalendars } from './load-calendars.ts'
import { alertLabelNames, loadNotifications } from './load-notifications.ts'
import { loadOwners } from './load-owners.ts'
import { byPosition, type Problem, reportTo } from './problem.ts'
import { dimensionNames, type ProcessCheck } from './process-check.ts'
import { processFile } from './process-file.ts'
import { readYaml, type SourceFile } from './yaml-file.ts'

export { formatProblem, type Problem } from './problem.ts'
export type { SourceFile } from './yaml-file.ts'

export type LoadResult = {
  /** undefined where any problem is an error. */
  readonly definitions: Definitions | undefined
  /** Sorted by file, line and column. */
  readonly problems: readonly Problem[]
}

/** @param files all `*.yaml` and `*.yml` of one folder, in any order. */
export function loadDefinitions(files: readonly SourceFile[]): LoadResult {
  const problems: Problem[] = []
  const calendars = loadCalendars(
    files.filter(file => isNamed('calendars', file.name)),
    problems,
  )
  const owners = loadOwners(
    files.filter(file => isNamed('owners', file.name)),
    calendars.known,
    problems,
  )
  const around = { owners: owners.known, calendars: calendars.known }
  const processFiles = files.filter(file => isProcessFile(file.name))
  const processes = processFiles
    .map(file => loadProcess(file, around, problems))
    .filter(process => process !== undefined)
  const areAllRead = processes.length === processFiles.length
  reportSameNames(processes, problems)
  const notifications = loadNotifications(
    files.filter(file => isNamed('notifications', file.name)),
    { ...around, contactPoints: owners.contactPoints, labels: areAllRead ? labelsOf(processes) : undefined },
    problems,
  )
  if (problems.some(problem => problem.severity === 'error')) {
    return { definitions: undefined, problems: problems.sort(byPosition) }
  }
  const named = calendars.build()
  const route = notifications.build(named)
  const inhibitRules = notifications.buildInhibit()
  return {
    definitions: {
      processes: processes.map(({ build }) => build(named)).sort(byName),
      owners: owners.build(named),
      ...(route !== undefined && { route }),
      ...(inhibitRules.length > 0 && { inhibitRules }),
    },
    problems: problems.sort(byPosition),
  }
}

const besides = ['owners', 'calendars', 'notifications'] as const

const isNamed = (what: (typeof besides)[number], file: string): boolean =>
  new RegExp(`(^|[/\\\\])${what}\\.ya?ml$`).test(file)

/** Whether a file of that name holds rule tests. */
export const isTestFile = (file: string): boolean => /\.test\.ya?ml$/i.test(file)

/** Whether a file of that name describes a process: any but those that processes lie beside, and tests. */
export const isProcessFile = (file: string): boolean => !besides.some(what => isNamed(what, file)) && !isTestFile(file)

/** In order of the names, so that the order of the files never shows. */
const byName = (a: ProcessDefinition, b: ProcessDefinition): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

type LoadedProcess = {
  readonly name: string | undefined
  readonly position: Position
  /** undefined: nobody can tell. */
  readonly dimensions: readonly string[] | undefined
  /** To be called only where no file has an error. */
  readonly build: (calendars: ReadonlyMap<string, CalendarDefinition>) => ProcessDefinition
}

/** The labels that alerts of these processes may have; undefined where one of them has mistakes that hide its dimensions. */
function labelsOf(processes: readonly LoadedProcess[]): ReadonlySet<string> | undefined {
  const dimensions: string[] = []
  for (const process of processes) {
    if (process.dimensions === undefined) return undefined
    dimensions.push(...process.dimensions)
  }
  return alertLabelNames(dimensions)
}

function loadProcess(
  source: SourceFile,
  around: Pick<ProcessCheck, 'owners' | 'calendars'>,
  problems: Problem[],
): LoadedProcess | undefined {
  const { file, problems: syntax } = readYaml(source)
  problems.push(...syntax)
  if (file === undefined) return undefined
  const report = reportTo(problems)
  const { whole, sound } = checkShape(file, processFile, report)
  if (sound === undefined) return undefined
  const check = { file, said: sound, ...around, report }
  checkProcess(check)
  return {
    dimensions: dimensionNames(check),
    name: sound.process,
    position: file.valueAt(['process']),
    build: calendars => {
      if (whole === undefined) throw new Error(`${source.name} has mistakes and cannot be built`)
      return buildProcess(file, whole, calendars)
    },
  }
}

/** State, rows and addresses go by the name of the process. */
function reportSameNames(processes: readonly LoadedProcess[], problems: Problem[]): void {
  const report = reportTo(problems)
  const firstOf = new Map<string, Position>()
  const inOrder = [...processes].sort((a, b) => (a.position.file < b.position.file ? -1 : 1))
  for (const { name, position } of inOrder) {
    const first = name === undefined ? undefined : firstOf.get(name)
    if (first !== undefined) {
      report(
        position,
        { en: `the process "${name}" is already in ${first.file}`, zh: `流程 "${name}" 已在 ${first.file} 中定义` },
        { remedy: { en: 'give it another name', zh: '请另取名称' } },
      )
    } else if (name !== undefined) firstOf.set(name, position)
  }
}
