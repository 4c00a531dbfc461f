import { expect, test, vi } from 'vitest'
import { JournalError } from '../journal/journal-error.ts'
import { FullDisk } from './full-disk.ts'
import { terminalLog } from './terminal-log.ts'

const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
const notWritten = () => new JournalError('The journal cannot be written', 'Make room on its disk.', full(), true)
const hangs = { timeout: 30_000 }

function diskOf() {
  const said: string[] = []
  return {
    said,
    disk: new FullDisk(
      '/data',
      terminalLog('warn', text => said.push(text)),
    ),
  }
}

test('entries wait for room in their order, and people are told once of each', async () => {
  const { said, disk } = diskOf()
  const disk0 = { isFull: true, entries: [] as number[], attempts: 0 }
  const append = (entry: number) => async () => {
    disk0.attempts++
    // A short entry still fits where a long one does not.
    if (disk0.isFull && entry !== 2) throw notWritten()
    disk0.entries.push(entry)
  }
  const appended = [1, 2, 3].map(entry => disk.inOrder('p', append(entry)))
  await disk.inOrder('another process', append(2))
  await vi.waitFor(() => expect(disk0.attempts).toBeGreaterThan(2), hangs)
  expect(disk0.entries).toEqual([2])
  expect(said).toEqual([
    'stagewatch: the disk of /data is full: alerts, which must be durable before they are told, wait\n  remedy: make room on that disk\n',
  ])
  disk0.isFull = false
  await Promise.all(appended)
  expect(disk0.entries).toEqual([2, 1, 2, 3])
  expect(said.slice(1)).toEqual(['stagewatch: there is room again on the disk of /data: alerts go on\n'])
})

test('after the stop nothing waits, and what came behind an entry that failed is not written either', async () => {
  const { disk } = diskOf()
  const written: string[] = []
  const first = disk.inOrder('p', () => Promise.reject(notWritten()))
  const second = disk.inOrder('p', async () => void written.push('second'))
  const outcomes = Promise.allSettled([first, second])
  disk.stop()
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(written).toEqual([])
})

test('a journal that is broken is not waited for, even where a full disk broke it', async () => {
  const { disk, said } = diskOf()
  const broken = new JournalError('The journal could not be synced', 'Check the disk and start again.', full())
  await expect(disk.untilThereIsRoom(() => Promise.reject(broken))).rejects.toBe(broken)
  expect(said).toEqual([])
})

test('states that do not fit are left out, and none is saved while an entry of the journal waits', async () => {
  const { said, disk } = diskOf()
  await disk.unlessFull(() => Promise.reject(full()))
  await disk.unlessFull(() => Promise.reject(full()))
  expect(said).toEqual([
    expect.stringMatching(/the disk of \/data is full: no state is saved, .*\n {2}remedy: make room/),
  ])
  await disk.unlessFull(async () => {})
  expect(said.slice(1)).toEqual(['stagewatch: there is room again on the disk of /data: state is saved again\n'])
  let saves = 0
  let isFull = true
  const waiting = disk.untilThereIsRoom(async () => {
    if (isFull) throw notWritten()
  })
  await vi.waitFor(() => expect(said.at(-1)).toContain('alerts, which must be durable'), hangs)
  await disk.unlessFull(async () => void saves++)
  expect(saves).toBe(0)
  isFull = false
  await waiting
  await disk.unlessFull(async () => void saves++)
  expect(saves).toBe(1)
  await expect(disk.unlessFull(() => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO')
})
