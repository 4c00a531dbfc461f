import type { AlertTransition } from '../../src/alerts/transition.ts'
import type { PartitionStatus, ProcessStatus, StageStatistics } from '../../src/engine/view.ts'
import { instant } from '../../src/event/instant.ts'
import type { StoredVisit } from '../../src/gateway/api/history-reader.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { AuditPage } from '../../src/store/queries/audit-page.ts'
import type { CasePage, CaseSearchQuery } from '../../src/store/queries/case-search.ts'
import type { ContributionQuery, Contributions } from '../../src/store/queries/contributions.ts'
import type { DeadLetterSamples } from '../../src/store/queries/dead-letter-samples.ts'
import type { DefinitionChanges, DefinitionChangesQuery } from '../../src/store/queries/definition-changes.ts'
import type { OpenVisits, OpenVisitsQuery } from '../../src/store/queries/open-visits.ts'
import type { VisitPage, VisitPageQuery } from '../../src/store/queries/visit-pages.ts'
import { hostileTexts } from './hostile-texts.ts'
import { PlainEngine } from './plain-engine.ts'
import { PlainHistory } from './plain-history.ts'
import { alertOf, quickDelivery, statisticsOf, statusAt } from './quick-delivery.ts'
import { wallClock } from './viewed-page.ts'

/*
 * A process whose producers write hostile texts wherever an event can hold one: every text in every field.
 */

const all = hostileTexts.join(' ')
const textAt = (index: number): string => hostileTexts[index % hostileTexts.length]!
const pickingTime = quickDelivery.metrics[0]!

const hostileProcess: ProcessDefinition = {
  ...quickDelivery,
  title: { en: textAt(0) },
  metrics: [{ ...pickingTime, title: { en: textAt(1) }, definition: { en: all, zh: all } }],
}

/** An alert fires in a warehouse of each text; people have said each text about one of them. */
export function hostileEngine(): PlainEngine {
  const engine = new PlainEngine([hostileProcess])
  engine.evaluate(hostileStatus(), hostileStatistics())
  for (const [index, text] of hostileTexts.entries()) engine.announce(hostileAlert(index, text))
  const about = { alert: 'a-0', process: quickDelivery.name, at: wallClock() }
  for (const [index, text] of hostileTexts.entries()) {
    engine.act({ ...about, id: `c-${index}`, kind: 'comment', by: text, fields: { text } })
  }
  engine.act({ ...about, id: 'assign', kind: 'assign', by: 'ana', fields: { to: textAt(2) } })
  const { explanation } = hostileAlert(0, textAt(0))
  engine.explained.set('quick-delivery picking_slow', {
    rule: 'picking_slow',
    measure: undefined,
    deviationOf: undefined,
    labels: { warehouse: textAt(0) },
    at: wallClock(),
    phase: 'inactive',
    alert: undefined,
    summary: { en: all },
    explanation,
    quiet: [{ kind: 'silenced', silence: textAt(3), by: all, until: wallClock() }],
  })
  return engine
}

function hostileAlert(index: number, text: string): AlertTransition {
  const at = wallClock()
  const segment = { warehouse: text }
  const since = instant(at - 250_000)
  const told = alertOf({
    ...{ id: `a-${index}`, rule: 'picking_slow', segment, state: 'firing', from: 'pending', at, since, value: 418_000 },
  })
  const openCases = told.explanation.openCases
  return {
    ...told,
    summary: { en: `slow: ${text}` },
    explanation: {
      ...told.explanation,
      action: { en: text },
      runbook: text,
      ...(openCases && { openCases: { ...openCases, oldest: [{ ...openCases.oldest[0]!, case: text }] } }),
    },
  }
}

export function hostileStatistics(): readonly StageStatistics[] {
  return statisticsOf(4.6).map(stage => {
    const [total, pattern] = stage.segments
    if (stage.stage !== 'picking' || total === undefined || pattern === undefined) return stage
    return { ...stage, segments: [total, ...hostileTexts.map(text => ({ ...pattern, segment: { warehouse: text } }))] }
  })
}

export function hostileStatus(): ProcessStatus {
  const status = statusAt(wallClock())
  const [first, ...others] = status.partitions as [PartitionStatus, ...PartitionStatus[]]
  const ignoredBy = Object.fromEntries(hostileTexts.map(text => [`${text}.`, 1]))
  return { ...status, partitions: [{ ...first, counts: { ...first.counts, ignoredBy } }, ...others] }
}

/** Every case, every value and every dead letter is one of the texts. */
export class HostileHistory extends PlainHistory {
  override async segmentContributions(query: ContributionQuery): Promise<Contributions> {
    const found = await super.segmentContributions(query)
    const [pattern] = found.segments
    return { ...found, segments: hostileTexts.map(text => ({ ...pattern!, segment: { warehouse: text } })) }
  }

  override async visitPage(query: VisitPageQuery): Promise<VisitPage> {
    const found = await super.visitPage(query)
    return { ...found, visits: found.visits.map((visit, index) => ({ ...visit, ...hostileIn(index) })) }
  }

  override async openVisits(query: OpenVisitsQuery): Promise<OpenVisits> {
    const found = await super.openVisits(query)
    return { ...found, visits: found.visits.map((visit, index) => ({ ...visit, ...hostileIn(index) })) }
  }

  override async caseSearch({ process }: CaseSearchQuery): Promise<CasePage> {
    const visits = (await this.visitsOfCase(process)).map(visit => ({ ...visit, breached: false, weight: 1 }))
    return { cases: hostileTexts.map(text => ({ case: text, visits })), next: undefined }
  }

  override async visitsOfCase(process: string): Promise<readonly StoredVisit[]> {
    const [first] = await super.visitsOfCase(process, 'ORD-20417')
    return hostileTexts.map((text, index) => ({ ...first!, visit: index + 1, reason: text, ...hostileIn(index) }))
  }

  override async deadLetterSamples(): Promise<DeadLetterSamples> {
    const { samples } = await super.deadLetterSamples()
    const value = Buffer.from(hostileTexts.join('\n'))
    return {
      samples: samples.map(sample => ({ ...sample, detail: all, key: value, value, valueBytes: value.byteLength })),
      lacking: hostileTexts.map(detail => ({ detail, count: 1 })),
    }
  }

  override async definitionChanges(query: DefinitionChangesQuery): Promise<DefinitionChanges> {
    const found = await super.definitionChanges(query)
    const definition = JSON.stringify({ name: 'picking_slow', when: all })
    return { ...found, changes: found.changes.map(change => ({ ...change, row: { ...change.row, definition } })) }
  }

  override async auditPage(): Promise<AuditPage> {
    const { entries } = await super.auditPage()
    const [pattern] = entries
    return {
      entries: hostileTexts.map((text, sequence) => ({
        ...pattern!,
        sequence,
        actor: text,
        action: text,
        subject: text,
      })),
      next: undefined,
    }
  }
}

const hostileIn = (index: number) => ({
  case: textAt(index),
  segment: { warehouse: textAt(index) },
  attributes: { warehouse: textAt(index), carrier: textAt(index + 1), region: all },
})
