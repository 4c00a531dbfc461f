import { writeFileSync } from 'node:fs'
import { InvalidArgumentError, Option } from 'commander'
import type { Language } from '../../model/local-text.ts'
import type { DefineCommand } from '../command-line.ts'
import { CouldNotRun } from '../could-not-run.ts'

type GivenToTest = { run?: string; minCoverage?: number; junit?: string; json?: true; language: Language }

export const defineTest: DefineCommand = (program, { print, complain }, done) => {
  program
    .command('test')
    .description('run rule tests: events in, alerts out, in virtual time')
    .argument('[PATH...]', 'files of tests (*.test.yaml), or folders that hold some', ['./rules'])
    .option('--run <TEXT>', 'only tests whose name holds this text')
    .option(
      '--min-coverage <PERCENT>',
      'fail below this share of rules × {fires, stays quiet, recovers, no data}',
      percent,
    )
    .option('--junit <FILE>', 'write the result as JUnit XML too')
    .option('--json', 'print the result as JSON')
    .addOption(new Option('--language <LANGUAGE>', 'language of the messages').choices(['en', 'zh']).default('en'))
    .addHelpText(
      'after',
      `
Exit codes: 0 all passed, 1 a test failed, coverage is too low or files hold mistakes, 2 it could not run.

Examples:
  stagewatch test
  stagewatch test rules --min-coverage 100 --junit result.xml
  stagewatch test rules/order-fulfilment.test.yaml --run 'picking slows down'`,
    )
    .action(async (paths: string[], { run, minCoverage, junit, json, language }: GivenToTest) => {
      const { runRuleTests } = await import('../rule-tests.ts')
      const { isFailed, reportAsJson, reportAsJunit, reportForPeople } = await import('../rule-tests/report.ts')
      const { Mistakes } = await import('../mistakes.ts')
      const { failureText } = await import('../failure.ts')
      try {
        const report = await runRuleTests({ paths, run, progress: showProgress })
        if (junit !== undefined) writeResult(junit, reportAsJunit(report))
        print(json ? reportAsJson(report) : reportForPeople(report, language))
        const isCovered = minCoverage === undefined || report.coverage.percent >= minCoverage
        if (!isCovered) {
          complain(
            language === 'zh'
              ? `stagewatch: 覆盖率 ${report.coverage.percent}% 低于要求的 ${minCoverage}%\n  处理: 为表中缺少的项补充测试\n`
              : `stagewatch: the coverage of ${report.coverage.percent} % is below ${minCoverage} %\n  remedy: write tests for what the table lacks\n`,
          )
        }
        if (report.tests.some(isFailed) || !isCovered) done(1)
      } catch (error) {
        if (!(error instanceof Mistakes)) throw error
        complain(failureText(error, process.env.STAGEWATCH_DEBUG !== undefined, language))
        done(1)
      }
    })
}

/** One line on a terminal, which goes away when all have run; nothing elsewhere. */
function showProgress(count: number, of: number): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(count === of ? '\r\u001b[K' : `\r\u001b[K${count} of ${of} tests`)
}

function percent(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 100) return value
  throw new InvalidArgumentError('It must be a number from 0 to 100.')
}

function writeResult(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    const problem = `the result cannot be written to ${file} (${(cause as Error).message})`
    throw new CouldNotRun({ problem, remedy: 'name a file in a folder that can be written to', cause })
  }
}
