import type { AlertTransition } from '../../src/alerts/transition.ts'
import { durationMs } from '../../src/event/duration.ts'
import { type Instant, instant } from '../../src/event/instant.ts'
import type { HistoryReader, StoredVisit } from '../../src/gateway/api/history-reader.ts'
import type { AlertPage } from '../../src/store/queries/alerts.ts'
import type { AuditPage } from '../../src/store/queries/audit-page.ts'
import type { CaseCorrectionsQuery, VisitCorrection } from '../../src/store/queries/case-corrections.ts'
import type { CasePage, CaseSearchQuery } from '../../src/store/queries/case-search.ts'
import type { ContributedSums, ContributionQuery, Contributions } from '../../src/store/queries/contributions.ts'
import type { DeadLetterSamples } from '../../src/store/queries/dead-letter-samples.ts'
import type { DefinitionChanges, DefinitionChangesQuery } from '../../src/store/queries/definition-changes.ts'
import type { OpenVisits, OpenVisitsQuery } from '../../src/store/queries/open-visits.ts'
import type { RuleRecord } from '../../src/store/queries/rule-records.ts'
import type { StageSeriesQuery } from '../../src/store/queries/stage-series.ts'
import { type ComparedPoint, comparedSteps } from '../../src/store/queries/steps.ts'
import type { VisitPage, VisitPageQuery } from '../../src/store/queries/visit-pages.ts'
import type { PaneSum } from '../../src/store/stored.ts'
import type { AuditRow } from '../../src/store/writing/tables/audit.ts'
import type { DefinitionRow } from '../../src/store/writing/tables/definitions.ts'

/** A store's answers made from a formula: an even day, and a slow last quarter of an hour. */
export class PlainHistory implements HistoryReader {
  readonly #now: Instant
  readonly recorded: AlertTransition[] = []

  constructor(now: Instant) {
    this.#now = now
  }

  async stageSeries(query: StageSeriesQuery): Promise<readonly ComparedPoint<PaneSum>[]> {
    return comparedSteps(query, query.compare ?? [], async ({ from, to, stepMs }) => {
      const sums = new Map<number, PaneSum>()
      for (let start = from as number; start < to && start < this.#now; start += stepMs) {
        sums.set(start, this.#sumOf(start, stepMs, query.segment === undefined ? 1 : 0.25))
      }
      return sums
    })
  }

  #sumOf(start: number, stepMs: number, share: number): PaneSum {
    const slow = start > this.#now - 900_000 ? 1 + (start - this.#now + 900_000) / 600_000 : 1
    const exited = Math.round((stepMs / 1_400) * share * (1 + 0.2 * Math.sin(start / 977_000)))
    const p90Ms = (118_000 + 16_000 * Math.sin(start / 421_000)) * slow
    return {
      start: instant(start),
      entered: exited + (slow > 1 ? Math.round((stepMs / 30_000) * 2) : Math.round(Math.sin(start / 300_000))),
      exited,
      abandoned: 0,
      expired: 0,
      reworked: 0,
      breached: 0,
      sumMs: exited * p90Ms * 0.6,
      minMs: p90Ms * 0.2,
      maxMs: p90Ms * 1.6,
      avgMs: p90Ms * 0.6,
      p50Ms: p90Ms * 0.55,
      p90Ms,
      p95Ms: p90Ms * 1.15,
      p99Ms: p90Ms * 1.4,
    }
  }

