import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine, print } from '../machine.ts'
import { tableOf } from './figure.ts'
import { historyFigures } from './history-figures.ts'
import { writingFigures } from './writing.ts'

/*
 * What does the store cost, embedded: rows in, bytes on disk, questions about a month, and the main thread meanwhile?
 *
 * The tables lie in a folder of their own, which is removed at the end.
 */
const directory = mkdtempSync(join(tmpdir(), 'stagewatch-bench-'))
try {
  const figures = [
    ...(await writingFigures(join(directory, 'writing'))),
    ...(await historyFigures(join(directory, 'history'))),
  ]
  print(machine(), ...tableOf(figures))
} finally {
  rmSync(directory, { recursive: true })
}
