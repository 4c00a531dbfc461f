import { expect, test, vi } from 'vitest'
import { type Journal, openJournal } from '../../src/journal/journal.ts'
import { Chance } from './chance.ts'
import { Disk, useDisk } from './disk.ts'
import { type Life, Machine } from './machine.ts'
import { onMachine } from './timers.ts'

vi.mock('node:fs/promises', async original => ({
  ...(await original<object>()),
  ...(await import('./disk.ts')).fileSystem,
}))

/** So that the first life goes through several segments, and the second one stays in the one that it finds. */
const ROTATE_AT_BYTES = [200, 1_000_000]

const future = (offset: number) => ({ kind: 'future', process: 'p', topic: 't', partition: 0, offset }) as const

/** One life that appends entries, killed after so many events; `Infinity`: it does what it wants to. */
async function live(machine: Machine, number: number, entries: number, events: number): Promise<Journal | undefined> {
  const life: Life = { number, state: 'running', isFenced: false, held: [] }
  let opened: Journal | undefined
  let isDone = false
  machine.after(0, life, async () => {
    opened = await openJournal('/data/journal', ROTATE_AT_BYTES[number - 1])
    for (let entry = 0; entry < entries; entry++) await opened.append(future(100 * number + entry))
    isDone = true
  })
  const until = machine.events + events
  await machine.run(() => isDone || machine.events >= until)
  life.state = 'dead'
  return opened
}

test('what was acknowledged survives the power going off, wherever the life before was killed', async () => {
  for (let events = 1; events <= 30; events++) {
    for (let seed = 1; seed <= 20; seed++) {
      const machine = new Machine()
      const disk = new Disk(new Chance(seed, events), 1)
      useDisk(disk)
      const uncaught: Error[] = []
      const threeLives = async () => {
        await live(machine, 1, 5, events)
        await live(machine, 2, 1, Infinity)
        disk.loseUnsynced()
        const journal = await live(machine, 3, 0, Infinity)
        expect([...(journal?.recover().futures ?? [])]).toContain('["p","t",0,200]')
      }
      await onMachine(machine, threeLives, error => uncaught.push(error))
      expect(uncaught).toEqual([])
    }
  }
})
