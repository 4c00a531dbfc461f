import { VALUE } from './attributes.ts'
import type { Bilingual } from './local-text.ts'
import {
  attributeNames,
  checkName,
  checkOwner,
  checkRepeats,
  dimensionKind,
  dimensionNames,
  type ProcessCheck,
} from './process-check.ts'
import type { YamlPath } from './yaml-file.ts'

const numberKind: Bilingual = { en: 'number', zh: '数值' }

/** The number that a measure is of, and what it is cut by; its activities are checked with those of the stages. */
export function checkMeasures(check: ProcessCheck): void {
  const dimensions = dimensionNames(check)
  for (const [name, measure] of Object.entries(check.said.measures ?? {})) {
    if (measure === undefined) continue
    const path = ['measures', name]
    checkNumber(check, measure.of, [...path, 'of'])
    checkOwner(check, measure.owner, [...path, 'owner'])
    checkRepeats(check, measure.by, [...path, 'by'])
    measure.by?.forEach((dimension, index) => {
      checkName(check, dimensionKind, dimension, [...path, 'by', index], dimensions)
    })
  }
}

function checkNumber(check: ProcessCheck, name: string | undefined, path: YamlPath): void {
  const numbers = numberNames(check)
  if (name === undefined || numbers === undefined || numbers.includes(name)) return
  const { file, report } = check
  const isDimension = dimensionNames(check)?.includes(name) === true
  if (!isDimension && numbers.length > 0) {
    checkName(check, numberKind, name, path, numbers)
    return
  }
  report(
    file.valueAt(path),
    isDimension
      ? { en: `"${name}" is a dimension, no number`, zh: `"${name}" 是维度，不是数值` }
      : { en: `unknown number "${name}"`, zh: `未知的数值 "${name}"` },
    {
      remedy: {
        en: `name the field under numbers of a source, numbers: {${isDimension ? 'items: …' : `${name}: …`}}, or as value`,
        zh: `请在数据源的 numbers 中给出字段，numbers: {${isDimension ? 'items: …' : `${name}: …`}}，或使用 value`,
      },
    },
  )
}

/** The value and the numbers of all sources; undefined where the mapping of a source is broken, so that nobody can tell them. */
function numberNames(check: ProcessCheck): string[] | undefined {
  const numbers = attributeNames(check, 'numbers')
  const sources = check.said.sources ?? []
  if (numbers === undefined || sources.some(source => source && 'value' in source && source.value === undefined)) {
    return undefined
  }
  const hasValue = sources.some(source => source?.value !== undefined)
  return [...new Set([...(hasValue ? [VALUE] : []), ...numbers])]
}
