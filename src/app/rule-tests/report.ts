import type { Bilingual, Language } from '../../model/local-text.ts'
import { type Aspect, aspects } from './compare.ts'
import type { Coverage } from './coverage.ts'
import type { TestResult, TestsReport } from './results.ts'

/** The result of a run for a person: each failure with what was expected and got, then coverage, then the verdict. */
export function reportForPeople(report: TestsReport, language: Language): string {
  const failures = report.tests.filter(isFailed).map(test => failureText(test, language))
  return `${failures.join('')}${coverageText(report.coverage, language)}\n${verdictText(report, language)}`
}

export const isFailed = ({ checks }: TestResult): boolean => checks.some(({ differences }) => differences.length > 0)

/** One failed test, with the command that runs it alone. */
export function failureText({ file, name, checks, rejected }: TestResult, language: Language): string {
  const words = language === 'zh' ? chinese : english
  const lines = checks.flatMap(({ rule, evalTime, position, differences }) =>
    differences.flatMap(({ what, expected, got }) => [
      `  ${position.file}:${position.line}:${position.column} ${rule} ${words.at} ${evalTime}: ${what}`,
      `    ${words.expected}: ${expected}`,
      `    ${words.got}: ${got}`,
    ]),
  )
  const { count, first } = rejected
  if (first !== undefined) lines.push(`  ${words.rejected}: ${count} (${first})`)
  return `${words.failed} ${name}\n${lines.join('\n')}\n  ${words.again}: stagewatch test ${quoted(file)} --run ${quoted(name)}\n\n`
}

const english = {
  failed: 'FAILED',
  at: 'at',
  expected: 'expected',
  got: 'got',
  again: 'again',
  rejected: 'records that could not be counted',
}
const chinese = {
  failed: '失败',
  at: '于',
  expected: '期望',
  got: '实际',
  again: '重新运行',
  rejected: '未能计入的记录',
}

const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

const aspectNames: Readonly<Record<Aspect, Bilingual>> = {
  fires: { en: 'fires', zh: '触发' },
  'stays quiet': { en: 'stays quiet', zh: '保持安静' },
  recovers: { en: 'recovers', zh: '恢复' },
  'no data': { en: 'no data', zh: '无数据' },
}

function coverageText({ rules }: Coverage, language: Language): string {
  const names = rules.map(({ process, rule }) => `${process}/${rule}`)
  const width = Math.max(0, ...names.map(name => name.length))
  const heads = aspects.map(aspect => aspectNames[aspect][language])
  const rows = rules.map(({ proved }, index) => {
    const marks = aspects.map((aspect, at) => (proved.includes(aspect) ? '✓' : '-').padEnd(heads[at]?.length ?? 0))
    return `${(names[index] ?? '').padEnd(width)}  ${marks.join('  ')}`.trimEnd()
  })
  return `${[`${''.padEnd(width)}  ${heads.join('  ')}`, ...rows].join('\n')}\n`
}

function verdictText({ tests, coverage, elapsedMs }: TestsReport, language: Language): string {
  const failed = tests.filter(isFailed).length
  const { proved, of, percent } = coverage
  const seconds = (elapsedMs / 1_000).toFixed(1)
  return language === 'zh'
    ? `${tests.length} 个测试，${failed} 个失败，用时 ${seconds} 秒；覆盖率 ${percent}%（${proved}/${of}）\n`
    : `${tests.length} ${tests.length === 1 ? 'test' : 'tests'}, ${failed} failed, in ${seconds} s; coverage ${percent} % (${proved} of ${of})\n`
}

export function reportAsJson({ tests, coverage, elapsedMs }: TestsReport): string {
  const result = {
    ok: !tests.some(isFailed),
    elapsed_ms: elapsedMs,
    tests: tests.map(({ file, name, process, elapsedMs: ms, checks, rejected }) => ({
      file,
      name,
      process,
      elapsed_ms: ms,
      rejected: { count: rejected.count, first: rejected.first ?? null },
      checks: checks.map(({ rule, evalTime, position, differences, proves }) => ({
        rule,
        eval_time: evalTime,
        line: position.line,
        column: position.column,
        ok: differences.length === 0,
        differences,
        proves,
      })),
    })),
    coverage: { proved: coverage.proved, of: coverage.of, percent: coverage.percent, rules: coverage.rules },
  }
  return `${JSON.stringify(result, null, 2)}\n`
}

/** JUnit's XML, as Jenkins and GitLab read it: a suite a file, a case a test. */
export function reportAsJunit({ tests, elapsedMs }: TestsReport): string {
  const files = [...new Set(tests.map(({ file }) => file))]
  const suites = files.map(file => {
    const own = tests.filter(test => test.file === file)
    const cases = own.map(test => {
      const head = `    <testcase name="${xml(test.name)}" classname="${xml(test.process)}" file="${xml(file)}" time="${test.elapsedMs / 1_000}"`
      if (!isFailed(test)) return `${head}/>`
      const text = failureText(test, 'en').trimEnd()
      return `${head}>\n      <failure message="${xml(firstDifference(test))}">${xml(text)}</failure>\n    </testcase>`
    })
    const counts = `tests="${own.length}" failures="${own.filter(isFailed).length}" errors="0"`
    return `  <testsuite name="${xml(file)}" ${counts}>\n${cases.join('\n')}\n  </testsuite>`
  })
  const failures = tests.filter(isFailed).length
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${tests.length}" failures="${failures}" time="${elapsedMs / 1_000}">\n${suites.join('\n')}\n</testsuites>\n`
}

function firstDifference({ checks }: TestResult): string {
  const [first] = checks.flatMap(({ differences }) => differences)
  return first === undefined ? '' : `${first.what}: expected ${first.expected}, got ${first.got}`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Characters that XML 1.0 has no way to write are left out. */
const xml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must go
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"]/g, character => entities[character] ?? character)
