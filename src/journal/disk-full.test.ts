import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import { openIngestLog } from './ingest-log.ts'
import { openJournal } from './journal.ts'

/* A disk that is really full: a file system of 256 KiB in memory. Mounting it takes the rights of an administrator. */

const disk = mkdtempSync(join(tmpdir(), 'stagewatch-full-'))
const whyNot = mounted()

function mounted(): string {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'pipe' })
    return ''
  } catch (error) {
    // Where everything has to run, it has to run.
    if (process.env.CI === 'true') throw error
    return ': nothing may be mounted here'
  }
}

afterAll(() => {
  if (whyNot === '') execFileSync('umount', [disk])
  rmdirSync(disk)
})

/** Takes all that is left but some bytes. */
function fillUp(leaveBytes: number): string {
  const path = join(disk, 'filler')
  writeFileSync(path, '')
  for (let bytes = 4_096; ; bytes += 4_096) {
    try {
      writeFileSync(path, Buffer.alloc(bytes))
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
      writeFileSync(path, Buffer.alloc(Math.max(0, statSync(path).size - leaveBytes)))
      return path
    }
  }
}

const long = 'x'.repeat(10_000)

test.skipIf(whyNot !== '')(
  `a full disk: the journal refuses, says why, and goes on when there is room${whyNot}`,
  async () => {
    const directory = join(disk, 'journal')
    const journal = await openJournal(directory)
    const record = (subject: string) => ({ at: instant(1), actor: long, action: 'fill', subject, detail: {} })
    await journal.audit(record('before'))
    const filler = fillUp(4_096)
    // Part of the line fits: none of it may be left.
    await expect(journal.audit(record('lost'))).rejects.toThrow(
      /^The journal in .* cannot be written: ENOSPC: no space left .*\. Make room on its disk; the entry was not kept\.$/,
    )
    await expect(journal.audit(record('lost, too'))).rejects.toThrow('ENOSPC')
    rmSync(filler)
    // Shorter than what was refused: nothing of that may stand behind it.
    await journal.audit({ ...record('after'), actor: 'short' })
    await journal.close()
    const again = await openJournal(directory)
    await again.close()
    expect(again.recover().tornBytes).toBe(0)
    expect(again.recover().audit.entries.map(({ subject, sequence }) => [subject, sequence])).toEqual([
      ['before', 1],
      ['after', 2],
    ])
  },
)

test.skipIf(whyNot !== '')(`a full disk: a journal that needs a new segment waits for room, too${whyNot}`, async () => {
  const directory = join(disk, 'rotating')
  const journal = await openJournal(directory, 1)
  const future = (offset: number) => ({ kind: 'future', process: long, topic: 't', partition: 0, offset }) as const
  await journal.append(future(1))
  const filler = fillUp(8_192)
  await expect(journal.append(future(2))).rejects.toThrow(/cannot be written: ENOSPC.*Make room/)
  expect(readdirSync(directory).filter(name => name.endsWith('.part'))).toEqual([])
  rmSync(filler)
  await journal.append(future(3))
  await journal.close()
  const again = await openJournal(directory)
  await again.close()
  expect([...again.recover().futures].map(key => JSON.parse(key)[3])).toEqual([1, 3])
})

test.skipIf(whyNot !== '')(
  `a full disk: the ingest log refuses, says why, and goes on when there is room${whyNot}`,
  async () => {
    const directory = join(disk, 'ingest')
    const log = await openIngestLog(directory)
    const batch = (id: string) => ({ id, at: instant(1), records: [{ key: null, value: Buffer.from(long) }] })
    await log.append(batch('before'))
    const filler = fillUp(4_096)
    await expect(log.append(batch('refused'))).rejects.toThrow(
      /^The ingest log in .* cannot be written: ENOSPC: no space left .*\. Make room on its disk; the records were not kept\.$/,
    )
    rmSync(filler)
    const short = { ...batch('refused'), records: [{ key: null, value: Buffer.from('short') }] }
    expect(await log.append(short)).toEqual({ outcome: 'kept', firstOffset: 1 })
    await log.close()
    const again = await openIngestLog(directory)
    expect([again.tornBytes, again.endOffset]).toEqual([0, 2])
    await again.close()
  },
)
