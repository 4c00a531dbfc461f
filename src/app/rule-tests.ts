import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Definitions } from '../model/definitions.ts'
import { isTestFile, loadDefinitions } from '../model/load.ts'
import { type CheckedTest, checkTests, readTests } from '../model/load-tests.ts'
import type { Problem } from '../model/problem.ts'
import type { SourceFile } from '../model/yaml-file.ts'
import { CouldNotRun } from './could-not-run.ts'
import { Mistakes } from './mistakes.ts'
import { coverageOf } from './rule-tests/coverage.ts'
import type { TestResult, TestsReport } from './rule-tests/results.ts'
import { runTest } from './rule-tests/run-test.ts'
import { readRulesFolder, readTestFiles, readTextFile } from './rules-folder.ts'

export type RuleTestsOptions = {
  /** Files and folders, as the user wrote them. */
  readonly paths: readonly string[]
  /** Only tests whose name holds this text; default: all. */
  readonly run: string | undefined
  /** Hears how many of the tests have run. */
  readonly progress: (done: number, of: number) => void
}

type LoadedTest = CheckedTest & { readonly definitions: Definitions }

/**
 * Runs the rule tests of files and folders, one after the other, in virtual time.
 *
 * @throws Mistakes with all that is wrong in tests and rules, CouldNotRun where files cannot be read or hold no test.
 */
export async function runRuleTests({ paths, run, progress }: RuleTestsOptions): Promise<TestsReport> {
  const started = performance.now()
  const { tests, rules } = loadTests(paths.flatMap(testFilesAt))
  const chosen = tests.filter(({ written }) => run === undefined || written.name.includes(run))
  if (chosen.length === 0) {
    throw new CouldNotRun({ problem: `no test is named like "${run}"`, remedy: 'leave --run out to run all' })
  }
  const results: TestResult[] = []
  for (const test of chosen) {
    progress(results.length, chosen.length)
    const begun = performance.now()
    const ran = await runTest(test, test.definitions)
    const { written, process, position } = test
    const elapsedMs = Math.round(performance.now() - begun)
    results.push({ file: position.file, name: written.name, process: process.name, elapsedMs, ...ran })
  }
  progress(results.length, chosen.length)
  const checks = results.flatMap(test => test.checks.map(check => ({ ...check, process: test.process })))
  return {
    tests: results,
    coverage: coverageOf(rules, checks),
    elapsedMs: Math.round(performance.now() - started),
  }
}

function loadTests(sources: readonly SourceFile[]): {
  tests: readonly LoadedTest[]
  /** The processes of all rule files, each once. */
  rules: Definitions['processes']
} {
  const problems: Problem[] = []
  const loaded = new Map<string, Definitions | undefined>()
  const tests: LoadedTest[] = []
  for (const source of sources) {
    const { tests: read, problems: wrong } = readTests(source)
    problems.push(...wrong)
    if (read === undefined) continue
    const files = ruleFilesOf(source.name, read.written.rule_files)
    const key = JSON.stringify(files.map(({ name }) => name))
    if (!loaded.has(key)) {
      const { definitions, problems: ofRules } = loadDefinitions(files)
      problems.push(...ofRules.filter(({ severity }) => severity === 'error'))
      loaded.set(key, definitions)
    }
    const definitions = loaded.get(key)
    if (definitions === undefined) continue
    const checked = checkTests(read, definitions)
    problems.push(...checked.problems)
    tests.push(...checked.tests.map(test => ({ ...test, definitions })))
  }
  if (problems.length > 0) throw new Mistakes(problems)
  const processes = [...loaded.values()].flatMap(definitions => definitions?.processes ?? [])
  const rules = [...new Map(processes.map(process => [positionKey(process.position), process])).values()]
  return { tests, rules }
}

const positionKey = ({ file, line }: { readonly file: string; readonly line: number }) => `${file}:${line}`

function testFilesAt(path: string): SourceFile[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory()
  if (isFolder === undefined) {
    throw new CouldNotRun({
      problem: `${path} does not exist`,
      remedy: 'name a test file, or a folder that holds some',
    })
  }
  if (!isFolder) {
    if (isTestFile(path)) return [readTextFile(path)]
    throw new CouldNotRun({ problem: `${path} is no test file`, remedy: 'name it NAME.test.yaml' })
  }
  const files = readTestFiles(path)
  if (files.length > 0) return files
  throw new CouldNotRun({
    problem: `the folder ${path} holds no test file (*.test.yaml)`,
    remedy: 'write one beside the rules: docs/rules.md, "Testing rules"',
  })
}

/** With the owners and calendars that the folder of the tests has, unless the test file names its own. */
function ruleFilesOf(testFile: string, named: readonly string[] | undefined): SourceFile[] {
  const folder = dirname(testFile)
  return named === undefined ? readRulesFolder(folder) : named.map(name => readTextFile(join(folder, name)))
}
