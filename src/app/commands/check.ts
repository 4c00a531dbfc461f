import { Option } from 'commander'
import type { Language } from '../../model/local-text.ts'
import type { DefineCommand, ExitCode, Terminal } from '../command-line.ts'

/** What `stagewatch check` was told; the path as the user wrote it. */
export type CheckOptions = { readonly rules: string; readonly language: Language; readonly json: boolean }

export const defineCheck: DefineCommand = (program, terminal, done) => {
  program
    .command('check')
    .description('check process files: every mistake with its place, and what is defined')
    .option('--rules <DIR>', 'folder with process files and owners.yaml', './rules')
    .addOption(new Option('--language <LANGUAGE>', 'language of the messages').choices(['en', 'zh']).default('en'))
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  stagewatch check\n  stagewatch check --rules rules/examples/olist --language zh',
    )
    .action(async (given: { rules: string; language: Language; json?: true }) => {
      done(await check({ rules: given.rules, language: given.language, json: given.json === true }, terminal))
    })
}

async function check({ rules, language, json }: CheckOptions, { print }: Terminal): Promise<ExitCode> {
  const { readRulesFolder } = await import('../rules-folder.ts')
  const { formatProblem, loadDefinitions } = await import('../../model/load.ts')
  const { summaryOf, verdictOf } = await import('../check-summary.ts')
  const files = readRulesFolder(rules)
  const { definitions, problems } = loadDefinitions(files)
  if (json) {
    const { inLanguage } = await import('../../model/local-text.ts')
    const result = {
      ok: definitions !== undefined,
      files: files.map(file => file.name),
      problems: problems.map(({ position, severity, message, remedy, excerpt }) => ({
        ...position,
        severity,
        message: inLanguage(message, language),
        remedy: remedy === undefined ? null : inLanguage(remedy, language),
        excerpt: excerpt ?? null,
      })),
      processes: (definitions?.processes ?? []).map(process => ({
        process: process.name,
        topics: [...new Set(process.sources.flatMap(source => source.topics))],
        stages: process.stages.map(stage => stage.name),
        metrics: process.metrics.map(metric => metric.name),
        rules: process.rules.map(rule => rule.name),
      })),
      owners: [...(definitions?.owners.keys() ?? [])],
    }
    print(`${JSON.stringify(result, null, 2)}\n`)
  } else {
    for (const problem of problems) print(`${formatProblem(problem, language)}\n`)
    if (definitions !== undefined) print(summaryOf(definitions, language))
    print(verdictOf(problems, files.length, language))
  }
  return definitions === undefined ? 1 : 0
}
