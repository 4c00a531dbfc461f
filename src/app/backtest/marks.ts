import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { type Instant, instant } from '../../event/instant.ts'
import { checkShape } from '../../model/check-shape.ts'
import { type Problem, reportTo } from '../../model/problem.ts'
import { identifier, mapping, name, named, noted, text } from '../../model/shapes.ts'
import { readYaml } from '../../model/yaml-file.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { Mistakes } from '../mistakes.ts'

/** Something that happened, and that rules should find. */
export type Mark = {
  readonly title: string
  /** Half-open. */
  readonly from: Instant
  readonly to: Instant
  /** Only rules of this stage can find it; undefined: any. */
  readonly stage: string | undefined
  /** Only alerts whose segment has these values, as far as it names the dimensions. */
  readonly segment: Readonly<Record<string, string>>
  /** Only these rules. */
  readonly rules: readonly string[] | undefined
}

const time = noted(
  z.string().regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/),
  'a time such as 2026-01-31 or 2026-01-31T08:00:00+08:00',
  '时间，例如 2026-01-31 或 2026-01-31T08:00:00+08:00',
)

const marksFile = noted(
  z.array(
    mapping({
      title: text,
      from: time,
      to: time,
      stage: name.optional(),
      segment: named(identifier, text, { en: 'dimensions to values', zh: '维度到取值' }).optional(),
      rules: noted(z.array(name), 'a list of rules, [a, b]', '规则的列表，[a, b]').optional(),
    }),
  ),
  'a list of incidents, [{title: …, from: …, to: …}]',
  '事件的列表，[{title: …, from: …, to: …}]',
)

/** @throws Mistakes in the file, CouldNotRun where it cannot be read. */
export function readMarks(path: string): readonly Mark[] {
  const problems: Problem[] = []
  const report = reportTo(problems)
  const { file, problems: syntax } = readYaml({ name: path, text: textOf(path) })
  problems.push(...syntax)
  const whole = file && checkShape(file, marksFile, report).whole
  const marks = (whole ?? []).map(({ title, from, to, stage, segment = {}, rules }, index): Mark => {
    const span = { from: instant(Date.parse(from)), to: instant(Date.parse(to)) }
    if (!(span.from < span.to)) {
      report(
        file!.valueAt([index, 'to']),
        { en: 'the incident ends before it begins', zh: '事件的结束早于开始' },
        { remedy: { en: 'give a `to` that is later than `from`', zh: '请使 to 晚于 from' } },
      )
    }
    return { title, ...span, stage, segment, rules }
  })
  if (whole === undefined || problems.some(({ severity }) => severity === 'error')) throw new Mistakes(problems)
  return marks
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const problem = `the marks ${path} cannot be read (${(cause as Error).message})`
    throw new CouldNotRun({ problem, remedy: 'name a file that can be read with --marks', cause })
  }
}
