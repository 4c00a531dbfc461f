// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this file is about texts that hold ${…}
import { type Problem, reportTo } from '../../model/problem.ts'
import type { YamlFile, YamlPath } from '../../model/yaml-file.ts'

const secretNames: ReadonlySet<string> = new Set(['password', 'token', 'secret', 'client_secret'])

/** Keys of secrets, wherever they stand; `key` is one below `ssl`, where it is the private key. */
const isSecret = (path: YamlPath): boolean => {
  const name = path.at(-1)
  return secretNames.has(String(name)) || (name === 'key' && path.at(-2) === 'ssl')
}

/**
 * The secrets that stand in the file itself, which is copied, shown and committed more freely than they may be.
 *
 * @param written the file before its references are filled in.
 */
export function plainSecrets(written: YamlFile): Problem[] {
  const problems: Problem[] = []
  const report = reportTo(problems)
  const look = (value: unknown, path: YamlPath): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) look(item, [...path, index])
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) look(item, [...path, key])
    } else if (isSecret(path) && value !== null && value !== '' && !/\$\{(?:env|file):/.test(String(value))) {
      const name = String(path.at(-1))
      report(
        written.valueAt(path),
        { en: `"${name}" is a secret, which must not stand in this file`, zh: `"${name}" 是机密，不得写在本文件中` },
        { remedy: elsewhere },
      )
    }
  }
  look(written.value, [])
  return problems
}

const elsewhere = {
  en: 'write ${env:NAME} for an environment variable or ${file:path} for the content of a file',
  zh: '请写 ${env:NAME} 引用环境变量，或 ${file:path} 引用文件内容',
}
