import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine, print } from '../machine.ts'
import { writingLines } from './writing.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-bench-'))
try {
  print(machine(), '', 'Writing', ...(await writingLines(join(directory, 'writing'))))
} finally {
  rmSync(directory, { recursive: true })
}
