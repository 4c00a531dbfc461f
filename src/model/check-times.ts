import { exactDuration, parseDuration } from '../event/duration.ts'
import type { Position } from './definitions.ts'
import type { ProcessCheck } from './process-check.ts'
import { defaultPane, defaultSettle } from './process-file.ts'
import type { YamlPath } from './yaml-file.ts'

const DAY_MS = 86_400_000

const SMALLEST_PANE_MS = 1_000
const LARGEST_PANE_MS = 7 * DAY_MS

/** Above so many panes the old end of a window is aligned to coarser ones. */
const EXACT_PANES = 1_000

/** Durations that are written well but cannot be meant. */
export function checkTimes(check: ProcessCheck): void {
  const { said } = check
  checkRange(check, said.settle, ['settle'], 0)
  checkRange(check, said.pane, ['pane'], SMALLEST_PANE_MS, LARGEST_PANE_MS)
  checkCaseTimeout(check)
  checkRange(check, said.evaluate_every, ['evaluate_every'], 100, DAY_MS)
  for (const [name, stage] of Object.entries(said.stages ?? {})) {
    const path = ['stages', name, 'target']
    if (typeof stage?.deadline === 'object')
      checkDeadlineWindow(check, stage.deadline.window, ['stages', name, 'deadline', 'window'])
    if (typeof stage?.target === 'string') checkRange(check, stage.target, path, 1)
    if (typeof stage?.target !== 'object') continue
    checkRange(check, stage.target.default, [...path, 'default'], 1)
    for (const [dimension, targets] of Object.entries(stage.target.by ?? {})) {
      for (const [value, target] of Object.entries(targets ?? {})) {
        checkRange(check, target, [...path, 'by', dimension, value], 1)
      }
    }
  }
  for (const [name, metric] of Object.entries(said.metrics ?? {})) {
    checkWindow(check, metric?.window, ['metrics', name, 'window'])
  }
  for (const [name, rule] of Object.entries(said.rules ?? {})) {
    const path = ['rules', name]
    checkWindow(check, rule?.window, [...path, 'window'])
    checkRange(check, rule?.for, [...path, 'for'], 0)
    checkRange(check, rule?.keep_firing_for, [...path, 'keep_firing_for'], 0)
    checkRange(check, rule?.no_data?.after, [...path, 'no_data', 'after'], 1_000)
  }
}

/** A run that times out sooner than its events can be corrected would be forgotten while they still may come. */
function checkCaseTimeout(check: ProcessCheck): void {
  const { file, said, report } = check
  const timeoutMs = checkRange(check, said.case_timeout, ['case_timeout'], 1_000)
  const settleMs = parseDuration(said.settle ?? defaultSettle)
  if (timeoutMs === undefined || settleMs === undefined || timeoutMs >= settleMs) return
  const settle = exactDuration(settleMs)
  report(
    file.valueAt(['case_timeout']),
    { en: `the case_timeout is shorter than settle (${settle})`, zh: `case_timeout 短于 settle（${settle}）` },
    { remedy: { en: `use at least ${settle}, or a shorter settle`, zh: `请至少为 ${settle}，或缩短 settle` } },
  )
}

/** A hundred years: sums of such times stay exact, and nobody means more. */
const LONGEST_MS = 36_500 * DAY_MS

/** @returns the duration in ms where it is one, within the bounds. */
function checkRange(
  { file, report }: ProcessCheck,
  text: string | undefined,
  path: YamlPath,
  leastMs: number,
  mostMs = LONGEST_MS,
): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms
  const [least, most] = [exactDuration(leastMs), exactDuration(mostMs)]
  const key = path.at(-1)
  report(file.valueAt(path), {
    en: `"${key}" must be from ${least} to ${most}, not ${text}`,
    zh: `"${key}" 应在 ${least} 到 ${most} 之间，而不是 ${text}`,
  })
  return undefined
}

/** Life tables of deadlines look at coarser panes anyway, so this window is no multiple of anything. */
function checkDeadlineWindow(check: ProcessCheck, text: string | undefined, path: YamlPath): void {
  const { said } = check
  const pane = 'pane' in said ? said.pane : defaultPane
  const paneMs = pane === undefined ? undefined : parseDuration(pane)
  checkRange(check, text, path, paneMs === undefined ? SMALLEST_PANE_MS : paneMs)
}

function checkWindow(check: ProcessCheck, text: string | undefined, path: YamlPath): void {
  const windowMs = checkRange(check, text, path, 1)
  if (windowMs !== undefined) checkPanes(check, windowMs, text as string, check.file.valueAt(path))
}

/**
 * A window is made of whole panes.
 *
 * @param text as a person wrote it.
 */
export function checkPanes({ said, report }: ProcessCheck, windowMs: number, text: string, at: Position): void {
  const pane = 'pane' in said ? said.pane : defaultPane
  const paneMs = pane === undefined ? undefined : parseDuration(pane)
  if (paneMs === undefined || paneMs < SMALLEST_PANE_MS || paneMs > LARGEST_PANE_MS) return
  if (windowMs < paneMs) {
    report(
      at,
      { en: `the window ${text} is shorter than the pane ${pane}`, zh: `窗口 ${text} 短于窗格 ${pane}` },
      { remedy: { en: `use at least ${pane}, or a smaller pane`, zh: `请至少使用 ${pane}，或减小 pane` } },
    )
  } else if (windowMs % paneMs !== 0) {
    const below = exactDuration(windowMs - (windowMs % paneMs))
    report(
      at,
      { en: `the window ${text} is not a multiple of the pane ${pane}`, zh: `窗口 ${text} 不是窗格 ${pane} 的整数倍` },
      { remedy: { en: `${below} is one`, zh: `例如 ${below}` } },
    )
  } else if (windowMs / paneMs > EXACT_PANES) {
    const coarse = 2 ** Math.ceil(Math.log2(windowMs / paneMs / EXACT_PANES))
    const coarseText = exactDuration(coarse * paneMs)
    report(
      at,
      {
        en: `the window ${text} spans ${windowMs / paneMs} panes: its old end is aligned to ${coarseText}`,
        zh: `窗口 ${text} 跨越 ${windowMs / paneMs} 个窗格：其起点按 ${coarseText} 对齐`,
      },
      { severity: 'warning' },
    )
  }
}
