import type { AlertTransition } from '../../../src/alerts/transition.ts'
import { instant } from '../../../src/event/instant.ts'
import type { DeadLetter } from '../../../src/event/record.ts'
import type { ProcessDefinition } from '../../../src/model/definitions.ts'
import type { DetailedStatus } from '../../../src/protocol/status.ts'
import { openStore, type StoreOptions } from '../../../src/store/store.ts'
import { lineOf } from '../../model/comparable.ts'
import { measureFact, paneFact, visitLine } from '../../model/row-facts.ts'
import { type Cells, countsLine } from './expected-cells.ts'

/** What the store holds of the process, in the form of `expectedCells`, and what else there is. */
export type Stored = Omit<Cells, 'counts'> & {
  readonly transitions: readonly AlertTransition[]
  readonly deadLetters: readonly DeadLetter[]
}

const ALL = 1_000_000

/** An embedded store must not be open elsewhere. */
export async function storedCells(process: ProcessDefinition, options: StoreOptions): Promise<Stored> {
  const store = await openStore(options)
  try {
    const visits: string[] = []
    for await (const row of store.allVisits(process.name)) visits.push(visitLine(process, row))
    const panes: string[] = []
    for await (const row of store.allPanes(process.name)) panes.push(lineOf(paneFact(process, row)))
    const measures: string[] = []
    for await (const row of store.allMeasurePanes(process.name)) {
      if (row.count > 0) measures.push(JSON.stringify({ partition: row.partition, ...measureFact(process, row) }))
    }
    return {
      visits: visits.sort(),
      panes: panes.sort(),
      measures: measures.sort(),
      transitions: await store.transitions(process.name, instant(0), ALL),
      deadLetters: await store.deadLetters(process.name, ALL),
    }
  } finally {
    await store.close()
  }
}

/** By rising partition. */
export function countsIn({ processes }: DetailedStatus): string[] {
  return processes
    .flatMap(({ partitions }) => partitions)
    .toSorted((left, right) => left.partition - right.partition)
    .map(({ partition, counts }) =>
      countsLine(partition, name => counts[name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)]),
    )
}
