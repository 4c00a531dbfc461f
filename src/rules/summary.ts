/**
 * A rule's summary with its values put in: `{{ warehouse }}: p90 {{ age_p90 | duration }}` → `WH-2: p90 1h 30m`.
 * What a template may say is decided in `model/template.ts`, where it is checked.
 */
import { formatDuration } from '../event/duration.ts'
import type { SegmentLabels } from '../event/segment.ts'
import { leastOf, mostOf } from '../model/bounded.ts'
import type { LocalText } from '../model/definitions.ts'
import { type BoundedLookup, type StatisticName, stageVocabulary, type Vocabulary } from '../model/statistics.ts'
import { parseTemplate, type TemplateFilter, type TemplatePiece } from '../model/template.ts'

/** A summary, ready to be filled in, in every language in which the rule gives it. */
export type Summary = {
  /** The statistics that it shows, in any language. */
  readonly statistics: readonly StatisticName[]
  readonly render: (labels: SegmentLabels, lookup: BoundedLookup) => LocalText
}

/**
 * @param dimensions Names of the rule's `by`.
 * @param vocabulary Of what the rule is about; default: of a stage.
 * @throws Error on a template that the loader would have refused.
 */
export function compileSummary(
  summary: LocalText,
  dimensions: readonly string[],
  vocabulary: Vocabulary = stageVocabulary,
): Summary {
  const en = piecesOf(summary.en, dimensions, vocabulary)
  const zh = summary.zh === undefined ? undefined : piecesOf(summary.zh, dimensions, vocabulary)
  return {
    statistics: [...new Set([...en, ...(zh ?? [])].flatMap(piece => (piece.kind === 'statistic' ? [piece.name] : [])))],
    render: (labels, lookup) => {
      const fill = (pieces: readonly TemplatePiece[], language: keyof LocalText) =>
        pieces.map(piece => fillPiece(piece, language, labels, lookup)).join('')
      return { en: fill(en, 'en'), ...(zh === undefined ? {} : { zh: fill(zh, 'zh') }) }
    },
  }
}

/** What stands for a value that is not known. */
export const MISSING = '–'

function piecesOf(text: string, dimensions: readonly string[], vocabulary: Vocabulary): readonly TemplatePiece[] {
  const parsed = parseTemplate(text, dimensions, vocabulary)
  if ('pieces' in parsed) return parsed.pieces
  throw new Error(`the summary ${JSON.stringify(text)} is wrong at offset ${parsed.offset}: ${parsed.message.en}`)
}

function fillPiece(
  piece: TemplatePiece,
  language: keyof LocalText,
  labels: SegmentLabels,
  lookup: BoundedLookup,
): string {
  if (piece.kind === 'text') return piece.text
  if (piece.kind === 'dimension') return labels[piece.name] ?? MISSING
  const value = lookup(piece.name)
  const least = leastOf(value)
  if (least === undefined) return MISSING
  const text = written[piece.filter](least, language)
  const most = mostOf(value)
  if (most !== undefined) return `${text}–${written[piece.filter](most, language)}`
  return typeof value === 'object' ? `≥ ${text}` : text
}

const written: Readonly<Record<TemplateFilter, (value: number, language: keyof LocalText) => string>> = {
  duration: formatDuration,
  number: value => String(Number(value.toFixed(Math.abs(value) >= 100 ? 0 : 2))),
  percent: value => `${Number((value * 100).toFixed(1))} %`,
}
