import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { type Import, importsOf } from './imports.ts'
import { blankNonCode } from './source-text.ts'

/** The way of the data; a station imports only itself and those before it. */
export const stations = [
  'event',
  'model',
  'source',
  'decode',
  'cases',
  'windows',
  'shard',
  'rules',
  'alerts',
  'engine',
  'store',
  'journal',
  'notify',
  'protocol',
  'gateway',
  'exporter',
  'dashboard',
  'app',
]

/** Same input, same output: no clock, no chance, no I/O. */
const pure = new Set(['event', 'model', 'decode', 'cases', 'windows', 'shard', 'rules', 'alerts', 'protocol'])

const purePackages = new Set(['yaml', 'zod', '@marcbachmann/cel-js', 're2js', '@dagrejs/dagre'])

/** Packages that one place only may know, so that they can be replaced there. */
const homes: readonly { readonly package: string; readonly where: RegExp; readonly place: string }[] = [
  { package: '@marcbachmann/cel-js', where: /^src\/model\/cel\.ts$/, place: 'src/model/cel.ts' },
  { package: 're2js', where: /^src\/model\/label-pattern\.ts$/, place: 'src/model/label-pattern.ts' },
  {
    package: '@dagrejs/dagre',
    where: /^src\/protocol\/process-map-view\.ts$/,
    place: 'src/protocol/process-map-view.ts',
  },
  { package: 'chdb', where: /^(src\/store|test)\//, place: 'src/store/' },
  { package: '@clickhouse/client', where: /^(src\/store|test)\//, place: 'src/store/' },
  { package: 'kafkajs', where: /^(src\/source|test|bench)\//, place: 'src/source/' },
]

/**
 * `process` is also what the field calls the thing that is watched, a usual name of a parameter. So the global of
 * Node is told by its members, none of which a process definition has.
 */
const nodeProcess =
  'env|argv|execPath|exit|exitCode|abort|kill|pid|ppid|cwd|chdir|hrtime|memoryUsage|cpuUsage|resourceUsage|nextTick|std(?:in|out|err)|on|once|off|emit|emitWarning|platform|arch|uptime|versions?|umask|binding'

const impure: readonly { readonly what: RegExp; readonly name: string }[] = [
  { what: /(?<![\w$])Date\s*\.\s*now\b/, name: 'Date.now' },
  { what: /(?<![\w.$])new\s+Date\s*(\(\s*\)|(?![\s\w.(<]))/, name: 'new Date() without argument' },
  { what: /(?<!new\s+)(?<![\w.$])Date\s*\(/, name: 'Date()' },
  { what: /(?<![\w.$])Math\s*\.\s*random\b/, name: 'Math.random' },
  { what: /(?<![\w.$])performance\s*[.[]/, name: 'performance' },
  { what: new RegExp(`(?<![\\w.$])process\\s*(\\.\\s*(${nodeProcess})\\b|\\[)`), name: 'the global process' },
  { what: /(?<![\w.$])console\s*[.[]/, name: 'console' },
  { what: /(?<![\w.$])(setTimeout|setInterval|setImmediate)\s*\(/, name: 'a timer' },
  { what: /(?<![\w.$])crypto\s*\.|\brandomUUID\b|\bgetRandomValues\b/, name: 'random ids' },
  { what: /(?<![\w.$])fetch\s*\(/, name: 'fetch' },
  { what: /(?<![\w.$])globalThis\b/, name: 'globalThis' },
]

const drawers = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc'])

/** A file is read in one sitting. A test is a list of cases, of which one reads those that matter. */
const maxLines = { source: 400, test: 800 }

export type SourceFile = { readonly path: string; readonly text: string }

/**
 * What the sources do against the layout of the project, as `path:line what, remedy`; empty when all is well.
 *
 * @param files paths from the top of the project, with `/`.
 */
export function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap(file => [...nameViolations(file), ...importViolations(file), ...purityViolations(file)])
}

const isTest = (path: string) => /\.test\.tsx?$/.test(path) || !path.startsWith('src/')

const stationOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1]

function nameViolations({ path, text }: SourceFile): string[] {
  const found: string[] = []
  const drawer = path.split(/[/.\-_]/).find(word => drawers.has(word.toLowerCase()))
  if (drawer !== undefined) found.push(`${path} is named "${drawer}": name the concept it holds`)
  const lines = text.replace(/\n$/, '').split('\n').length
  const most = /\.test\.tsx?$/.test(path) ? maxLines.test : maxLines.source
  if (lines > most) found.push(`${path} has ${lines} lines, over ${most}: find the second concept in it`)
  if (path.startsWith('src/') && !stations.includes(stationOf(path) ?? '')) {
    found.push(`${path} lies in no station: use one of ${stations.join(', ')}`)
  }
  return found
}

function importViolations({ path, text }: SourceFile): string[] {
  return importsOf(text).flatMap(found => {
    const problem = found.specifier.startsWith('.')
      ? relativeProblem(path, found)
      : packageProblem(path, found.specifier)
    return problem === undefined ? [] : [`${path}:${found.line} ${problem}`]
  })
}

function relativeProblem(path: string, { specifier, typeOnly }: Import): string | undefined {
  const from = stationOf(path)
  if (from === undefined) return undefined
  const target = posix.normalize(posix.join(posix.dirname(path), specifier))
  if (/^(test|bench)\//.test(target) && !isTest(path)) {
    return `imports ${target}, which is not shipped: move what it needs under src/`
  }
  if (/\.test\.tsx?$/.test(target)) return `imports the test ${target}: move what it needs out of the test`
  // A file outside (`new URL('../../package.json', import.meta.url)`) and a folder as such are no station.
  const to = stationOf(target)
  if (to === undefined || to === from) return undefined
  if (from === 'dashboard' && to !== 'protocol' && !(typeOnly && isBefore(to, from))) {
    return `imports ${to}: the page may import only protocol, and types`
  }
  return isBefore(to, from) ? undefined : `imports ${to}, which comes after ${from}: hand it over in app`
}

const isBefore = (station: string, other: string) =>
  stations.includes(station) && stations.indexOf(station) < stations.indexOf(other)

function packageProblem(path: string, specifier: string): string | undefined {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const home = homes.find(each => each.package === name)
  return home === undefined || home.where.test(path) ? undefined : `imports ${name}: only ${home.place} may know it`
}

function purityViolations({ path, text }: SourceFile): string[] {
  const station = stationOf(path)
  if (station === undefined || !pure.has(station) || isTest(path)) return []
  const found = importsOf(text).flatMap(each =>
    isPureImport(each) ? [] : [`${path}:${each.line} imports ${each.specifier}: ${station} is pure, let an edge do it`],
  )
  for (const [index, line] of blankNonCode(text).split('\n').entries()) {
    for (const { what, name } of impure) {
      if (what.test(line)) found.push(`${path}:${index + 1} uses ${name}: ${station} is pure, take it as an argument`)
    }
  }
  return found
}

function isPureImport({ specifier, names, typeOnly }: Import): boolean {
  if (typeOnly || specifier.startsWith('.') || specifier === 'node:buffer') return true
  if (specifier === 'node:crypto') return /^\{\s*(createHash|type \w+)(\s*,\s*type \w+)*\s*,?\s*\}$/.test(names)
  return !isBuiltin(specifier) && purePackages.has(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
}