  /** Warehouses, or whatever is asked for, of which the second one has become slow. */
  async segmentContributions({ by }: ContributionQuery): Promise<Contributions> {
    const whole = { entered: 2_570, exited: 2_560, abandoned: 2, expired: 0, reworked: 12, breached: 120 }
    const sums = (part: number, avgMs: number): ContributedSums => {
      const counts = Object.fromEntries(Object.entries(whole).map(([name, count]) => [name, Math.round(count * part)]))
      const sumMs = Math.round(whole.exited * part) * avgMs
      const durations = { sumMs, avgMs, p50Ms: avgMs * 0.9, p90Ms: avgMs * 1.6, p99Ms: avgMs * 2.1 }
      const share = { entered: part, exited: part, breached: part, sumMs: sumMs / (whole.exited * 95_000) }
      return { ...(counts as typeof whole), ...durations, share }
    }
    return {
      total: { ...sums(1, 95_000), before: sums(1, 78_000) },
      segments: [0, 1, 2].map(index => ({
        segment: Object.fromEntries(
          by.map(name => [name, name === 'warehouse' ? `WH-${index + 1}` : `${name} ${index + 1}`]),
        ),
        ...sums(0.3, index === 1 ? 128_000 : 78_000),
        before: sums(0.3, 78_000),
      })),
      rest: { segmentCount: 1, ...sums(0.1, 98_000), before: sums(0.1, 78_000) },
    }
  }

  async visitPage({ process, stage, filter = {}, time, limit }: VisitPageQuery): Promise<VisitPage> {
    const until = time.by === 'open' ? time.at : time.to
    const visits = Array.from({ length: Math.min(limit, 40) }, (_, index) => {
      const lasts = 492_000 - index * 9_000
      const end = instant(until - 5_000 - index * 61_000)
      const outcome = filter.outcome ?? 'completed'
      return {
        ...{ process, stage, case: index === 0 ? 'ORD-20417' : `ORD-${20_400 - index}`, visit: 1, ordinal: 0, outcome },
        ...{
          start: instant(end - lasts),
          end,
          reason: undefined,
          durationMs: durationMs(lasts),
          businessMs: undefined,
        },
        segment: filter.segment ?? { warehouse: 'WH-2' },
        attributes: { warehouse: 'WH-2', carrier: 'Swift', region: 'north' },
        ...{ breached: lasts > 180_000, weight: 1 },
      }
    })
    return { visits, next: undefined, count: { kind: 'exact', visits: visits.length } }
  }

  async openVisits({ process, stage, segment, at, limit }: OpenVisitsQuery): Promise<OpenVisits> {
    const visits = Array.from({ length: Math.min(limit, 30) }, (_, index) => {
      const ageMs = 280_000 - index * 9_000
      return {
        ...{ process, stage, case: index === 0 ? 'ORD-20417' : `ORD-${20_500 - index}`, visit: 1, ordinal: 0 },
        ...{ start: instant(at - ageMs), end: undefined, outcome: 'open' as const, reason: undefined },
        ...{ durationMs: undefined, businessMs: undefined, segment: { warehouse: 'WH-2', ...segment } },
        attributes: { warehouse: 'WH-2', carrier: 'Swift', region: 'north' },
        ...{ breached: false, weight: 1, ageMs, overdue: false },
      }
    })
    return { visits, next: undefined, open: visits.length, overdue: 0 }
  }

  /** One case has a story; twelve others wait. */
  async caseSearch({ process, prefix, at }: CaseSearchQuery): Promise<CasePage> {
    const { visits } = await this.openVisits({ process, stage: 'picking', at, limit: 12 })
    const story = await this.visitsOfCase(process, 'ORD-20417')
    const cases = [
      { case: 'ORD-20417', visits: story.map(visit => ({ ...visit, breached: false, weight: 1 })) },
      ...visits.slice(1).map(visit => ({ case: visit.case, visits: [visit] })),
    ]
    return { cases: cases.filter(found => found.case.startsWith(prefix)), next: undefined }
  }

