// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this file is about texts that hold ${…}
import { type Problem, type Report, reportTo } from '../../model/problem.ts'
import type { YamlFile, YamlPath } from '../../model/yaml-file.ts'

/** Where the texts come from that a configuration refers to. */
export type References = {
  /** undefined: not set. */
  readonly env: (name: string) => string | undefined
  /** @throws what the file system says. */
  readonly readFile: (path: string) => string
}

/** A file with the texts filled in that it refers to. */
export type Resolved = {
  /** The same places as before. A text whose reference leads nowhere is as it was written. */
  readonly file: YamlFile
  readonly problems: readonly Problem[]
  /**
   * Problems found in `file`, fit to be shown: what a reference stands for may be a secret, so no message quotes it;
   * and of a text whose reference leads nowhere nothing more is said.
   */
  review(problems: readonly Problem[]): Problem[]
}

/**
 * Puts in what `${env:NAME}` and `${file:path}` stand for, so that a secret need not stand in the file. They may be a
 * part of a text; the line break that ends a file is no part of a secret. What is put in is not searched again.
 */
export function resolveReferences(file: YamlFile, references: References): Resolved {
  const problems: Problem[] = []
  const report = reportTo(problems)
  /** By place: the text as written where all of it could be filled in, undefined where something could not. */
  const referring = new Map<string, string | undefined>()
  const resolve = (value: unknown, path: YamlPath): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => resolve(item, [...path, index]))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, [...path, key])]))
    }
    if (typeof value !== 'string' || !value.includes('${')) return value
    const before = problems.length
    const resolved = resolveText(value, offset => file.valueAt(path, offset), references, report)
    referring.set(placeOf(file.valueAt(path)), problems.length === before ? value : undefined)
    return resolved
  }
  return {
    file: { ...file, value: resolve(file.value, []) },
    problems,
    review: found =>
      found.flatMap(problem => {
        const place = placeOf(problem.position)
        if (!referring.has(place)) return [problem]
        const written = referring.get(place)
        return written === undefined ? [] : [withoutQuote(problem, written)]
      }),
  }
}

const placeOf = ({ line, column }: Problem['position']) => `${line}:${column}`

/** Fills in one text. What leads nowhere is reported, and stays as it was written. */
export function resolveText(
  text: string,
  positionAt: (offset: number) => Problem['position'],
  { env, readFile }: References,
  report: Report,
): string {
  return text.replace(/\$\{([^}]*)\}/g, (written, reference: string, offset: number) => {
    const [, kind, name = ''] = /^(\w+):(.+)$/.exec(reference) ?? []
    if (kind === 'env') {
      const value = env(name)
      if (value !== undefined) return value
      const message = { en: `the environment variable ${name} is not set`, zh: `未设置环境变量 ${name}` }
      const remedy = { en: `set it before the start: export ${name}=…`, zh: `请在启动前设置：export ${name}=…` }
      report(positionAt(offset), message, { remedy })
    } else if (kind === 'file') {
      try {
        return readFile(name).replace(/\r?\n$/, '')
      } catch (error) {
        const why = (error as Error).message
        const message = { en: `the file ${name} cannot be read (${why})`, zh: `无法读取文件 ${name}（${why}）` }
        report(positionAt(offset), message, { remedy: fromThisFolder })
      }
    } else {
      const message = { en: `"${written}" refers to nothing that is known`, zh: `无法识别的引用 "${written}"` }
      report(positionAt(offset), message, { remedy: twoKinds })
    }
    return written
  })
}

const fromThisFolder = {
  en: 'a relative path counts from the folder of this configuration',
  zh: '相对路径以本配置文件所在的文件夹为起点',
}

const twoKinds = {
  en: 'write ${env:NAME} for an environment variable or ${file:path} for the content of a file',
  zh: '环境变量写作 ${env:NAME}，文件内容写作 ${file:path}',
}

/** The words up to the quoted value say what was expected; the remedy is left out, since it may quote as well. */
function withoutQuote({ position, severity, message }: Problem, written: string): Problem {
  const [, en = 'the value must be something else'] = /^(.*), not "/s.exec(message.en) ?? []
  const [, zh = '取值有误'] = /^(.*)，而不是/s.exec(message.zh) ?? []
  return {
    position,
    severity,
    message: { en: `${en}, not what ${written} stands for`, zh: `${zh}，而不是 ${written} 所代表的内容` },
  }
}
