import { formatDuration } from '../../event/duration.ts'
import { formatInstant } from '../../event/instant.ts'
import type { BacktestReport, ProcessReport, Told } from '../backtest.ts'
import type { Found, RuleScore } from './scores.ts'

/** The report as JSON, times in ISO 8601; `old` and `difference` are null where there is nothing to compare with. */
export const backtestJson = ({ processes, elapsedMs }: BacktestReport) => ({
  elapsed_ms: elapsedMs,
  processes: processes.map(({ process, from, to, told, against, isOneFold }) => ({
    process,
    from: formatInstant(from),
    to: formatInstant(to),
    one_fold: isOneFold,
    rules: pairsOf(told, against).map(([rule, own, old]) => ({
      rule,
      new: own === undefined ? null : scoreJson(own),
      old: old === undefined ? null : scoreJson(old),
      difference: own === undefined || old === undefined ? null : differenceJson(own, old),
    })),
    marks: told.found.map((found, index) => ({
      title: found.mark.title,
      from: formatInstant(found.mark.from),
      to: formatInstant(found.mark.to),
      new: foundJson(found),
      old: against === undefined ? null : foundJson(against.found[index] as Found),
    })),
  })),
})

const scoreJson = ({ alerts, minutesFiring, notifications, flaps, marked, lead }: RuleScore) => ({
  alerts,
  minutes_firing: minutesFiring,
  notifications,
  flaps,
  marked: marked ?? null,
  precision: marked === undefined || alerts === 0 ? null : marked / alerts,
  lead_before_breach:
    lead === undefined ? null : { median_ms: lead.medianMs ?? null, before: lead.before, after: lead.after },
})

const differenceJson = (own: RuleScore, old: RuleScore) => ({
  alerts: own.alerts - old.alerts,
  minutes_firing: own.minutesFiring - old.minutesFiring,
  notifications: own.notifications - old.notifications,
  flaps: own.flaps - old.flaps,
})

const foundJson = ({ rule, hours }: Found) => ({ rule: rule ?? null, hours: hours ?? null })

export const backtestText = ({ processes, elapsedMs }: BacktestReport): string =>
  `${processes.map(processText).join('\n')}${formatDuration(elapsedMs)}\n`

function processText({ process, from, to, told, against }: ProcessReport): string {
  const pairs = pairsOf(told, against)
  const hasLead = pairs.some(([, own, old]) => own?.lead !== undefined || old?.lead !== undefined)
  const head = ['rule', 'alerts', 'minutes firing', 'messages', 'flaps', 'precision', ...(hasLead ? [LEAD] : [])]
  const rows = pairs.map(([rule, own, old]) => [
    rule,
    ...(['alerts', 'minutesFiring', 'notifications', 'flaps'] as const).map(what =>
      against === undefined ? count(own?.[what]) : `${count(old?.[what])} → ${count(own?.[what])}`,
    ),
    against === undefined ? precision(own) : `${precision(old)} → ${precision(own)}`,
    ...(hasLead ? [against === undefined ? leadText(own) : `${leadText(old)} → ${leadText(own)}`] : []),
  ])
  const found = told.found.map((one, index) => {
    const before = against === undefined ? '' : `${foundText(against.found[index] as Found)} → `
    return `  ${one.mark.title}: ${before}${foundText(one)}`
  })
  const title = `${process}, ${formatInstant(from)} to ${formatInstant(to)}${against === undefined ? '' : ', old → new'}`
  return [title, ...table([head, ...rows]), ...found, ''].join('\n')
}

/** The rules of both sides, those of the new one first. */
function pairsOf(told: Told, against: Told | undefined) {
  const old = new Map(against?.rules.map(score => [score.rule, score]))
  const own = told.rules.map(score => [score.rule, score, old.get(score.rule)] as const)
  const gone = [...old.values()].filter(({ rule }) => !told.rules.some(score => score.rule === rule))
  return [...own, ...gone.map(score => [score.rule, undefined, score] as const)]
}

/** A rule that one side does not have counts nothing there. */
const count = (value: number | undefined): string => (value === undefined ? '–' : value.toLocaleString('en'))

function precision(score: RuleScore | undefined): string {
  if (score?.marked === undefined || score.alerts === 0) return '–'
  return `${Math.round((score.marked / score.alerts) * 100)} %`
}

const LEAD = 'lead before breach'

/** `2h (3 of 4)`: the median, and how many of those that met a breach fired before it. */
function leadText(score: RuleScore | undefined): string {
  const { medianMs, before, after } = score?.lead ?? { medianMs: undefined, before: 0, after: 0 }
  if (medianMs === undefined) return '–'
  const time = formatDuration(Math.abs(medianMs))
  return `${medianMs < 0 ? '−' : ''}${time} (${before} of ${before + after})`
}

function foundText({ rule, hours }: Found): string {
  if (rule === undefined || hours === undefined) return 'not found'
  const time = formatDuration(Math.abs(hours) * 3_600_000)
  return `${rule} ${hours < 0 ? `${time} before it began` : `after ${time}`}`
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => [...(row[column] ?? '')].length)))
  return rows.map(row => {
    const cells = row.map((cell, column) => {
      const room = ' '.repeat((widths[column] ?? 0) - [...cell].length)
      return column === 0 ? cell + room : room + cell
    })
    return `  ${cells.join('   ')}`.trimEnd()
  })
}