  async visitsOfCase(process: string, caseId: string): Promise<readonly StoredVisit[]> {
    if (caseId !== 'ORD-20417') return []
    const created = this.#now - 1_020_000
    const visit = (stage: string, startsAfter: number, lasts: number | undefined): StoredVisit => ({
      process,
      stage,
      case: caseId,
      visit: 1,
      ordinal: 0,
      start: instant(created + startsAfter * 1_000),
      end: lasts === undefined ? undefined : instant(created + (startsAfter + lasts) * 1_000),
      outcome: lasts === undefined ? 'open' : 'completed',
      reason: undefined,
      durationMs: lasts === undefined ? undefined : durationMs(lasts * 1_000),
      businessMs: undefined,
      segment: {},
      attributes: { warehouse: 'WH-2', carrier: 'Swift', region: 'north' },
    })
    return [
      visit('lead_time', 0, undefined),
      visit('payment', 0, 31),
      visit('picking', 31, 492),
      visit('packing', 523, 44),
      visit('handover', 567, 71),
      visit('delivery', 638, undefined),
    ]
  }

  async deadLetterSamples(): Promise<DeadLetterSamples> {
    const value = Buffer.from('{"order_id":null,"activity":"paid","ts":"2026-11-23T06:41:12.000Z"}')
    const detail = 'field "order_id" (the case) is missing'
    const position = { topic: 'orders.events', partition: 1, offset: 600_412 }
    return {
      samples: [
        {
          ...position,
          reason: 'missing-field',
          detail,
          storedAt: instant(this.#now - 900_000),
          key: undefined,
          value,
          valueBytes: value.byteLength,
        },
      ],
      lacking: [{ detail, count: 24 }],
    }
  }

  /** The first visit had been told to begin a minute later. */
  async caseCorrections({ process, case: caseId }: CaseCorrectionsQuery): Promise<readonly VisitCorrection[]> {
    const [first] = await this.visitsOfCase(process, caseId)
    if (first === undefined) return []
    const { stage, start, ordinal } = first
    const at = instant(start + 300_000)
    return [
      { stage, start: instant(start + 60_000), ordinal, at, withdrawn: true },
      { stage, start, ordinal, at, withdrawn: false },
    ]
  }

  async alertPage(): Promise<AlertPage> {
    const latest = new Map(this.recorded.map(transition => [transition.id, transition]))
    return {
      alerts: [...latest.values()].map(one => ({ latest: one, begunAt: one.since, transitions: 1 })),
      next: undefined,
    }
  }

  async definitionChanges({ process }: DefinitionChangesQuery): Promise<DefinitionChanges> {
    const row = (version: number, when: string): DefinitionRow => ({
      ...{ process, kind: 'rule', name: 'picking_slow', version, owner: 'warehouse', epoch: 0 },
      since: instant(this.#now - 86_400_000 * (4 - version)),
      hash: `${version}`.padEnd(64, 'a'),
      definition: JSON.stringify({ name: 'picking_slow', when, forMs: 10_000 }),
    })
    const [first, second] = [row(1, 'age_p90 > duration("5m")'), row(2, 'age_p90 > duration("3m")')]
    return {
      changes: [
        { row: second, former: first, inForce: true },
        { row: first, former: undefined, inForce: false },
      ],
      next: undefined,
    }
  }

  async ruleRecords(): Promise<readonly RuleRecord[]> {
    const lastFiredAt = instant(this.#now - 7_200_000)
    return [{ rule: 'picking_slow', fired: 9, lastFiredAt, useful: 5, falseAlarm: 1 }]
  }

  async auditPage(): Promise<AuditPage> {
    const entry = (sequence: number, action: string, detail: unknown): AuditRow => ({
      ...{
        chain: 'demo',
        sequence,
        at: this.#now - 60_000 * (3 - sequence),
        actor: 'ana',
        action,
        subject: 'picking_slow',
      },
      ...{ detail, previous: `${sequence - 1}`.repeat(64), hash: `${sequence}`.repeat(64) },
    })
    return { entries: [entry(2, 'acknowledge', {}), entry(1, 'define', { kind: 'rule' })], next: undefined }
  }

  async transitionsOfAlert(alert: string): Promise<readonly AlertTransition[]> {
    return this.recorded.filter(({ id }) => id === alert)
  }
}
